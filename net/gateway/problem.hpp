// What went wrong, said in RFC 9457 bodies: a stable code for programs, a sentence for people.
#pragma once

#include "config/complaint.hpp"
#include "net/gateway/response.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tributary::gateway {

/// One kind of problem; `code` is the end of its `type` URI and never changes.
struct problem_kind {
  int status = 500;
  std::string_view code, title;
};

namespace kinds {
inline constexpr problem_kind malformed_request{
    400, "malformed_request", "The request is not well-formed HTTP"};
inline constexpr problem_kind malformed_json{400, "malformed_json", "The body is not well-formed JSON"};
inline constexpr problem_kind bad_query{400, "bad_query", "The query string is not valid"};
inline constexpr problem_kind unauthorized{401, "unauthorized", "A valid bearer token is needed"};
inline constexpr problem_kind missing_scope{403, "missing_scope", "The token may not do this"};
inline constexpr problem_kind foreign_origin{
    403, "foreign_origin", "Changes from another origin are refused"};
inline constexpr problem_kind no_such_route{404, "no_such_route", "There is nothing at this path"};
inline constexpr problem_kind unknown_job{404, "unknown_job", "No such job"};
inline constexpr problem_kind unknown_provider{404, "unknown_provider", "No such provider"};
inline constexpr problem_kind not_in_chain{404, "not_in_chain", "The provider is not in the chain"};
inline constexpr problem_kind unknown_revision{404, "unknown_revision", "No such revision is kept"};
inline constexpr problem_kind unknown_item{404, "unknown_item", "No such catalogue item"};
inline constexpr problem_kind wrong_method{405, "wrong_method", "This path does not take that method"};
inline constexpr problem_kind too_slow{408, "too_slow", "The request did not arrive in time"};
inline constexpr problem_kind conflict{409, "conflict", "Another unfinished job writes the same output"};
inline constexpr problem_kind wrong_state{409, "wrong_state", "The job cannot do that in its present state"};
inline constexpr problem_kind provider_exists{
    409, "provider_exists", "There is a provider of that name already"};
inline constexpr problem_kind file_changed{
    409, "file_changed", "The settings file was edited and is not valid"};
inline constexpr problem_kind stale{412, "stale", "The settings have changed since"};
inline constexpr problem_kind body_too_large{413, "body_too_large", "The body is too large"};
inline constexpr problem_kind wrong_content_type{
    415, "wrong_content_type", "The body must be application/json"};
inline constexpr problem_kind wrong_host{421, "wrong_host", "This server does not answer for that host"};
inline constexpr problem_kind invalid_job{422, "invalid_job", "The job is not valid"};
inline constexpr problem_kind key_reused{
    422, "key_reused", "The Idempotency-Key was used for another request"};
inline constexpr problem_kind invalid_settings{422, "invalid_settings", "The settings are not valid"};
inline constexpr problem_kind header_too_large{431, "header_too_large", "The header is too large"};
inline constexpr problem_kind internal{500, "internal", "Something went wrong inside"};
inline constexpr problem_kind not_implemented{
    501, "not_implemented", "That transfer coding is not supported"};
inline constexpr problem_kind none_available{503, "none_available", "No provider is usable now"};
inline constexpr problem_kind overloaded{503, "overloaded", "Too much is waiting already"};
inline constexpr problem_kind shutting_down{503, "shutting_down", "The engine is stopping"};
inline constexpr problem_kind store_failed{503, "store_failed", "The journal could not be written"};
inline constexpr problem_kind no_provider{503, "no_provider", "No provider could answer"};
inline constexpr problem_kind no_answer{504, "no_answer", "The engine did not answer in time"};
inline constexpr problem_kind wrong_version{505, "wrong_version", "Only HTTP/1.0 and HTTP/1.1 are spoken"};
} // namespace kinds

/// One entry of `errors`.
struct problem_error {
  std::string where; ///< JSON pointer into the body, or the name of a query parameter.
  std::string detail;
  bool in_query = false; ///< Then written as "parameter" instead of "pointer".
};

struct problem {
  problem_kind kind;
  std::string detail; ///< For people, about this occurrence.
  std::vector<problem_error> errors{};
  header_list headers{}; ///< Allow, WWW-Authenticate, Retry-After.
};

[[nodiscard]] problem invalid(problem_kind kind, const complaints& wrong);
[[nodiscard]] problem overloaded(std::string detail);
[[nodiscard]] problem shutting_down();

/// Adds Retry-After.
[[nodiscard]] problem retry_later(problem p, int seconds);

[[nodiscard]] response render(const problem& p, std::string_view request_id);

} // namespace tributary::gateway
