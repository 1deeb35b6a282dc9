// Framing is judged here, strictly: what two readers could understand differently is a defect.
#include "net/client/head_parser.hpp"

#include "net/client/header_values.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>

namespace tributary::client {

namespace http = boost::beast::http;

namespace {

/// Lines end with CR LF (RFC 9112 section 2.2). One that does not would keep the parser waiting for its end.
bool has_bare_line_feed(const boost::beast::flat_buffer& rest) {
  const auto* text = static_cast<const char*>(rest.data().data());
  for (std::size_t i = 0; i < rest.size(); ++i)
    if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r'))
      return true;
  return false;
}

} // namespace

head_parser::head_parser() {
  skip(true); // The body is not its business.
  body_limit(boost::none);
  header_limit(static_cast<std::uint32_t>(header_bytes_max));
}

head_parser::state head_parser::fail(std::string why) {
  head_.defect = std::move(why);
  return state::bad;
}

head_parser::state head_parser::feed(boost::beast::flat_buffer& buffer) {
  error_code failed;
  auto taken = put(buffer.data(), failed);
  buffer.consume(taken);
  consumed_ += taken; // Beast's own limit counts only what is not consumed yet.
  if (failed == http::error::header_limit || consumed_ + (failed ? buffer.size() : 0) > header_bytes_max)
    return fail("the header is larger than 64 KiB");
  if (failed == http::error::need_more)
    return has_bare_line_feed(buffer) ? fail("a line ends with a bare line feed") : state::more;
  if (!head_.defect.empty())
    return state::bad;
  if (failed)
    return fail("not a valid HTTP response (" + failed.message() + ")");
  head_.keep_alive = keep_alive();
  return state::done;
}

void head_parser::on_response_impl(int code, string_view, int version, error_code& failed) {
  head_.status = code;
  old_version_ = version < 11;
  if (code < 100 || code > 999)
    failed = http::error::bad_status;
}

void head_parser::keep(std::string& field, string_view value) {
  if (field.empty())
    field.assign(value.data(), value.size());
}

void head_parser::note_length(string_view value) {
  if (length_seen_)
    head_.defect = "Content-Length is there twice";
  length_seen_ = true;
  head_.content_length = parse_decimal({value.data(), value.size()});
  if (!head_.content_length)
    head_.defect = "Content-Length is not a number";
}

void head_parser::note_coding(string_view value) {
  if (coding_seen_)
    head_.defect = "Transfer-Encoding is there twice";
  coding_seen_ = true;
  if (old_version_) // RFC 9112 section 6.1: whoever wrote it did not know the coding.
    head_.defect = "Transfer-Encoding in an HTTP/1.0 answer";
  head_.chunked = boost::beast::iequals(value, "chunked");
  if (!head_.chunked)
    head_.defect = "the transfer coding is not plain chunked";
}

void head_parser::on_field_impl(http::field name, string_view text, string_view value, error_code&) {
  switch (name) {
  case http::field::content_length:
    note_length(value);
    break;
  case http::field::transfer_encoding:
    note_coding(value);
    break;
  case http::field::content_range:
    keep(head_.content_range, value);
    break;
  case http::field::accept_ranges:
    head_.ranges_accepted = boost::beast::iequals(value, "bytes");
    break;
  case http::field::etag:
    keep(head_.etag, value);
    break;
  case http::field::last_modified:
    keep(head_.last_modified, value);
    break;
  case http::field::location:
    keep(head_.location, value);
    break;
  case http::field::retry_after:
    keep(head_.retry_after, value);
    break;
  case http::field::content_disposition:
    keep(head_.content_disposition, value);
    break;
  case http::field::unknown:
    if (boost::beast::iequals(text, "Repr-Digest"))
      keep(head_.repr_digest, value);
    else if (boost::beast::iequals(text, "Content-Digest"))
      keep(head_.content_digest, value);
    else if (boost::beast::iequals(text, "Digest"))
      keep(head_.digest, value);
    break;
  default:
    break;
  }
  if (length_seen_ && coding_seen_)
    head_.defect = "Content-Length and Transfer-Encoding contradict each other";
}

} // namespace tributary::client
