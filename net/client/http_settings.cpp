// Checks again what a request line or header must never hold, whoever validated the settings before.
#include "net/client/http_settings.hpp"

#include <algorithm>
#include <array>

namespace tributary::client {
namespace {

constexpr std::string_view user_agent = "tributary/" TRIBUTARY_VERSION;

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(
      out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  return out;
}

/// Fields that the client itself must set, or the body could not be understood.
bool is_ours(const std::string& name) {
  constexpr std::array<std::string_view, 9> names{"range",      "if-range",          "accept-encoding",
                                                  "connection", "content-length",    "te",
                                                  "trailer",    "transfer-encoding", "upgrade"};
  return std::ranges::find(names, name) != names.end();
}

bool is_token(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return c > ' ' && c < 0x7F && std::string_view("\"(),/:;<=>?@[\\]{}").find(c) == std::string_view::npos;
  });
}

bool is_field_value(std::string_view value) {
  return std::ranges::none_of(value, [](char c) { return (c >= 0 && c < ' ' && c != '\t') || c == 0x7F; });
}

void add_fields(http_settings& out, const std::map<std::string, std::string>& fields) {
  for (const auto& [name, value] : fields) {
    if (!is_token(name) || !is_field_value(value)) {
      out.defect =
          "the custom header " + (is_token(name) ? name : "with an invalid name") + " cannot be sent";
      return;
    }
    auto known = lower(name);
    if (is_ours(known))
      continue;
    out.own_host |= known == "host";
    out.own_agent |= known == "user-agent";
    out.fields += name + ": " + value + "\r\n";
  }
}

/// The entries with their secrets in place.
std::map<std::string, std::string> resolved(
    http_settings& out, const std::map<std::string, std::string>& entries, const secret_source& secrets) {
  std::map<std::string, std::string> values;
  for (const auto& [name, value] : entries) {
    auto found = resolve_secrets(value, secrets);
    if (!found.why.empty())
      out.defect = std::move(found.why);
    else
      values.emplace(name, std::move(found.text));
  }
  return values;
}

/// What a proxy might say back in an error: its password, as it is and as it is sent.
void keep_secret(http_settings& out, const proxy_address& proxy) {
  if (!proxy.has_credentials)
    return;
  out.secrets.push_back(proxy.password);
  auto sent = proxy_authorization(proxy);
  sent.resize(sent.find_last_not_of("\r\n") + 1);
  out.secrets.push_back(sent.substr(sent.rfind(' ') + 1));
}

void set_proxy(http_settings& out, const secret_value& address) {
  out.proxy = nullptr;
  if (!address.why.empty())
    out.defect = address.why;
  if (!address.why.empty() || address.text == no_proxy_word)
    return;
  auto parsed = parse_proxy(address.text);
  if (auto* why = std::get_if<std::string>(&parsed))
    out.defect = "proxy: " + *why;
  else
    out.proxy = std::make_shared<const proxy_address>(std::get<proxy_address>(std::move(parsed)));
  if (out.proxy && *out.proxy)
    keep_secret(out, **out.proxy);
}

bool leaves_base(std::string_view path) {
  while (!path.empty()) {
    auto slash = path.find('/');
    if (auto part = path.substr(0, slash); part == ".." || part == ".")
      return true;
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
  }
  return false;
}

} // namespace

bool has_secrets(const effective_provider& provider) {
  const auto named = [](const auto& entry) { return !secret_names(entry.second).empty(); };
  return std::ranges::any_of(provider.own.custom_headers, named) ||
         std::ranges::any_of(provider.own.custom_params, named) ||
         !secret_names(provider.own.proxy.value_or("")).empty();
}

std::shared_ptr<const http_settings>
prepare(const effective_provider& provider, const secret_source& secrets) {
  const auto& own = provider.own;
  auto out = std::make_shared<http_settings>();
  auto base = parse_url(own.base_url);
  if (auto* why = std::get_if<std::string>(&base))
    out->defect = "base_url: " + *why;
  else
    out->base = std::get<url>(std::move(base));
  const secret_source noted = [&](const std::string& name) {
    auto found = secrets ? secrets(name) : resolve_secrets("secret://" + name, {});
    if (found.why.empty())
      out->secrets.push_back(found.text);
    return found;
  };
  add_fields(*out, resolved(*out, own.custom_headers, noted));
  out->params = resolved(*out, own.custom_params, noted);
  if (own.proxy)
    set_proxy(*out, resolve_secrets(*own.proxy, noted));
  out->timeout = std::chrono::duration_cast<milliseconds>(
      std::chrono::duration<double>(own.timeout_seconds.value_or(30)));
  out->ca_file = own.ca_file;
  out->health_check_path = own.health_check_path;
  out->bandwidth_limit_mbps = own.bandwidth_limit_mbps;
  return out;
}

std::variant<url, std::string>
address_of(const http_settings& settings, const std::string& path, const std::string& absolute) {
  if (absolute.empty()) {
    if (leaves_base(path))
      return "the path leaves the provider's base";
    return with_params(beneath_base(settings.base, path), settings.params);
  }
  auto parsed = parse_url(mend_reference(absolute));
  if (auto* target = std::get_if<url>(&parsed))
    return with_params(std::move(*target), settings.params);
  return parsed;
}

url check_address_of(const http_settings& settings) {
  auto target = settings.base;
  if (const auto& path = settings.health_check_path) {
    target = beneath_base(settings.base, "");
    target.target.resize(
        std::min(target.target.find('?'), target.target.size())); // The path brings its own query.
    target.target += mend_reference(path->starts_with('/') ? path->substr(1) : *path);
  }
  return with_params(std::move(target), settings.params);
}

std::string request_text(
    const http_settings& settings, const url& target, std::string_view range, bool own_origin,
    const proxy_address* asked) {
  std::string out;
  out.reserve(256 + target.target.size() + settings.fields.size());
  out.append("GET ");
  if (asked)
    out.append(target.scheme).append("://").append(target.authority());
  out.append(target.target).append(" HTTP/1.1\r\n");
  if (!own_origin || !settings.own_host)
    out.append("Host: ").append(target.authority()).append("\r\n");
  if (!own_origin || !settings.own_agent)
    out.append("User-Agent: ").append(user_agent).append("\r\n");
  out.append("Accept-Encoding: identity\r\n");
  if (!range.empty())
    out.append("Range: bytes=").append(range).append("\r\n");
  if (asked)
    out.append(proxy_authorization(*asked));
  if (own_origin)
    out.append(settings.fields);
  return out.append("\r\n");
}

} // namespace tributary::client
