// GET /api/catalog/..
#include "tests/net_gateway/gateway_fixture.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

using namespace tributary;
using namespace tributary::testing;
namespace json = boost::json;

namespace {

struct catalog_fixture : gateway_fixture {
  std::vector<catalog_query> asked;
  caf::result<catalog_reply> (*reply)() = []() -> caf::result<catalog_reply> { return example(); };

  catalog_fixture() {
    script->catalog = [this](const catalog_query& q) {
      asked.push_back(q);
      return reply();
    };
  }
  static catalog_reply example() {
    catalog_reply r;
    r.provider = "alpha";
    r.items.push_back({"tidal-stories", "Tidal Stories", {"en", "de"}});
    r.seasons = {{1, 2}, {2, 1}};
    r.available = true;
    r.language = "de";
    r.path = "s01e01.de.mkv";
    return r;
  }
  http_reply get(const std::string& path) {
    return http_call(port(), "GET", path, {{"Authorization", "Bearer " + read}});
  }
};

} // namespace

TEST_CASE_FIXTURE(catalog_fixture, "api: search gives what matched, and by whom") {
  const auto r = get("/api/catalog/search?q=tidal%20s");
  REQUIRE(r.status == 200);
  CHECK(
      json::parse(r.body) ==
      json::parse(R"({"items":[{"key":"tidal-stories","title":"Tidal Stories","languages":["en","de"]}],)"
                  R"("count":1,"more":false,"provider":"alpha"})"));
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].what == catalog_operation::search);
  CHECK(asked[0].text == "tidal s");
}

TEST_CASE_FIXTURE(catalog_fixture, "api: an item, its episodes, its languages") {
  CHECK(
      json::parse(get("/api/catalog/tidal-stories").body) ==
      json::parse(
          R"({"key":"tidal-stories","title":"Tidal Stories","languages":["en","de"],"provider":"alpha"})"));
  CHECK(
      json::parse(get("/api/catalog/tidal-stories/episodes").body) ==
      json::parse(R"({"key":"tidal-stories","title":"Tidal Stories","seasons":[{"season":1,"episodes":2},)"
                  R"({"season":2,"episodes":1}],"provider":"alpha"})"));
  CHECK(
      json::parse(get("/api/catalog/tidal-stories/language?season=1&episode=1&language=DE").body) ==
      json::parse(R"({"key":"tidal-stories","season":1,"episode":1,"language":"de","available":true,)"
                  R"("path":"s01e01.de.mkv","provider":"alpha"})"));
  REQUIRE(asked.size() == 3);
  CHECK(asked[0].what == catalog_operation::get_title);
  CHECK(asked[1].what == catalog_operation::get_season_episode_count);
  CHECK(asked[2].what == catalog_operation::is_language);
  CHECK(asked[2].item == catalog_ref{"tidal-stories", 1, 1, "de"});
}

TEST_CASE_FIXTURE(catalog_fixture, "api: an encoded slash belongs to the key") {
  CHECK(get("/api/catalog/a%2Fb%20c").status == 200);
  CHECK(asked.at(0).item.key == "a/b c");
}

TEST_CASE_FIXTURE(catalog_fixture, "api: bad catalogue queries name their parameters, and nobody is asked") {
  const std::pair<const char*, const char*> rows[] = {
      {"/api/catalog/search", R"("parameter":"q")"},
      {"/api/catalog/search?q=", R"("parameter":"q")"},
      {"/api/catalog/search?q=%20", R"("parameter":"q")"},
      {"/api/catalog/k/language", R"("parameter":"language")"},
      {"/api/catalog/k/language?language=%3F", R"("parameter":"language")"},
      {"/api/catalog/k/language?language=en&season=1", R"("parameter":"episode")"},
      {"/api/catalog/k/language?language=en&season=x&episode=1", R"("parameter":"season")"},
      {"/api/catalog/k/language?language=en&season=-1&episode=1", R"("parameter":"season")"},
      {"/api/catalog/k?season=1", R"(season)"},
  };
  for (const auto& [path, names] : rows) {
    const auto r = get(path);
    CAPTURE(path);
    CAPTURE(r.body);
    CHECK(r.status == 400);
    CHECK(code_of(r) == "bad_query");
    CHECK(r.body.find(names) != std::string::npos);
  }
  const auto both = get("/api/catalog/k/language?season=x");
  CHECK(both.body.find(R"("parameter":"season")") != std::string::npos);
  CHECK(both.body.find(R"("parameter":"language")") != std::string::npos);
  CHECK(get("/api/catalog/" + std::string(catalog_key_bytes_max + 1, 'k')).status == 404);
  CHECK(get("/api/catalog/search/episodes").status == 404);
  CHECK(asked.empty());
}

TEST_CASE_FIXTURE(
    catalog_fixture, "api: an unknown item is 404, and when nobody could answer 503 says who was asked") {
  reply = []() -> caf::result<catalog_reply> { return errc::unknown_item; };
  const auto unknown = get("/api/catalog/absent");
  CHECK(unknown.status == 404);
  CHECK(code_of(unknown) == "unknown_item");
  reply = []() -> caf::result<catalog_reply> {
    return caf::make_error(errc::no_provider, std::string{"alpha: connection refused"});
  };
  const auto nobody = get("/api/catalog/search?q=x");
  CHECK(nobody.status == 503);
  CHECK(code_of(nobody) == "no_provider");
  CHECK(nobody.header("Retry-After") == "5");
  CHECK(nobody.body.find("alpha: connection refused") != std::string::npos);
}
