// Both sides of each range, by the table itself, beside a few rows written out against the contract.
#include "tests/config/settings_samples.hpp"

#include "config/settings_table.hpp"
#include "config/wording.hpp"

#include <cmath>
#include <set>

using namespace tributary;
using namespace tributary::testing;

namespace {

template <class Section>
std::string document(const setting_key<Section>& key, const std::string& value) {
  const auto member = '"' + std::string{key.name} + "\": " + value;
  if constexpr (std::is_same_v<Section, global_settings>) {
    // The lower end of a pair goes down with the upper one.
    if (key.name == "retry_delay_max_seconds")
      return with_global(R"("retry_delay_seconds": 0, )" + member);
    if (key.name == "cooldown_max_seconds")
      return with_global(R"("cooldown_base_seconds": 0.1, )" + member);
    if (key.name == "retry_delay_seconds")
      return with_global(R"("retry_delay_max_seconds": 86400, )" + member);
    if (key.name == "cooldown_base_seconds")
      return with_global(R"("cooldown_max_seconds": 604800, )" + member);
    return with_global(member);
  } else {
    return with_provider(member);
  }
}

template <class Section>
std::string pointer(const setting_key<Section>& key) {
  return (std::is_same_v<Section, global_settings> ? "/global/" : "/providers/alpha/") +
         std::string{key.name};
}

template <class Section>
bool is_whole(const setting_key<Section>& key) {
  return std::holds_alternative<std::int32_t Section::*>(key.member) ||
         std::holds_alternative<std::optional<std::int32_t> Section::*>(key.member);
}

template <class Section>
void check_ranges() {
  for (const auto& key : keys_of<Section>()) {
    const auto* range = std::get_if<number_range>(&key.allowed);
    if (!range)
      continue;
    CAPTURE(std::string{key.name});
    const double step = is_whole(key) ? 1 : 0.0001;
    for (const double inside : {range->min, range->max})
      CHECK_NOTHROW(accepted(parse_settings(document(key, number_text(inside)))));
    for (const double outside : {range->min - step, range->max + step}) {
      const auto wrong = only(parse_settings(document(key, number_text(outside))));
      CHECK(wrong.pointer == pointer(key));
      CHECK(wrong.message.starts_with(
          "must be between " + number_text(range->min) + " and " + number_text(range->max) + ", is "));
    }
    if (is_whole(key)) {
      CHECK_NOTHROW(accepted(parse_settings(document(key, number_text(range->max) + ".0"))));
      CHECK(mentions(
          only(parse_settings(document(key, number_text(range->max - 0.5)))).message,
          "expected a whole number, found "));
    }
    CHECK(mentions(only(parse_settings(document(key, R"("5")"))).message, "found a string"));
    CHECK(mentions(only(parse_settings(document(key, "1e999"))).message, is_whole(key) ? "inf" : "is inf"));
  }
}

template <class Section>
void check_wrong_types() {
  for (const auto& key : keys_of<Section>()) {
    if (key.name == "kind" || key.name == "base_url")
      continue; // with_provider() has them already.
    CAPTURE(std::string{key.name});
    for (const auto* value : {"[]", "[{}]"}) {
      const auto wrong = only(parse_settings(document(key, value)));
      CHECK(wrong.pointer == pointer(key));
      CHECK(wrong.message.starts_with("expected "));
      CHECK(mentions(wrong.message, ", found an array (line 1, column "));
    }
  }
}

} // namespace

TEST_CASE("settings table: both ends of each provider range are in, one step beyond is out") {
  check_ranges<provider_settings>();
}

TEST_CASE("settings table: both ends of each global range are in, one step beyond is out") {
  check_ranges<global_settings>();
}

TEST_CASE("settings table: a wrong type is refused for every key, naming what was expected and found") {
  check_wrong_types<provider_settings>();
  check_wrong_types<global_settings>();
}

TEST_CASE("settings table: null means the default for every key but the required ones") {
  for (const auto& key : provider_keys())
    if (key.name != "kind" && key.name != "base_url") {
      CAPTURE(std::string{key.name});
      CHECK(
          accepted(parse_settings(document(key, "null"))) ==
          accepted(parse_settings(with_provider(R"("priority": 100)"))));
    }
  for (const auto& key : global_keys()) {
    CAPTURE(std::string{key.name});
    CHECK(accepted(parse_settings(with_global('"' + std::string{key.name} + "\": null"))) == settings{});
  }
}

TEST_CASE("settings table: no key stands twice, and the contract's ranges hold") {
  std::set<std::string_view> provider_names, global_names;
  for (const auto& key : provider_keys())
    CHECK(provider_names.insert(key.name).second);
  for (const auto& key : global_keys())
    CHECK(global_names.insert(key.name).second);
  CHECK(provider_names.size() == 19);
  CHECK(global_names.size() == 28);
  const auto range = [](const auto* key) { return std::get<number_range>(key->allowed); };
  CHECK(range(find_key<provider_settings>("priority")).max == 10'000);
  CHECK(range(find_key<provider_settings>("timeout_seconds")).min == 0.1);
  CHECK(range(find_key<provider_settings>("timeout_seconds")).max == 3600);
  CHECK(range(find_key<provider_settings>("max_retries")).max == 100);
  CHECK(range(find_key<provider_settings>("retry_delay_seconds")).max == 3600);
  CHECK(range(find_key<provider_settings>("retry_delay_max_seconds")).max == 86'400);
  CHECK(range(find_key<provider_settings>("max_concurrent_downloads")).min == 1);
  CHECK(range(find_key<provider_settings>("max_concurrent_downloads")).max == 1024);
  CHECK(range(find_key<global_settings>("health_window_minutes")).min == 1);
  CHECK(range(find_key<global_settings>("health_window_minutes")).max == 1440);
}

TEST_CASE("settings table: a limit of nothing is refused, none is written as null") {
  CHECK(mentions(
      only(parse_settings(with_provider(R"("bandwidth_limit_mbps": 0)"))).message, "must be between 0.001"));
  CHECK(mentions(only(parse_settings(with_provider(R"("requests_per_second": -1)"))).message, "is -1"));
  CHECK_FALSE(accepted(parse_settings(with_provider(R"("bandwidth_limit_mbps": null)")))
                  .providers.at("alpha")
                  .bandwidth_limit_mbps);
}

TEST_CASE("settings table: names of choices are told when another one is given") {
  const auto wrong = only(parse_settings(with_global(R"("strategy": "cheapest")")));
  CHECK(wrong.message == "must be one of `priority`, `best`, `fastest`, is `cheapest` (line 1, column 13)");
  for (const auto* good :
       {R"("strategy": "fastest")", R"("failover_order": "rotate")", R"("when_all_unavailable": "wait")",
        R"("on_conflict": "skip_if_same")", R"("durability": "fast")"})
    CHECK_FALSE(accepted(parse_settings(with_global(good))) == settings{});
}
