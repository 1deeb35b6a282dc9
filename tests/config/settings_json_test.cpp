// Whole documents that are wrong: each complaint says where and why, and all come at once.
#include "tests/config/settings_samples.hpp"

#include <vector>

using namespace tributary;
using namespace tributary::testing;

TEST_CASE("parse_settings: everything that is wrong is told at once, in the order of the text") {
  const auto result = parse_settings(R"({
  "global": {"strategi": "best", "max_retries": 2.5, "history_days": 0},
  "providers": {
    "health": {"kind": "http", "base_url": "ftp://x"},
    "alpha": {"base_url": "http://a", "max_retrys": 1,
              "timeout_seconds": "10"}
  },
  "failover": {"chain": ["alpha", "alhpa", "alpha"]},
  "extra": 1
})");
  CHECK(
      format_complaints(refused(result), "s") ==
      R"(s:/global/strategi: unknown setting, did you mean `strategy`? (line 2, column 14)
s:/global/max_retries: expected a whole number, found 2.5 (line 2, column 34)
s:/global/history_days: must be between 1 and 36500, is 0 (line 2, column 54)
s:/providers/health: `health` is a reserved word of the API: choose another provider name (line 4, column 5)
s:/providers/health/base_url: must begin with http:// or https:// (line 4, column 32)
s:/providers/alpha: `kind` is required: write "kind": "http" (line 5, column 5)
s:/providers/alpha/max_retrys: unknown setting, did you mean `max_retries`? (line 5, column 39)
s:/providers/alpha/timeout_seconds: expected a number, found a string (line 6, column 15)
s:/failover/chain/1: no provider is called `alhpa`, did you mean `alpha`? (line 8, column 35)
s:/failover/chain/2: `alpha` is in the chain already, at place 0 (line 8, column 44)
s:/extra: unknown section (line 9, column 3))");
}

TEST_CASE("parse_settings: a syntax error is one complaint with line and column") {
  const auto wrong = only(parse_settings("{\n  \"global\": {\"max_retries\": 3,}\n}"));
  CHECK(wrong.pointer == "");
  CHECK(
      wrong.message == "not valid JSON: the last entry must not be followed by a comma (line 2, column 31)");
}

TEST_CASE("parse_settings: a repeated key is refused although both values are good") {
  const auto wrong = only(parse_settings(with_provider("\"priority\": 1,\n\"priority\": 2")));
  CHECK(wrong.pointer == "/providers/alpha/priority");
  CHECK(mentions(wrong.message, "repeated key `priority`"));
  CHECK(wrong.message.ends_with("(line 2, column 1)"));
}

