#include "app/log.hpp"

#include <caf/all.hpp>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <map>

namespace tributary {

namespace {

std::shared_ptr<spdlog::logger> make_logger() {
  auto made =
      std::make_shared<spdlog::logger>("tributary", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
  made->set_pattern("%Y-%m-%dT%H:%M:%S.%e %^%l%$ %v");
  return made;
}

spdlog::logger& logger() {
  static const auto the = make_logger();
  return *the;
}

event_watcher_actor::behavior_type event_log(event_watcher_actor::pointer) {
  return {[](const std::vector<event_row>& events) {
    for (const auto& e : events)
      logger().info("#{} {} job {} {}", e.number, e.kind, e.job, e.data);
  }};
}

struct standing_log_state {
  standing_log_state() = default;
  std::map<std::string, provider_state> last;
};

standing_watcher_actor::behavior_type
standing_log(standing_watcher_actor::stateful_pointer<standing_log_state> self) {
  return {[self](const provider_standing& s) {
    auto [at, fresh] = self->state.last.try_emplace(s.provider, s.state);
    if (!fresh && at->second == s.state)
      return;
    at->second = s.state;
    const auto level = s.state == provider_state::unavailable ? spdlog::level::warn : spdlog::level::info;
    logger().log(level, "provider {} is {}: {}", s.provider, to_string(s.state), s.reason);
  }};
}

} // namespace

void set_log_level(log_level level) {
  switch (level) {
  case log_level::quiet:
    logger().set_level(spdlog::level::err);
    break;
  case log_level::warning:
    logger().set_level(spdlog::level::warn);
    break;
  case log_level::info:
    logger().set_level(spdlog::level::info);
    break;
  }
}

void log_info(std::string_view line) {
  logger().info("{}", line);
}
void log_warning(std::string_view line) {
  logger().warn("{}", line);
}

log_actors spawn_log_actors(
    caf::actor_system& system, const event_hub_actor& hub, const health_monitor_actor& health,
    std::uint64_t last_event) {
  log_actors made{system.spawn(event_log), system.spawn(standing_log)};
  caf::anon_send(hub, watch_atom_v, made.events, last_event);
  caf::anon_send(health, watch_atom_v, made.standings);
  return made;
}

} // namespace tributary
