// The rules for each status that a download can meet; DESIGN.md sections 5 and 6.
#include "net/client/answer_rules.hpp"

#include "messages/job_limits.hpp"
#include "net/client/header_values.hpp"

namespace tributary::client {
namespace {

ruling failed(source_facts facts, fault cause, std::string message) {
  ruling out;
  out.cause = cause;
  out.message = std::move(message);
  out.facts = std::move(facts);
  return out;
}

std::string sha256_of(const response_head& head) {
  auto found = sha256_from_digest_field(head.repr_digest);
  if (found.empty())
    found = sha256_from_digest_field(head.digest);
  if (found.empty() &&
      head.status == 200) // Content-Digest is of this very body: the file's only when that is whole.
    found = sha256_from_digest_field(head.content_digest);
  return found;
}

source_facts facts_of(const response_head& head) {
  source_facts out;
  out.status = head.status;
  out.ranges = head.status == 206 || head.ranges_accepted;
  if (head.status != 200 && head.status != 206)
    return out;
  out.identity.etag = strong_etag(head.etag);
  out.identity.digest = sha256_of(head);
  out.identity.last_modified = head.last_modified;
  out.file_name = file_name_from_disposition(head.content_disposition);
  return out;
}

/// Nothing when the bytes at hand and those on offer may be mixed.
std::optional<ruling> why_not_mixed(const question& q, const source_facts& facts) {
  if (!q.expected)
    return std::nullopt;
  switch (compare(*q.expected, facts.identity, q.digest_known, q.expected_by)) {
  case mixing::same:
    return std::nullopt;
  case mixing::different:
    return failed(facts, fault::other_identity, "the file on offer is not the one begun with");
  case mixing::unproven:
    break;
  }
  return failed(facts, fault::unproven, "nothing proves that the file on offer is the one begun with");
}

/// Nothing when its bytes may be taken.
std::optional<ruling> why_not_taken(const question& q, const source_facts& facts) {
  if (const auto size = facts.identity.size.value_or(0); size > resource_bytes_max)
    return failed(
        facts, fault::malformed,
        "a file of " + std::to_string(size) + " bytes, more than any can have, is on offer");
  return why_not_mixed(q, facts);
}

ruling decide_whole(const question& q, const response_head& head, source_facts facts) {
  if (!head.chunked)
    facts.identity.size = head.content_length;
  if (auto refused = why_not_taken(q, facts))
    return *std::move(refused);
  if (facts.identity.size && *facts.identity.size < q.offset)
    return failed(
        std::move(facts), fault::other_identity, "the file on offer is shorter than what is here already");
  ruling out;
  out.what = ruling::kind::take;
  out.skip = q.offset;
  out.body_end = facts.identity.size;
  out.facts = std::move(facts);
  return out;
}

ruling decide_part(const question& q, const response_head& head, source_facts facts) {
  auto range = parse_content_range(head.content_range);
  if (!range || !range->first)
    return failed(std::move(facts), fault::false_range, "a part was sent without a valid Content-Range");
  facts.identity.size = range->size ? range->size : q.size;
  if (*range->first != q.offset)
    return failed(
        std::move(facts), fault::false_range,
        "asked from byte " + std::to_string(q.offset) + ", was sent from " + std::to_string(*range->first));
  if (!head.chunked && head.content_length && *head.content_length != *range->last - *range->first + 1)
    return failed(
        std::move(facts), fault::false_range, "Content-Range and Content-Length contradict each other");
  if (*range->last >= q.end)
    return failed(
        std::move(facts), fault::false_range,
        "asked up to byte " + std::to_string(q.end - 1) + ", was sent up to " + std::to_string(*range->last));
  if (!range->size && q.size && *range->last >= *q.size)
    return failed(
        std::move(facts), fault::false_range,
        "the file on offer has more than the " + std::to_string(*q.size) + " bytes asked for");
  if (auto refused = why_not_taken(q, facts))
    return *std::move(refused);
  if (!facts.identity.size && q.end == open_end) // A part may end anywhere: no end of the file would show.
    return failed(std::move(facts), fault::false_range, "a part was sent without the size of the whole file");
  ruling out;
  out.what = ruling::kind::take;
  out.body_end = *range->last + 1;
  out.facts = std::move(facts);
  return out;
}

ruling decide_unsatisfiable(const question& q, const response_head& head, source_facts facts) {
  auto range = parse_content_range(head.content_range);
  if (range)
    facts.identity.size = range->size;
  if (range && range->size == q.offset) {
    if (q.expected && q.expected->size && *q.expected->size != q.offset)
      return failed(std::move(facts), fault::other_identity, "the file on offer has another size");
    ruling out;
    out.what = ruling::kind::complete;
    out.facts = std::move(facts);
    return out;
  }
  return failed(
      std::move(facts), fault::range_refused,
      "nothing to send from byte " + std::to_string(q.offset) + " on");
}

} // namespace

ruling judge(const question& q, const response_head& head) {
  auto facts = facts_of(head);
  if (!head.defect.empty())
    return failed(std::move(facts), fault::malformed, head.defect);
  if (head.status == 200)
    return decide_whole(q, head, std::move(facts));
  if (head.status == 206)
    return decide_part(q, head, std::move(facts));
  if (head.status == 416)
    return decide_unsatisfiable(q, head, std::move(facts));
  auto reason = std::string(reason_of(head.status));
  return failed(
      std::move(facts), fault::status,
      "HTTP " + std::to_string(head.status) + (reason.empty() ? "" : " ") + reason);
}

bool is_redirect(const response_head& head) noexcept {
  auto s = head.status;
  return (s == 301 || s == 302 || s == 303 || s == 307 || s == 308) && !head.location.empty();
}

std::string_view reason_of(int status) noexcept {
  switch (status) {
  case 204:
    return "No Content";
  case 300:
    return "Multiple Choices";
  case 301:
    return "Moved Permanently";
  case 302:
    return "Found";
  case 303:
    return "See Other";
  case 304:
    return "Not Modified";
  case 307:
    return "Temporary Redirect";
  case 308:
    return "Permanent Redirect";
  case 400:
    return "Bad Request";
  case 401:
    return "Unauthorized";
  case 403:
    return "Forbidden";
  case 404:
    return "Not Found";
  case 405:
    return "Method Not Allowed";
  case 406:
    return "Not Acceptable";
  case 407:
    return "Proxy Authentication Required";
  case 408:
    return "Request Timeout";
  case 410:
    return "Gone";
  case 416:
    return "Range Not Satisfiable";
  case 421:
    return "Misdirected Request";
  case 425:
    return "Too Early";
  case 429:
    return "Too Many Requests";
  case 451:
    return "Unavailable For Legal Reasons";
  case 500:
    return "Internal Server Error";
  case 501:
    return "Not Implemented";
  case 502:
    return "Bad Gateway";
  case 503:
    return "Service Unavailable";
  case 504:
    return "Gateway Timeout";
  default:
    return "";
  }
}

} // namespace tributary::client
