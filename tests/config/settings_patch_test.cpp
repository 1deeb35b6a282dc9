#include "tests/config/settings_samples.hpp"

#include <boost/json/parse.hpp>

using namespace tributary;
using namespace tributary::testing;

namespace {

const settings base = accepted(parse_settings(R"({
  "global": {"max_retries": 5, "strategy": "best", "deadline_seconds": 60},
  "providers": {
    "alpha": {"kind": "http", "base_url": "http://alpha", "priority": 7, "max_retries": 1, "region": "eu",
              "retry_delay_seconds": 10, "custom_headers": {"X-A": "1"}},
    "beta": {"kind": "http", "base_url": "http://beta"}
  },
  "failover": {"chain": ["beta", "alpha"]}
})"));

settings_or_complaints alpha(const std::string& patch) {
  return patch_provider(base, "alpha", boost::json::parse(patch));
}
settings_or_complaints global(const std::string& patch) {
  return patch_global(base, boost::json::parse(patch));
}

} // namespace

TEST_CASE("patch_provider: given fields are merged, everything else stays") {
  auto expected = base;
  expected.providers.at("alpha").priority = 1;
  expected.providers.at("alpha").bandwidth_limit_mbps = 2.5;
  CHECK(accepted(alpha(R"({"priority": 1, "bandwidth_limit_mbps": 2.5})")) == expected);
}

TEST_CASE("patch_provider: an empty patch changes nothing") {
  CHECK(accepted(alpha("{}")) == base);
}

TEST_CASE("patch_provider: null removes a setting, so that its default holds again") {
  auto expected = base;
  expected.providers.at("alpha").max_retries.reset();
  expected.providers.at("alpha").region.reset();
  expected.providers.at("alpha").priority = 100;
  expected.providers.at("alpha").custom_headers.clear();
  const auto got =
      accepted(alpha(R"({"max_retries": null, "region": null, "priority": null, "custom_headers": null})"));
  CHECK(got == expected);
  CHECK(effective(got, "alpha").own.max_retries == 5);
}

TEST_CASE("patch_provider: a map is replaced as a whole") {
  CHECK(
      accepted(alpha(R"({"custom_headers": {"X-B": "2"}})")).providers.at("alpha").custom_headers ==
      std::map<std::string, std::string>{{"X-B", "2"}});
}

TEST_CASE("patch_provider: kind cannot change nor be removed; saying it again is fine") {
  CHECK(accepted(alpha(R"({"kind": "http"})")) == base);
  for (const auto* patch : {R"({"kind": "directory"})", R"({"kind": null})"}) {
    const auto wrong = only(alpha(patch));
    CHECK(wrong.pointer == "/kind");
    CHECK(mentions(wrong.message, "cannot be changed: it is `http`"));
  }
  CHECK(mentions(only(alpha(R"({"kind": "ftp"})")).message, "must be one of"));
}

TEST_CASE("patch_provider: base_url can change but not go away") {
  CHECK(accepted(alpha(R"({"base_url": "https://new"})")).providers.at("alpha").base_url == "https://new");
  const auto wrong = only(alpha(R"({"base_url": null})"));
  CHECK(wrong.pointer == "/base_url");
  CHECK(mentions(wrong.message, "is required"));
}

TEST_CASE("patch_provider: all complaints at once, with pointers relative to the patch") {
  const auto all = refused(alpha(R"({"max_retrys": 1, "priority": 10001, "retry_delay_max_seconds": 9})"));
  REQUIRE(all.size() == 3);
  CHECK(all[0] == complaint{"/max_retrys", "unknown setting, did you mean `max_retries`?"});
  CHECK(all[1] == complaint{"/priority", "must be between 0 and 10000, is 10001"});
  CHECK(all[2].pointer == "/retry_delay_max_seconds"); // Against the delay that it has already.
}

TEST_CASE("patch_provider: what is not an object is refused") {
  for (const auto* patch : {"[]", "null", "3"})
    CHECK(only(alpha(patch)).pointer == "");
}

TEST_CASE("patch_global: merges and removes, and leaves the rest of the document alone") {
  auto expected = base;
  expected.global.max_retries = 3; // The default.
  expected.global.deadline_seconds.reset();
  expected.global.durability = durability::fast;
  CHECK(
      accepted(global(R"({"max_retries": null, "deadline_seconds": null, "durability": "fast"})")) ==
      expected);
}

TEST_CASE("patch_global: complaints point into the patch") {
  CHECK(only(global(R"({"rise": 0})")).pointer == "/rise");
  CHECK(only(global(R"({"retry_delay_max_seconds": 0.5})")).pointer == "/retry_delay_max_seconds");
  CHECK(only(global(R"({"providers": {}})")).message.starts_with("unknown setting"));
}

TEST_CASE("patch texts: syntax errors and repeated keys are complaints, too") {
  CHECK(mentions(only(patch_global_text(base, "{\"rise\": 3")).message, "not valid JSON"));
  CHECK(only(patch_provider_text(base, "alpha", R"({"priority": 1, "priority": 2})")).pointer == "/priority");
  CHECK(
      accepted(patch_provider_text(base, "alpha", R"({"priority": 1})")).providers.at("alpha").priority == 1);
}

TEST_CASE("patch: the base is never touched") {
  const auto before = base;
  (void)alpha(R"({"priority": 1, "rise": 1})");
  (void)global(R"({"rise": 0})");
  CHECK(base == before);
}
