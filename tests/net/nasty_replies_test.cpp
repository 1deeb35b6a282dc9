// Replies that test how strictly HTTP is read, each sent whole, byte by byte and in odd pieces. Every row
// names the section that decides it (9110, 9112: the RFCs of that number).
#include "tests/net/client_fixture.hpp"

using namespace tributary;
using namespace tributary::testing;

namespace {

struct row {
  const char* what;
  const char* section;
  std::string text;
  fault cause = fault::none;
  std::string body = "abc"; ///< What is in the part file at the end; "": nothing.
};

std::string ok(const std::string& fields, const std::string& body = "abc") {
  return "HTTP/1.1 200 OK\r\n" + fields + "\r\n" + body;
}

std::string chunked(const std::string& body) {
  return ok("Transfer-Encoding: chunked\r\n", body);
}

constexpr auto malformed = fault::malformed;

const std::vector<row>& rows() {
  static const std::vector<row> all{
      // The status line.
      {"no reason, but its space", "9112 4", "HTTP/1.1 200 \r\nContent-Length: 3\r\n\r\nabc"},
      {"bytes above 127 in the reason", "9112 4",
       "HTTP/1.1 200 \xC3\xA9t\xC3\xA9\r\nContent-Length: 3\r\n\r\nabc"},
      {"a status of two digits", "9112 4", "HTTP/1.1 20 OK\r\nContent-Length: 3\r\n\r\nabc", malformed, ""},
      {"a status of four digits", "9112 4", "HTTP/1.1 2000 OK\r\nContent-Length: 3\r\n\r\nabc", malformed,
       ""},
      {"a status below 100", "9110 15", "HTTP/1.1 099 OK\r\nContent-Length: 3\r\n\r\nabc", malformed, ""},
      {"another major version", "9110 2.5", "HTTP/2.0 200 OK\r\nContent-Length: 3\r\n\r\nabc", malformed, ""},
      {"no HTTP at all", "9112 2.1", "220 ftp.example ready\r\n\r\n", malformed, ""},
      {"HTTP/0.9", "9112 2.1", "<html>abc</html>\r\n\r\n", malformed, ""},
      {"an empty line before it", "9112 2.2", "\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
       malformed, ""},
      // Lines.
      {"bare line feeds", "9112 2.2", "HTTP/1.1 200 OK\nContent-Length: 3\n\nabc", malformed, ""},
      {"a bare line feed after a field", "9112 2.2", ok("Content-Length: 3\nX: y\r\n"), malformed, ""},
      {"a bare carriage return in a value", "9112 2.2", ok("X: a\rb\r\nContent-Length: 3\r\n"), malformed,
       ""},
      {"white space before the first field", "9112 2.2", ok(" X: y\r\nContent-Length: 3\r\n"), malformed, ""},
      // Fields.
      {"white space before a colon", "9112 5.1", ok("Content-Length : 3\r\n"), malformed, ""},
      {"white space around a value", "9112 5.1", ok("Content-Length: \t 3 \t\r\n")},
      {"a name with a space in it", "9110 5.1", ok("X Y: z\r\nContent-Length: 3\r\n"), malformed, ""},
      {"an empty name", "9110 5.1", ok(": z\r\nContent-Length: 3\r\n"), malformed, ""},
      {"a line without a colon", "9112 5", ok("X\r\nContent-Length: 3\r\n"), malformed, ""},
      {"a NUL in a value", "9110 5.5", ok(std::string("X: a\0b\r\nContent-Length: 3\r\n", 27)), malformed,
       ""},
      {"bytes above 127 in a value", "9110 5.5", ok("X: \xFF\xFE\r\nContent-Length: 3\r\n")},
      {"a folded value of no matter", "9112 5.2", ok("X: a\r\n b\r\nContent-Length: 3\r\n")},
      {"a folded length reads as with a space", "9112 5.2", ok("Content-Length: 3\r\n 4\r\n"), malformed, ""},
      {"names in any case", "9110 5.1", ok("cOnTeNt-LeNgTh: 3\r\n")},
      // Content-Length.
      {"two lengths that differ", "9112 6.3", ok("Content-Length: 3\r\nContent-Length: 4\r\n"), malformed,
       ""},
      {"two lengths that agree", "9112 6.3", ok("Content-Length: 3\r\nContent-Length: 3\r\n"), malformed, ""},
      {"a list of lengths", "9112 6.3", ok("Content-Length: 3, 3\r\n"), malformed, ""},
      {"a negative length", "9110 8.6", ok("Content-Length: -3\r\n"), malformed, ""},
      {"a length with a sign", "9110 8.6", ok("Content-Length: +3\r\n"), malformed, ""},
      {"a length in hex", "9110 8.6", ok("Content-Length: 0x3\r\n"), malformed, ""},
      {"a length beyond 64 bits", "9110 8.6", ok("Content-Length: 18446744073709551616\r\n"), malformed, ""},
      {"a length beyond any file", "9110 8.6", ok("Content-Length: 9223372036854775808\r\n"), malformed, ""},
      {"an empty length", "9110 8.6", ok("Content-Length:\r\n"), malformed, ""},
      {"leading zeros", "9110 8.6", ok("Content-Length: 003\r\n")},
      {"bytes beyond the length", "9112 6.3", ok("Content-Length: 3\r\n", "abcHTTP/1.1 200 OK\r\n")},
      {"fewer bytes than the length", "9112 8", ok("Content-Length: 4\r\n"), fault::truncated},
      {"no length: to the end", "9112 6.3", ok("")},
      // Transfer-Encoding.
      {"a length beside chunks", "9112 6.3",
       ok("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "3\r\nabc\r\n0\r\n\r\n"), malformed, ""},
      {"chunks beside a length", "9112 6.3",
       ok("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "3\r\nabc\r\n0\r\n\r\n"), malformed, ""},
      {"a coding that nobody asked for", "9112 6.1",
       ok("Transfer-Encoding: gzip, chunked\r\n", "3\r\nabc\r\n0\r\n\r\n"), malformed, ""},
      {"chunked twice", "9112 6.1", ok("Transfer-Encoding: chunked, chunked\r\n", "3\r\nabc\r\n0\r\n\r\n"),
       malformed, ""},
      {"chunked in two fields", "9112 6.1",
       ok("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), malformed, ""},
      {"an unknown coding", "9112 6.1", ok("Transfer-Encoding: xchunked\r\n", "abc"), malformed, ""},
      {"identity, which is gone", "9112 7", ok("Transfer-Encoding: identity\r\n", "abc"), malformed, ""},
      {"chunks in HTTP/1.0", "9112 6.1",
       "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", malformed, ""},
      {"the coding in any case", "9112 7", ok("Transfer-Encoding: CHUNKED\r\n", "3\r\nabc\r\n0\r\n\r\n")},
      // Chunks.
      {"extensions are passed over", "9112 7.1.1", chunked("3;a=\"b;c\";d\r\nabc\r\n0;e\r\n\r\n")},
      {"trailers are passed over", "9112 7.1.2",
       chunked("3\r\nabc\r\n0\r\nETag: \"x\"\r\nContent-Length: 9\r\n\r\n")},
      {"zeros before a size", "9112 7.1", chunked("0003\r\nabc\r\n000\r\n\r\n")},
      {"sizes in capitals", "9112 7.1", chunked("A\r\n0123456789\r\n0\r\n\r\n"), fault::none, "0123456789"},
      {"a size that is none", "9112 7.1", chunked("3\r\nabc\r\nxyz\r\n"), malformed},
      {"a size with a sign", "9112 7.1", chunked("+3\r\nabc\r\n0\r\n\r\n"), malformed, ""},
      {"a size with 0x", "9112 7.1", chunked("0x3\r\nabc\r\n0\r\n\r\n"), malformed, ""},
      {"a size beyond 64 bits", "9112 7.1", chunked("10000000000000003\r\nabc\r\n0\r\n\r\n"), malformed, ""},
      {"an empty size", "9112 7.1", chunked("\r\nabc\r\n0\r\n\r\n"), malformed, ""},
      {"a space before a size", "9112 7.1", chunked(" 3\r\nabc\r\n0\r\n\r\n"), malformed, ""},
      {"spaces behind a size", "9112 7.1",
       chunked("3  \r\nabc\r\n0\r\n\r\n")}, // Old servers pad; nothing is in doubt.
      {"a line feed ends a size", "9112 2.2", chunked("3\nabc\r\n0\r\n\r\n"), malformed, ""},
      {"a line feed ends a chunk", "9112 7.1", chunked("3\r\nabc\n0\r\n\r\n"), malformed},
      {"a chunk longer than its size", "9112 7.1", chunked("2\r\nabc\r\n0\r\n\r\n"), malformed, "ab"},
      {"a chunk shorter than its size", "9112 7.1", chunked("5\r\nabc\r\n0\r\n\r\n"), malformed, "abc\r\n"},
      {"a line feed in an extension", "9112 2.2", chunked("3;a\nb\r\nabc\r\n0\r\n\r\n"), malformed, ""},
      {"a trailer that is no field", "9112 7.1.2", chunked("3\r\nabc\r\n0\r\nno colon\r\n\r\n"), malformed},
      {"the end without its line", "9112 8", chunked("3\r\nabc\r\n0\r\n"), fault::truncated},
      {"no last chunk", "9112 8", chunked("3\r\nabc\r\n"), fault::truncated},
      // Interim answers.
      {"an interim answer", "9110 15.2", "HTTP/1.1 100 Continue\r\n\r\n" + ok("Content-Length: 3\r\n")},
      {"one with fields, and a length that means nothing", "9112 6.3",
       "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\nContent-Length: 7\r\n\r\n" + ok("Content-Length: 3\r\n")},
      {"an unknown interim answer", "9110 15", "HTTP/1.1 199 Hm\r\n\r\n" + ok("Content-Length: 3\r\n")},
      {"only an interim answer", "9110 15.2", "HTTP/1.1 100 Continue\r\n\r\n", fault::reset, ""},
      {"a change of protocol that nobody asked for", "9110 15.2.2",
       "HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\nabc", fault::status, ""},
      // Ranges.
      {"a part that is the whole", "9110 15.3.7",
       "HTTP/1.1 206 OK\r\nContent-Range: bytes 0-2/3\r\nContent-Length: 3\r\n\r\nabc"},
      {"a part of who knows how much", "9110 14.4",
       "HTTP/1.1 206 OK\r\nContent-Range: bytes 0-2/*\r\nContent-Length: 3\r\n\r\nabc", fault::false_range,
       ""},
      {"a part of more than any file", "9110 14.4",
       "HTTP/1.1 206 OK\r\nContent-Range: bytes 0-2/9223372036854775808\r\nContent-Length: 3\r\n\r\nabc",
       malformed, ""},
      {"a part without Content-Range", "9110 15.3.7", "HTTP/1.1 206 OK\r\nContent-Length: 3\r\n\r\nabc",
       fault::false_range, ""},
      {"another part", "9110 15.3.7",
       "HTTP/1.1 206 OK\r\nContent-Range: bytes 1-3/9\r\nContent-Length: 3\r\n\r\nabc", fault::false_range,
       ""},
      {"a part of another length", "9110 14.4",
       "HTTP/1.1 206 OK\r\nContent-Range: bytes 0-3/4\r\nContent-Length: 3\r\n\r\nabc", fault::false_range,
       ""},
      {"a part beyond the file", "9110 14.4",
       "HTTP/1.1 206 OK\r\nContent-Range: bytes 0-2/2\r\nContent-Length: 3\r\n\r\nabc", fault::false_range,
       ""},
      {"several parts at once", "9110 14.6",
       "HTTP/1.1 206 OK\r\nContent-Type: multipart/byteranges; boundary=x\r\nContent-Length: 3\r\n\r\nabc",
       fault::false_range, ""},
      {"another unit", "9110 14.4",
       "HTTP/1.1 206 OK\r\nContent-Range: lines 0-2/3\r\nContent-Length: 3\r\n\r\nabc", fault::false_range,
       ""},
  };
  return all;
}

} // namespace

TEST_CASE_FIXTURE(client_fixture, "nasty replies: each is read as its section says, however it is cut up") {
  for (const auto& r : rows())
    for (std::size_t piece : {0u, 1u, 3u, 10u}) {
      CAPTURE(std::string(r.what));
      CAPTURE(std::string(r.section));
      CAPTURE(piece);
      reply scripted;
      scripted.raw = r.text;
      scripted.bytes_per_write = piece;
      fault_origin alone; // Nothing of the reply before can be on its way.
      alone.next(scripted);
      provider.own.base_url = alone.url();
      auto got = fetch("f");
      CHECK(to_string(got.cause) == to_string(r.cause));
      CHECK(got.written_end == r.body.size());
      if (std::filesystem::exists(folder / "out.part"))
        CHECK(fetched() == r.body);
      else
        CHECK(r.body.empty());
      std::filesystem::remove(folder / "out.part");
    }
}

TEST_CASE_FIXTURE(client_fixture, "nasty replies: a header of 64 KiB is read, a larger one refused") {
  for (std::size_t more : {0u, 1u}) {
    std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n", filler;
    const std::size_t rest = 64 * 1024 - head.size() - 2 + more;
    for (std::size_t made = 0; made < rest;) {
      auto line = std::min<std::size_t>(rest - made, 2'000);
      if (rest - made - line > 0 && rest - made - line < 10)
        line -= 10;
      filler += "X: " + std::string(line - 5, 'x') + "\r\n";
      made += line;
    }
    for (std::size_t piece : {0u, 1'000u}) {
      reply scripted;
      scripted.raw = head + filler + "\r\nabc";
      scripted.bytes_per_write = piece;
      origin.next(scripted);
      auto got = fetch("f");
      CHECK(got.cause == (more ? malformed : fault::none));
      CHECK((more == 0 || got.message.find("larger than 64 KiB") != std::string::npos));
    }
  }
}

TEST_CASE_FIXTURE(
    client_fixture, "nasty replies: what comes behind an answer is not the answer to the next request") {
  auto source = make_loader();
  origin.serve("/f", {"right"});
  reply r;
  r.raw = ok("Content-Length: 3\r\n") + ok("Content-Length: 5\r\n", "wrong");
  origin.next(r);
  CHECK(fetch(*source, request("f")).result == outcome::ok);
  CHECK(fetched() == "abc");
  std::filesystem::remove(folder / "out.part");
  CHECK(fetch(*source, request("f")).result == outcome::ok);
  CHECK(fetched() == "right");
}
