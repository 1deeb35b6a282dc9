// The schema and the validator agree: on every setting, at both edges of its range and with every wrong type,
// and on random documents.
#include "config/settings_schema.hpp"

#include "config/settings_json.hpp"
#include "config/settings_table.hpp"
#include "tests/support/schema_check.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <random>
#include <sstream>

using namespace tributary;
using testing::schema_check;
namespace json = boost::json;

namespace {

const schema_check& schema() {
  static const schema_check the{settings_schema()};
  return the;
}

bool validator_takes(const json::value& document) {
  return std::holds_alternative<settings>(parse_settings(json::serialize(document)));
}

json::object provider() {
  return {{"kind", "http"}, {"base_url", "http://a.example/files"}};
}

json::object with_provider(json::object section, std::string_view name = "a") {
  return {{"providers", json::object{{name, std::move(section)}}}};
}

/// A document in which only that setting is given.
template <class Section>
json::object with(std::string_view key, json::value v) {
  if constexpr (std::is_same_v<Section, global_settings>)
    return {{"global", json::object{{key, std::move(v)}}}};
  auto section = provider();
  section[key] = std::move(v);
  return with_provider(std::move(section));
}

void both_say(bool good, const json::value& document) {
  CAPTURE(json::serialize(document));
  CHECK(schema().fits(document) == good);
  CHECK(validator_takes(document) == good);
}

/// Values of every type, among them such that fit nowhere.
std::vector<json::value> assorted() {
  return {
      nullptr,
      true,
      false,
      0,
      1,
      2,
      -1,
      1.5,
      1e300,
      "",
      "x",
      "http://b.example",
      "/abs",
      json::array{},
      json::object{},
      json::object{{"X-A", "1"}},
      json::object{{"X-A", 1}},
      "fail",
      "rotate",
      "directory"};
}

/// Settings whose pairs must agree are tried alone, with the partner out of the way.
bool depends_on_another(std::string_view key) {
  return key.find("retry_delay") == 0 || key.find("cooldown") == 0 || key == "kind" || key == "directory" ||
         key == "base_url" || key == "proxy";
}

template <class Section>
void check_each_key() {
  for (const auto& key : keys_of<Section>()) {
    CHECK_FALSE(key.about.empty());
    if (depends_on_another(key.name))
      continue;
    if (const auto* range = std::get_if<number_range>(&key.allowed)) {
      both_say(true, with<Section>(key.name, range->min));
      both_say(true, with<Section>(key.name, range->max));
      both_say(false, with<Section>(key.name, range->min - 0.0005));
      both_say(false, with<Section>(key.name, range->max + 1));
      both_say(false, with<Section>(key.name, "1"));
    }
    for (const auto& v : assorted()) {
      const auto document = with<Section>(key.name, v);
      if (validator_takes(document))
        both_say(true, document);
      else if (!v.is_string()) // Texts are looked at closer by the validator.
        both_say(false, document);
    }
  }
}

} // namespace

TEST_CASE("settings_schema: agrees with the validator on each setting") {
  check_each_key<global_settings>();
  check_each_key<provider_settings>();
}

TEST_CASE("settings_schema: agrees with the validator on the document around the settings") {
  both_say(true, json::object{});
  both_say(true, json::object{{"version", 1}});
  both_say(false, json::object{{"version", 2}});
  both_say(false, json::array{});
  both_say(false, json::object{{"providrs", json::object{}}});
  both_say(false, json::object{{"global", json::object{{"risse", 1}}}});
  both_say(false, json::object{{"global", nullptr}});
  both_say(true, with_provider(provider()));
  for (const auto* name : {"health", "global", "-a", "a b", ""})
    both_say(false, with_provider(provider(), name));
  both_say(true, with_provider(provider(), "a.b_c-1"));
  both_say(false, with_provider({{"base_url", "http://a"}}));
  both_say(false, with_provider({{"kind", "http"}}));
  both_say(false, with_provider({{"kind", nullptr}, {"base_url", "http://a"}}));
  both_say(false, with_provider({{"kind", "http"}, {"base_url", "ftp://a"}}));
  both_say(false, with_provider({{"kind", "http"}, {"base_url", "http://a"}, {"directory", "/a"}}));
  both_say(false, with_provider({{"kind", "ftp"}, {"base_url", "http://a"}}));
  const json::object folder{{"kind", "directory"}, {"directory", "/a"}};
  both_say(true, with_provider(folder));
  both_say(false, with_provider({{"kind", "directory"}}));
  both_say(false, with_provider({{"kind", "directory"}, {"directory", "a"}}));
  const auto with_member = [&](std::string_view key, json::value v) {
    auto section = folder;
    section[key] = std::move(v);
    return with_provider(std::move(section));
  };
  both_say(false, with_member("base_url", "http://a"));
  both_say(false, with_member("ca_file", "/a"));
  both_say(false, with_member("custom_headers", json::object{{"X-A", "1"}}));
  both_say(false, with_member("custom_params", json::object{{"a", "1"}}));
  both_say(true, with_member("custom_headers", json::object{}));
  both_say(true, with_member("base_url", nullptr));
  auto chained = with_provider(provider());
  chained["failover"] = json::object{{"chain", json::array{"a"}}};
  both_say(true, chained);
  chained["failover"] = json::object{{"chain", nullptr}};
  both_say(true, chained);
  chained["failover"] = json::object{{"chain", json::array{"a", "a"}}};
  both_say(false, chained);
  chained["failover"] = json::object{{"chain", json::array{1}}};
  both_say(false, chained);
}

TEST_CASE("settings_schema: refuses no document that the validator takes") {
  // Goal: an editor never marks what the engine accepts. Method: settings drawn at random from values that
  // fit somewhere; whatever the validator takes must fit the schema.
  std::size_t taken = 0;
  for (unsigned seed = 1; seed <= 2000; ++seed) {
    CAPTURE(seed);
    std::mt19937 rng{seed};
    const auto values = assorted();
    auto section = provider();
    json::object global;
    section[provider_keys()[rng() % provider_keys().size()].name] = values[rng() % values.size()];
    global[global_keys()[rng() % global_keys().size()].name] = values[rng() % values.size()];
    auto document = with_provider(std::move(section));
    document["global"] = std::move(global);
    if (!validator_takes(document))
      continue;
    ++taken;
    CAPTURE(json::serialize(document));
    CHECK(schema().fits(document));
  }
  CHECK(taken > 20);
}

TEST_CASE("settings_schema: takes the shipped example, and what to_text writes of it") {
  std::ifstream in{std::string{TRIBUTARY_SOURCE_DIR} + "/examples/settings.json"};
  std::stringstream text;
  text << in.rdbuf();
  CHECK(schema().fits(json::parse(text.str())));
  const auto read = parse_settings(text.str());
  REQUIRE(std::holds_alternative<settings>(read));
  CHECK(schema().fits(json::parse(to_text(std::get<settings>(read)))));
  CHECK(json::parse(settings_schema_text()).is_object());
}
