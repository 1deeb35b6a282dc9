// Problems as application/problem+json.
#include "net/gateway/problem.hpp"

#include "net/gateway/json_text.hpp"

#include <boost/json.hpp>

namespace tributary::gateway {

namespace {

constexpr int retry_when_full_seconds = 1;
constexpr int retry_when_stopping_seconds = 5;

} // namespace

problem invalid(problem_kind kind, const complaints& wrong) {
  problem p{
      kind, wrong.size() == 1 ? wrong.front().message : std::to_string(wrong.size()) + " things are wrong"};
  for (const auto& c : wrong)
    p.errors.push_back({c.pointer, c.message});
  return p;
}

problem overloaded(std::string detail) {
  return retry_later({kinds::overloaded, std::move(detail)}, retry_when_full_seconds);
}

problem shutting_down() {
  return retry_later(
      {kinds::shutting_down, "The engine stopped before this was answered."}, retry_when_stopping_seconds);
}

problem retry_later(problem p, int seconds) {
  p.headers.emplace_back("Retry-After", std::to_string(seconds));
  return p;
}

response render(const problem& p, std::string_view request_id) {
  boost::json::object body;
  body["type"] = "urn:tributary:problem:" + std::string{p.kind.code};
  body["title"] = p.kind.title;
  body["status"] = p.kind.status;
  body["detail"] = p.detail;
  if (!p.errors.empty()) {
    auto& errors = body["errors"].emplace_array();
    for (const auto& e : p.errors)
      errors.push_back(
          boost::json::object{{e.in_query ? "parameter" : "pointer", e.where}, {"detail", e.detail}});
  }
  body["request_id"] = request_id;
  return {p.kind.status, "application/problem+json", p.headers, json_text(body)};
}

} // namespace tributary::gateway
