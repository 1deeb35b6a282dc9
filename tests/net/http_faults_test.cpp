// What each way of failing comes to: cause, class, message, and the bytes that are kept.
#include "tests/net/client_fixture.hpp"

using namespace tributary;
using namespace tributary::testing;

namespace {

constexpr std::size_t size = 200'000;

struct fixture : client_fixture {
  std::string body = deterministic_body(size);
  fixture() { origin.serve("/f", {body}); }

  [[nodiscard]] std::string endpoint() const { return "127.0.0.1:" + std::to_string(origin.port()); }

  transfer_result after(reply r) {
    origin.next(std::move(r));
    return fetch("f");
  }

  /// What was kept is right as far as it goes.
  void check_kept(const transfer_result& r) {
    CHECK(r.durable_end == r.written_end);
    CHECK(r.bytes >= r.written_end);
    if (r.written_end > 0)
      CHECK(fetched().substr(0, r.written_end) == body.substr(0, r.written_end));
  }
};

reply with_headers(std::vector<std::pair<std::string, std::string>> headers) {
  reply out;
  out.headers = std::move(headers);
  return out;
}

reply with_status(int status, std::vector<std::pair<std::string, std::string>> headers = {}) {
  auto out = with_headers(std::move(headers));
  out.status = status;
  return out;
}

reply with_raw(std::string text) {
  reply out;
  out.raw = std::move(text);
  return out;
}

} // namespace

TEST_CASE_FIXTURE(fixture, "http: a file arrives whole, with what its source says of it") {
  auto r = fetch("f");
  CHECK(r.result == outcome::ok);
  CHECK(r.cause == fault::none);
  CHECK(r.message == "");
  CHECK(r.status == 206);
  CHECK(r.bytes == size);
  CHECK(r.written_end == size);
  CHECK(r.facts.identity.size == size);
  CHECK(r.facts.identity.etag == "\"v1\"");
  CHECK(r.facts.ranges);
  CHECK(r.connect > 0ns);
  REQUIRE(r.first_byte);
  CHECK(*r.first_byte >= r.connect);
  CHECK(r.total >= *r.first_byte);
  check_kept(r);
  auto asked = origin.requests().at(0);
  CHECK(asked.method == "GET");
  CHECK(asked.header("range") == "bytes=0-");
  CHECK(asked.header("accept-encoding") == "identity");
  CHECK(asked.header("host") == endpoint());
  CHECK(asked.header("user-agent") == "tributary/" TRIBUTARY_VERSION);
}

TEST_CASE_FIXTURE(fixture, "http: an empty file is a file") {
  origin.serve("/empty", {""});
  auto r = fetch("empty");
  CHECK(r.result == outcome::ok);
  CHECK(r.status == 416); // What "bytes=0-" of nothing is answered with.
  CHECK(r.facts.identity.size == 0);
  CHECK(fetched() == "");
  reply whole;
  whole.ignore_range = true;
  origin.next(whole);
  CHECK(fetch("empty").result == outcome::ok);
}

TEST_CASE_FIXTURE(fixture, "http: a body arrives whole under every framing") {
  for (int framing = 0; framing < 4; ++framing) {
    CAPTURE(framing);
    reply r;
    r.ignore_range = framing % 2 != 0;
    (framing < 2 ? r.chunked : r.until_close) = true;
    auto got = after(r);
    CHECK(got.result == outcome::ok);
    CHECK(got.bytes == size);
    check_kept(got);
  }
}

TEST_CASE_FIXTURE(fixture, "http: replies in single bytes are understood") {
  origin.serve("/f", {body.substr(0, 700)});
  for (auto chunked : {false, true}) {
    reply r;
    r.bytes_per_write = 1;
    r.chunked = chunked;
    auto got = after(r);
    CHECK(got.result == outcome::ok);
    CHECK(fetched() == body.substr(0, 700));
  }
}

TEST_CASE_FIXTURE(fixture, "http: a connection closed, reset or silent before the header") {
  reply r;
  r.close_at_once = true;
  auto closed = after(r);
  CHECK(closed.cause == fault::reset);
  CHECK(closed.result == outcome::provider_fault);
  CHECK(closed.message == endpoint() + " closed the connection before its answer was complete");
  CHECK_FALSE(closed.first_byte);

  r = {};
  r.reset_at_once = true;
  auto reset = after(r);
  CHECK(reset.cause == fault::reset);
  CHECK(
      reset.message ==
      endpoint() + " broke the connection (Connection reset by peer) before its answer was complete");

  CHECK(after(with_raw("HTTP/1.1 200 OK\r\nContent-")).cause == fault::reset);

  r = {};
  r.stall_at_once = true;
  provider.own.timeout_seconds = 0.2;
  auto silent = after(r);
  CHECK(silent.cause == fault::connect_timeout);
  CHECK(silent.message == "no answer from " + endpoint() + " within 0.2 s");
  CHECK(silent.total >= 200ms);
}

TEST_CASE_FIXTURE(fixture, "http: the time for an answer covers the whole header") {
  reply r;
  r.bytes_per_write = 1;
  r.pause = 5ms; // Never silent for long, and never done.
  provider.own.timeout_seconds = 0.3;
  CHECK(after(r).cause == fault::connect_timeout);
}

