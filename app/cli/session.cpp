#include "app/cli/session.hpp"

#include "app/cli/terminal.hpp"
#include "net/client/url.hpp"

#include <boost/json/parse.hpp>

namespace tributary::cli {

namespace json = boost::json;

namespace {

constexpr int unauthorized = 401, forbidden = 403;

std::optional<json::value> parsed(const std::string& text) {
  json::error_code why;
  auto value = json::parse(text, why);
  return why ? std::nullopt : std::optional{std::move(value)};
}

/// "The job is not valid: 2 things are wrong" and a line for each.
std::string problem_text(const api_reply& r) {
  const auto body = parsed(r.body);
  const json_view problem{body ? &*body : nullptr};
  auto text = shown(problem["title"].text());
  if (text.empty())
    return "the answer was HTTP status " + std::to_string(r.status);
  const auto& errors = problem["errors"].items();
  if (const auto detail = shown(problem["detail"].text()); !detail.empty())
    text += ": " + detail;
  for (const json_view e : errors) {
    const auto where = e["pointer"].exists() ? e["pointer"].text() : e["parameter"].text();
    text += "\n  " + (where.empty() ? "" : shown(where) + ": ") + shown(e["detail"].text());
  }
  return text;
}

} // namespace

failure explain(const api_reply& refused, const api_endpoint& by) {
  auto text = problem_text(refused);
  if (refused.status == unauthorized && by.token.empty())
    text = "the engine at " + by.url +
           " wants a token: name its state folder with --state, or a file that holds "
           "the token with --token-file, or set TRIBUTARY_TOKEN";
  else if (refused.status == unauthorized)
    text = "the engine at " + by.url + " does not know the token that was sent";
  else if (refused.status == forbidden)
    text += "\n  the token does not allow that; docs/api.md lists which scope each request needs";
  return {exit_refused, text};
}

failure explain(const api_failure& why, const api_endpoint& by) {
  if (why.why == api_failure::cause::bad_url)
    return {exit_usage, why.message};
  if (why.why == api_failure::cause::unreachable)
    return {
        exit_no_engine, "no engine runs at " + by.url + " (" + why.message +
                            ")\n  start one with `tributary run`, or say where it is with --url or --state"};
  return {exit_no_engine, why.message};
}

answer session::ask(const api_request& request) {
  auto got = client_.call(request);
  if (const auto* why = std::get_if<api_failure>(&got))
    throw explain(*why, client_.endpoint());
  auto& reply = std::get<api_reply>(got);
  if (!reply.ok())
    throw explain(reply, client_.endpoint());
  answer a{reply.status, nullptr, std::move(reply.body), std::string{reply.header("ETag")}};
  if (a.raw.empty())
    return a;
  auto body = parsed(a.raw);
  if (!body)
    throw failure(
        exit_no_engine, "what answers at " + client_.endpoint().url + " is no Tributary engine: no JSON");
  a.body = std::move(*body);
  return a;
}

std::string segment(std::string_view name) {
  return client::percent_encode(name, false);
}

} // namespace tributary::cli
