// One job over several mirrors that misbehave in every way that DESIGN's failover table names: whole engine,
// real sockets, an origin that does as it is told.
#include "tests/e2e/engine_process.hpp"
#include "tests/support/fault_origin.hpp"
#include "tests/support/slowness.hpp"
#include "tests/support/temp_dir.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <iostream>
#include <random>

namespace {

using namespace tributary::testing;
using namespace std::chrono_literals;
namespace json = boost::json;

constexpr std::size_t mib = 1u << 20;
/// Patience enough for an honest mirror, and no more: what waits for a bad one waits so long.
const std::string quick =
    R"({"piece_size_mib": 1, "retry_delay_seconds": 0.02, "max_retries": 1, "health_check_interval_seconds": 0,
  "failure_threshold": 1000, "max_attempts": 60, )" +
    std::string{
        slowness == 1 ? R"("timeout_seconds": 1, "stall_timeout_seconds": 0.4})"
                      : R"("timeout_seconds": 5, "stall_timeout_seconds": 2})"};

/// An engine without providers: each job brings the URLs of its mirrors.
struct mirrors_fixture {
  temp_dir folder;
  engine_process::folders at{folder / "settings.json", folder / "state", folder / "downloads"};
  std::unique_ptr<engine_process> engine;
  int number = 0;

  explicit mirrors_fixture(const std::string& global = quick) {
    write_file(at.config, settings_text({}, global));
    engine = std::make_unique<engine_process>(at);
    REQUIRE(engine->port() != 0);
  }

  struct outcome {
    json::object job;
    json::array attempts;
    std::string name;
  };
  outcome fetch(const std::vector<std::string>& urls, json::object wish = {}) {
    outcome out;
    out.name = "f" + std::to_string(++number) + ".bin";
    json::array list;
    for (const auto& u : urls)
      list.emplace_back(u);
    wish["resource"] = {{"urls", list}};
    wish["output"] = out.name;
    const auto accepted = engine->call("POST", "/api/jobs", json::serialize(wish));
    REQUIRE(accepted.status == 202);
    const std::string id{accepted.body.at("id").as_string()};
    out.job = engine->finished(id);
    out.attempts = engine->call("GET", "/api/jobs/" + id + "/trace").body.at("attempts").as_array();
    return out;
  }
  [[nodiscard]] std::string published(const outcome& o) const {
    const auto file = at.downloads / o.name;
    return std::filesystem::exists(file) ? read_file(file) : std::string{};
  }
};

std::string text(const json::value& object, const char* key) {
  return json::value_to<std::string>(object.at(key));
}

reply status(int code, const std::string& retry_after = {}) {
  reply r;
  r.status = code;
  if (!retry_after.empty())
    r.headers = {{"Retry-After", retry_after}};
  return r;
}

template <class Change>
reply with(Change change) {
  reply r;
  change(r);
  return r;
}

} // namespace

TEST_CASE_FIXTURE(
    mirrors_fixture, "mirrors: each row of the table: who is asked again, and the next mirror goes on") {
  struct row {
    std::string what;
    reply misbehaves;
    const char* outcome;
    std::size_t requests; ///< That the misbehaving mirror gets.
  };
  const auto at_once = [](bool reply::*how) { return with([&](reply& r) { r.*how = true; }); };
  std::vector<row> rows{
      {"closed before the header", at_once(&reply::close_at_once), "provider_fault", 2},
      {"reset before the header", at_once(&reply::reset_at_once), "provider_fault", 2},
      {"no answer in time", at_once(&reply::stall_at_once), "provider_fault", 2},
      {"not HTTP", with([](reply& r) { r.raw = "SSH-2.0-x\r\n\r\n"; }), "provider_fault", 2},
      {"truncated", with([](reply& r) { r.close_after = mib / 4; }), "provider_fault", 2},
      {"reset in the body", with([](reply& r) { r.reset_after = mib / 4; }), "provider_fault", 2},
      {"stalled in the body", with([](reply& r) { r.stall_after = mib / 4; }), "provider_fault", 2},
      {"false Content-Range", with([](reply& r) {
         r.headers = {{"Content-Range", "bytes 7-3145727/3145728"}};
       }),
       "provider_fault", 1},
      {"429 with seconds", status(429, "600"), "throttled", 1},
      {"503 with a date", status(503, "Fri, 31 Dec 2100 23:59:59 GMT"), "throttled", 1},
      {"401", status(401), "auth", 1},
      {"403", status(403), "auth", 1},
      {"407", status(407), "auth", 1},
      {"404", status(404), "missing", 1},
      {"410", status(410), "missing", 1},
      {"451", status(451), "policy", 1},
      {"416", status(416), "identity", 2},
      {"400", status(400), "invalid", 1},
  };
  for (const int code : {408, 425, 500, 502, 503, 504, 520, 527})
    rows.push_back({"a status that may pass", status(code), "provider_fault", 2});
  const auto body = deterministic_body(3 * mib);
  for (const auto& r : rows) {
    CAPTURE(r.what);
    CAPTURE(r.misbehaves.status.value_or(0));
    fault_origin bad, good;
    bad.serve("/f", {body});
    good.serve("/f", {body});
    bad.always(r.misbehaves);
    const auto got = fetch({bad.url("/f"), good.url("/f")}, {{"max_segments", 1}});
    CHECK(text(got.job, "state") == "succeeded");
    CHECK(published(got) == body);
    CHECK(bad.requests().size() == r.requests);
    REQUIRE(got.attempts.size() == r.requests + 1);
    CHECK(text(got.attempts.front(), "outcome") == r.outcome);
    CHECK(text(got.attempts.back(), "outcome") == "ok");
    std::uint64_t bytes = 0;
    for (const auto& a : got.attempts)
      bytes += a.at("bytes").to_number<std::uint64_t>();
    CHECK(bytes == body.size()); // Nothing came twice.
  }
}

