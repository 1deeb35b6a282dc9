#include "tests/net/client_fixture.hpp"

#include <future>

using namespace tributary;
using namespace tributary::testing;

namespace {

constexpr std::size_t size = 1'000'000;
constexpr std::uint64_t piece = 100'000;

struct fixture : client_fixture {
  std::string body = deterministic_body(size);
  fixture() { origin.serve("/f", {body}); }
};

} // namespace

TEST_CASE_FIXTURE(fixture, "http progress: what is written never shrinks, and what is durable follows it") {
  for (auto flush : {true, false}) {
    CAPTURE(flush);
    reply r;
    r.bytes_per_write = 70'000;
    r.pause = 3ms;
    origin.next(r);
    auto q = request("f");
    q.piece_bytes = piece;
    q.flush = flush;
    auto observer = std::make_shared<recorder>();
    auto result = fetch(*make_loader(), std::move(q), observer);
    CHECK(result.durable_end == size);
    transfer_progress before;
    for (const auto& p : observer->all_progress()) {
      CHECK(p.written_end >= before.written_end);
      CHECK(p.durable_end >= before.durable_end);
      CHECK(p.durable_end <= p.written_end);
      if (!flush)
        CHECK(p.durable_end == p.written_end);
      else if (p.durable_end != size)
        CHECK(p.durable_end % piece == 0);
      before = p;
    }
    CHECK(observer->all_progress().size() >= 5);
    CHECK(observer->opened_with().size() == 1);
  }
}

TEST_CASE_FIXTURE(fixture, "http progress: between piece borders it is told four times a second at most") {
  reply r;
  r.bytes_per_write = 20'000;
  r.pause = 10ms; // Half a second in all.
  origin.next(r);
  auto q = request("f");
  q.piece_bytes = 10 * size;
  q.flush = false;
  auto observer = std::make_shared<recorder>();
  auto result = fetch(*make_loader(), std::move(q), observer);
  CHECK(result.result == outcome::ok);
  CHECK(static_cast<long>(observer->all_progress().size()) <= result.total / 250ms);
}

TEST_CASE_FIXTURE(fixture, "http progress: the transfer goes on while a flush takes its time") {
  std::promise<void> release;
  REQUIRE(
      files->post([wait = release.get_future().share()] { wait.wait(); })); // The one file thread is busy.
  auto q = request("f");
  q.piece_bytes = piece;
  auto observer = std::make_shared<recorder>();
  make_loader()->start(std::move(q), observer);
  observer->wait_for_bytes(size - piece); // All but the last piece came although nothing could be flushed.
  CHECK(observer->all_progress().back().durable_end == 0);
  CHECK(observer->ends() == 0);
  release.set_value();
  auto result = observer->wait();
  CHECK(result.result == outcome::ok);
  CHECK(result.durable_end == size);
}

TEST_CASE_FIXTURE(fixture, "http progress: without file threads nothing is called durable") {
  files->stop();
  auto q = request("f");
  auto result = fetch(*make_loader(), std::move(q));
  CHECK(result.cause == fault::disk);
  CHECK(result.durable_end == 0);
  CHECK(result.written_end == size);
}

TEST_CASE_FIXTURE(fixture, "http progress: the inline file worker does as well") {
  transfer_threads own{make_inline_file_worker()};
  auto source = own.http_loaders()(provider);
  auto q = request("f");
  q.piece_bytes = piece;
  auto result = fetch(*source, std::move(q));
  CHECK(result.result == outcome::ok);
  CHECK(result.durable_end == size);
}
