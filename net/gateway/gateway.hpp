// The gateway: a small CAF actor that owns the HTTP server's sessions' pending asks, and the server itself.
// The only header of this room that others need.
#pragma once

#include "messages/actors.hpp"
#include "net/gateway/limits.hpp"

#include <caf/actor.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace caf {
class actor_system;
}

namespace tributary {

struct gateway_options {
  std::string host = "127.0.0.1";  ///< An IP address, or "localhost".
  std::uint16_t port = 8000;       ///< 0: any free one.
  bool allow_plain_remote = false; ///< Listen beyond loopback, where tokens travel unencrypted.
  std::filesystem::path state_dir; ///< Exists; tokens.json and admin.token stand in it.
  gateway_limits limits;
  std::vector<std::string>
      allowed_hosts;               ///< Names that a Host header may say, beside loopback ones and `host`.
  std::function<wall_time()> wall; ///< UTC; called on several threads.
  std::function<bool()> ready;     ///< For /readyz; called by the gateway actor. Empty: always.
  std::function<void(std::string_view)>
      log; ///< Warnings for the operator; called on several threads. Empty: dropped.
};

/// Whom the gateway asks.
struct gateway_targets {
  job_queue_actor jobs;
  health_monitor_actor health;
  config_manager_actor config;
  failover_supervisor_actor failover;
  event_hub_actor events;
};

struct running_gateway {
  caf::actor handle; ///< Ending it ends all pending asks and closes the server.
  std::uint16_t port = 0;
  std::filesystem::path admin_token_file; ///< The first start writes the admin token there.
  bool admin_token_created = false;       ///< By this start.
  /// Closes acceptor and sessions, answers what is pending with 503, joins the thread. Idempotent; blocks for
  /// at most limits.stop_grace; not from an actor. Must be called before the actor system ends.
  std::function<void()> stop;
};

struct gateway_error {
  enum class kind : std::uint8_t { cannot_listen, bad_token_files } what = kind::cannot_listen;
  std::string message; ///< For people.
};

/// Listens, but serves nobody yet: who connects waits. Goes away with its last owner.
struct bound_gateway;

/// Makes the admin token on the first start, and binds; or says why not. So that an address in use is known
/// before anything else begins. Blocks for file access.
[[nodiscard]] std::variant<std::shared_ptr<bound_gateway>, gateway_error>
bind_gateway(gateway_options options);

/// Serves. Once for each bound one.
[[nodiscard]] running_gateway
start_gateway(caf::actor_system& system, std::shared_ptr<bound_gateway> bound, gateway_targets targets);

} // namespace tributary