TEST_CASE("parse_settings: a provider that is there twice is refused") {
  const auto wrong = only(parse_settings(
      R"({"providers": {"a": {"kind": "http", "base_url": "http://a"}, "a": {"kind": "http", "base_url": "http://b"}}})"));
  CHECK(wrong.pointer == "/providers/a");
}

TEST_CASE("parse_settings: sections of the wrong type are refused") {
  CHECK(mentions(only(parse_settings("[]")).message, "expected an object, found an array"));
  CHECK(mentions(only(parse_settings("3")).message, "expected an object, found a whole number"));
  for (const auto* name : {"global", "providers", "failover"}) {
    const auto wrong = only(parse_settings("{\"" + std::string{name} + "\": []}"));
    CHECK(wrong.pointer == "/" + std::string{name});
    CHECK(mentions(wrong.message, "expected an object, found an array"));
  }
  CHECK(only(parse_settings(R"({"providers": {"a": 3}})")).pointer == "/providers/a");
  CHECK(only(parse_settings(R"({"failover": {"chain": "a"}})")).pointer == "/failover/chain");
  CHECK(only(parse_settings(R"({"failover": {"chain": [3]}})")).pointer == "/failover/chain/0");
}

TEST_CASE("parse_settings: only version 1 is read; it may be left out") {
  CHECK(accepted(parse_settings(R"({"version": 1})")).version == 1);
  CHECK(accepted(parse_settings("{}")).version == 1);
  for (const auto* other : {"0", "2", "1.5", "\"1\"", "null"})
    CHECK(only(parse_settings("{\"version\": " + std::string{other} + "}")).pointer == "/version");
}

TEST_CASE("parse_settings: a chain may be null (implicit) or empty (nobody)") {
  CHECK_FALSE(accepted(parse_settings(R"({"failover": {"chain": null}})")).chain);
  CHECK(accepted(parse_settings(R"({"failover": {"chain": []}})")).chain == std::vector<std::string>{});
  CHECK(only(parse_settings(R"({"failover": {"chian": []}})"))
            .message.starts_with("unknown setting, did you mean `chain`?"));
}

TEST_CASE("parse_settings: a setting in the wrong section is told where it belongs") {
  CHECK(
      mentions(only(parse_settings(with_provider(R"("strategy": "best")"))).message, "is a global setting"));
  CHECK(
      mentions(only(parse_settings(with_global(R"("priority": 1)"))).message, "is a setting of a provider"));
}

TEST_CASE("parse_settings: kind http requires base_url and has no directory") {
  const auto missing = only(parse_settings(R"({"providers": {"a": {"kind": "http"}}})"));
  CHECK(missing.pointer == "/providers/a/base_url");
  CHECK(missing.message.starts_with("`base_url` is required"));
  CHECK(
      only(parse_settings(with_provider(R"("directory": "/srv")"))).pointer == "/providers/alpha/directory");
  CHECK(only(parse_settings(R"({"providers": {"a": {"kind": "ftp"}}})")).pointer == "/providers/a/kind");
}

TEST_CASE("parse_settings: a proxy is an address, or the word direct") {
  CHECK(
      std::holds_alternative<settings>(parse_settings(with_provider(R"("proxy": "http://u:p@proxy:3128")"))));
  CHECK(std::holds_alternative<settings>(parse_settings(with_provider(R"("proxy": "direct")"))));
  const auto wrong = only(parse_settings(with_provider(R"("proxy": "socks4://u:hush@h")")));
  CHECK(wrong.pointer == "/providers/alpha/proxy");
  CHECK_FALSE(mentions(wrong.message, "hush"));
}

TEST_CASE("parse_settings: a folder of kind directory is an absolute path, and base_url is not its own") {
  const auto all = refused(parse_settings(
      R"({"providers": {"a": {"kind": "directory", "directory": "srv", "base_url": "http://a"}}})"));
  REQUIRE(all.size() == 2);
  CHECK(all[0].pointer == "/providers/a/directory");
  CHECK(mentions(all[0].message, "must be an absolute path"));
  CHECK(all[1].pointer == "/providers/a/base_url");
}

TEST_CASE("parse_settings: kind directory takes a folder and the settings that all kinds share") {
  const auto s = accepted(parse_settings(
      R"({"providers": {"a": {"kind": "directory", "directory": "/srv/films", "priority": 3,
          "bandwidth_limit_mbps": 80, "health_check_path": "README"}}})"));
  CHECK(s.providers.at("a").kind == provider_kind::directory);
  CHECK(s.providers.at("a").directory == "/srv/films");
  CHECK(accepted(parse_settings(to_text(s))) == s);
  CHECK(
      only(parse_settings(R"({"providers": {"a": {"kind": "directory"}}})")).pointer ==
      "/providers/a/directory");
  for (const auto* other :
       {R"("custom_headers": {"X": "y"})", R"("custom_params": {"x": "y"})", R"("ca_file": "/ca.pem")"}) {
    const auto wrong = only(parse_settings(
        std::string{R"({"providers": {"a": {"kind": "directory", "directory": "/srv", )"} + other + "}}}"));
    CHECK(mentions(wrong.message, "belongs to kind `http`"));
  }
}

TEST_CASE("parse_settings: the upper end of a pair must not lie below the lower one") {
  CHECK(
      accepted(parse_settings(with_global(R"("retry_delay_seconds": 5, "retry_delay_max_seconds": 5)")))
          .global.retry_delay_seconds == 5);
  const auto delays =
      only(parse_settings(with_global(R"("retry_delay_seconds": 5, "retry_delay_max_seconds": 4.9)")));
  CHECK(delays.pointer == "/global/retry_delay_max_seconds");
  CHECK(delays.message.starts_with("must not be less than `retry_delay_seconds` (5), is 4.9"));
  CHECK(
      only(parse_settings(with_global(R"("cooldown_base_seconds": 901)"))).pointer ==
      "/global/cooldown_max_seconds");
  CHECK(
      only(parse_settings(with_provider(R"("retry_delay_seconds": 5, "retry_delay_max_seconds": 4)")))
          .pointer == "/providers/alpha/retry_delay_max_seconds");
}

TEST_CASE("parse_settings: a pair is not held against a value that could not be read") {
  CHECK(
      only(parse_settings(with_global(R"("retry_delay_seconds": "x", "retry_delay_max_seconds": 0.5)")))
          .pointer == "/global/retry_delay_seconds");
}

TEST_CASE("parse_settings: headers are checked one by one") {
  const auto all = refused(parse_settings(with_provider(
      R"("custom_headers": {"Host": "x", "X-A": "1", "x-a": "2", "X B": "3", "X-C": true, "": "5", "X-D": "a\nb"})")));
  std::vector<std::string> pointers;
  for (const auto& c : all)
    pointers.push_back(c.pointer.substr(std::string{"/providers/alpha/custom_headers/"}.size()));
  CHECK(pointers == std::vector<std::string>{"Host", "x-a", "X B", "X-C", "", "X-D"});
  CHECK(mentions(all[1].message, "is the same header as `X-A`"));
  CHECK(mentions(all[3].message, "expected a string, found true"));
}

TEST_CASE("parse_settings: 64 headers are fine, 65 are not") {
  const auto headers = [](int count) {
    std::string out;
    for (int i = 0; i < count; ++i)
      out += (i ? ", \"x-" : "\"x-") + std::to_string(i) + R"(": "v")";
    return with_provider(R"("custom_headers": {)" + out + "}");
  };
  CHECK(accepted(parse_settings(headers(64))).providers.at("alpha").custom_headers.size() == 64);
  CHECK(mentions(only(parse_settings(headers(65))).message, "more than 64 entries"));
}

TEST_CASE("parse_settings: 10000 providers are fine, 10001 are not") {
  const auto providers = [](int count) {
    std::string out;
    for (int i = 0; i < count; ++i)
      out += (i ? ", \"p" : "\"p") + std::to_string(i) + R"(": {"kind": "http", "base_url": "http://a"})";
    return R"({"providers": {)" + out + "}}";
  };
  CHECK(accepted(parse_settings(providers(10'000))).providers.size() == 10'000);
  CHECK(mentions(only(parse_settings(providers(10'001))).message, "more than 10000 providers"));
}

TEST_CASE("parse_settings: after 100 complaints the rest is counted") {
  const auto unknown = [](int count) {
    std::string out;
    for (int i = 0; i < count; ++i)
      out += (i ? ", \"zzzzzzz" : "\"zzzzzzz") + std::to_string(i) + "\": 1";
    return with_global(out);
  };
  CHECK(refused(parse_settings(unknown(100))).size() == 100);
  const auto all = refused(parse_settings(unknown(150)));
  REQUIRE(all.size() == 101);
  CHECK(std::ranges::count_if(all, [](const auto& c) {
          return mentions(c.message, "50 more complaints");
        }) == 1);
}

TEST_CASE("parse_settings: a chain of unknown names is given up soon") {
  std::string names;
  for (int i = 0; i < 100'000; ++i)
    names += (i ? ", \"q" : "\"q") + std::to_string(i) + '"';
  const auto all = refused(parse_settings(R"({"failover": {"chain": [)" + names + "]}}"));
  CHECK(all.size() == 101);
}

TEST_CASE("parse_settings: hostile names neither break a pointer nor a terminal") {
  const auto wrong = refused(parse_settings("{\"providers\": {\"a/b~\\u001b\": {}}}"));
  CHECK(wrong.front().pointer == "/providers/a~1b~0\x1b");
  CHECK(only(parse_settings("{\"failover\": {\"chain\": [\"\\u001b[2J\"]}}"))
            .message.starts_with("no provider is called `?[2J`"));
  const auto longest = only(parse_settings("{\"providers\": {\"" + std::string(100'000, 'x') + "\": {}}}"));
  CHECK(mentions(longest.message, "at most 63 characters"));
}
