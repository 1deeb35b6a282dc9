#include "net/client/bandwidth.hpp"
#include "tests/net/client_fixture.hpp"
#include "tests/support/slowness.hpp"

using namespace tributary;
using namespace tributary::testing;

namespace {

struct fixture : client_fixture {
  std::string body = deterministic_body(1'000'000);
  fixture() { origin.serve("/f", {body}); }

  /// Fetches the file `times` times at once and returns the Mbit/s of all together.
  double measure(loader& source, int times = 1) {
    auto begun = std::chrono::steady_clock::now();
    std::vector<std::shared_ptr<recorder>> observers;
    for (int i = 0; i < times; ++i) {
      auto q = request("f");
      q.target = std::make_shared<part_file>(root, std::to_string(i) + ".part", false);
      q.flush = false;
      source.start(std::move(q), observers.emplace_back(std::make_shared<recorder>()));
    }
    double bytes = 0;
    for (auto& o : observers)
      bytes += static_cast<double>(o->wait().bytes);
    auto took = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun);
    return bytes * 8e-6 / took.count();
  }
};

constexpr double tolerance = slowness == 1 ? 0.1 : 0.3;

} // namespace

TEST_CASE_FIXTURE(fixture, "http bandwidth: a provider's limit holds within 10 %") {
  provider.own.bandwidth_limit_mbps = 8;
  CHECK(measure(*make_loader()) == doctest::Approx(8).epsilon(tolerance));
}

TEST_CASE_FIXTURE(fixture, "http bandwidth: a provider's transfers share its limit") {
  provider.own.bandwidth_limit_mbps = 24;
  CHECK(measure(*make_loader(), 3) == doctest::Approx(24).epsilon(tolerance));
}

TEST_CASE_FIXTURE(fixture, "http bandwidth: the engine's limit holds over all providers") {
  threads.limit_bandwidth(8);
  CHECK(measure(*make_loader()) == doctest::Approx(8).epsilon(tolerance));
}

TEST_CASE_FIXTURE(fixture, "http bandwidth: a changed limit holds at once, for running transfers, too") {
  provider.own.bandwidth_limit_mbps = 0.1; // 80 s
  auto source = make_loader();
  auto observer = std::make_shared<recorder>();
  source->start(request("f"), observer);
  observer->wait_for_opened();
  auto begun = std::chrono::steady_clock::now();
  provider.own.bandwidth_limit_mbps.reset();
  source->configure(provider);
  CHECK(observer->wait().result == outcome::ok);
  CHECK(std::chrono::steady_clock::now() - begun < 10s);
}

TEST_CASE_FIXTURE(fixture, "http bandwidth: waiting for it is no stall of the provider") {
  provider.own.bandwidth_limit_mbps = 4;
  auto q = request("f");
  q.stall_timeout = 30ms;
  origin.serve("/f", {body.substr(0, 250'000)});
  CHECK(fetch(*make_loader(), std::move(q)).result == outcome::ok);
}

TEST_CASE("bandwidth: a turn waits no longer than it takes to notice a change, and a change frees it") {
  client::bandwidth limit{std::nullopt};
  steady_time now{1h};
  limit.charge(1'000'000'000, now);
  CHECK_FALSE(limit.limited());
  auto free = limit.book(now);
  CHECK(limit.wait(free, now) == 0ns);
  limit.limit(8, now); // 1 MB/s
  CHECK(limit.limited());
  limit.charge(10'000'000, now);
  auto late = limit.book(now);
  CHECK(late.bytes == 5'000);
  CHECK(limit.wait(late, now) == 100ms);
  limit.limit(std::nullopt, now);
  CHECK(limit.wait(late, now) == 0ns);
}
