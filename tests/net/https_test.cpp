// TLS against servers with good, bad and no certificates, and against nginx.
#include "tests/net/client_fixture.hpp"
#include "tests/support/nginx.hpp"
#include "tests/support/test_authority.hpp"

using namespace tributary;
using namespace tributary::testing;

namespace {

struct fixture : client_fixture {
  std::string body = deterministic_body(3'000'000);
  std::unique_ptr<fault_origin> secure;

  void serve_as(const std::string& certificate) {
    const auto& made = test_authority::shared();
    secure = std::make_unique<fault_origin>(
        fault_origin::options{made.file(certificate + ".pem"), made.file(certificate + ".key"), "127.0.0.1"});
    secure->serve("/f", {body});
    provider.own.base_url = secure->url();
    provider.own.ca_file = test_authority::shared().file("ca.pem");
  }
};

} // namespace

TEST_CASE_FIXTURE(fixture, "https: a file arrives whole, and the connection is used again") {
  serve_as("good");
  auto source = make_loader();
  for (int i = 0; i < 3; ++i) {
    auto r = fetch(*source, request("f"));
    CHECK(r.message == "");
    CHECK(r.result == outcome::ok);
    CHECK(fetched() == body);
  }
  CHECK(secure->connections() == 1);
}

TEST_CASE_FIXTURE(fixture, "https: a name is checked and indicated") {
  serve_as("good");
  provider.own.base_url = "https://localhost:" + std::to_string(secure->port());
  CHECK(fetch("f").result == outcome::ok);
}

TEST_CASE_FIXTURE(
    fixture, "https: a certificate for another host, expired, or by a stranger is refused in words") {
  for (auto [name, why] :
       {std::pair{"other-host", "IP address mismatch"},
        {"expired", "certificate has expired"},
        {"stranger",
         "unable to get local issuer certificate (to trust its issuer, name a file with the issuer's "
         "certificate in `ca_file`)"},
        {"self-signed",
         "self-signed certificate (to trust its issuer, name a file with the issuer's certificate in "
         "`ca_file`)"}}) {
    serve_as(name);
    auto r = fetch("f");
    CHECK(r.cause == fault::certificate);
    CHECK(r.result == outcome::provider_fault);
    CHECK(r.message == "certificate of 127.0.0.1:" + std::to_string(secure->port()) + " refused: " + why);
    CHECK(secure->requests().empty());
  }
}

TEST_CASE_FIXTURE(fixture, "https: without ca_file the system's roots decide") {
  serve_as("good");
  provider.own.ca_file.reset();
  CHECK(fetch("f").cause == fault::certificate);
}

TEST_CASE_FIXTURE(fixture, "https: a connection trusted under one ca_file is not used under another") {
  serve_as("good");
  auto source = make_loader();
  CHECK(fetch(*source, request("f")).result == outcome::ok);
  provider.own.ca_file = test_authority::shared().file("stranger-ca.pem");
  source->configure(provider);
  CHECK(fetch(*source, request("f")).cause == fault::certificate);
}

TEST_CASE_FIXTURE(
    fixture, "https: a peer that speaks no TLS, or a ca_file that cannot be read, fails in words") {
  serve_as("good");
  provider.own.base_url = "https://127.0.0.1:" + std::to_string(origin.port());
  provider.own.timeout_seconds = 0.3; // The plain origin waits for the rest of what it takes for a header.
  CHECK(fetch("f").cause == fault::connect_timeout);
  provider.own.timeout_seconds = 20;
  provider.own.base_url = secure->url();
  provider.own.ca_file = "/nonexistent.pem";
  auto unread = fetch("f");
  CHECK(unread.cause == fault::tls);
  CHECK(unread.message.starts_with("cannot read the certificates in /nonexistent.pem"));
}

TEST_CASE_FIXTURE(fixture, "https: a body cut short is truncated, under every framing") {
  serve_as("good");
  for (auto until_close : {false, true}) {
    reply r;
    r.until_close = until_close;
    r.close_after = 1'500'000;
    secure->next(r);
    auto got = fetch("f");
    CHECK(got.cause == fault::truncated);
    CHECK(fetched() == body.substr(0, got.written_end));
    std::filesystem::remove(folder / "out.part");
  }
}

TEST_CASE_FIXTURE(fixture, "https: an end of the connection without a proper close is no end of the body") {
  serve_as("good");
  reply r;
  r.until_close = true;
  r.ignore_range = true;
  secure->next(r);
  CHECK(fetch("f").result == outcome::ok);
  r.reset_after = 1'500'000;
  secure->next(r);
  CHECK(fetch("f").cause == fault::truncated);
}

TEST_CASE_FIXTURE(fixture, "https: small records with pauses between are all seen") {
  serve_as("good");
  reply r;
  r.bytes_per_write = 10'000;
  r.pause = 1ms;
  r.chunked = true;
  secure->next(r);
  CHECK(fetch("f").result == outcome::ok);
  CHECK(fetched() == body);
}

TEST_CASE_FIXTURE(fixture, "https: redirects never lead from https to http") {
  serve_as("good");
  origin.serve("/f", {body});
  reply down;
  down.status = 302;
  down.headers = {{"Location", origin.url("/f")}};
  secure->next(down);
  auto r = fetch("f");
  CHECK(r.cause == fault::unsupported);
  CHECK(r.message.ends_with("it leads from https to http"));
  CHECK(origin.requests().empty());
}

TEST_CASE_FIXTURE(fixture, "https: silence in the handshake and in the body ends in time") {
  serve_as("good");
  reply r;
  r.stall_after = 1'000'000;
  secure->next(r);
  auto q = request("f");
  q.stall_timeout = 200ms;
  auto got = fetch(*make_loader(), std::move(q));
  CHECK(got.cause == fault::stalled);
  CHECK(got.written_end == 1'000'000);
}

TEST_CASE_FIXTURE(fixture, "https: a limit on bandwidth holds, and nothing waits for ever in the session") {
  serve_as("good");
  provider.own.bandwidth_limit_mbps = 48;
  auto r = fetch("f");
  CHECK(r.result == outcome::ok);
  CHECK(fetched() == body);
  auto mbps = static_cast<double>(r.bytes) * 8e-6 / std::chrono::duration<double>(r.total).count();
  CHECK(mbps < 48 * 1.15);
}

TEST_CASE_FIXTURE(fixture, "https: nginx is downloaded from, many files over one connection") {
  temp_dir www;
  write_file(www / "f", body);
  nginx::options o;
  o.certificate_file = test_authority::shared().file("good.pem");
  o.key_file = test_authority::shared().file("good.key");
  nginx server{www.path(), o};
  provider.own.base_url = server.url();
  provider.own.ca_file = test_authority::shared().file("ca.pem");
  auto source = make_loader();
  for (int i = 0; i < 5; ++i) {
    auto r = fetch(*source, request("f"));
    CHECK(r.message == "");
    CHECK(r.result == outcome::ok);
    CHECK((r.connect == 0ns) == (i > 0));
    CHECK(fetched() == body);
    std::filesystem::remove(folder / "out.part");
  }
}
