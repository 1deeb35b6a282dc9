#include "app/log.hpp"

#include "app/background_sink.hpp"
#include "app/log_line.hpp"
#include "app/stderr_sink.hpp"

#include <caf/all.hpp>
#include <spdlog/spdlog.h>

#include <chrono>
#include <memory>

namespace tributary {

namespace {

/// How long the end of the process waits for its last lines to be written.
constexpr std::chrono::seconds last_lines_wait{1};

/// Never blocks who logs, nor the end of the process for long.
class output {
public:
  output() { logger_.set_pattern("%Y-%m-%dT%H:%M:%S.%e %^%l%$ %v"); }
  ~output() { sink_->drain(last_lines_wait); }
  output(const output&) = delete;
  output& operator=(const output&) = delete;

  spdlog::logger& logger() { return logger_; }

private:
  std::shared_ptr<background_sink> sink_ = std::make_shared<background_sink>(std::make_shared<stderr_sink>());
  spdlog::logger logger_{"tributary", sink_};
};

spdlog::logger& logger() {
  static output the;
  return the.logger();
}

event_watcher_actor::behavior_type event_log(event_watcher_actor::pointer) {
  return {[](const std::vector<event_row>& events) {
    for (const auto& e : events)
      logger().log(is_warning(e) ? spdlog::level::warn : spdlog::level::info, log_line(e));
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

event_watcher_actor
spawn_event_log(caf::actor_system& system, const event_hub_actor& hub, std::uint64_t last_event) {
  auto log = system.spawn(event_log);
  caf::anon_send(hub, watch_atom_v, log, last_event);
  return log;
}

} // namespace tributary
