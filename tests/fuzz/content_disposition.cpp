// Content-Disposition: whatever a server proposes, the name that comes out may be used as it is.
#include "tests/fuzz/property.hpp"

#include "messages/output_name.hpp"
#include "net/client/header_values.hpp"

#include <string>

using namespace tributary;
using tributary::fuzz::must;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto name = client::file_name_from_disposition(fuzz::text_of(data, size));
  if (name.empty())
    return 0;
  must(name.find_first_of("/\\") == std::string::npos, "no folders");
  must(name.front() != '.', "not hidden, and not the folder itself");
  must(name.size() <= name_component_bytes_max, "no longer than a file system takes");
  auto why = output_name_error(name);
  must(why.empty() || name.ends_with(".part"), "a name that a job may have");
  std::string quoted;
  for (auto c : name)
    quoted += c == '"' ? std::string("\\\"") : std::string(1, c);
  must(
      client::file_name_from_disposition("attachment; filename=\"" + quoted + "\"") == name,
      "proposed again it stays the same");
  return 0;
}
