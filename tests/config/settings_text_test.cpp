// Text and back: what is written is read again as the same settings.
#include "tests/config/settings_samples.hpp"
#include "tests/support/temp_dir.hpp"

#include "config/json_text.hpp"
#include "config/settings_file.hpp"
#include "config/settings_table.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <array>
#include <cmath>
#include <random>

using namespace tributary;
using namespace tributary::testing;

namespace {

/// Draws settings that are valid by the table: each key is set with a chance of one half.
class random_settings {
public:
  explicit random_settings(unsigned seed) : rng_(seed) {}

  settings draw() {
    settings s;
    fill(s.global);
    order(s.global.retry_delay_seconds, s.global.retry_delay_max_seconds);
    order(s.global.cooldown_base_seconds, s.global.cooldown_max_seconds);
    for (auto n = rng_() % 5; n > 0; --n) {
      auto& p = s.providers["p" + std::to_string(rng_() % 100)];
      p.base_url = "http://host" + std::to_string(n) + ".example/a%20b";
      fill(p);
      if (p.retry_delay_seconds && p.retry_delay_max_seconds)
        order(*p.retry_delay_seconds, *p.retry_delay_max_seconds);
    }
    if (coin()) {
      s.chain.emplace();
      for (const auto& [name, provider] : s.providers)
        if (coin())
          s.chain->push_back(name);
      std::ranges::shuffle(*s.chain, rng_);
    }
    return s;
  }

private:
  bool coin() { return rng_() % 2 == 0; }
  static void order(double& low, double& high) {
    if (high < low)
      std::swap(low, high);
    low = std::min(low, 3600.0); // The lower ends' own range.
  }

  template <class Section>
  void fill(Section& section) {
    for (const auto& key : keys_of<Section>())
      if (key.name != "kind" && key.name != "base_url" && key.name != "directory" && key.name != "proxy" &&
          coin())
        std::visit([&](auto member) { draw(section.*member, key); }, key.member);
  }

  template <class Key>
  double number(const Key& key) {
    const auto& range = std::get<number_range>(key.allowed);
    switch (rng_() % 4) {
    case 0:
      return range.min;
    case 1:
      return range.max;
    default:
      return std::uniform_real_distribution<double>{range.min, range.max}(rng_);
    }
  }
  template <class Key>
  void draw(bool& out, const Key&) {
    out = coin();
  }
  template <class Key>
  void draw(double& out, const Key& key) {
    out = number(key);
  }
  template <class Key>
  void draw(std::int32_t& out, const Key& key) {
    out = static_cast<std::int32_t>(number(key));
  }
  template <class Key>
  void draw(std::string& out, const Key& key) {
    out = key.name == "ca_file"             ? "/etc/c\xc3\xa4.pem"
          : key.name == "health_check_path" ? "/up?x=\"1\""
                                            : "r\\gion \xe2\x82\xac";
  }
  template <class Key>
  void draw(text_map& out, const Key&) {
    for (auto n = rng_() % 4; n > 0; --n)
      out["x-" + std::to_string(n)] = "v \"" + std::to_string(rng_()) + "\" \\ \xc3\xa9";
  }
  template <class T, class Key>
  void draw(std::optional<T>& out, const Key& key) {
    draw(out.emplace(), key);
  }
  template <class Enum, class Key>
  requires std::is_enum_v<Enum>
  void draw(Enum& out, const Key&) { out = static_cast<Enum>(rng_() % 2); }

