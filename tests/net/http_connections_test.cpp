#include "net/client/connection_pool.hpp"
#include "tests/net/client_fixture.hpp"

using namespace tributary;
using namespace tributary::testing;

namespace {

struct fixture : client_fixture {
  std::string body = deterministic_body(3'000);
  std::unique_ptr<loader> source = make_loader();
  fixture() { origin.serve("/f", {body}); }

  transfer_result fetch_once() { return fetch(*source, request("f")); }
};

} // namespace

TEST_CASE_FIXTURE(fixture, "http connections: one serves many requests in a row") {
  for (int i = 0; i < 10; ++i) {
    auto r = fetch_once();
    CHECK(r.result == outcome::ok);
    CHECK((r.connect == 0ns) == (i > 0));
  }
  CHECK(origin.connections() == 1);
}

TEST_CASE_FIXTURE(
    fixture, "http connections: after a chunked body, too, but not after the end of one until close") {
  reply chunked, until_close;
  chunked.chunked = true;
  until_close.until_close = true;
  origin.next(chunked);
  origin.next(until_close);
  for (int i = 0; i < 3; ++i)
    CHECK(fetch_once().result == outcome::ok);
  CHECK(origin.connections() == 2);
}

TEST_CASE_FIXTURE(fixture, "http connections: an answer that says close is believed") {
  reply r;
  r.headers = {{"Connection", "close"}};
  origin.next(r);
  CHECK(fetch_once().result == outcome::ok);
  CHECK(fetch_once().result == outcome::ok);
  CHECK(origin.connections() == 2);
}

TEST_CASE_FIXTURE(
    fixture, "http connections: one that was closed while it waited is replaced without anybody noticing") {
  for (int i = 0; i < 5; ++i) {
    reply r;
    r.close_quietly = true;
    origin.next(r);
    auto got = fetch_once();
    CHECK(got.result == outcome::ok);
    CHECK(got.message == "");
  }
  CHECK(origin.connections() == 5);
}

TEST_CASE_FIXTURE(
    fixture, "http connections: a reused one that closes instead of answering is replaced once, not twice") {
  CHECK(fetch_once().result == outcome::ok);
  reply r;
  r.close_at_once = true;
  origin.next(r);
  CHECK(fetch_once().result == outcome::ok); // Asked again on a fresh connection.
  CHECK(origin.connections() == 2);
  origin.next(r);
  origin.next(r);
  CHECK(fetch_once().cause == fault::reset);
  CHECK(origin.connections() == 3);
}

TEST_CASE_FIXTURE(fixture, "http connections: an error's small body does not cost the connection") {
  reply r;
  r.status = 404;
  origin.next(r);
  CHECK(fetch_once().result == outcome::missing);
  CHECK(fetch_once().result == outcome::ok);
  CHECK(origin.connections() == 1);
}

TEST_CASE_FIXTURE(
    fixture, "http connections: many at once are all served, and no more are kept than the limit") {
  constexpr std::size_t many = client::idle_connections_per_origin_max + 8;
  origin.serve("/big", {deterministic_body(400'000)});
  auto round = [&] {
    std::vector<std::shared_ptr<recorder>> observers;
    for (std::size_t i = 0; i < many; ++i) {
      auto q = request("big");
      q.target = std::make_shared<part_file>(root, std::to_string(i) + ".part", false);
      q.flush = false;
      source->start(std::move(q), observers.emplace_back(std::make_shared<recorder>()));
    }
    for (auto& o : observers)
      CHECK(o->wait().result == outcome::ok);
  };
  round();
  auto first = origin.connections();
  CHECK(first <= static_cast<int>(many));
  round();
  if (first == static_cast<int>(many)) // All were open at once: the surplus of the first round is gone.
    CHECK(origin.connections() >= first + 8);
  for (std::size_t i = 0; i < many; ++i)
    CHECK(read_file(folder / (std::to_string(i) + ".part")).size() == 400'000);
}

TEST_CASE_FIXTURE(fixture, "http connections: settings hold from the next transfer on") {
  fault_origin other;
  other.serve("/f", {body});
  CHECK(fetch_once().result == outcome::ok);
  provider.own.base_url = other.url();
  provider.own.custom_headers = {{"X-New", "yes"}};
  source->configure(provider);
  CHECK(fetch_once().result == outcome::ok);
  CHECK(other.requests().at(0).header("x-new") == "yes");
}

TEST_CASE_FIXTURE(fixture, "http connections: IPv6 origins are asked like others") {
  fault_origin::options six;
  six.address = "::1";
  fault_origin other(six);
  other.serve("/f", {body});
  provider.own.base_url = other.url();
  source->configure(provider);
  CHECK(fetch_once().result == outcome::ok);
  CHECK(other.requests().at(0).header("host") == "[::1]:" + std::to_string(other.port()));
}
