#include "net/client/head_parser.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace tributary::client;

namespace {

struct parsed {
  head_parser::state at = head_parser::state::more;
  response_head head;
  std::string rest;
};

parsed parse(const std::string& text, std::size_t piece = SIZE_MAX) {
  head_parser parser;
  boost::beast::flat_buffer buffer;
  parsed out;
  for (std::size_t at = 0; at < text.size() && out.at == head_parser::state::more;) {
    auto n = std::min(piece, text.size() - at);
    boost::asio::buffer_copy(buffer.prepare(n), boost::asio::buffer(text.data() + at, n));
    buffer.commit(n);
    at += n;
    out.at = parser.feed(buffer);
  }
  out.head = parser.head();
  out.rest.assign(static_cast<const char*>(buffer.data().data()), buffer.size());
  return out;
}

std::string answer_with(const std::string& fields) {
  return "HTTP/1.1 200 OK\r\n" + fields + "\r\n";
}

} // namespace

TEST_CASE("head_parser: the facts come out, however the header is cut up, and the body stays") {
  auto text = "HTTP/1.1 206 Partial\r\nContent-Length: 3\r\nETag: \"a\"\r\ncontent-range: bytes 0-2/3\r\n"
              "Accept-Ranges: bytes\r\nRepr-Digest: x\r\nLast-Modified: y\r\n\r\n";
  for (std::size_t piece : {std::size_t{1}, std::size_t{2}, std::size_t{7}, SIZE_MAX}) {
    CAPTURE(piece);
    auto p = parse(piece == SIZE_MAX ? std::string(text) + "abc" : text, piece);
    REQUIRE(p.at == head_parser::state::done);
    CHECK(p.head.status == 206);
    CHECK(p.head.content_length == 3);
    CHECK(p.head.etag == "\"a\"");
    CHECK(p.head.content_range == "bytes 0-2/3");
    CHECK(p.head.ranges_accepted);
    CHECK(p.head.repr_digest == "x");
    CHECK(p.head.last_modified == "y");
    CHECK(p.head.keep_alive);
    CHECK(p.rest == (piece == SIZE_MAX ? "abc" : ""));
  }
}

TEST_CASE("head_parser: keep-alive as the version and Connection say") {
  CHECK(parse(answer_with("Content-Length: 0\r\n")).head.keep_alive);
  CHECK_FALSE(parse(answer_with("Content-Length: 0\r\nConnection: close\r\n")).head.keep_alive);
  CHECK_FALSE(parse("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n").head.keep_alive);
  CHECK(parse("HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n").head.keep_alive);
}

TEST_CASE("head_parser: framing that could be understood in two ways is bad") {
  for (auto fields :
       {"Content-Length: 3\r\nContent-Length: 3\r\n", "Content-Length: 3\r\nContent-Length: 4\r\n",
        "Content-Length: 3, 3\r\n", "Content-Length: -3\r\n", "Content-Length: +3\r\n",
        "Content-Length: 3x\r\n", "Content-Length: \r\n", "Content-Length: 99999999999999999999\r\n",
        "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: chunked, chunked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: identity\r\n",
        "Content-Length : 3\r\n", "No colon\r\n"}) {
    CAPTURE(fields);
    auto p = parse(answer_with(fields));
    CHECK(p.at == head_parser::state::bad);
    CHECK_FALSE(p.head.defect.empty());
  }
  CHECK(parse(answer_with("Transfer-Encoding: Chunked\r\n")).head.chunked);
}

TEST_CASE("head_parser: what is not HTTP is bad") {
  for (auto text :
       {"SSH-2.0-OpenSSH_9.2\r\n", "HTTP/2.0 200 OK\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n", "<html>\r\n\r\n",
        "HTTP/1.1 abc\r\n\r\n", "\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"})
    CHECK_MESSAGE(parse(text).at == head_parser::state::bad, text);
}

TEST_CASE("head_parser: a header has at most 64 KiB") {
  auto sized = [](std::size_t size) {
    auto rest = answer_with("");
    auto field = std::string("X: \r\n");
    std::string fields;
    while (rest.size() + fields.size() + 1'000 + field.size() < size) // Lines of a common length.
      fields += "X: " + std::string(1'000, 'x') + "\r\n";
    fields += "Y: " + std::string(size - rest.size() - fields.size() - field.size(), 'y') + "\r\n";
    return answer_with(fields);
  };
  for (std::size_t piece : {SIZE_MAX, std::size_t{100}}) {
    CAPTURE(piece);
    REQUIRE(sized(header_bytes_max).size() == header_bytes_max);
    CHECK(parse(sized(header_bytes_max), piece).at == head_parser::state::done);
    CHECK(parse(sized(header_bytes_max + 1), piece).at == head_parser::state::bad);
  }
  CHECK(parse(std::string(header_bytes_max + 100, 'H'), 1'000).at == head_parser::state::bad);
}
