// The engine: builds the whole graph of actors inside an actor system, and stops it again. This is the
// embedding API (docs/embedding.md); the daemon is a thin main() around it.
#pragma once

#include "actors/provider_factory.hpp"
#include "app/exit_status.hpp"
#include "config/secrets.hpp"
#include "config/settings.hpp"
#include "messages/actors.hpp"
#include "messages/register.hpp"
#include "net/client/loader.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tributary {

struct gateway_settings {
  std::string host = "127.0.0.1";
  std::uint16_t port = 8000;       ///< 0: any free one; ask engine::port().
  bool allow_plain_remote = false; ///< Listen beyond loopback without TLS.
  std::vector<std::string>
      allowed_hosts; ///< Names that a Host header may say, beside addresses of this machine.
};

/// Your own in place of what is built in: looked for by the provider's name, else by its kind. The origins
/// that jobs name by URL are providers of kind http.
template <class Factory>
struct plugs {
  std::map<std::string, Factory, std::less<>> by_name;
  std::map<provider_kind, Factory> by_kind;
};

struct engine_options {
  std::filesystem::path state_dir;     ///< Journal, tokens, lock. Made when missing.
  std::filesystem::path downloads_dir; ///< All outputs are relative to it. Made when missing.
  std::filesystem::path
      settings_file; ///< The live document; "" : `initial` is used and changes are not kept.
  settings initial;
  bool watch_settings_file = true;         ///< Edits of the file are taken over; else only when asked to.
  std::optional<gateway_settings> gateway; ///< None: no HTTP, only messages.
  secret_source secrets;         ///< For secret://NAME; empty: files in STATE/secrets, else the environment.
  plugs<loader_factory> loaders; ///< How bytes are fetched; the engine makes the actor around it.
  plugs<provider_factory> providers; ///< The whole provider actor; comes before `loaders`.
  unsigned transfer_threads = 1;
  /// What is acknowledged survives a power cut; false: only the sudden end of this process, which is cheaper.
  bool survives_power_cut = true;
  /// Told why when a part of the engine has broken down: it cannot go on, /readyz says 503, and the way back
  /// is stop() and a new start, which goes on from the journal. Called at most once, on a thread of the actor
  /// system; must not block, nor stop the engine itself.
  std::function<void(const std::string& why)> on_broken;
};

/// "http://HOST:PORT" for people and clients; an IPv6 address in brackets.
[[nodiscard]] std::string url_of(const std::string& host, std::uint16_t port);

/// Everything that can be told something. Handles stay valid (if dead) after stop().
struct engine_handles {
  job_queue_actor jobs;
  health_monitor_actor health;
  config_manager_actor config;
  failover_supervisor_actor failover;
  event_hub_actor events;
};

/// Not thread-safe: one thread starts, asks and stops it. The actor system must outlive it, and
/// register_messages must have been called on the system's configuration.
class engine {
public:
  /// Blocks until everything runs (unfinished jobs of an earlier engine go on at once), or says why not.
  [[nodiscard]] static std::variant<std::unique_ptr<engine>, start_error>
  start(caf::actor_system& system, engine_options options);

  /// Stops as stop() does.
  ~engine();
  engine(const engine&) = delete;
  engine& operator=(const engine&) = delete;

  /// Gateway first, then running jobs (put back with what is durable), providers, store; at most 10 s. Leaves
  /// no actor, thread or descriptor behind. Idempotent. Returns how many jobs were put back.
  std::uint32_t stop();

  /// Reads the settings file again and takes it over, all or nothing; what is wrong with it goes to the log.
  /// Returns at once.
  void reload_settings();

  [[nodiscard]] const engine_handles& handles() const noexcept;
  [[nodiscard]] std::uint16_t port() const noexcept;            ///< 0 without a gateway.
  [[nodiscard]] std::filesystem::path admin_token_file() const; ///< Where the admin token stands.

private:
  struct parts;
  explicit engine(std::unique_ptr<parts> p);
  std::unique_ptr<parts> parts_;
};

} // namespace tributary
