// Repr-Digest, Content-Digest and Digest: what comes out is a whole SHA-256 or nothing.
#include "tests/fuzz/property.hpp"

#include "net/client/header_values.hpp"

#include <string>

using namespace tributary::client;
using tributary::fuzz::must;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto text = tributary::fuzz::text_of(data, size);
  constexpr std::string_view algorithm = "sha-256=";
  if (auto digest = sha256_from_digest_field(text); !digest.empty()) {
    must(digest.size() == algorithm.size() + 64 && digest.starts_with(algorithm), "64 digits");
    must(
        digest.find_first_not_of("0123456789abcdef", algorithm.size()) == std::string::npos,
        "lower-case hex digits");
  }
  if (auto tag = strong_etag(text); !tag.empty())
    must(tag == text && tag.front() == '"' && tag.back() == '"', "a strong tag is the text itself");
  return 0;
}
