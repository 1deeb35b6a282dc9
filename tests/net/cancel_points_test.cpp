// Goal: a transfer that is cancelled at any of its waits ends exactly once and leaves no connection,
// descriptor or timer behind. Method: each scenario is run with a cancel at its first wait, its second, and
// so on, until a run ends by itself; the descriptors of the process are counted before and after.
#include "net/client/http_transfer.hpp"
#include "net/client/tls_contexts.hpp"
#include "tests/net/client_fixture.hpp"
#include "tests/support/proxy_server.hpp"
#include "tests/support/test_authority.hpp"

using namespace tributary;
using namespace tributary::testing;
using client::http_transfer;

namespace {

std::size_t open_descriptors() {
  auto listed = std::filesystem::directory_iterator("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(listed), end(listed)));
}

struct fixture : client_fixture {
  std::string body = deterministic_body(400'000);
  std::shared_ptr<client::transfer_commons> commons = std::make_shared<client::transfer_commons>();

  fixture() {
    commons->files = files;
    commons->wall = [] { return wall_time{}; };
    commons->tls = std::make_shared<client::tls_contexts>();
    origin.serve("/f", {body});
  }

  /// Cancels at the n-th wait; false: there were fewer.
  bool cancelled_at(
      const std::shared_ptr<client::transfer_thread>& thread, unsigned n,
      const std::shared_ptr<client::bandwidth>& limit) {
    auto observer = std::make_shared<recorder>();
    auto q = request("f");
    q.piece_bytes = 100'000;
    auto transfer =
        std::make_shared<http_transfer>(thread, client::prepare(provider), limit, std::move(q), observer);
    transfer->cancel_at_wait(n);
    transfer->start();
    auto r = observer->wait();
    std::weak_ptr<http_transfer> left = transfer;
    transfer.reset();
    CHECK(eventually(10s, [&] { return left.expired(); }));
    CHECK(observer->ends() == 1);
    CHECK_FALSE(observer->out_of_order());
    CHECK((r.result == outcome::ok || r.result == outcome::cancelled));
    if (r.written_end > 0)
      CHECK(fetched() == body.substr(0, r.written_end));
    std::filesystem::remove(folder / "out.part");
    return r.result == outcome::cancelled;
  }

  /// How many waits the scenario has.
  unsigned run_all(std::optional<double> mbps = {}) {
    auto limit = std::make_shared<client::bandwidth>(mbps);
    unsigned waits = 0;
    auto before = open_descriptors();
    for (bool fresh : {true, false}) { // On a fresh connection each time, and on one of the pool.
      auto shared = std::make_shared<client::transfer_thread>(commons);
      for (unsigned n = 1;; ++n) {
        CAPTURE(n);
        CAPTURE(fresh);
        REQUIRE(n < 5'000);
        auto thread = fresh ? std::make_shared<client::transfer_thread>(commons) : shared;
        auto cancelled = cancelled_at(thread, n, limit);
        if (fresh || !cancelled) {
          thread->close();
          thread->join();
        }
        if (!cancelled)
          break;
        waits = std::max(waits, n);
      }
      shared->close();
      shared->join();
    }
    // The origin closes its ends when it sees ours closed.
    CHECK(eventually(10s, [&] { return open_descriptors() <= before; }));
    return waits;
  }
};

} // namespace

TEST_CASE_FIXTURE(fixture, "cancel points: plain, slow and in chunks") {
  reply r;
  r.chunked = true;
  r.bytes_per_write = 90'000;
  r.pause = 1ms;
  origin.always(r);
  CHECK(run_all() >= 4);
}

TEST_CASE_FIXTURE(fixture, "cancel points: a name to look up, and redirects") {
  fault_origin elsewhere;
  reply r;
  r.status = 302;
  r.headers = {{"Location", origin.url("/f")}};
  elsewhere.always(r);
  provider.own.base_url = "http://localhost:" + std::to_string(elsewhere.port());
  CHECK(run_all() >= 5);
}

TEST_CASE_FIXTURE(fixture, "cancel points: waiting for bandwidth") {
  CHECK(run_all(40) >= 4);
}

TEST_CASE_FIXTURE(fixture, "cancel points: TLS, directly and through a proxy of each kind") {
  const auto& made = test_authority::shared();
  fault_origin secure{{made.file("good.pem"), made.file("good.key"), "127.0.0.1"}};
  secure.serve("/f", {body});
  provider.own.base_url = secure.url();
  provider.own.ca_file = made.file("ca.pem");
  CHECK(run_all() >= 3); // The connection, the handshake, the answer; what comes together is one wait.
  for (auto speaks : {proxy_server::kind::http, proxy_server::kind::socks5}) {
    proxy_server proxy{speaks};
    provider.own.proxy = proxy.address();
    CHECK(run_all() >= 4);
  }
}
