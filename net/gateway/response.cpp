// Writes heads of responses.
#include "net/gateway/response.hpp"

namespace tributary::gateway {

std::string_view reason_of(int status) noexcept {
  switch (status) {
  case 200:
    return "OK";
  case 201:
    return "Created";
  case 202:
    return "Accepted";
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
  case 408:
    return "Request Timeout";
  case 409:
    return "Conflict";
  case 412:
    return "Precondition Failed";
  case 413:
    return "Content Too Large";
  case 415:
    return "Unsupported Media Type";
  case 421:
    return "Misdirected Request";
  case 422:
    return "Unprocessable Content";
  case 431:
    return "Request Header Fields Too Large";
  case 500:
    return "Internal Server Error";
  case 501:
    return "Not Implemented";
  case 503:
    return "Service Unavailable";
  case 504:
    return "Gateway Timeout";
  case 505:
    return "HTTP Version Not Supported";
  default:
    return "";
  }
}

namespace {

void field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

} // namespace

std::string render_head(const response& r, const response_frame& frame) {
  std::string out;
  out.reserve(512);
  out.append("HTTP/1.1 ")
      .append(std::to_string(r.status))
      .append(" ")
      .append(reason_of(r.status))
      .append("\r\n");
  field(out, "Content-Type", r.content_type);
  if (!r.resume)
    field(out, "Content-Length", std::to_string(r.body.size()));
  else if (!frame.http_1_0)
    field(out, "Transfer-Encoding", "chunked");
  field(out, "Connection", frame.keep_alive ? "keep-alive" : "close");
  if (!frame.date.empty())
    field(out, "Date", frame.date);
  field(out, "X-Request-Id", frame.request_id);
  field(out, "Cache-Control", "no-store");
  field(out, "X-Content-Type-Options", "nosniff");
  for (const auto& [name, value] : r.headers)
    field(out, name, value);
  out.append("\r\n");
  return out;
}

} // namespace tributary::gateway
