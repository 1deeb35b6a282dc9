#include "actors/candidates.hpp"

#include <doctest/doctest.h>

using namespace tributary;

namespace {

settings two_mirrors() {
  settings s;
  s.providers["alpha"].base_url = "http://alpha.test/files";
  s.providers["alpha"].priority = 2;
  s.providers["beta"].base_url = "http://beta.test";
  s.providers["beta"].priority = 1;
  return s;
}

job_spec urls(std::vector<std::string> list) {
  job_spec spec;
  spec.resource.urls = std::move(list);
  return spec;
}

std::vector<route> routes(const job_spec& spec, const settings& s) {
  return routes_of(spec, s, effective_chain(s));
}

std::vector<std::string> names(const std::vector<route>& routes) {
  std::vector<std::string> out;
  for (const auto& r : routes)
    out.push_back(r.name);
  return out;
}

} // namespace

TEST_CASE("candidates: a path is asked of the chain, in its order") {
  job_spec spec;
  spec.resource.path = "a/b.iso";
  auto s = two_mirrors();
  CHECK(names(routes(spec, s)) == std::vector<std::string>{"beta", "alpha"});
  CHECK(routes(spec, s)[0].path == "a/b.iso");
  s.providers["beta"].enabled = false;
  CHECK(names(routes(spec, s)) == std::vector<std::string>{"alpha"});
  spec.providers = {"beta"};
  CHECK(routes(spec, s).empty());
}

TEST_CASE("candidates: a URL belongs to the provider whose base is its longest prefix at a path border") {
  CHECK(is_beneath("http://a.test/files/x", "http://a.test/files"));
  CHECK(is_beneath("http://a.test/files/x", "http://A.TEST:80/files/"));
  CHECK(is_beneath("http://a.test/files", "http://a.test/files"));
  CHECK(is_beneath("http://a.test/files?v=1", "http://a.test/files"));
  CHECK_FALSE(is_beneath("http://a.test/files2/x", "http://a.test/files"));
  CHECK_FALSE(is_beneath("https://a.test/files/x", "http://a.test/files"));
  CHECK_FALSE(is_beneath("http://a.test:8080/files/x", "http://a.test/files"));
  CHECK_FALSE(is_beneath("http://a.test.evil/x", "http://a.test"));
  CHECK(is_beneath("http://a.test/x", "http://a.test"));

  auto s = two_mirrors();
  s.providers["deep"].base_url = "http://alpha.test/files/deep";
  const auto found = routes(
      urls({"http://alpha.test/files/deep/x", "http://alpha.test/files/deeper", "http://Other.test/y"}), s);
  CHECK(names(found) == std::vector<std::string>{"deep", "alpha", "http://other.test:80"});
  CHECK(found[2].ephemeral);
  CHECK(found[2].url == "http://Other.test/y");
}

TEST_CASE("candidates: a URL that may lead out of a base is not its provider's, whatever it begins with") {
  auto s = two_mirrors();
  for (const std::string url :
       {"http://alpha.test/files/../admin/export", "http://alpha.test/files/%2e%2E/admin",
        "http://alpha.test/files/..%2fadmin", "http://alpha.test/files/..",
        "http://alpha.test/files/..;/admin"}) {
    CAPTURE(url);
    CHECK_FALSE(is_beneath(url, "http://alpha.test/files"));
    const auto found = routes(urls({url}), s);
    REQUIRE(found.size() == 1);
    CHECK(found[0].ephemeral); // Asked without anybody's credentials.
    CHECK(found[0].name == "http://alpha.test:80");
  }
  CHECK(is_beneath("http://alpha.test/files/a..b?x=/../", "http://alpha.test/files"));
}

TEST_CASE("candidates: two URLs at one provider are two candidates of one provider") {
  const auto found = routes(urls({"http://beta.test/1", "http://beta.test/2"}), two_mirrors());
  CHECK(names(found) == std::vector<std::string>{"beta", "beta#2"});
  CHECK(found[1].provider == "beta");
  CHECK(provider_of_route("beta#2") == "beta");
  CHECK(provider_of_route("beta") == "beta");
}

