// Transfers that end before the file does, at an end that may be drawn in while they run.
#include "tests/net/client_fixture.hpp"

#include <random>
#include <thread>

using namespace tributary;
using namespace tributary::testing;

namespace {

constexpr std::size_t size = 400'000;

struct fixture : client_fixture {
  std::string body = deterministic_body(size);
  fixture() { origin.serve("/f", {body}); }

  [[nodiscard]] transfer_request of(std::uint64_t begin, std::uint64_t end) {
    auto out = request("f");
    out.offset = begin;
    out.window = std::make_shared<transfer_window>(begin, end);
    return out;
  }
  [[nodiscard]] std::string fetched_at(std::uint64_t begin, std::uint64_t end) const {
    return fetched().substr(begin, end - begin);
  }
  /// Sends 8 KiB every few milliseconds.
  void trickle() {
    reply slow;
    slow.bytes_per_write = 8'192;
    slow.pause = 5ms;
    origin.always(slow);
  }
};

/// A slow transfer of the whole file that has begun, and has far to go.
struct trickling {
  explicit trickling(fixture& f) : source(f.make_loader()) {
    f.trickle();
    auto q = f.of(0, size);
    q.piece_bytes = 10'000;
    window = q.window;
    handle = source->start(std::move(q), observed);
    observed->wait_for_bytes(20'000);
  }

  std::shared_ptr<recorder> observed = std::make_shared<recorder>();
  std::unique_ptr<loader> source;
  std::shared_ptr<transfer_window> window;
  std::shared_ptr<transfer_handle> handle;
};

} // namespace

TEST_CASE_FIXTURE(fixture, "http window: exactly the range is asked for, and the connection is kept") {
  auto source = make_loader();
  auto r = fetch(*source, of(100'000, 250'000));
  CHECK(r.result == outcome::ok);
  CHECK(r.bytes == 150'000);
  CHECK(r.written_end == 250'000);
  CHECK(r.facts.identity.size == size);
  CHECK(fetched_at(100'000, 250'000) == body.substr(100'000, 150'000));
  CHECK(fetch(*source, of(0, 100'000)).result == outcome::ok);
  CHECK(fetch(*source, of(250'000, size)).result == outcome::ok);
  CHECK(fetched() == body);
  const auto seen = origin.requests();
  CHECK(seen.at(0).header("range") == "bytes=100000-249999");
  CHECK(seen.at(2).header("range") == "bytes=250000-399999");
  CHECK(origin.connections() == 1);
}

TEST_CASE_FIXTURE(fixture, "http window: bytes of others are left alone") {
  write_file(folder / "out.part", std::string(size, '.'));
  CHECK(fetch(*make_loader(), of(1'000, 2'000)).result == outcome::ok);
  CHECK(fetched() == std::string(1'000, '.') + body.substr(1'000, 1'000) + std::string(size - 2'000, '.'));
}

TEST_CASE_FIXTURE(fixture, "http window: it stops at an end that is drawn in, and closes when much is left") {
  const trickling t{*this};
  const auto end = t.window->trim(100'000);
  CHECK(end == 100'000);
  const auto r = t.observed->wait();
  CHECK(r.result == outcome::ok);
  CHECK(r.written_end == 100'000);
  CHECK(r.bytes < 200'000);
  CHECK(fetched() == body.substr(0, 100'000));
  CHECK(fetch(*t.source, of(100'000, 101'000)).result == outcome::ok);
  CHECK(origin.connections() == 2);
}

TEST_CASE_FIXTURE(
    fixture, "http window: what little is left beyond the end is drained, and the connection kept") {
  const trickling t{*this};
  t.window->trim(size - 30'000);
  const auto r = t.observed->wait();
  CHECK(r.result == outcome::ok);
  CHECK(r.written_end == size - 30'000);
  CHECK(r.bytes == size);
  CHECK(fetched() == body.substr(0, size - 30'000));
  CHECK(fetch(*t.source, of(size - 30'000, size)).result == outcome::ok);
  CHECK(origin.connections() == 1);
}

TEST_CASE_FIXTURE(
    fixture, "http window: an end drawn in to where it stands ends it well, even when it stalls") {
  reply stalls;
  stalls.stall_after = 50'000;
  origin.next(stalls);
  auto q = of(0, size);
  q.stall_timeout = 400ms;
  q.piece_bytes = 10'000;
  const auto window = q.window;
  auto observed = std::make_shared<recorder>();
  auto source = make_loader();
  auto handle = source->start(std::move(q), observed);
  observed->wait_for_bytes(50'000);
  CHECK(window->trim(0) == 50'000);
  const auto r = observed->wait();
  CHECK(r.result == outcome::ok);
  CHECK(r.written_end == 50'000);
}

TEST_CASE_FIXTURE(fixture, "http window: a part that ends before the range does is truncated") {
  reply r;
  r.close_after = 1'000;
  origin.next(r);
  const auto got = fetch(*make_loader(), of(100'000, 250'000));
  CHECK(got.cause == fault::truncated);
  CHECK(got.written_end == 101'000);
  CHECK(fetched_at(100'000, 101'000) == body.substr(100'000, 1'000));
}

TEST_CASE_FIXTURE(fixture, "http window: a source that sends more than the range lies") {
  reply r;
  r.ignore_range = true;
  r.status = 206;
  r.headers = {{"Content-Range", "bytes 100000-399999/400000"}, {"Content-Length", "300000"}};
  origin.next(r);
  CHECK(fetch(*make_loader(), of(100'000, 250'000)).cause == fault::false_range);
}

TEST_CASE_FIXTURE(fixture, "http window: a source without ranges is read up to the end and no further") {
  reply r;
  r.ignore_range = true;
  origin.next(r);
  const auto got = fetch(*make_loader(), of(100'000, 250'000));
  CHECK(got.result == outcome::ok);
  CHECK(got.written_end == 250'000);
  CHECK(got.status == 200);
  CHECK(fetched_at(100'000, 250'000) == body.substr(100'000, 150'000));
}

TEST_CASE_FIXTURE(
    fixture, "http window: where the source does not tell the file's size, the job's shows what is missing") {
  for (auto sent : {size / 2, size}) {
    CAPTURE(sent);
    reply r;
    r.ignore_range = true;
    r.status = 206;
    r.file = served_file{body.substr(0, sent)};
    r.headers = {{"Content-Range", "bytes 0-" + std::to_string(sent - 1) + "/*"}};
    origin.next(r);
    auto q = of(0, open_end);
    q.size = size;
    const auto got = fetch(*make_loader(), std::move(q));
    CHECK(got.cause == (sent == size ? fault::none : fault::truncated));
    CHECK(got.written_end == sent);
    CHECK(got.facts.identity.size == size);
    CHECK(fetched_at(0, sent) == body.substr(0, sent));
    origin.next(r);
    std::filesystem::remove(folder / "out.part");
    CHECK(fetch(*make_loader(), of(0, open_end)).cause == fault::false_range); // Nothing shows where it ends.
    CHECK_FALSE(std::filesystem::exists(folder / "out.part"));
  }
}

// Goal: however often and wherever streams take over from each other, the file is right, and no byte is
// written twice.
// Method: transfers at a trickling origin; another thread draws ends in at random; each rest is a new
// transfer.
TEST_CASE_FIXTURE(fixture, "http window: a file that is taken over again and again comes whole") {
  trickle();
  auto source = make_loader();
  for (unsigned seed = 1; seed <= 4; ++seed) {
    CAPTURE(seed);
    std::mt19937 random{seed};
    std::filesystem::remove(folder / "out.part");
    auto part = std::make_shared<part_file>(root, "out.part", true);
    struct stream {
      std::shared_ptr<transfer_window> window;
      std::shared_ptr<recorder> observed;
      std::uint64_t begin;
    };
    std::vector<stream> streams;
    const auto begin = [&](std::uint64_t from, std::uint64_t to) {
      auto q = of(from, to);
      q.target = part;
      streams.push_back({q.window, std::make_shared<recorder>(), from});
      (void)source->start(std::move(q), streams.back().observed);
    };
    begin(0, size);
    for (int cuts = 0; cuts < 12; ++cuts) {
      const auto& victim = streams[random() % streams.size()];
      const auto old_end = victim.window->end();
      const auto at = victim.window->position() + random() % 40'000;
      const auto end = victim.window->trim(at);
      if (end < old_end)
        begin(end, old_end);
    }
    std::uint64_t written = 0;
    for (auto& s : streams) {
      const auto r = s.observed->wait();
      CHECK(r.result == outcome::ok);
      CHECK(r.written_end == s.window->end());
      written += r.written_end - s.begin;
    }
    CHECK(written == size);
    CHECK(fetched() == body);
    CHECK(
        std::get<std::string>(part->sha256(size)) ==
        std::get<std::string>(part_file(root, "out.part", true).sha256(size)));
  }
}
