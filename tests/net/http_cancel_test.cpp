#include "tests/net/client_fixture.hpp"

#include <random>
#include <thread>

using namespace tributary;
using namespace tributary::testing;

namespace {

struct fixture : client_fixture {
  std::string body = deterministic_body(3'000'000);
  fixture() { origin.serve("/f", {body}); }

  void check_ended_once(recorder& observer) {
    auto r = observer.wait();
    CHECK(observer.ends() == 1);
    CHECK_FALSE(observer.out_of_order());
    if (r.result == outcome::ok)
      return;
    CHECK(r.result == outcome::cancelled);
    CHECK(r.cause == fault::cancelled);
    CHECK(r.durable_end == r.written_end);
    if (r.written_end > 0)
      CHECK(fetched() == body.substr(0, r.written_end));
  }
};

} // namespace

TEST_CASE_FIXTURE(fixture, "http cancel: ends a transfer at each of its stages, and keeps what came") {
  reply silent, headless, halfway;
  silent.stall_at_once = true;
  headless.stall_after = 0;
  halfway.stall_after = 1'000'000;
  auto source = make_loader();
  for (const auto& r : {silent, headless, halfway}) {
    origin.next(r);
    auto observer = std::make_shared<recorder>();
    auto asked = origin.requests().size();
    auto handle = source->start(request("f"), observer);
    if (r.stall_at_once)
      while (origin.requests().size() == asked)
        std::this_thread::yield();
    else
      observer->wait_for_opened();
    handle->cancel();
    handle->cancel();
    check_ended_once(*observer);
    CHECK(observer->wait().message == "cancelled");
  }
}

TEST_CASE_FIXTURE(fixture, "http cancel: after the end it changes nothing") {
  auto source = make_loader();
  auto observer = std::make_shared<recorder>();
  auto handle = source->start(request("f"), observer);
  CHECK(observer->wait().result == outcome::ok);
  handle->cancel();
  threads.stop();
  handle->cancel();
  CHECK(observer->ends() == 1);
}

TEST_CASE_FIXTURE(fixture, "http cancel: ends a transfer that waits for its bandwidth") {
  provider.own.bandwidth_limit_mbps = 0.01;
  auto source = make_loader();
  auto observer = std::make_shared<recorder>();
  auto handle = source->start(request("f"), observer);
  observer->wait_for_opened();
  handle->cancel();
  check_ended_once(*observer);
}

// Goal: a cancel at any moment leads to exactly one end, and what was kept is right.
// Method: the origin writes in random pieces with pauses; the cancel comes after a random number of bytes.
TEST_CASE_FIXTURE(fixture, "http cancel: at random points ends exactly once") {
  auto source = make_loader();
  for (unsigned seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    std::mt19937 random{seed};
    reply r;
    r.bytes_per_write = 1'000 + random() % 100'000;
    r.chunked = random() % 2 == 0;
    r.pause = std::chrono::milliseconds(random() % 2);
    origin.next(r);
    auto q = request("f");
    q.piece_bytes = 1 + random() % 500'000;
    q.flush = random() % 2 == 0;
    auto observer = std::make_shared<recorder>();
    auto handle = source->start(std::move(q), observer);
    if (random() % 8 != 0)
      observer->wait_for_bytes(random() % 2'000'000);
    handle->cancel();
    check_ended_once(*observer);
    std::filesystem::remove(folder / "out.part");
  }
}

TEST_CASE_FIXTURE(fixture, "http cancel: stopping the threads ends every transfer and every check") {
  auto source = make_loader();
  reply halfway, silent;
  halfway.stall_after = 1'000'000;
  silent.stall_at_once = true;
  origin.next(halfway);
  origin.always(silent);
  auto first = std::make_shared<recorder>(), second = std::make_shared<recorder>(),
       late = std::make_shared<recorder>();
  source->start(request("f"), first);
  first->wait_for_opened();
  auto q = request("f");
  q.target = std::make_shared<part_file>(root, "other.part", false);
  source->start(std::move(q), second);
  std::atomic<int> checked = 0;
  source->check([&](const check_result& r) {
    CHECK(r.cause == fault::cancelled);
    ++checked;
  });
  threads.stop();
  for (auto& observer : {first, second}) {
    CHECK(observer->ends() == 1);
    CHECK(observer->wait().cause == fault::cancelled);
  }
  CHECK(checked == 1);

  source->start(request("f"), late); // Afterwards nothing runs any more, and everybody is told.
  CHECK(late->ends() == 1);
  CHECK(late->wait().cause == fault::cancelled);
  source->check([&](const check_result&) { ++checked; });
  CHECK(checked == 2);
  threads.stop();
}

TEST_CASE_FIXTURE(fixture, "http cancel: dropping the handle and the loader stops nothing") {
  auto observer = std::make_shared<recorder>();
  make_loader()->start(request("f"), observer);
  CHECK(observer->wait().result == outcome::ok);
  CHECK(fetched() == body);
}