TEST_CASE_FIXTURE(mirrors_fixture, "mirrors: no length, no ranges: a single stream brings it all") {
  const auto body = deterministic_body(3 * mib);
  for (const auto& how :
       {with([](reply& r) { r.chunked = r.ignore_range = true; }),
        with([](reply& r) { r.until_close = r.ignore_range = true; }),
        with([](reply& r) { r.ignore_range = true; })}) {
    fault_origin only;
    only.serve("/f", {body});
    only.always(how);
    const auto got = fetch({only.url("/f")});
    CHECK(text(got.job, "state") == "succeeded");
    CHECK(published(got) == body);
    CHECK(got.attempts.size() == 1);
  }
}

TEST_CASE_FIXTURE(
    mirrors_fixture, "mirrors: a file that was replaced, grew or shrank under the job is not mixed in") {
  const auto body = deterministic_body(3 * mib);
  for (const auto& now :
       {served_file{deterministic_body(3 * mib, 2), "\"v2\""}, served_file{body + "more", "\"v2\""},
        served_file{body.substr(0, mib / 2), "\"v2\""}}) {
    CAPTURE(now.body.size());
    fault_origin changes, keeps;
    changes.serve("/f", {body});
    keeps.serve("/f", {body});
    changes.next(with([](reply& r) { r.close_after = mib; }));
    changes.always(with([&](reply& r) { r.file = now; }));
    const auto got = fetch({changes.url("/f"), keeps.url("/f")}, {{"max_segments", 1}});
    CHECK(text(got.job, "state") == "succeeded");
    CHECK(published(got) == body);
    const auto ranges = keeps.requests();
    REQUIRE_FALSE(ranges.empty());
    CHECK(ranges.front().header("range") == "bytes=1048576-");
    // ... and where nobody has the old one any more, the new one is fetched afresh.
    fault_origin alone;
    alone.serve("/f", {body});
    alone.next(with([](reply& r) { r.close_after = mib; }));
    alone.always(with([&](reply& r) { r.file = now; }));
    const auto afresh = fetch({alone.url("/f")});
    CHECK(text(afresh.job, "state") == "succeeded");
    CHECK(published(afresh) == now.body);
  }
}

TEST_CASE_FIXTURE(
    mirrors_fixture, "mirrors: a mirror with another tag goes on once three samples are equal") {
  const auto body = deterministic_body(3 * mib);
  for (const bool is_equal : {true, false}) {
    CAPTURE(is_equal);
    fault_origin first, second;
    first.serve("/f", {body, "\"a\""});
    auto other = body;
    if (!is_equal)
      other[5] = static_cast<char>(other[5] + 1);
    second.serve("/f", {other, "\"b\""});
    first.next(with([](reply& r) { r.close_after = mib; }));
    first.always(status(404));
    const auto got = fetch({first.url("/f"), second.url("/f")}, {{"max_segments", 1}});
    CHECK(text(got.job, "state") == "succeeded");
    CHECK(published(got) == other);
    CHECK(second.requests().size() == 5);
    CHECK(second.requests().back().header("range") == (is_equal ? "bytes=1048576-" : "bytes=0-"));
  }
}

