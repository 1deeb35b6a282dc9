#include "net/gateway/routes.hpp"
#include "net/gateway/target.hpp"

#include <doctest/doctest.h>

using namespace tributary::gateway;

namespace {

route_match match_path(std::string_view method, std::string_view target) {
  const auto parts = split_target(target);
  REQUIRE(parts);
  return match(method, parts->segments);
}

} // namespace

TEST_CASE("routes: every route finds its own action") {
  for (const auto& r : routes) {
    std::string path{r.pattern};
    if (const auto at = path.find('{'); at != std::string::npos)
      path = path.substr(0, at).append("x").append(path, path.find('}') + 1);
    CAPTURE(path);
    const auto m = match_path(r.method, path);
    REQUIRE(m.found);
    CHECK(m.found->what == r.what);
  }
}

TEST_CASE("routes: a bound segment is handed on decoded") {
  CHECK(match_path("GET", "/api/jobs/a%20b").params == std::vector<std::string>{"a b"});
  CHECK(match_path("GET", "/api/providers/health/a%2Fb").params == std::vector<std::string>{"a/b"});
  CHECK(match_path("GET", "/%61pi/jobs/7/trace").found->what == action::trace_job);
}

TEST_CASE("routes: a fixed segment wins over a bound one") {
  CHECK(match_path("GET", "/api/providers/config/global").found->what == action::get_global);
  CHECK(match_path("PUT", "/api/providers/config/global").found->what == action::change_global);
  CHECK(match_path("PUT", "/api/providers/config/globe").found->what == action::change_provider);
}

TEST_CASE("routes: an unknown path has no methods") {
  for (std::string_view path :
       {"/api", "/api/jobs/", "/api/jobs/1/", "/api//jobs", "/API/jobs", "/api/jobs/1/trace/2",
        "/api/jobs/..", "/api/providers/health//reset"}) {
    CAPTURE(path);
    const auto m = match_path("GET", path);
    if (path == "/api/jobs/..") // Dots mean nothing here: this is the job named "..".
      CHECK(m.found);
    else
      CHECK((!m.found && m.allow.empty()));
  }
}

TEST_CASE("routes: a known path with another method says which ones it takes") {
  const auto jobs = match_path("PATCH", "/api/jobs");
  CHECK_FALSE(jobs.found);
  CHECK(jobs.allow == "POST, GET, HEAD");
  CHECK(match_path("GET", "/api/providers/health/a/reset").allow == "POST");
  CHECK(match_path("get", "/api/jobs").found == nullptr); // Methods are case-sensitive.
}

TEST_CASE("routes: HEAD is answered wherever GET is") {
  CHECK(match_path("HEAD", "/livez").found->what == action::livez);
  CHECK_FALSE(match_path("HEAD", "/api/providers/health/a/reset").found);
}

TEST_CASE("target: what is not a path is refused") {
  for (std::string_view target :
       {"", "*", "jobs", "example.org:80", "ftp://h/", "http:///x", "/%", "/%4", "/%zz", "/%00"}) {
    CAPTURE(target);
    CHECK_FALSE(split_target(target));
  }
}

TEST_CASE("target: an absolute form gives its authority") {
  const auto parts = split_target("http://localhost:80/api/jobs?limit=1");
  REQUIRE(parts);
  CHECK(parts->authority == "localhost:80");
  CHECK(parts->segments == std::vector<std::string>{"api", "jobs"});
  CHECK(parts->query == "limit=1");
  CHECK(split_target("http://localhost")->segments == std::vector<std::string>{""});
  CHECK(split_target("http://localhost?a=1")->query == "a=1");
}

TEST_CASE("target: queries are decoded, broken ones refused") {
  CHECK(*parse_query("a=b%20c+d&&e") == query_params{{"a", "b c d"}, {"e", ""}});
  CHECK(parse_query("")->empty());
  CHECK(*parse_query("a=b=c") == query_params{{"a", "b=c"}});
  CHECK_FALSE(parse_query("a=%f"));
  CHECK_FALSE(parse_query("%=1"));
}
