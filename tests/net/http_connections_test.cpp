#include "net/client/connection_pool.hpp"
#include "net/client/connector.hpp"
#include "net/client/transfer_thread.hpp"
#include "tests/net/client_fixture.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <array>
#include <future>
#include <sys/socket.h>
#include <unistd.h>

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

TEST_CASE_FIXTURE(
    fixture, "http connections: over all origins no more are kept than the limit, the oldest goes first") {
  boost::asio::io_context io{1};
  client::connection_pool pool{io};
  steady_time now{1h};
  auto link = [&](int fd = -1) {
    client::tcp_socket socket{io};
    if (fd >= 0)
      socket.assign(boost::asio::ip::tcp::v4(), fd);
    return std::make_unique<client::connection>(std::move(socket));
  };
  auto is_closed = [](int peer) {
    char byte = 0;
    return ::recv(peer, &byte, 1, MSG_DONTWAIT) == 0;
  };
  std::array<int, 2> oldest{}, newest{};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, oldest.data()) == 0);
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, newest.data()) == 0);
  for (std::size_t i = 0; i < client::idle_connections_max; ++i)
    pool.put(
        "origin " + std::to_string(i % 100), i == 0 ? link(oldest[0]) : link(),
        now + std::chrono::milliseconds(i));
  CHECK(pool.size() == client::idle_connections_max);
  CHECK_FALSE(is_closed(oldest[1]));
  now += 1s;
  pool.put("another", link(newest[0]), now);
  CHECK(pool.size() == client::idle_connections_max);
  CHECK(is_closed(oldest[1]));
  CHECK_FALSE(is_closed(newest[1]));
  pool.close();
  CHECK(pool.size() == 0);
  CHECK(is_closed(newest[1]));
  ::close(oldest[1]);
  ::close(newest[1]);
}

TEST_CASE("http connections: an address that does not answer holds nobody up for longer than 250 ms") {
  // Nobody takes from the first queue: once it is full, the kernel leaves further attempts without an answer.
  struct listener {
    boost::asio::io_context io{1};
    boost::asio::ip::tcp::acceptor acceptor{io};
    std::vector<boost::asio::ip::tcp::socket> waiting;
  } full;
  using boost::asio::ip::make_address;
  using boost::asio::ip::tcp;
  tcp::acceptor answering{full.io}; // First: on 127.0.0.2 nobody else takes its port.
  answering.open(tcp::v4());
  answering.bind({make_address("127.0.0.1"), 0});
  answering.listen();
  auto port = answering.local_endpoint().port();
  full.acceptor.open(tcp::v4());
  full.acceptor.bind({make_address("127.0.0.2"), port});
  full.acceptor.listen(0);
  for (int i = 0; i < 4; ++i) {
    auto& s = full.waiting.emplace_back(full.io);
    s.async_connect(full.acceptor.local_endpoint(), [](boost::system::error_code) {}); // Begins at once.
  }

  client::transfer_thread thread{std::make_shared<client::transfer_commons>()};
  struct racer final : client::activity {
    using activity::activity;
  };
  auto who = std::make_shared<racer>(thread.io);
  std::promise<std::pair<std::string, nanoseconds>> done;
  thread.post([&] {
    boost::asio::co_spawn(
        thread.io,
        [&]() -> client::task<void> {
          auto begun = std::chrono::steady_clock::now();
          std::vector<tcp::endpoint> endpoints{
              {make_address("127.0.0.2"), port}, {make_address("127.0.0.1"), port}};
          auto winner = co_await client::race_to(*who, endpoints);
          auto took = std::chrono::steady_clock::now() - begun;
          done.set_value({winner.socket ? winner.socket->remote_endpoint().address().to_string() : "", took});
        },
        boost::asio::detached);
  });
  auto [winner, took] = done.get_future().get();
  CHECK(winner == "127.0.0.1");
  CHECK(took >= client::attempt_delay);
  CHECK(took < 5s);
}
