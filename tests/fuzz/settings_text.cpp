// The settings document: what is accepted can be written and read again, what is refused says why and where.
#include "tests/fuzz/property.hpp"

#include "config/settings_json.hpp"

using namespace tributary;
using tributary::fuzz::must;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto parsed = parse_settings(fuzz::text_of(data, size));
  if (auto* wrong = std::get_if<complaints>(&parsed)) {
    must(!wrong->empty(), "a refused document says why");
    for (const auto& c : *wrong) {
      must(c.pointer.empty() || c.pointer.front() == '/', "a complaint points into the document");
      must(!c.message.empty(), "a complaint says something");
    }
    return 0;
  }
  const auto& s = std::get<settings>(parsed);
  auto again = parse_settings(to_text(s));
  must(std::holds_alternative<settings>(again), "what is written can be read");
  must(std::get<settings>(again) == s, "and says the same");
  for (const auto& [name, ignored] : s.providers) {
    must(provider_name_error(name).empty(), "a valid name");
    must(effective(s, name).own.timeout_seconds.has_value(), "every default is filled in");
  }
  return 0;
}