TEST_CASE_FIXTURE(mirrors_fixture, "mirrors: corrupt bytes are never published; the guilty one is named") {
  const auto body = deterministic_body(3 * mib);
  auto wrong = body;
  wrong[0] = static_cast<char>(wrong[0] ^ 1); // The first stream reads it, whoever comes later.
  fault_origin corrupt, good;
  corrupt.serve("/f", {wrong});
  good.serve("/f", {body});
  const auto got = fetch({corrupt.url("/f"), good.url("/f")}, {{"sha256", sha256_of(body)}});
  CHECK(text(got.job, "state") == "succeeded");
  CHECK(published(got) == body);
  const auto is_blamed = [&](const fault_origin& o) {
    return std::ranges::any_of(got.attempts, [&](const auto& a) {
      return text(a, "outcome") == "provider_fault" && o.url("").ends_with(text(a, "provider"));
    });
  };
  CHECK(is_blamed(corrupt)); // At its own attempt, or, when that had ended, at one more.
  CHECK_FALSE(is_blamed(good));
  const auto alone = fetch({corrupt.url("/f")}, {{"sha256", sha256_of(body)}});
  CHECK(text(alone.job, "state") == "failed");
  CHECK(published(alone).empty());
}

// Goal: the right bytes every time, and at most one piece fetched again per event, whatever two mirrors of
// three do. Method: each request to a dishonest mirror is answered in a way that the seed chooses; the third
// is honest. Every mirror is slow enough that all three take part.
TEST_CASE("mirrors: random misbehaviour ends with the right bytes") {
  const auto timeouts = R"("timeout_seconds": )" + std::to_string(0.5 * slowness) +
                        R"(, "stall_timeout_seconds": )" + std::to_string(0.3 * slowness);
  mirrors_fixture f{
      R"({"piece_size_mib": 1, "retry_delay_seconds": 0.01, "retry_delay_max_seconds": 0.1, "max_retries": 100,
    "health_check_interval_seconds": 0, "failure_threshold": 1000, "max_attempts": 1000, "max_concurrent_downloads": 1, )" +
      timeouts + "}"};
  constexpr std::size_t size = 6 * mib;
  const auto first_seed = static_cast<unsigned>(std::random_device{}());
  std::cout << "mirrors: seeds from " << first_seed << '\n';
  std::uint64_t events = 0, refetched = 0;
  for (unsigned seed = first_seed; seed != first_seed + 12; ++seed) {
    CAPTURE(seed);
    std::mt19937 random{seed};
    const auto body = deterministic_body(size, seed);
    std::vector<std::unique_ptr<fault_origin>> origins;
    std::vector<std::string> urls;
    const bool same_tags = random() % 2;
    for (int i = 0; i < 3; ++i) {
      origins.push_back(std::make_unique<fault_origin>());
      auto& o = *origins.back();
      o.serve("/f", {body, same_tags ? "\"v1\"" : "\"v" + std::to_string(i) + "\""});
      urls.push_back(o.url("/f"));
      const auto steady = with([&](reply& r) {
        r.bytes_per_write = 64 << 10;
        r.pause = 10ms;
      });
      o.always(steady);
      for (auto n = i == 0 ? 0 : random() % 8; n > 0; --n) {
        auto r = steady;
        const auto where = random() % size;
        switch (random() % 8) {
        case 0:
          r.close_after = where;
          break;
        case 1:
          r.reset_after = where;
          break;
        case 2:
          r.stall_after = where;
          break;
        case 3:
          r.reset_at_once = true;
          break;
        case 4:
          r.status = std::array{500, 502, 503, 408, 504}[random() % 5];
          break;
        case 5:
          r.chunked = true;
          break;
        case 6:
          r.stall_at_once = true;
          break;
        default:
          r.close_at_once = true;
        }
        o.next(std::move(r));
      }
    }
    std::ranges::shuffle(urls, random);
    const auto got = f.fetch(urls, {{"sha256", sha256_of(body)}});
    CAPTURE(json::serialize(got.job));
    REQUIRE(text(got.job, "state") == "succeeded");
    REQUIRE((f.published(got) == body));
    std::uint64_t bytes = 0;
    for (const auto& a : got.attempts)
      bytes += a.at("bytes").to_number<std::uint64_t>();
    REQUIRE(bytes >= size);
    REQUIRE(bytes - size <= got.attempts.size() * mib);
    events += got.attempts.size();
    refetched += bytes - size;
  }
  std::cout << "mirrors: 12 seeds, " << events << " attempts, " << refetched << " bytes fetched again\n";
}
