#include "net/client/chunked_decoder.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>

using namespace tributary::client;

namespace {

struct decoded {
  std::string data;
  std::size_t consumed = 0;
  chunked_decoder::state at = chunked_decoder::state::more;
};

/// Feeds the text in pieces of at most `piece` bytes.
decoded decode(std::string_view text, std::size_t piece) {
  chunked_decoder decoder;
  decoded out;
  auto bytes = std::as_bytes(std::span(text));
  while (out.consumed < bytes.size() && decoder.at() == chunked_decoder::state::more) {
    auto part = bytes.subspan(out.consumed, std::min(piece, bytes.size() - out.consumed));
    auto step = decoder.feed(part);
    out.data.append(reinterpret_cast<const char*>(step.data.data()), step.data.size());
    out.consumed += step.consumed;
  }
  out.at = decoder.at();
  return out;
}

constexpr std::string_view good =
    "4\r\nWiki\r\n6;name=\"v\"\r\npedia \r\nE \r\nin \r\n\r\nchunks.\r\n0\r\nX: y\r\n\r\n";

} // namespace

TEST_CASE("chunked_decoder: a body comes out whole, however it is cut up") {
  for (std::size_t piece = 1; piece <= good.size(); ++piece) {
    CAPTURE(piece);
    auto out = decode(good, piece);
    CHECK(out.data == "Wikipedia in \r\n\r\nchunks.");
    CHECK(out.at == chunked_decoder::state::done);
    CHECK(out.consumed == good.size());
  }
}

TEST_CASE("chunked_decoder: bytes after the end are left alone") {
  auto out = decode("1\r\na\r\n0\r\n\r\nHTTP/1.1 200", 100);
  CHECK(out.data == "a");
  CHECK(out.at == chunked_decoder::state::done);
  CHECK(out.consumed == 11);
}

TEST_CASE("chunked_decoder: every shorter beginning is unfinished") {
  for (std::size_t n = 0; n < good.size(); ++n) {
    CAPTURE(n);
    CHECK(decode(good.substr(0, n), 3).at == chunked_decoder::state::more);
  }
}

TEST_CASE("chunked_decoder: what is not exactly the coding is bad") {
  for (std::string_view text :
       {"\r\n", "g\r\n", "-1\r\na", "0x1\r\na", " 1\r\na", "1\na\r\n", "1\r\nab\r\n", "1\r\na\n0\r\n\r\n",
        "1\ra", "1\r\na\r0", "0\r\n\rx", "0\r\nX: y\n\r\n", ";x\r\n", "1,2\r\n", "1;x\n\r\na",
        // No control characters in an extension, nothing but one behind blanks, a trailer is a field.
        "1;\x01x\r\na", "1 x\r\na", "0\r\nno colon\r\n\r\n", "0\r\n: y\r\n\r\n", "0\r\nX y: z\r\n\r\n",
        "0\r\nX: y\r\n folded\r\n\r\n", "0\r\nX: \x7F\r\n\r\n"}) {
    CAPTURE(text);
    CHECK(decode(text, 100).at == chunked_decoder::state::bad);
    CHECK(decode(text, 1).at == chunked_decoder::state::bad);
  }
}

TEST_CASE("chunked_decoder: a size has at most 15 digits") {
  CHECK(decode("000000000000001\r\na", 100).at == chunked_decoder::state::more);
  CHECK(decode("0000000000000001\r\na", 100).at == chunked_decoder::state::bad);
}

TEST_CASE("chunked_decoder: extensions of a chunk, and all trailers together, have at most 8 KiB") {
  CHECK(decode("1;" + std::string(8'192, 'x') + "\r\na", 100).at == chunked_decoder::state::more);
  CHECK(decode("1;" + std::string(8'193, 'x') + "\r\na", 100).at == chunked_decoder::state::bad);
  CHECK(decode("0\r\nX:" + std::string(8'191, 'x') + "\r\n\r\n", 100).at == chunked_decoder::state::done);
  CHECK(
      decode("0\r\nX:" + std::string(4'095, 'x') + "\r\nY:" + std::string(4'096, 'y') + "\r\n\r\n", 100).at ==
      chunked_decoder::state::bad);
}

// Goal: no input makes it read beyond its bytes or consume nothing for ever.
// Method: good bodies with random bytes changed, fed in random pieces, under the sanitizers.
TEST_CASE("chunked_decoder: damaged bodies end in some state") {
  for (unsigned seed = 1; seed <= 500; ++seed) {
    CAPTURE(seed);
    std::mt19937 random{seed};
    std::string text{good};
    for (unsigned i = 0; i < 1 + random() % 3; ++i)
      text[random() % text.size()] = static_cast<char>(random());
    CHECK(decode(text, 1 + random() % 20).consumed <= text.size());
  }
}
