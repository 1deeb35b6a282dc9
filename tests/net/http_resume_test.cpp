// Going on from bytes that are here already: only when the source proves that they are the same file's.
#include "tests/net/client_fixture.hpp"

using namespace tributary;
using namespace tributary::testing;

namespace {

constexpr std::size_t size = 200'000;
constexpr std::uint64_t offset = 120'000;

struct fixture : client_fixture {
  std::string body = deterministic_body(size);

  fixture() {
    origin.serve("/f", {body});
    write_file(folder / "out.part", body.substr(0, offset));
  }

  [[nodiscard]] transfer_request resumed() {
    auto out = request("f");
    out.offset = offset;
    out.expected.emplace();
    out.expected->size = size;
    out.expected->etag = "\"v1\"";
    return out;
  }
  transfer_result resume() { return fetch(*make_loader(), resumed()); }

  void check_untouched(const transfer_result& r, fault cause) {
    CHECK(r.cause == cause);
    CHECK(r.result == outcome::identity);
    CHECK(r.written_end == offset);
    CHECK(r.durable_end == offset);
    CHECK(fetched() == body.substr(0, offset));
  }
};

} // namespace

TEST_CASE_FIXTURE(fixture, "http resume: the rest is asked for and completes the file") {
  auto r = resume();
  CHECK(r.result == outcome::ok);
  CHECK(r.bytes == size - offset);
  CHECK(r.written_end == size);
  CHECK(fetched() == body);
  CHECK(origin.requests().at(0).header("range") == "bytes=120000-");
}

TEST_CASE_FIXTURE(
    fixture, "http resume: a source without ranges sends all, and the known part is thrown away") {
  reply r;
  r.ignore_range = true;
  origin.next(r);
  auto got = resume();
  CHECK(got.result == outcome::ok);
  CHECK(got.bytes == size);
  CHECK(fetched() == body);
}

TEST_CASE_FIXTURE(fixture, "http resume: a whole answer cut within the known part loses nothing") {
  reply r;
  r.ignore_range = true;
  r.close_after = 1'000;
  origin.next(r);
  auto got = resume();
  CHECK(got.cause == fault::truncated);
  CHECK(got.bytes == 1'000);
  CHECK(got.written_end == offset);
  CHECK(fetched() == body.substr(0, offset));
}

TEST_CASE_FIXTURE(fixture, "http resume: another size or tag, or none, changes no byte") {
  for (auto ignore_range : {false, true}) {
    CAPTURE(ignore_range);
    for (const auto& file :
         {served_file{body + "x"}, served_file{body, "\"v2\""}, served_file{body, "W/\"v1\""},
          served_file{body, ""}}) {
      reply r;
      r.ignore_range = ignore_range;
      r.file = file;
      origin.next(r);
      const bool is_another = file.body != body || file.etag == "\"v2\"";
      check_untouched(resume(), is_another ? fault::other_identity : fault::unproven);
    }
  }
}

TEST_CASE_FIXTURE(fixture, "http resume: with the file's digest known, the size is proof enough") {
  reply r;
  r.file = served_file{body, ""};
  origin.next(r);
  auto q = resumed();
  q.digest_known = true;
  CHECK(fetch(*make_loader(), std::move(q)).result == outcome::ok);
  CHECK(fetched() == body);
}

TEST_CASE_FIXTURE(fixture, "http resume: nothing is left to fetch") {
  write_file(folder / "out.part", body);
  auto q = resumed();
  q.offset = size;
  auto r = fetch(*make_loader(), std::move(q));
  CHECK(r.result == outcome::ok);
  CHECK(r.status == 416);
  CHECK(r.bytes == 0);
  CHECK(r.written_end == size);
  CHECK(fetched() == body);
}

TEST_CASE_FIXTURE(fixture, "http resume: a file that is shorter now is refused with its size") {
  reply r;
  r.file = served_file{body.substr(0, 1'000)};
  origin.next(r);
  auto got = resume();
  CHECK(got.cause == fault::range_refused);
  CHECK(got.facts.identity.size == 1'000);
  CHECK(fetched() == body.substr(0, offset));
}

TEST_CASE_FIXTURE(
    fixture, "http resume: a file comes whole through any number of cuts, and its digest runs along") {
  std::filesystem::remove(folder / "out.part");
  auto source = make_loader();
  auto part = std::make_shared<part_file>(root, "out.part", true);
  std::uint64_t at = 0;
  for (int attempt = 0; at < size; ++attempt) {
    REQUIRE(attempt < 20);
    reply r;
    r.close_after = 30'000;
    origin.next(r);
    auto q = resumed();
    q.target = part;
    q.offset = at;
    auto got = fetch(*source, std::move(q));
    REQUIRE(got.written_end > at);
    at = got.written_end;
  }
  CHECK(fetched() == body);
  auto running = part->sha256(size);
  auto fresh = part_file(root, "out.part", true).sha256(size);
  CHECK(std::get<std::string>(running) == std::get<std::string>(fresh));
}
