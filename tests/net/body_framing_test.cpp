#include "net/client/body_framing.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace tributary::client;

namespace {

std::string take(body_framing& framing, std::string bytes, std::size_t* consumed = nullptr) {
  auto step = framing.take(std::as_writable_bytes(std::span(bytes)));
  if (consumed)
    *consumed = step.consumed;
  return bytes.substr(0, step.body);
}

response_head with_length(std::uint64_t n) {
  response_head out;
  out.content_length = n;
  return out;
}

} // namespace

TEST_CASE("body_framing: a length ends the body, and what follows is not consumed") {
  body_framing framing{with_length(5)};
  CHECK(take(framing, "abc") == "abc");
  CHECK(framing.at() == body_framing::state::more);
  std::size_t consumed = 0;
  CHECK(take(framing, "defg", &consumed) == "de");
  CHECK(consumed == 2);
  CHECK(framing.at() == body_framing::state::done);
  CHECK_FALSE(framing.ends_with_connection());
}

TEST_CASE("body_framing: a length of zero is done before any byte") {
  CHECK(body_framing{with_length(0)}.at() == body_framing::state::done);
}

TEST_CASE("body_framing: chunks are pushed together to the front") {
  response_head head;
  head.chunked = true;
  body_framing framing{head};
  std::size_t consumed = 0;
  CHECK(take(framing, "2\r\nab\r\n3\r\ncde\r\n0\r\n\r\nrest", &consumed) == "abcde");
  CHECK(consumed == 20);
  CHECK(framing.at() == body_framing::state::done);
}

TEST_CASE("body_framing: a broken chunk is bad after the data before it") {
  response_head head;
  head.chunked = true;
  body_framing framing{head};
  CHECK(take(framing, "2\r\nab\r\nx") == "ab");
  CHECK(framing.at() == body_framing::state::bad);
}

TEST_CASE("body_framing: with neither, the connection's end is the body's") {
  body_framing framing{response_head{}};
  CHECK(take(framing, "abc") == "abc");
  CHECK(framing.at() == body_framing::state::more);
  CHECK(framing.ends_with_connection());
}
