// Matches paths against the route table.
#include "net/gateway/routes.hpp"

namespace tributary::gateway {

namespace {

bool binds(std::string_view pattern_segment) {
  return pattern_segment.starts_with('{');
}

/// Does the pattern match, and what did it bind?
std::optional<std::vector<std::string>>
bind(std::string_view pattern, std::span<const std::string> segments) {
  std::vector<std::string> params;
  std::size_t i = 0;
  while (!pattern.empty()) {
    pattern.remove_prefix(1); // The "/" before each segment.
    const auto wanted = pattern.substr(0, pattern.find('/'));
    pattern.remove_prefix(wanted.size());
    if (i == segments.size() || (binds(wanted) ? segments[i].empty() : segments[i] != wanted))
      return std::nullopt;
    if (binds(wanted))
      params.push_back(segments[i]);
    ++i;
  }
  if (i != segments.size())
    return std::nullopt;
  return params;
}

} // namespace

std::string_view to_string(scope x) noexcept {
  switch (x) {
  case scope::read:
    return "read";
  case scope::operate:
    return "operate";
  case scope::admin:
    return "admin";
  }
  return "read";
}

std::optional<scope> scope_from(std::string_view name) noexcept {
  for (auto x : {scope::read, scope::operate, scope::admin})
    if (to_string(x) == name)
      return x;
  return std::nullopt;
}

route_match match(std::string_view method, std::span<const std::string> segments) {
  route_match m;
  std::string_view pattern; // The one that the path belongs to.
  for (const auto& r : routes) {
    if (pattern.empty()) {
      auto bound = bind(r.pattern, segments);
      if (!bound)
        continue;
      pattern = r.pattern;
      m.params = std::move(*bound);
    } else if (r.pattern != pattern) {
      continue;
    }
    const bool get = r.method == "GET";
    if (r.method == method || (get && method == "HEAD"))
      m.found = &r;
    m.allow.append(m.allow.empty() ? "" : ", ").append(get ? "GET, HEAD" : r.method);
  }
  return m;
}

} // namespace tributary::gateway
