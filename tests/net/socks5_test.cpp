// What each side says, by RFC 1928 and RFC 1929, byte for byte.
#include "net/client/socks5.hpp"

#include <doctest/doctest.h>

using namespace tributary;
using namespace tributary::client;
using namespace std::string_literals;

namespace {

url target(const std::string& text) {
  return std::get<url>(parse_url(text));
}

proxy_address proxy(const std::string& user = {}, const std::string& password = {}) {
  proxy_address out;
  out.speaks = proxy_address::kind::socks5;
  out.user = user;
  out.password = password;
  out.has_credentials = !user.empty();
  return out;
}

/// Plays the proxy: feeds its bytes as they are wanted, and returns all that the client sent.
std::string play(socks5_dialogue& dialogue, std::string answers) {
  std::string sent;
  while (dialogue.at() == socks5_dialogue::state::more) {
    sent += dialogue.take_outgoing();
    auto part = answers.substr(0, dialogue.wanted());
    if (part.size() < dialogue.wanted())
      break;
    answers.erase(0, part.size());
    dialogue.feed(std::as_bytes(std::span(part)));
  }
  CHECK((dialogue.at() != socks5_dialogue::state::done || answers.empty()));
  return sent;
}

constexpr auto done = socks5_dialogue::state::done;

} // namespace

TEST_CASE("socks5: a name goes to the proxy as it is") {
  socks5_dialogue d{proxy(), target("https://Example.org/x")};
  CHECK(
      play(d, "\x05\x00"s + "\x05\x00\x00\x01\x7F\x00\x00\x01\x12\x34"s) ==
      "\x05\x01\x00"s + "\x05\x01\x00\x03\x0B"s + "example.org"s + "\x01\xBB"s);
  CHECK(d.at() == done);
}

TEST_CASE("socks5: an address goes as an address") {
  socks5_dialogue four{proxy(), target("http://10.1.2.3:8080/")};
  CHECK(
      play(four, "\x05\x00\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"s) ==
      "\x05\x01\x00\x05\x01\x00\x01\x0A\x01\x02\x03\x1F\x90"s);
  CHECK(four.at() == done);
  socks5_dialogue six{proxy(), target("http://[2001:db8::1]/")};
  CHECK(
      play(six, "\x05\x00\x05\x00\x00\x04"s + std::string(18, '\0')) ==
      "\x05\x01\x00\x05\x01\x00\x04\x20\x01\x0D\xB8"s + std::string(11, '\0') + "\x01\x00\x50"s);
  CHECK(six.at() == done);
}

TEST_CASE("socks5: credentials are shown when the proxy chooses so, and only then") {
  socks5_dialogue asked{proxy("me", "pw"), target("http://h/")};
  CHECK(
      play(asked, "\x05\x02\x01\x00\x05\x00\x00\x03\x01x\x00\x50"s) ==
      "\x05\x02\x00\x02\x01\x02me\x02pw\x05\x01\x00\x03\x01h\x00\x50"s);
  CHECK(asked.at() == done);
  socks5_dialogue not_asked{proxy("me", "pw"), target("http://h/")};
  CHECK(play(not_asked, "\x05\x00"s) == "\x05\x02\x00\x02\x05\x01\x00\x03\x01h\x00\x50"s);
}

TEST_CASE("socks5: each refusal has its class and words") {
  struct row {
    std::string answers;
    fault cause;
    const char* words;
    bool credentials = false;
  };
  const row rows[] = {
      {"\x05\xFF"s, fault::status, "wants a user name and password", true},
      {"\x05\x02"s, fault::malformed, "chose a way to authenticate that was not on offer"},
      {"\x05\x01"s, fault::malformed, "chose a way to authenticate that was not on offer"},
      {"\x04\x00"s, fault::malformed, "sent an answer that is not SOCKS5"},
      {"HT"s, fault::malformed, "sent an answer that is not SOCKS5"},
      {"\x05\x00\x04\x00\x00\x01"s, fault::malformed, "sent an answer that is not SOCKS5"},
      {"\x05\x00\x05\x00\x00\x02"s, fault::malformed, "sent an answer that is not SOCKS5"},
      {"\x05\x00\x05\x01\x00\x01"s, fault::reset, "did not connect to h:80: general failure"},
      {"\x05\x00\x05\x02\x00\x01"s, fault::unsupported, "did not connect to h:80: not allowed by its rules"},
      {"\x05\x00\x05\x03\x00\x01"s, fault::network_unreachable,
       "did not connect to h:80: network unreachable"},
      {"\x05\x00\x05\x04\x00\x01"s, fault::network_unreachable, "did not connect to h:80: host unreachable"},
      {"\x05\x00\x05\x05\x00\x01"s, fault::refused, "did not connect to h:80: connection refused"},
      {"\x05\x00\x05\x06\x00\x01"s, fault::network_unreachable,
       "did not connect to h:80: time to live expired"},
      {"\x05\x00\x05\x07\x00\x01"s, fault::unsupported, "did not connect to h:80: command not supported"},
      {"\x05\x00\x05\x08\x00\x01"s, fault::unsupported,
       "did not connect to h:80: kind of address not supported"},
      {"\x05\x00\x05\x09\x00\x01"s, fault::malformed, "did not connect to h:80: unknown reason"}};
  for (const auto& r : rows) {
    CAPTURE(r.words);
    socks5_dialogue d{proxy(), target("http://h/")};
    play(d, r.answers);
    CHECK(d.at() == socks5_dialogue::state::failed);
    CHECK(d.cause() == r.cause);
    CHECK(d.why() == r.words);
    CHECK(d.credentials_refused() == r.credentials);
    CHECK(d.take_outgoing() == "");
  }
}

TEST_CASE("socks5: wrong credentials are told") {
  socks5_dialogue d{proxy("me", "pw"), target("http://h/")};
  play(d, "\x05\x02\x01\x01"s);
  CHECK(d.why() == "refused the user name or password");
  CHECK(d.credentials_refused());
  socks5_dialogue neither{proxy("me", "pw"), target("http://h/")};
  play(neither, "\x05\xFF"s);
  CHECK(neither.why() == "accepts neither the credentials nor none");
}

TEST_CASE("socks5: a name of 255 bytes goes, a longer one is refused before anything is sent") {
  auto label = std::string(63, 'a') + ".";
  auto name = label + label + label + std::string(63, 'b'); // 255
  socks5_dialogue fits{proxy(), target("http://" + name + "/")};
  CHECK(fits.at() == socks5_dialogue::state::more);
  socks5_dialogue longer{proxy(), target("http://" + name + "c/")};
  CHECK(longer.cause() == fault::unsupported);
  CHECK(longer.take_outgoing() == "");
}
