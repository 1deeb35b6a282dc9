// The checks between a head and its handler, in the order in which they are answered.
#include "net/gateway/admission.hpp"

#include "net/gateway/target.hpp"
#include "net/gateway/text.hpp"

namespace tributary::gateway {

namespace {

/// "Example.org:80" -> "example.org", "[::1]:80" -> "::1"; "" when it is neither.
std::string host_name(std::string_view authority) {
  std::string name;
  if (authority.starts_with('[')) {
    const auto end = authority.find(']');
    if (end == std::string_view::npos)
      return "";
    name = authority.substr(1, end - 1);
    authority.remove_prefix(end + 1);
  } else {
    name = authority.substr(0, authority.find(':'));
    authority.remove_prefix(name.size());
  }
  if (authority.starts_with(':'))
    authority.remove_prefix(1);
  if (authority.find_first_not_of("0123456789") != std::string_view::npos)
    return "";
  std::ranges::transform(name, name.begin(), lower);
  return name;
}

/// A page of this server itself says http://HOST, or https://HOST behind a TLS proxy.
bool same_origin(std::string_view origin, std::string_view host) {
  for (std::string_view scheme : {"http://", "https://"})
    if (equal_ignoring_case(origin.substr(0, scheme.size()), scheme))
      return equal_ignoring_case(origin.substr(scheme.size()), host);
  return false;
}

bool changes_state(std::string_view method) {
  return method != "GET" && method != "HEAD";
}

/// Is the name one of those, which are separated by spaces?
bool knows(std::string_view names, std::string_view name) {
  while (!names.empty()) {
    const auto end = names.find(' ');
    if (names.substr(0, end) == name)
      return true;
    names = end == std::string_view::npos ? std::string_view{} : names.substr(end + 1);
  }
  return false;
}

/// Unknown and repeated names, all of them.
std::vector<problem_error> query_errors(const query_params& params, std::string_view known) {
  std::vector<problem_error> errors;
  for (std::size_t i = 0; i < params.size(); ++i) {
    const auto& name = params[i].first;
    const auto same_name = [&](const auto& p) { return p.first == name; };
    const auto here = params.begin() + static_cast<std::ptrdiff_t>(i);
    if (name.empty() || !knows(known, name))
      errors.push_back(
          {name, known.empty() ? "this path takes no query" : "unknown; known are: " + std::string{known},
           true});
    else if (std::find_if(params.begin(), here, same_name) != here)
      errors.push_back({name, "given more than once", true});
  }
  return errors;
}

} // namespace

admission::admission(
    authenticator auth, std::vector<std::string> hosts, const gateway_limits& limits,
    std::shared_ptr<const std::atomic<bool>> metrics_open)
    : auth_(std::move(auth)),
      hosts_{"localhost", "127.0.0.1", "::1"},
      body_bytes_max_(limits.body_bytes_max),
      metrics_open_(std::move(metrics_open)) {
  for (auto& h : hosts) {
    std::ranges::transform(h, h.begin(), lower);
    hosts_.push_back(h.starts_with('[') && h.ends_with(']') ? h.substr(1, h.size() - 2) : std::move(h));
  }
}

std::variant<request, problem> admission::check(const request_head& head) const {
  const auto target = split_target(head.target);
  if (!target)
    return problem{kinds::malformed_request, "The request target is not a path with valid percent escapes."};
  if (auto refused = check_host(head, target->authority))
    return *std::move(refused);

  auto routed = match(head.method, target->segments);
  if (!routed.found && routed.allow.empty())
    return problem{kinds::no_such_route, "The paths of this API are in docs/api.md."};
  if (!routed.found)
    return problem{
        kinds::wrong_method, "This path takes " + routed.allow + ".", {}, {{"Allow", routed.allow}}};

  request r;
  r.what = routed.found->what;
  r.params = std::move(routed.params);
  if (!is_open(*routed.found)) {
    auto checked = auth_.check(head.authorization, *routed.found->needs);
    if (auto* refused = std::get_if<problem>(&checked))
      return std::move(*refused);
    r.caller = std::get<const token_entry*>(checked)->name;
  }
  const auto host = target->authority.empty() ? head.host : target->authority;
  if (changes_state(head.method) && !head.origin.empty() && !same_origin(head.origin, host))
    return problem{kinds::foreign_origin, "The Origin header does not name this server."};

  auto query = parse_query(target->query);
  if (!query)
    return problem{kinds::bad_query, "The query holds a bad percent escape."};
  if (auto errors = query_errors(*query, routed.found->query); !errors.empty())
    return problem{
        kinds::bad_query, "The query parameter \"" + errors.front().where + "\" is wrong.",
        std::move(errors)};
  r.query = std::move(*query);
  if (auto refused = check_body(head))
    return *std::move(refused);
  return r;
}

bool admission::is_open(const route& r) const {
  return !r.needs || (r.what == action::metrics && metrics_open_ && *metrics_open_);
}

std::optional<problem> admission::check_host(const request_head& head, std::string_view authority) const {
  if (head.host_fields > 1 || (head.host_fields == 0 && !head.http_1_0))
    return problem{kinds::malformed_request, "There must be one Host header."};
  const auto allowed = [&](std::string_view named) {
    const auto name = host_name(named);
    return std::ranges::find(hosts_, name) != hosts_.end() || (!name.empty() && name == head.local_address);
  };
  if ((head.host_fields == 1 && !allowed(head.host)) || (!authority.empty() && !allowed(authority)))
    return problem{kinds::wrong_host, "The Host header is neither a loopback name nor one that was allowed."};
  return std::nullopt;
}

std::optional<problem> admission::check_body(const request_head& head) const {
  if (!head.transfer_encoding.empty() && !equal_ignoring_case(trim(head.transfer_encoding), "chunked"))
    return problem{kinds::not_implemented, "The only transfer coding is chunked."};
  if (!head.has_body)
    return std::nullopt;
  const auto media_type = trim(head.content_type.substr(0, head.content_type.find(';')));
  if (!equal_ignoring_case(media_type, "application/json"))
    return problem{kinds::wrong_content_type, "Send the body with \"Content-Type: application/json\"."};
  if (!head.content_encoding.empty() && !equal_ignoring_case(trim(head.content_encoding), "identity"))
    return problem{kinds::wrong_content_type, "Send the body without a Content-Encoding."};
  if (head.content_length && *head.content_length > body_bytes_max_)
    return problem{kinds::body_too_large, "A body may have " + std::to_string(body_bytes_max_) + " bytes."};
  return std::nullopt;
}

} // namespace tributary::gateway