TEST_CASE_FIXTURE(fixture, "http: nobody listens") {
  std::uint16_t port = 0;
  {
    fault_origin gone;
    port = gone.port();
  }
  provider.own.base_url = "http://127.0.0.1:" + std::to_string(port);
  auto r = fetch("f");
  CHECK(r.cause == fault::refused);
  CHECK(r.result == outcome::provider_fault);
  CHECK(r.message == "connection to 127.0.0.1:" + std::to_string(port) + " refused");
  CHECK_FALSE(std::filesystem::exists(folder / "out.part"));
}

TEST_CASE_FIXTURE(fixture, "http: a host that does not exist, and addresses that are never asked") {
  provider.own.base_url = "http://no-such-host.invalid";
  auto r = fetch("f");
  CHECK(r.cause == fault::name_not_found);
  CHECK(r.message.starts_with("cannot find the host no-such-host.invalid: "));
  for (auto base :
       {"http://169.254.169.254", "http://[fe80::1]", "http://0.0.0.0", "http://[::ffff:169.254.169.254]"}) {
    CAPTURE(base);
    provider.own.base_url = base;
    auto refused = fetch("f");
    CHECK(refused.cause == fault::address_refused);
    CHECK(refused.message.ends_with("an address that is never asked"));
  }
}

TEST_CASE_FIXTURE(fixture, "http: a name is looked up, once for many") {
  provider.own.base_url = "http://localhost:" + std::to_string(origin.port());
  auto source = make_loader();
  CHECK(fetch(*source, request("f")).result == outcome::ok);
  CHECK(fetch(*source, request("f")).result == outcome::ok);
}

