// Changes of a settings document: whatever comes, a change is refused with a reason, or what it leads to is
// valid, can be written and read again, and differs as the difference says.
#include "tests/fuzz/property.hpp"

#include "config/settings_diff.hpp"
#include "config/settings_edit.hpp"
#include "config/settings_json.hpp"

using namespace tributary;
using tributary::fuzz::must;

namespace {

settings base() {
  auto parsed = parse_settings(
      R"({"providers": {"a": {"kind": "http", "base_url": "http://a"}, "b": {"kind": "http", "base_url": "http://b"}},
          "failover": {"chain": ["b"]}})");
  return std::get<settings>(std::move(parsed));
}

/// The first byte chooses the kind of edit, the rest is its text.
settings_edit edit_of(const std::uint8_t* data, std::size_t size) {
  const auto kind = size == 0 ? 0 : data[0] % 7;
  const std::string text{size == 0 ? "" : fuzz::text_of(data + 1, size - 1)};
  switch (kind) {
  case 0:
    return patch_global_section{text};
  case 1:
    return patch_one_provider{"a", text};
  case 2:
    return add_provider{"c", text};
  case 3:
    return add_provider{text, R"({"kind": "http", "base_url": "http://c"})"};
  case 4:
    return replace_chain{text};
  case 5:
    return add_to_chain{text, text.size() % 4};
  default:
    return replace_document{text};
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const settings before = base();
  const auto edit = edit_of(data, size);
  must(!describe(edit).empty(), "a change says what it does");
  const auto result = apply(before, edit);
  if (const auto* wrong = std::get_if<complaints>(&result)) {
    must(!wrong->empty(), "a refused change says why");
    for (const auto& c : *wrong)
      must((c.pointer.empty() || c.pointer.front() == '/') && !c.message.empty(), "where and what");
    return 0;
  }
  if (std::holds_alternative<edit_error>(result))
    return 0;
  const auto& after = std::get<settings>(result);
  const auto again = parse_settings(to_text(after));
  must(std::holds_alternative<settings>(again), "what a change leads to is valid");
  must(std::get<settings>(again) == after, "and can be kept");
  must(diff_of(before, after).empty() == (before == after), "a difference is told when there is one");
  return 0;
}
