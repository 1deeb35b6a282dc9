// docs/settings.md is written by hand; this keeps it complete and its ranges true.
#include "config/settings_table.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <string>

namespace {

using namespace tributary;

std::string text_of(const number_range& r) {
  char text[64];
  std::snprintf(text, sizeof text, "| %.10g-%.10g |", r.min, r.max);
  return text;
}

template <class Section>
void check_section(const std::string& section_of_docs) {
  for (const auto& key : keys_of<Section>()) {
    CAPTURE(key.name);
    const auto at = section_of_docs.find("\n| `" + std::string(key.name) + "` |");
    REQUIRE(at != std::string::npos);
    const auto row = section_of_docs.substr(at + 1, section_of_docs.find('\n', at + 1) - at - 1);
    const auto* range = std::get_if<number_range>(&key.allowed);
    CHECK_MESSAGE((!range || row.find(text_of(*range)) != std::string::npos), row);
  }
}

} // namespace

TEST_CASE("settings_docs: every setting stands in docs/settings.md with its range") {
  const auto docs = testing::read_file(TRIBUTARY_SOURCE_DIR "/docs/settings.md");
  const auto global = docs.find("## Global");
  REQUIRE(global != std::string::npos);
  check_section<provider_settings>(docs.substr(0, global));
  check_section<global_settings>(docs.substr(global));
}
