// A provider's settings, made ready for asking: parsed once, then shared by all its transfers. Pure.
#pragma once

#include "config/secrets.hpp"
#include "config/settings.hpp"
#include "net/client/proxy_choice.hpp"
#include "net/client/url.hpp"
#include "policy/time.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tributary::client {

struct http_settings {
  std::string defect; ///< Why nothing can be asked for; "" when it can.
  url base;
  std::string fields;                       ///< Header lines that go to the provider's own origin only.
  bool own_host = false, own_agent = false; ///< `fields` has a Host, a User-Agent.
  std::map<std::string, std::string> params;
  std::vector<std::string> secrets; ///< In `fields`, `params`, or the proxy's: no message may hold them.
  milliseconds timeout{30'000};
  std::optional<std::string> ca_file, health_check_path;
  std::optional<double> bandwidth_limit_mbps;
  std::optional<std::shared_ptr<const proxy_address>>
      proxy; ///< None: the environment decides. Null: directly.
};

/// Looks up the secrets that the settings name.
[[nodiscard]] std::shared_ptr<const http_settings>
prepare(const effective_provider& provider, const secret_source& secrets = {});

/// Do they name any?
[[nodiscard]] bool has_secrets(const effective_provider& provider);

/// Where to ask for a job's path or URL, or what is wrong with that.
[[nodiscard]] std::variant<url, std::string>
address_of(const http_settings& settings, const std::string& path, const std::string& absolute);

/// What an active check asks for: health_check_path (encoded as it is, perhaps with a query) beneath the
/// base, else the base itself.
[[nodiscard]] url check_address_of(const http_settings& settings);

/// A whole request header. `range`: "0-", "5-9", "" for none. `own_origin`: the provider's own fields may be
/// sent along. `asked`: the proxy that is asked for the whole URL (RFC 9112 section 3.2.2), null when the
/// origin is.
[[nodiscard]] std::string request_text(
    const http_settings& settings, const url& target, std::string_view range, bool own_origin,
    const proxy_address* asked = nullptr);

} // namespace tributary::client
