// Content-Range: what is accepted lies within the file, and is what its own text says.
#include "tests/fuzz/property.hpp"

#include "net/client/header_values.hpp"

#include <string>

using namespace tributary::client;
using tributary::fuzz::must;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto range = parse_content_range(tributary::fuzz::text_of(data, size));
  if (!range)
    return 0;
  must(range->first.has_value() == range->last.has_value(), "both ends or none");
  must(range->first || range->size, "a range, a size, or both");
  if (range->first)
    must(*range->first <= *range->last, "the first byte is not behind the last");
  if (range->last && range->size)
    must(*range->last < *range->size, "the last byte lies within the file");
  auto part = range->first ? std::to_string(*range->first) + "-" + std::to_string(*range->last) : "*";
  auto whole = range->size ? std::to_string(*range->size) : "*";
  auto again = parse_content_range("bytes " + part + "/" + whole);
  must(
      again && again->first == range->first && again->last == range->last && again->size == range->size,
      "written anew it reads the same");
  return 0;
}
