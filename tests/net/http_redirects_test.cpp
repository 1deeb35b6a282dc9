#include "tests/net/client_fixture.hpp"

using namespace tributary;
using namespace tributary::testing;

namespace {

reply redirect(int status, std::string location) {
  reply out;
  out.status = status;
  out.headers = {{"Location", std::move(location)}};
  return out;
}

struct fixture : client_fixture {
  std::string body = deterministic_body(5'000);
  fixture() { origin.serve("/a/f", {body}); }
};

} // namespace

TEST_CASE_FIXTURE(fixture, "http redirects: all five statuses are followed, absolute and relative") {
  auto source = make_loader();
  for (auto [status, location] :
       {std::pair{301, origin.url("/a/f")},
        {302, std::string("/a/f")},
        {303, std::string("f")},
        {307, std::string("../a/./f")},
        {308, "//127.0.0.1:" + std::to_string(origin.port()) + "/a/f#x"}}) {
    CAPTURE(location);
    origin.next(redirect(status, location));
    auto r = fetch(*source, request("a/elsewhere"));
    CHECK(r.result == outcome::ok);
    CHECK(r.status == 206);
    CHECK(fetched() == body);
    CHECK(origin.requests().back().target == "/a/f");
    CHECK(origin.requests().back().header("range") == "bytes=0-");
  }
  CHECK(origin.connections() == 1); // The redirects' own bodies were read with them.
}

TEST_CASE_FIXTURE(fixture, "http redirects: five are followed, six are not") {
  for (int hops : {5, 6}) {
    for (int i = 0; i < hops; ++i)
      origin.next(redirect(302, i + 1 < hops ? "/" + std::to_string(i) : "/a/f"));
    auto r = fetch("x");
    CHECK((r.result == outcome::ok) == (hops == 5));
    if (hops == 5)
      continue;
    CHECK(r.cause == fault::status);
    CHECK(r.status == 302);
    CHECK(r.result == outcome::invalid);
    CHECK(r.message.starts_with("more than 5 redirects"));
  }
}

TEST_CASE_FIXTURE(fixture, "http redirects: a circle is noticed at its end") {
  for (auto way : {std::vector<std::string>{"/x"}, {"/y", "/x"}, {"/y", "/z", "/y"}}) {
    auto before = origin.requests().size();
    for (const auto& location : way)
      origin.next(redirect(302, location));
    auto r = fetch("x");
    CHECK(r.cause == fault::status);
    CHECK(r.result == outcome::invalid);
    CHECK(r.message.starts_with("redirects in a circle"));
    CHECK(origin.requests().size() - before == way.size());
  }
}

TEST_CASE_FIXTURE(
    fixture, "http redirects: custom headers stay with their origin, parameters with their URL") {
  fault_origin other;
  other.serve("/f", {body});
  provider.own.custom_headers = {{"Authorization", "secret"}};
  provider.own.custom_params = {{"key", "hush"}};
  origin.next(redirect(302, other.url("/f")));
  CHECK(fetch("x").result == outcome::ok);
  CHECK(origin.requests().at(0).header("authorization") == "secret");
  CHECK(other.requests().at(0).header("authorization") == "");
  CHECK(other.requests().at(0).target == "/f");
  CHECK(other.requests().at(0).header("host") == "127.0.0.1:" + std::to_string(other.port()));

  origin.next(redirect(302, "/a/f"));
  CHECK(fetch("x").result == outcome::ok);
  CHECK(origin.requests().back().header("authorization") == "secret");
}

TEST_CASE_FIXTURE(fixture, "http redirects: where they must not lead, they are refused") {
  for (auto location : {"ftp://h/x", "http://u:p@h/x", "http://h:99999/", "http://[::1/"}) {
    CAPTURE(location);
    origin.next(redirect(302, location));
    auto r = fetch("x");
    CHECK(r.cause == fault::unsupported);
    CHECK(r.message.starts_with("redirect from 127.0.0.1:" + std::to_string(origin.port()) + " refused: "));
  }
  origin.next(redirect(302, "http://169.254.169.254/latest"));
  CHECK(fetch("x").cause == fault::address_refused);
}

TEST_CASE_FIXTURE(fixture, "http redirects: without a Location it is a status like others") {
  reply r;
  r.status = 302;
  origin.next(r);
  auto got = fetch("x");
  CHECK(got.cause == fault::status);
  CHECK(got.message.starts_with("HTTP 302 Found"));
}

TEST_CASE_FIXTURE(fixture, "http redirects: a sloppy Location with spaces or brackets is understood") {
  origin.serve("/a%20b", {body});
  origin.next(redirect(302, "/a b"));
  CHECK(fetch("x").result == outcome::ok);
  CHECK(origin.requests().back().target == "/a%20b");
  origin.serve("/%5Ba%5D", {body});
  origin.next(redirect(302, "/[a]?file[]=1#x#y"));
  CHECK(fetch("x").result == outcome::ok);
  CHECK(origin.requests().back().target == "/%5Ba%5D?file%5B%5D=1");
}