TEST_CASE_FIXTURE(fixture, "http: a body cut short keeps what came") {
  reply r;
  r.close_after = 150'000;
  auto closed = after(r);
  CHECK(closed.cause == fault::truncated);
  CHECK(closed.result == outcome::provider_fault);
  CHECK(closed.written_end == 150'000);
  CHECK(closed.message == endpoint() + " closed the connection after 150000 of 200000 bytes");
  check_kept(closed);

  r = {};
  r.reset_after = 150'000;
  auto reset = after(r);
  CHECK(reset.cause == fault::truncated);
  CHECK(reset.written_end <= 150'000); // A reset may overtake bytes.
  check_kept(reset);

  r = {};
  r.chunked = true;
  r.close_after = 100'000;
  auto chunks = after(r);
  CHECK(chunks.cause == fault::truncated);
  check_kept(chunks);

  r = {};
  r.until_close = true;
  r.close_after = 100'000;
  auto until_close = after(r);
  CHECK(until_close.cause == fault::truncated); // Content-Range told the size.
  CHECK(until_close.written_end == 100'000);
}

TEST_CASE_FIXTURE(fixture, "http: a body that falls silent is stalled") {
  reply r;
  r.stall_after = 50'000;
  origin.next(r);
  auto q = request("f");
  q.stall_timeout = 150ms;
  auto got = fetch(*make_loader(), std::move(q));
  CHECK(got.cause == fault::stalled);
  CHECK(got.result == outcome::provider_fault);
  CHECK(got.written_end == 50'000);
  CHECK(got.message == "nothing from " + endpoint() + " for 0.1 s, after 50000 of 200000 bytes");
  check_kept(got);
}

TEST_CASE_FIXTURE(fixture, "http: a slow body is not a stalled one") {
  reply r;
  r.bytes_per_write = 20'000;
  r.pause = 40ms; // Ten times: longer than the limit in all, never at once.
  origin.next(r);
  auto q = request("f");
  q.stall_timeout = 300ms;
  CHECK(fetch(*make_loader(), std::move(q)).result == outcome::ok);
}

TEST_CASE_FIXTURE(fixture, "http: statuses come to their classes") {
  struct row {
    int status;
    outcome result;
  };
  for (auto [status, result] :
       {row{400, outcome::invalid}, row{401, outcome::auth}, row{403, outcome::auth},
        row{404, outcome::missing}, row{408, outcome::provider_fault}, row{410, outcome::missing},
        row{429, outcome::throttled}, row{451, outcome::policy}, row{500, outcome::provider_fault},
        row{503, outcome::provider_fault}, row{204, outcome::invalid}, row{304, outcome::invalid}}) {
    CAPTURE(status);
    auto r = after(with_status(status));
    CHECK(r.cause == fault::status);
    CHECK(r.status == status);
    CHECK(r.result == result);
    CHECK(r.message.starts_with("HTTP " + std::to_string(status)));
    CHECK(r.message.ends_with(" from " + endpoint()));
  }
  CHECK_FALSE(std::filesystem::exists(folder / "out.part"));
}

TEST_CASE_FIXTURE(fixture, "http: Retry-After is told as seconds from now") {
  auto r = after(with_status(503, {{"Retry-After", "17"}}));
  CHECK(r.result == outcome::throttled);
  CHECK(r.retry_after == 17s);
  CHECK(after(with_status(429, {{"Retry-After", "Fri, 17 May 2024 12:00:40 GMT"}})).retry_after == 40s);
  CHECK_FALSE(after(with_status(503, {{"Retry-After", "later"}})).retry_after);
}

TEST_CASE_FIXTURE(fixture, "http: a header that contradicts itself is malformed") {
  for (const auto& text :
       {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nabc", "220 ftp ready\r\n\r\n",
        "HTTP/1.1 101 Switching\r\n\r\n"}) {
    CAPTURE(text);
    auto r = after(with_raw(text));
    CHECK((r.cause == fault::malformed || r.status == 101));
    CHECK(r.result != outcome::ok);
    CHECK(r.written_end == 0);
  }
}

TEST_CASE_FIXTURE(fixture, "http: broken chunks are malformed after what was good") {
  auto r = after(with_raw(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n" + body.substr(0, 5) + "\r\nZZ\r\n"));
  CHECK(r.cause == fault::malformed);
  CHECK(r.written_end == 5);
  check_kept(r);
}

TEST_CASE_FIXTURE(fixture, "http: interim answers are skipped, up to sixteen") {
  std::string interim = "HTTP/1.1 103 Early\r\nLink: x\r\n\r\n",
              good = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", many;
  for (int i = 0; i < 16; ++i)
    many += interim;
  CHECK(after(with_raw(many + good)).result == outcome::ok);
  CHECK(fetched() == "abc");
  CHECK(after(with_raw(many + interim + good)).cause == fault::malformed);
}

TEST_CASE_FIXTURE(fixture, "http: a false Content-Range writes nothing") {
  for (auto range : {"bytes 5-199999/200000", "bytes 0-199998/200000", "bytes 0-5/3", "nonsense", ""}) {
    CAPTURE(range);
    auto r = after(with_headers({{"Content-Range", range}}));
    CHECK(r.cause == fault::false_range);
    CHECK(r.result == outcome::provider_fault);
    CHECK(r.written_end == 0);
  }
}

TEST_CASE_FIXTURE(fixture, "http: a 206 in chunks must end where its Content-Range says") {
  reply longer;
  longer.chunked = true;
  longer.headers = {{"Content-Range", "bytes 0-99999/200000"}};
  auto r = after(longer);
  CHECK(r.cause == fault::false_range);
  CHECK(r.written_end <= 100'000);
  longer.headers = {{"Content-Range", "bytes 0-200000/200001"}};
  CHECK(after(longer).cause == fault::truncated);
}

TEST_CASE_FIXTURE(fixture, "http: a part of the rest is kept, and the file is not whole") {
  auto r = after(with_raw(
      "HTTP/1.1 206 Some\r\nContent-Range: bytes 0-9/200000\r\nContent-Length: 10\r\n\r\n" +
      body.substr(0, 10)));
  CHECK(r.cause == fault::truncated);
  CHECK(r.written_end == 10);
  CHECK(r.message == endpoint() + " ended the file after 10 of 200000 bytes");
}

TEST_CASE_FIXTURE(fixture, "http: bytes beyond the body are not written, and end the connection") {
  auto source = make_loader();
  origin.next(with_headers({{"Content-Length", "5"}, {"Content-Range", "bytes 0-4/5"}}));
  auto r = fetch(*source, request("f"));
  CHECK(r.result == outcome::ok);
  CHECK(fetched() == body.substr(0, 5));
  CHECK(fetch(*source, request("f")).result == outcome::ok);
  CHECK(origin.connections() == 2);
}

TEST_CASE_FIXTURE(fixture, "http: a part file that cannot be written is our own fault") {
  std::filesystem::create_directory(folder / "out.part");
  auto r = fetch("f");
  CHECK(r.cause == fault::disk);
  CHECK(r.result == outcome::local_fault);
  CHECK(r.message.starts_with("cannot open out.part: "));
}

TEST_CASE_FIXTURE(fixture, "http: what cannot be asked for says so without secrets") {
  provider.own.custom_params = {{"token", "hush"}};
  auto r = after(with_status(404));
  CHECK(r.message.find("hush") == std::string::npos);
  CHECK(origin.requests().at(0).target == "/f?token=hush");
  auto q = request("");
  q.url = "ftp://user:hush@h/x";
  auto refused = fetch(*make_loader(), std::move(q));
  CHECK(refused.cause == fault::unsupported);
  CHECK(refused.result == outcome::invalid);
  CHECK(refused.message == "the scheme ftp is not supported");
  CHECK(fetch("../f").cause == fault::unsupported);
}

TEST_CASE_FIXTURE(fixture, "http: digest headers and the proposed name are told") {
  auto r = after(with_headers(
      {{"Repr-Digest", "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:"},
       {"Last-Modified", "Fri, 17 May 2024 12:00:40 GMT"},
       {"Content-Disposition", "attachment; filename=\"../x.iso\""}}));
  CHECK(
      r.facts.identity.digest == "sha-256=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(r.facts.identity.last_modified == "Fri, 17 May 2024 12:00:40 GMT");
  CHECK(r.facts.file_name == "x.iso");
}
