#include "app/daemon.hpp"

#include "app/demo.hpp"
#include "app/descriptor_limit.hpp"
#include "app/log.hpp"
#include "app/scratch_folder.hpp"
#include "app/signals.hpp"
#include "app/state_folder.hpp"
#include "config/settings_file.hpp"
#include "messages/register.hpp"

#include <caf/all.hpp>

#include <atomic>
#include <charconv>
#include <iostream>

namespace tributary {

namespace {

using namespace std::chrono_literals;

constexpr auto idle_poll_interval = 100ms;

/// The settings file of a first start: an empty document, so that there is something to edit and to PUT into.
std::optional<start_error> ensure_settings(const std::filesystem::path& state_dir) {
  if (auto why = make_state_folder(state_dir))
    return why;
  const auto file = state_dir / "settings.json";
  std::error_code unreadable; // Loading it says more.
  if (std::filesystem::exists(file, unreadable) || unreadable)
    return std::nullopt;
  if (auto error = save_settings(file, settings{}); !error.empty())
    return start_error{exit_bad_folder, error};
  log_info("wrote a new settings file without providers: " + file.string());
  return std::nullopt;
}

int refuse(const start_error& why) {
  std::cerr << "tributary: " << why.message << '\n';
  return why.status;
}

queue_counts counts_of(caf::scoped_actor& self, const job_queue_actor& jobs) {
  queue_counts counts;
  self->request(jobs, 5s, stats_atom_v)
      .receive(
          [&](const queue_counts& c) { counts = c; },
          [&](const caf::error& e) {
            log_warning("the job queue did not answer: " + describe(e));
            counts.running = 1; // Not known to be idle.
          });
  return counts;
}

bool idle(const queue_counts& c) {
  return c.queued + c.running + c.waiting == 0;
}

/// Waits for a signal, or for idleness where that ends the run. Returns the exit status so far.
int serve(stop_signals& signals, engine& e, caf::actor_system& system, bool exit_when_idle) {
  caf::scoped_actor self{system};
  for (;;) {
    const auto asked = signals.wait_for(exit_when_idle ? milliseconds{idle_poll_interval} : milliseconds{1h});
    if (asked == wish::stop)
      return exit_ok;
    if (asked == wish::reload)
      e.reload_settings();
    if (!exit_when_idle)
      continue;
    if (const auto now = counts_of(self, e.handles().jobs); idle(now))
      return now.failed + now.cancelled == 0 ? exit_ok : exit_failed;
  }
}

} // namespace

std::variant<gateway_settings, std::string> parse_listen(const std::string& text) {
  const auto wrong = "--listen wants HOST:PORT, as in 127.0.0.1:8000 or [::1]:0; got \"" + text + "\"";
  const auto colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0)
    return wrong;
  gateway_settings made;
  made.host = text.substr(0, colon);
  if (made.host.size() > 2 && made.host.front() == '[' && made.host.back() == ']')
    made.host = made.host.substr(1, made.host.size() - 2);
  const char* first = text.data() + colon + 1;
  const char* last = text.data() + text.size();
  if (auto [end, why] = std::from_chars(first, last, made.port); why != std::errc{} || end != last)
    return wrong;
  return made;
}

int run_daemon(const run_options& options) {
  stop_signals signals; // First: every later thread inherits the blocked signals.
  const auto listen = parse_listen(options.listen);
  if (const auto* wrong = std::get_if<std::string>(&listen))
    return refuse({exit_usage, *wrong});
  raise_descriptor_limit();

  std::optional<scratch_folder> scratch;
  if (options.demo && (options.state.empty() || options.downloads.empty()))
    scratch.emplace("tributary-demo");
  engine_options o;
  o.gateway = std::get<gateway_settings>(listen);
  o.gateway->allow_plain_remote = options.allow_plain_remote;
  o.gateway->allowed_hosts = options.allowed_hosts;
  o.state_dir = !options.state.empty() ? options.state
                : scratch              ? scratch->path() / "state"
                                       : default_state_folder();
  o.downloads_dir = !options.downloads.empty() ? options.downloads
                    : scratch                  ? scratch->path() / "downloads"
                                               : "downloads";
  o.settings_file = options.config;
  if (o.settings_file.empty() && !options.demo) {
    if (auto why = ensure_settings(o.state_dir))
      return refuse(*why);
    o.settings_file = o.state_dir / "settings.json";
  }
  std::unique_ptr<demo> shown;
  if (options.demo) {
    shown = std::make_unique<demo>();
    if (o.settings_file.empty())
      o.initial = shown->settings_document();
  }

  std::atomic<bool> broken = false;
  o.on_broken = [&](const std::string&) { // The log has said why.
    broken = true;
    signals.stop();
  };
  caf::actor_system_config config;
  register_messages(config);
  caf::actor_system system{config};
  auto started = engine::start(system, std::move(o));
  if (const auto* why = std::get_if<start_error>(&started))
    return refuse(*why);
  auto& e = *std::get<std::unique_ptr<engine>>(started);

  const auto url = url_of(std::get<gateway_settings>(listen).host, e.port());
  std::cout << "listening on " << url << std::endl;
  log_info("the admin token is in " + e.admin_token_file().string());
  if (shown)
    shown->begin(system, e, url);

  const int status = serve(signals, e, system, options.exit_when_idle);
  log_info("stopping");
  if (const auto put_back = e.stop(); put_back > 0)
    log_info(std::to_string(put_back) + " running jobs go on at the next start");
  return broken ? exit_failed : status;
}

} // namespace tributary