  std::mt19937 rng_;
};

/// One good value, not the default, for every key that this version takes.
std::string sample(std::string_view name) {
  struct row {
    std::string_view name, value;
  };
  static constexpr std::array<row, 42> rows{{
      {"enabled", "false"},
      {"priority", "5"},
      {"timeout_seconds", "12.5"},
      {"max_retries", "7"},
      {"retry_delay_seconds", "0.25"},
      {"retry_delay_max_seconds", "33"},
      {"max_concurrent_downloads", "9"},
      {"bandwidth_limit_mbps", "80.5"},
      {"requests_per_second", "0.5"},
      {"custom_headers", R"({"X-A":"1"})"},
      {"custom_params", R"({"q":"1"})"},
      {"region", R"("eu")"},
      {"failure_domain", R"("rack-1")"},
      {"health_check_path", R"("/up")"},
      {"ca_file", R"("/etc/ca.pem")"},
      {"health_window_minutes", "30"},
      {"failure_threshold", "4"},
      {"rise", "3"},
      {"fall", "4"},
      {"cooldown_base_seconds", "10"},
      {"cooldown_max_seconds", "100"},
      {"health_check_interval_seconds", "0"},
      {"when_all_unavailable", R"("wait")"},
      {"failover_order", R"("rotate")"},
      {"strategy", R"("best")"},
      {"max_attempts", "20"},
      {"deadline_seconds", "3600"},
      {"max_running_jobs", "8"},
      {"max_queued_jobs", "1000"},
      {"total_bandwidth_limit_mbps", "900"},
      {"piece_size_mib", "8"},
      {"max_segments", "2"},
      {"stall_timeout_seconds", "10"},
      {"on_conflict", R"("replace")"},
      {"durability", R"("fast")"},
      {"record_sha256", "true"},
      {"history_days", "7"},
      {"metrics_open", "true"},
      {"base_url", R"("http://a.example/x")"},
      {"kind", R"("http")"},
      {"directory", "null"}, // Not in this version.
      {"proxy", R"("socks5://p:9")"},
  }};
  const auto* found = std::ranges::find(rows, name, &row::name);
  REQUIRE_MESSAGE(found != rows.end(), "a new key needs a sample: " << std::string{name});
  return std::string{found->value};
}

template <class Section>
std::string all_members() {
  std::string out;
  for (const auto& key : keys_of<Section>())
    out += (out.empty() ? "\"" : ", \"") + std::string{key.name} + "\": " + sample(key.name);
  return "{" + out + "}";
}

} // namespace

// Goal: no valid settings are lost or bent on their way through the file.
// Method: settings drawn by the table, written, read and compared.
TEST_CASE("to_text: what is written is read again as the same settings") {
  for (unsigned seed = 1; seed <= 400; ++seed) {
    CAPTURE(seed);
    const auto s = random_settings{seed}.draw();
    const auto text = to_text(s);
    CAPTURE(text);
    REQUIRE(accepted(parse_settings(text)) == s);
    REQUIRE(to_text(accepted(parse_settings(text))) == text);
  }
}

TEST_CASE("to_text: a document with every key of the table comes back") {
  const auto text = R"({"version": 1, "global": )" + all_members<global_settings>() +
                    R"(, "providers": {"a": )" + all_members<provider_settings>() +
                    R"(}, "failover": {"chain": ["a"]}})";
  const auto s = accepted(parse_settings(text));
  for (const auto& key : global_keys()) {
    CAPTURE(std::string{key.name});
    CHECK_FALSE(has_default(s.global, key));
    CHECK(value_of(s.global, key) == boost::json::parse(sample(key.name)));
  }
  for (const auto& key : provider_keys()) {
    CAPTURE(std::string{key.name});
    CHECK(value_of(s.providers.at("a"), key) == boost::json::parse(sample(key.name)));
  }
  CHECK(accepted(parse_settings(to_text(s))) == s);
}

TEST_CASE("to_text: only what was set is written, in the order of the table") {
  CHECK(to_text(settings{}) == "{\n  \"version\": 1,\n  \"providers\": {}\n}\n");
  const auto s = accepted(parse_settings(
      R"({"global": {"rise": 2, "timeout_seconds": 0.5}, "providers": {"a": {"priority": 1, "base_url": "http://a", "kind": "http"}}})"));
  CHECK(to_text(s) == R"({
  "version": 1,
  "global": {
    "timeout_seconds": 0.5
  },
  "providers": {
    "a": {
      "kind": "http",
      "base_url": "http://a",
      "priority": 1
    }
  }
}
)");
}

TEST_CASE("effective_json: every key of the table is there, filled in or null") {
  const auto s = accepted(parse_settings(two_providers));
  const auto own = effective_json(s, "alpha");
  CHECK(own.size() == provider_keys().size());
  CHECK(own.at("timeout_seconds") == 30);
  CHECK(own.at("max_retries") == 3);
  CHECK(own.at("bandwidth_limit_mbps").is_null());
  CHECK(own.at("directory").is_null());
  CHECK(own.at("custom_headers").as_object().empty());
  const auto global = effective_global_json(s);
  CHECK(global.size() == global_keys().size());
  CHECK(global.at("strategy") == "priority");
  CHECK(global.at("deadline_seconds").is_null());
}

// Goal: what GET shows can be sent back by PUT and changes nothing that holds.
// Method: patch random settings with their own effective values.
TEST_CASE("effective_json: sent back as a patch it changes no effective value") {
  for (unsigned seed = 1; seed <= 100; ++seed) {
    CAPTURE(seed);
    const auto s = random_settings{seed}.draw();
    CHECK(accepted(patch_global(s, effective_global_json(s))) == s);
    for (const auto& [name, provider] : s.providers)
      CHECK(
          effective_json(accepted(patch_provider(s, name, effective_json(s, name))), name) ==
          effective_json(s, name));
  }
}

TEST_CASE("examples/settings.json: loads, and is written as it stands there") {
  const auto s = accepted(load_settings(std::string{TRIBUTARY_SOURCE_DIR} + "/examples/settings.json"));
  CHECK(s.providers.size() == 4);
  CHECK(effective_chain(s) == std::vector<std::string>{"campus", "vendor", "archive"});
  CHECK(accepted(parse_settings(to_text(s))) == s);
}

// Goal: whatever stands in the file, it is either refused with complaints or read as settings that can be
// written again. Method: the example with random bytes changed, lines cut out or doubled.
TEST_CASE("parse_settings: a damaged document is refused, or read as valid settings") {
  const auto good =
      tributary::testing::read_file(std::string{TRIBUTARY_SOURCE_DIR} + "/examples/settings.json");
  for (unsigned seed = 1; seed <= 500; ++seed) {
    CAPTURE(seed);
    std::mt19937 rng{seed};
    auto text = good;
    for (auto n = rng() % 3 + 1; n > 0; --n) {
      const auto line = text.find('\n', rng() % (text.size() - 1));
      const auto end = text.find('\n', line + 1);
      if (rng() % 3 == 0 || line >= text.size() || end >= text.size())
        text[rng() % text.size()] = static_cast<char>(rng() % 128);
      else if (rng() % 2)
        text.erase(line, end - line);
      else
        text.insert(line, text.substr(line, end - line));
    }
    CAPTURE(text);
    const auto read = parse_settings(text);
    if (const auto* s = std::get_if<settings>(&read))
      CHECK(accepted(parse_settings(to_text(*s))) == *s);
    else
      CHECK_FALSE(std::get<complaints>(read).empty());
  }
}

TEST_CASE("pretty_json: nests, and keeps the empty on one line") {
  const auto v = boost::json::parse(R"({"a":[],"b":{},"c":[1,0.1,{"d":null}],"e\n":"\u0001"})");
  CHECK(pretty_json(v) == R"({
  "a": [],
  "b": {},
  "c": [
    1,
    0.1,
    {
      "d": null
    }
  ],
  "e\n": "\u0001"
})");
}
