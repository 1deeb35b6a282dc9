// A response, header and body, as a peer may send it: however it is cut up, it must be understood in one way.
#include "tests/fuzz/property.hpp"

#include "net/client/body_framing.hpp"
#include "net/client/head_parser.hpp"

#include <cstring>
#include <string>
#include <vector>

using namespace tributary::client;
using tributary::fuzz::must;
using tributary::fuzz::piecewise;

namespace {

struct understood {
  head_parser::state head = head_parser::state::more;
  response_head facts;
  body_framing::state framing = body_framing::state::more;
  std::string body;
  std::size_t taken = 0; ///< Bytes of header and body.
};

void append(boost::beast::flat_buffer& buffer, std::string_view bytes) {
  auto into = buffer.prepare(bytes.size());
  std::memcpy(into.data(), bytes.data(), bytes.size());
  buffer.commit(bytes.size());
}

understood read(piecewise input) {
  understood out;
  head_parser parser;
  boost::beast::flat_buffer buffer;
  while (!input.text.empty() && out.head == head_parser::state::more) {
    auto bytes = input.next();
    append(buffer, bytes);
    out.taken += bytes.size();
    out.head = parser.feed(buffer);
  }
  out.facts = parser.head();
  if (out.head != head_parser::state::done)
    return out;
  body_framing framing{out.facts};
  out.taken -= buffer.size();
  auto pending = std::string(static_cast<const char*>(buffer.data().data()), buffer.size());
  for (; framing.at() == body_framing::state::more; pending = input.next()) {
    auto bytes = std::as_writable_bytes(std::span(pending));
    auto step = framing.take(bytes);
    must(step.body <= step.consumed, "a body is no longer than what was consumed for it");
    must(step.consumed <= bytes.size(), "no more is consumed than was given");
    must(
        step.consumed == bytes.size() || framing.at() != body_framing::state::more,
        "all is consumed while more is wanted");
    out.body.append(pending, 0, step.body);
    out.taken += step.consumed;
    if (input.text.empty())
      break;
  }
  out.framing = framing.at();
  return out;
}

void check(const understood& x) {
  if (x.head == head_parser::state::bad)
    must(!x.facts.defect.empty(), "a refused header says why");
  if (x.head != head_parser::state::done)
    return;
  must(x.facts.status >= 100 && x.facts.status <= 999, "a status has three digits");
  must(x.facts.defect.empty(), "an accepted header has no defect");
  must(!(x.facts.chunked && x.facts.content_length), "one framing at most");
  if (x.facts.content_length)
    must(x.body.size() <= *x.facts.content_length, "no more body than announced");
  for (const auto* field : {&x.facts.etag, &x.facts.location, &x.facts.content_range, &x.facts.retry_after})
    must(
        field->find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos,
        "no line break within a value");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  piecewise cut_up{data, size}, whole{data, size};
  whole.piece = SIZE_MAX;
  auto a = read(cut_up), b = read(whole);
  check(a);
  check(b);
  // A header that is bad and not complete may be called so earlier or later, but never accepted.
  constexpr auto done = head_parser::state::done;
  must((a.head == done) == (b.head == done), "the header's fate does not depend on how it arrives");
  if (a.head != done)
    return 0;
  must(a.framing == b.framing, "the body's fate does not depend on how it arrives");
  must(a.body == b.body, "the body does not depend on how it arrives");
  must(a.taken == b.taken, "the end does not depend on how it arrives");
  must(
      a.facts.etag == b.facts.etag && a.facts.location == b.facts.location &&
          a.facts.content_length == b.facts.content_length && a.facts.keep_alive == b.facts.keep_alive,
      "the facts do not depend on how they arrive");
  return 0;
}
