#include "app/daemon.hpp"

#include <doctest/doctest.h>

using namespace tributary;

TEST_CASE("daemon: --listen takes HOST:PORT, also for IPv6") {
  const auto plain = parse_listen("127.0.0.1:8000");
  REQUIRE(std::holds_alternative<gateway_settings>(plain));
  CHECK(std::get<gateway_settings>(plain).host == "127.0.0.1");
  CHECK(std::get<gateway_settings>(plain).port == 8000);
  const auto six = parse_listen("[::1]:0");
  REQUIRE(std::holds_alternative<gateway_settings>(six));
  CHECK(std::get<gateway_settings>(six).host == "::1");
  CHECK(std::get<gateway_settings>(six).port == 0);
}

TEST_CASE("daemon: --listen says what is wrong with anything else") {
  for (const char* text : {"", "8000", ":8000", "host:", "host:x", "host:65536", "host:-1", "host:80x"}) {
    CAPTURE(text);
    const auto wrong = parse_listen(text);
    REQUIRE(std::holds_alternative<std::string>(wrong));
    CHECK(std::get<std::string>(wrong).find("HOST:PORT") != std::string::npos);
  }
}
