// Goal: after kill -9 a download goes on from the bytes at hand: at most one piece of each stream is fetched
// again, and what was on its way. Method: one large job, killed again and again while it makes progress; the
// origin counts what it sends. Its rate is bounded, so that what is on its way is little beside the file.
#include "tests/e2e/engine_process.hpp"
#include "tests/support/fault_origin.hpp"
#include "tests/support/slowness.hpp"
#include "tests/support/temp_dir.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <iostream>

namespace {

using namespace tributary::testing;
using namespace std::chrono_literals;
namespace json = boost::json;

constexpr std::uint64_t mib = 1u << 20, piece = mib, size = 24 * mib;
constexpr std::uint64_t rate = 8 * mib; ///< Per second, of all streams.
constexpr unsigned kills = 4;
/// Bytes count once they are flushed and journaled. After a kill the time that this takes costs so many.
constexpr std::uint64_t on_their_way = rate / 4 * (slowness == 1 ? 1 : 3);

reply share_of_rate(unsigned streams) {
  reply r;
  r.bytes_per_write = 64 << 10;
  r.pause = std::chrono::milliseconds(1'000 * streams * r.bytes_per_write / rate);
  return r;
}

std::uint64_t bytes_done(engine_process& engine, const std::string& id) {
  return engine.job(id).at("bytes_done").to_number<std::uint64_t>();
}

/// First byte of each request's range, in the order of the requests.
std::vector<std::uint64_t> range_begins(const fault_origin& origin) {
  std::vector<std::uint64_t> out;
  for (const auto& q : origin.requests()) {
    const auto range = q.header("range");
    REQUIRE(range.starts_with("bytes="));
    out.push_back(std::stoull(range.substr(6)));
  }
  return out;
}

/// One engine after the other gets a further part of the file, and is killed; the last one may finish.
struct killed_download {
  temp_dir folder;
  engine_process::folders at{folder / "settings.json", folder / "state", folder / "downloads"};
  const std::string body = deterministic_body(size);
  fault_origin origin;
  std::string id;

  explicit killed_download(unsigned streams) {
    origin.serve("/large", {body});
    origin.always(share_of_rate(streams));
    const json::value global{
        {"piece_size_mib", piece / mib}, {"max_segments", streams}, {"health_check_interval_seconds", 0}};
    write_file(at.config, settings_text({{"only", origin.url()}}, json::serialize(global)));
  }

  void run_until(std::uint64_t bytes) {
    engine_process engine(at);
    REQUIRE_MESSAGE(engine.port() != 0, engine.process().errors());
    if (id.empty())
      id = engine.submit("large").value_or("");
    REQUIRE_FALSE(id.empty());
    REQUIRE(eventually(slowness * 60s, [&] { return bytes_done(engine, id) >= bytes; }));
    engine.process().kill();
  }

  void finish() {
    engine_process engine(at);
    REQUIRE_MESSAGE(engine.port() != 0, engine.process().errors());
    const auto job = engine.finished(id, slowness * 60s);
    REQUIRE(job.contains("state"));
    CHECK_MESSAGE(job.at("state") == "succeeded", json::serialize(job));
    CHECK((read_file(at.downloads / "large") == body));
    CHECK(part_files(at.downloads).empty());
  }
};

} // namespace

TEST_CASE("crash: a download goes on from the bytes at hand after each kill -9") {
  for (const unsigned streams : {1u, 4u}) {
    CAPTURE(streams);
    killed_download download(streams);
    for (unsigned kill = 1; kill <= kills; ++kill)
      download.run_until(size * kill / (kills + 1) + piece / 2);
    download.finish();

    // Whoever begins anew each time sends the file more than three times.
    const auto sent = download.origin.bytes_sent();
    CHECK(sent <= size + kills * (streams * piece + on_their_way));
    const auto begins = range_begins(download.origin);
    CHECK(begins.size() > kills);
    if (streams == 1) { // Of several, each goes on from a place of its own.
      CHECK(std::ranges::count(begins, 0) == 1);
      CHECK(std::ranges::is_sorted(begins));
    }
    std::cout << "crash: " << sent << " bytes sent for a file of " << size << " over " << kills << " kills, "
              << streams << " streams at most\n";
  }
}
