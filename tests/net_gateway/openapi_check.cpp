#include "tests/net_gateway/openapi_check.hpp"

#include "net/gateway/openapi.hpp"
#include "net/gateway/routes.hpp"
#include "net/gateway/target.hpp"
#include "tests/support/schema_check.hpp"

namespace tributary::testing {

namespace {

namespace json = boost::json;

const schema_check& document() {
  static const schema_check the{gateway::openapi_document(), unnamed_members::refused};
  return the;
}

/// Follows the reference of a response.
const json::object& resolved(const json::object& response) {
  const auto* ref = response.if_contains("$ref");
  if (!ref)
    return response;
  const auto name =
      std::string_view{ref->get_string()}.substr(std::string_view{"#/components/responses/"}.size());
  return document().root().at("components").at("responses").at(name).as_object();
}

std::string media_type(std::string_view content_type) {
  return std::string{content_type.substr(0, content_type.find(';'))};
}

/// A body by the `content` of a request or response.
std::string misfit(const json::object& content, const std::string& type, std::string_view body) {
  const auto* described = content.if_contains(type);
  if (!described)
    described = content.if_contains(type.substr(0, type.find('/')) + "/*");
  if (!described)
    return "no " + type + " is described";
  if (!type.ends_with("json"))
    return {};
  boost::system::error_code why;
  const auto parsed = json::parse({body.data(), body.size()}, why);
  if (why || !document().fits(parsed, described->at("schema")))
    return "does not fit " + json::serialize(described->at("schema")) + ": " + std::string{body};
  return {};
}

/// The others may come of any request: a bad query, no token, a full queue.
bool is_of_the_operation(int status) {
  return status == 404 || status == 409 || status == 412 || status == 422;
}

std::string lower_case(std::string_view method) {
  std::string out{method};
  for (auto& c : out)
    c = static_cast<char>(c | 0x20);
  return out;
}

} // namespace

std::string undocumented(
    std::string_view method, std::string_view target, std::string_view body, const http_reply& reply) {
  const auto parts = gateway::split_target(target);
  const auto routed = parts ? gateway::match(method, parts->segments) : gateway::route_match{};
  if (!routed.found)
    return {};
  const auto& described = document()
                              .root()
                              .at("paths")
                              .at(routed.found->pattern)
                              .at(lower_case(routed.found->method))
                              .as_object();
  const auto& responses = described.at("responses").as_object();
  const auto* given = responses.if_contains(std::to_string(reply.status));
  if (!given && (reply.status < 400 || is_of_the_operation(reply.status)))
    return "the status is not described";
  const auto& response = resolved((given ? *given : responses.at("default")).as_object());
  for (const auto* field :
       {"ETag", "Location", "Idempotency-Replayed", "Retry-After", "Allow", "WWW-Authenticate"})
    if (!reply.header(field).empty() && !response.at("headers").as_object().contains(field))
      return std::string{field} + " is not described";
  const auto type = media_type(reply.header("Content-Type"));
  if (method != "HEAD")
    if (auto why = misfit(response.at("content").as_object(), type, reply.body); !why.empty())
      return "the answer: " + why;
  if (const auto* takes = described.if_contains("requestBody"); takes && reply.status < 300 && !body.empty())
    if (auto why = misfit(takes->at("content").as_object(), "application/json", body); !why.empty())
      return "a request that was accepted: " + why;
  return {};
}

} // namespace tributary::testing