TEST_CASE("candidates: origins are told apart by scheme, host and port") {
  CHECK(origin_of("http://A.test/x") == "http://a.test:80");
  CHECK(origin_of("https://a.test") == "https://a.test:443");
  CHECK(origin_of("http://a.test:8080?x") == "http://a.test:8080");
  CHECK(origin_of("http://[::1]/x") == "http://[::1]:80");
  CHECK(origin_of("http://[::1]:81/x") == "http://[::1]:81");
}

TEST_CASE(
    "candidates: the limit is the smaller of setting and ramp; nothing is granted where the actor is down") {
  const auto s = two_mirrors();
  const auto own = effective(s, "alpha");
  provider_standing st;
  provider_view view;
  view.settings = &own;
  const route r{"alpha", "alpha", false, "x", ""};
  CHECK(candidate_of(r, 0, view).limit == 4);
  view.standing = &st;
  st.ramp = 1;
  CHECK(candidate_of(r, 0, view).limit == 1);
  st.ramp = 100;
  CHECK(candidate_of(r, 0, view).limit == 4);
  view.down = true;
  CHECK(candidate_of(r, 0, view).limit == 0);
  view.broken = true;
  CHECK(candidate_of(r, 0, view).state == provider_state::disabled);
}

TEST_CASE("candidates: a job's own wishes go before the global defaults") {
  job_row row;
  global_settings g;
  CHECK_FALSE(deadline_of(row, g));
  CHECK(plan_options_of(row, g).max_attempts == 12);
  g.deadline_seconds = 10;
  CHECK(deadline_of(row, g) == row.created_at + seconds{10});
  row.spec.deadline_seconds = 2.5;
  row.spec.max_attempts = 3;
  row.spec.strategy = strategy::best;
  CHECK(deadline_of(row, g) == row.created_at + milliseconds{2500});
  CHECK(plan_options_of(row, g).max_attempts == 3);
  CHECK(plan_options_of(row, g).how == strategy::best);
}

TEST_CASE("candidates: a ranking puts who is usable first, and says why others are not") {
  std::vector<candidate> chain(5);
  const std::vector<std::string> names{"broken", "down", "cooling", "full", "good"};
  for (std::uint32_t i = 0; i < chain.size(); ++i) {
    chain[i].provider = names[i];
    chain[i].state = provider_state::available;
    chain[i].limit = 1;
    chain[i].terms.position = i;
  }
  const wall_time back{std::chrono::sys_days{std::chrono::year{2026} / 1 / 31}};
  chain[0].state = provider_state::disabled;
  chain[1].limit = 0;
  chain[2].state = provider_state::unavailable;
  chain[2].unavailable_until = back;
  chain[3].terms.leases = 1;
  auto r = ranking_of(chain, strategy::priority, back - milliseconds{1500});
  CHECK(r.how == strategy::priority);
  REQUIRE(r.providers.size() == 5);
  CHECK(r.providers[0].provider == "full");
  CHECK(r.providers[1].provider == "good");
  CHECK(r.providers[1].score == doctest::Approx(1.0 / 5));
  CHECK(r.providers[2].skipped == "disabled");
  CHECK(r.providers[3].skipped == "being restarted");
  CHECK(r.providers[4].skipped == "unavailable until 2026-01-31T00:00:00Z");
  CHECK_FALSE(r.back_in); // Somebody is here.
  chain.resize(3);
  CHECK(ranking_of(chain, strategy::best, back - milliseconds{1500}).back_in == seconds{2});
  CHECK(ranking_of(chain, strategy::best, back + seconds{9}).back_in == seconds{0});
  CHECK(ranking_of({}, strategy::fastest, back).providers.empty());
}
