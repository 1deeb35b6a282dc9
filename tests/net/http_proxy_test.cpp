// Downloads through proxies: real ones, and one that misbehaves as told.
#include "tests/net/client_fixture.hpp"
#include "tests/support/proxy_server.hpp"
#include "tests/support/test_authority.hpp"

#include <future>

using namespace tributary;
using namespace tributary::testing;

namespace {

using kind = proxy_server::kind;

struct fixture : client_fixture {
  std::string body = deterministic_body(300'000);
  fault_origin secure{
      {test_authority::shared().file("good.pem"), test_authority::shared().file("good.key"), "127.0.0.1"}};

  fixture() {
    origin.serve("/f", {body});
    secure.serve("/f", {body});
    provider.own.ca_file = test_authority::shared().file("ca.pem");
  }

  void check_whole(const transfer_result& r) {
    CHECK(r.message == "");
    CHECK(r.result == outcome::ok);
    CHECK(fetched() == body);
    std::filesystem::remove(folder / "out.part");
  }

  /// A file from each origin, several times.
  void check_both_origins() {
    for (const auto& base : {origin.url(), secure.url()}) {
      CAPTURE(base);
      provider.own.base_url = base;
      auto source = make_loader();
      for (int i = 0; i < 3; ++i)
        check_whole(fetch(*source, request("f")));
    }
  }
};

reply with_raw(std::string text) {
  reply out;
  out.raw = std::move(text);
  return out;
}

} // namespace

TEST_CASE_FIXTURE(fixture, "http proxy: tinyproxy is asked for http by URL, for https by CONNECT") {
  proxy_server proxy{kind::http};
  provider.own.proxy = proxy.address();
  check_both_origins();
  CHECK(origin.requests().at(0).header("via") != ""); // tinyproxy puts its name there.
  CHECK(secure.requests().at(0).header("via") == ""); // It cannot look into TLS.
  auto log = proxy.end_and_read_log();
  CHECK(log.find("CONNECT 127.0.0.1:" + std::to_string(secure.port())) != std::string::npos);
}

TEST_CASE_FIXTURE(
    fixture, "http proxy: with credentials they go to the proxy alone, and wrong ones are told so") {
  proxy_server proxy{kind::http, "me", "secret"};
  provider.own.proxy = proxy.address("me:secret@");
  check_both_origins();
  CHECK(origin.requests().at(0).header("proxy-authorization") == "");
  CHECK(secure.requests().at(0).header("proxy-authorization") == "");
  for (const auto* credentials : {"", "me:wrong@"})
    for (const auto& base : {origin.url(), secure.url()}) {
      provider.own.proxy = proxy.address(credentials);
      provider.own.base_url = base;
      auto r = fetch("f");
      CHECK(r.result == outcome::auth);
      CHECK(r.message.find("secret") == std::string::npos);
    }
}

TEST_CASE_FIXTURE(fixture, "http proxy: microsocks carries http and https, and looks the names up") {
  proxy_server proxy{kind::socks5};
  provider.own.proxy = proxy.address();
  check_both_origins();
  provider.own.base_url = "http://localhost:" + std::to_string(origin.port());
  check_whole(fetch("f"));
  CHECK(origin.requests().at(0).header("via") == "");
  auto log = proxy.end_and_read_log();
  CHECK(log.find("localhost:" + std::to_string(origin.port())) != std::string::npos);
}

TEST_CASE_FIXTURE(fixture, "http proxy: microsocks with credentials") {
  proxy_server proxy{kind::socks5, "me", "secret"};
  provider.own.proxy = proxy.address("me:secret@");
  check_both_origins();
  provider.own.proxy = proxy.address();
  auto none = fetch("f");
  CHECK(none.result == outcome::auth);
  CHECK(none.message == "the proxy " + proxy.endpoint() + " wants a user name and password");
  provider.own.proxy = proxy.address("me:wrong@");
  auto wrong = fetch("f");
  CHECK(wrong.result == outcome::auth);
  CHECK(wrong.message == "the proxy " + proxy.endpoint() + " refused the user name or password");
}

TEST_CASE_FIXTURE(
    fixture, "http proxy: an origin that is down, or has a false certificate, is told through each") {
  std::uint16_t gone = 0;
  {
    fault_origin closed;
    gone = closed.port();
  }
  fault_origin other{
      {test_authority::shared().file("other-host.pem"), test_authority::shared().file("other-host.key"),
       "127.0.0.1"}};
  for (auto speaks : {kind::http, kind::socks5}) {
    proxy_server proxy{speaks};
    provider.own.proxy = proxy.address();
    provider.own.base_url = "https://127.0.0.1:" + std::to_string(gone);
    auto r = fetch("f");
    CHECK(r.result == outcome::provider_fault);
    CHECK(r.message.starts_with(
        "the proxy " + proxy.endpoint() + " did not connect to 127.0.0.1:" + std::to_string(gone) + ": "));
    provider.own.base_url = other.url();
    CHECK(fetch("f").cause == fault::certificate);
    CHECK(other.requests().empty());
  }
}

TEST_CASE_FIXTURE(fixture, "http proxy: one that is not there is named") {
  provider.own.proxy = "http://127.0.0.1:1";
  auto r = fetch("f");
  CHECK(r.cause == fault::refused);
  CHECK(r.message == "connection to the proxy 127.0.0.1:1 refused");
  CHECK(origin.requests().empty());
  provider.own.proxy = "socks5://no-such-host.invalid";
  CHECK(fetch("f").cause == fault::name_not_found);
}

TEST_CASE_FIXTURE(fixture, "http proxy: a request by URL shares the proxy's connections among origins") {
  fault_origin proxy;
  for (const auto* host : {"http://a.invalid", "http://b.invalid:81"}) {
    proxy.serve(std::string(host) + "/f", {body});
    provider.own.base_url = host;
    provider.own.proxy = "http://me:secret@127.0.0.1:" + std::to_string(proxy.port());
    provider.own.custom_params = {{"k", "v"}};
    check_whole(fetch("f"));
    auto asked = proxy.requests().back();
    CHECK(asked.target == std::string(host) + "/f?k=v");
    CHECK("http://" + asked.header("host") == host);
    CHECK(asked.header("proxy-authorization") == "Basic bWU6c2VjcmV0");
    CHECK(asked.header("range") == "bytes=0-");
  }
  CHECK(proxy.connections() == 1);
}

TEST_CASE_FIXTURE(fixture, "http proxy: an address that is never asked is not asked through a proxy either") {
  fault_origin proxy;
  for (const auto* scheme : {"http://127.0.0.1:", "socks5://127.0.0.1:"}) {
    provider.own.proxy = scheme + std::to_string(proxy.port());
    for (const auto* host :
         {"169.254.169.254", "2852039166", "0xA9FEA9FE", "0251.254.43518", "169.254.169.254.",
          "[::ffff:169.254.169.254]", "100.100.100.200"}) {
      CAPTURE(host);
      provider.own.base_url = std::string("http://") + host;
      auto r = fetch("f");
      CHECK(r.cause == fault::address_refused);
      CHECK(r.message.ends_with("an address that is never asked"));
    }
  }
  CHECK(proxy.connections() == 0);
}

TEST_CASE_FIXTURE(
    fixture, "http proxy: a redirect to such an address is refused, also on a connection that is kept") {
  fault_origin proxy;
  provider.own.proxy = "http://127.0.0.1:" + std::to_string(proxy.port());
  provider.own.base_url = "http://a.invalid";
  for (const auto* host : {"169.254.169.254", "2852039166"}) {
    CAPTURE(host);
    reply there;
    there.status = 302;
    there.headers = {{"Location", "http://" + std::string(host) + "/latest/meta-data"}};
    proxy.next(there);
    const auto before = proxy.requests().size();
    CHECK(fetch("x").cause == fault::address_refused);
    CHECK(proxy.requests().size() == before + 1);
  }
}

TEST_CASE_FIXTURE(fixture, "http proxy: answers to CONNECT, good and bad, however they are cut up") {
  fault_origin proxy;
  provider.own.proxy = "http://127.0.0.1:" + std::to_string(proxy.port());
  provider.own.base_url = "https://origin.invalid";
  struct row {
    const char* text;
    fault cause;
    outcome result;
    const char* words;
  };
  for (auto [text, cause, result, words] :
       {row{"HTTP/1.1 200 OK\r\n\r\nsurplus", fault::malformed, outcome::provider_fault,
            "sent bytes before anything was asked for"},
        row{"HTTP/1.1 403 No\r\n\r\n", fault::status, outcome::auth, "HTTP 403 Forbidden"},
        row{"HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic\r\n\r\n", fault::status, outcome::auth,
            "HTTP 407 Proxy Authentication Required"},
        row{"HTTP/1.1 502 Bad\r\n\r\n", fault::status, outcome::provider_fault, "HTTP 502 Bad Gateway"},
        row{"HTTP/1.1 302 Found\r\nLocation: http://x/\r\n\r\n", fault::status, outcome::invalid,
            "HTTP 302 Found"},
        row{"SSH-2.0-x\r\n\r\n", fault::malformed, outcome::provider_fault, "cannot be trusted"},
        row{"HTTP/1.1 100 Wait\r\n\r\nHTTP/1.1 20", fault::reset, outcome::provider_fault,
            "closed the connection before its answer was complete"},
        row{"", fault::reset, outcome::provider_fault, "closed the connection"}})
    for (std::size_t piece : {0u, 1u, 7u}) {
      CAPTURE(text);
      CAPTURE(piece);
      if (piece > 0 && std::string_view(text).ends_with("surplus"))
        continue; // Cut up, those bytes may come when TLS has begun, which refuses them in its own words.
      auto r = with_raw(text);
      r.bytes_per_write = piece;
      proxy.next(r);
      auto got = fetch("f");
      CHECK(got.cause == cause);
      CHECK(got.result == result);
      CHECK(got.message.starts_with("the proxy 127.0.0.1:"));
      CHECK(got.message.find(words) != std::string::npos);
      CHECK(proxy.requests().back().method == "CONNECT");
      CHECK(proxy.requests().back().target == "origin.invalid:443");
    }
}

TEST_CASE_FIXTURE(
    fixture, "http proxy: a check fails when the proxy does not connect, whatever status it gives") {
  fault_origin proxy;
  provider.own.proxy = "http://127.0.0.1:" + std::to_string(proxy.port());
  provider.own.base_url = "https://origin.invalid";
  proxy.next(with_raw("HTTP/1.1 403 No\r\n\r\n"));
  std::promise<check_result> done;
  make_loader()->check([&](const check_result& r) { done.set_value(r); });
  auto r = done.get_future().get();
  CHECK_FALSE(r.passed);
  CHECK(r.cause == fault::status);
  CHECK(r.message.find("did not connect to origin.invalid:443") != std::string::npos);
}

TEST_CASE_FIXTURE(fixture, "http proxy: the environment's proxy holds where the settings name none") {
  fault_origin proxy;
  std::map<std::string, std::string> variables{{"http_proxy", "127.0.0.1:" + std::to_string(proxy.port())}};
  auto read = [&](const char* name) {
    auto at = variables.find(name);
    return at == variables.end() ? nullptr : at->second.c_str();
  };
  proxy.serve("http://origin.invalid/f", {body});
  auto fetch_with = [&] {
    transfer_threads own{files, 1, {}, read};
    auto source = own.http_loaders()(provider);
    return fetch(*source, request("f"));
  };
  provider.own.base_url = "http://origin.invalid";
  check_whole(fetch_with());
  provider.own.proxy = "direct";
  CHECK(fetch_with().cause == fault::name_not_found);
  provider.own.proxy.reset();
  variables["no_proxy"] = "example.org, .invalid";
  CHECK(fetch_with().cause == fault::name_not_found);
  variables["no_proxy"] = "";
  provider.own.base_url = origin.url(); // Loopback is never asked through it.
  check_whole(fetch_with());
  variables["http_proxy"] = "ftp://h";
  provider.own.base_url = "http://origin.invalid";
  auto r = fetch_with();
  CHECK(r.cause == fault::unsupported);
  CHECK(r.message == "the environment variable http_proxy must begin with http:// or socks5://");
}

TEST_CASE_FIXTURE(fixture, "http proxy: a redirect to another origin leaves the provider's headers behind") {
  fault_origin proxy;
  provider.own.proxy = "http://127.0.0.1:" + std::to_string(proxy.port());
  provider.own.base_url = "http://a.invalid";
  provider.own.custom_headers = {{"Authorization", "secret"}};
  reply there;
  there.status = 302;
  there.headers = {{"Location", "http://b.invalid/f"}};
  proxy.next(there);
  proxy.serve("http://b.invalid/f", {body});
  check_whole(fetch("x"));
  CHECK(proxy.requests().at(0).header("authorization") == "secret");
  CHECK(proxy.requests().at(1).header("authorization") == "");
  CHECK(proxy.requests().at(1).header("host") == "b.invalid");
}
