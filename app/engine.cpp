#include "app/engine.hpp"

#include "actors/config_manager.hpp"
#include "actors/crash.hpp"
#include "actors/event_hub.hpp"
#include "actors/failover_supervisor.hpp"
#include "actors/health_monitor.hpp"
#include "actors/job_queue.hpp"
#include "actors/job_store.hpp"
#include "actors/monitored_provider.hpp"
#include "actors/provider.hpp"
#include "app/actor_guard.hpp"
#include "app/file_watch.hpp"
#include "app/log.hpp"
#include "app/state_folder.hpp"
#include "config/settings_file.hpp"
#include "net/client/transfer_threads.hpp"
#include "net/gateway/gateway.hpp"
#include "store/journal.hpp"

#include <caf/all.hpp>

#include <atomic>
#include <map>
#include <random>

namespace tributary {

namespace {

using namespace std::chrono_literals;

constexpr auto drain_time_max = 7s; ///< For running jobs to write down what they have.
/// So many files are flushed at once: file systems put flushes that wait together into one commit of their
/// own journal, so many small files share the price of one. Idle threads cost nothing.
constexpr unsigned file_threads = 16;
constexpr auto actor_end_time_max = 5s; ///< For one actor to end once it was told to.

wall_time utc_now() {
  return std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
}

/// Random numbers in [0, 1). Each actor gets its own, so nothing is shared.
std::function<double()> make_unit() {
  return [rng = std::mt19937_64{std::random_device{}()}]() mutable {
    return std::uniform_real_distribution<double>{0, 1}(rng);
  };
}

/// Hands the engine-wide bandwidth limit of each settings version to the transfer threads.
settings_watcher_actor::behavior_type
bandwidth_watcher(settings_watcher_actor::pointer, std::shared_ptr<transfer_threads> transfers) {
  return {[transfers](const settings_ptr& s) {
    transfers->limit_bandwidth(s->document.global.total_bandwidth_limit_mbps);
  }};
}

void ask_to_reload(const config_manager_actor& config) {
  caf::anon_send(config, change_atom_v, std::string{file_author}, settings_change{reload_file{}, {}});
}

/// Tells an actor to end and waits for it. False: it did not end in time.
template <class Handle>
bool end_actor(caf::scoped_actor& self, Handle& handle) {
  if (!handle)
    return true;
  self->monitor(handle);
  self->send_exit(handle, caf::exit_reason::user_shutdown);
  bool ended = false;
  self->receive([&](const caf::down_msg&) { ended = true; }, caf::after(actor_end_time_max) >> [] {});
  handle = nullptr;
  return ended;
}

/// Null: nothing of the user's is meant for this provider.
template <class Factory>
const Factory* plug_for(const plugs<Factory>& of, const effective_provider& p) {
  if (const auto named = of.by_name.find(p.name); named != of.by_name.end())
    return &named->second;
  const auto kind = of.by_kind.find(p.own.kind);
  return kind == of.by_kind.end() ? nullptr : &kind->second;
}

/// Where a client on this machine reaches somebody who listens there: on all addresses is on loopback, too.
std::string reachable(const std::string& host) {
  return host == "0.0.0.0" ? "127.0.0.1" : host == "::" ? "::1" : host;
}

} // namespace

std::string url_of(const std::string& host, std::uint16_t port) {
  const bool six = host.find(':') != std::string::npos;
  return "http://" + (six ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

struct engine::parts {
  explicit parts(caf::actor_system& s) : system(s) {}

  caf::actor_system& system;
  engine_options options;
  std::unique_ptr<state_folder> state;
  std::shared_ptr<download_root> root;
  std::shared_ptr<file_worker> files;
  std::shared_ptr<transfer_threads> transfers;
  settings document; ///< As it was read.
  std::optional<file_stamp> stamp;
  job_store_actor store;
  settings_watcher_actor bandwidth;
  event_watcher_actor log;
  engine_handles handles;
  std::shared_ptr<bound_gateway> bound;
  std::optional<running_gateway> gateway;
  caf::actor guard;
  std::shared_ptr<std::atomic<bool>> broken = std::make_shared<std::atomic<bool>>(false);
  std::unique_ptr<file_watch> watched; ///< The settings file.
  bool stopped = false;

  std::optional<start_error> open_folders();
  std::optional<start_error> read_settings();
  std::optional<start_error> listen();
  std::optional<start_error> build();
  std::optional<start_error> serve();
  std::optional<start_error> watch_file();
  void watch_over_actors();
  provider_factory provider_maker() const;
  secret_source secrets() const;
};

std::optional<start_error> engine::parts::open_folders() {
  auto opened = state_folder::open(options.state_dir);
  if (auto* why = std::get_if<start_error>(&opened))
    return *why;
  state = std::get<std::unique_ptr<state_folder>>(std::move(opened));
  auto downloads = download_root::open(options.downloads_dir);
  if (auto* why = std::get_if<file_error>(&downloads))
    return start_error{exit_bad_folder, "cannot use the download folder: " + why->what};
  root = std::get<std::shared_ptr<download_root>>(std::move(downloads));
  return std::nullopt;
}

std::optional<start_error> engine::parts::read_settings() {
  if (options.settings_file.empty()) {
    document = options.initial;
    return std::nullopt;
  }
  stamp = stamp_of(options.settings_file); // Before it is read: a later edit shows.
  auto loaded = load_settings(options.settings_file);
  if (auto* wrong = std::get_if<complaints>(&loaded))
    return start_error{exit_bad_settings, format_complaints(*wrong, options.settings_file.string())};
  document = std::get<settings>(std::move(loaded));
  return std::nullopt;
}

secret_source engine::parts::secrets() const {
  return options.secrets ? options.secrets : secrets_in(state->path() / "secrets");
}

/// The user's own for this provider, else the built-in one for its kind. What fails is said here: the
/// supervisor only knows that it failed, and tries again.
provider_factory engine::parts::provider_maker() const {
  return [own = options.providers, loaders = options.loaders,
          built_in = transfers->loaders(secrets())](caf::actor_system& sys, effective_provider_ptr p) {
    try {
      if (const auto* make = plug_for(own, *p))
        return (*make)(sys, p);
      const auto* make = plug_for(loaders, *p);
      auto body = make ? (*make)(*p) : built_in(*p);
      if (!body)
        throw std::invalid_argument("its factory made no loader");
      return spawn_provider(sys, p, std::move(body));
    } catch (...) {
      auto why = std::current_exception();
      log_warning("provider " + p->name + " cannot be made: " + describe(crashed(why)));
      throw;
    }
  };
}

std::optional<start_error> engine::parts::build() {
  std::unique_ptr<journal> body;
  recovered_state recovered;
  std::map<std::string, health_record> known;
  try {
    body = open_sqlite_journal(
        state->path() / "journal.db",
        options.survives_power_cut ? journal_safety::power_cut : journal_safety::process_end);
    recovered = body->recover();
    known = records_from(*body, document, {std::chrono::steady_clock::now(), utc_now()});
  } catch (const journal_error& e) {
    return start_error{exit_bad_folder, e.what()};
  }

  auto first = first_version(std::move(document), recovered.settings, utc_now());
  const auto initial = first.now;
  files = make_file_worker(file_threads);
  transfers = std::make_shared<transfer_threads>(files, options.transfer_threads);
  store = spawn_job_store(system, std::move(body), true);
  handles.events = spawn_event_hub(system, store, recovered.last_event);
  handles.config = spawn_config_manager(
      system,
      {std::move(first), options.settings_file, stamp, files, store, handles.events, utc_now, log_warning});
  handles.health =
      spawn_health_monitor(system, {initial, utc_now, make_unit(), store, handles.events, std::move(known)});
  log = spawn_event_log(system, handles.events, recovered.last_event);
  const runner_resources resources{root, files, utc_now};
  handles.failover = spawn_failover_supervisor(
      system, {initial, provider_maker(), handles.health, resources, make_unit(), recovered.stats,
               recovered.jobs_attempted, recovered.attempts});
  handles.jobs = spawn_job_queue(
      system, {initial, store, handles.failover, handles.events, std::move(recovered), root, files, utc_now});
  bandwidth = system.spawn(bandwidth_watcher, transfers);

  const auto watch = [this](const auto& watcher) {
    caf::anon_send(handles.config, watch_atom_v, settings_watcher_actor{watcher});
  };
  watch(handles.health);
  watch(handles.failover);
  watch(handles.jobs);
  watch(bandwidth);
  return std::nullopt;
}

/// Before anything is recovered or runs: a start that fails has changed nothing.
std::optional<start_error> engine::parts::listen() {
  if (!options.gateway)
    return std::nullopt;
  gateway_options o;
  o.host = options.gateway->host;
  o.port = options.gateway->port;
  o.allow_plain_remote = options.gateway->allow_plain_remote;
  o.allowed_hosts = options.gateway->allowed_hosts;
  o.state_dir = state->path();
  o.wall = utc_now;
  o.ready = [broken = broken] { return !*broken; };
  auto opened = bind_gateway(std::move(o));
  if (auto* why = std::get_if<gateway_error>(&opened)) {
    const bool address = why->what == gateway_error::kind::cannot_listen;
    return start_error{address ? exit_cannot_listen : exit_bad_folder, why->message};
  }
  bound = std::get<std::shared_ptr<bound_gateway>>(std::move(opened));
  return std::nullopt;
}

std::optional<start_error> engine::parts::serve() {
  if (bound)
    gateway = start_gateway(
        system, std::exchange(bound, {}),
        {handles.jobs, handles.health, handles.config, handles.failover, handles.events});
  watch_over_actors();
  if (!gateway)
    return std::nullopt;
  if (const auto why = state->announce(url_of(reachable(options.gateway->host), gateway->port)); !why.empty())
    return start_error{exit_bad_folder, why};
  return std::nullopt;
}

void engine::parts::watch_over_actors() {
  guarded_actors all{
      {"journal", caf::actor_cast<caf::strong_actor_ptr>(store)},
      {"event hub", caf::actor_cast<caf::strong_actor_ptr>(handles.events)},
      {"config manager", caf::actor_cast<caf::strong_actor_ptr>(handles.config)},
      {"health monitor", caf::actor_cast<caf::strong_actor_ptr>(handles.health)},
      {"failover supervisor", caf::actor_cast<caf::strong_actor_ptr>(handles.failover)},
      {"job queue", caf::actor_cast<caf::strong_actor_ptr>(handles.jobs)}};
  if (gateway)
    all.emplace_back("gateway", caf::actor_cast<caf::strong_actor_ptr>(gateway->handle));
  guard = spawn_actor_guard(
      system, std::move(all), [broken = broken, tell = options.on_broken](const std::string& why) {
        *broken = true;
        log_warning(why + "; the engine cannot go on: after a new start jobs go on from the journal");
        if (tell)
          tell(why);
      });
}

std::optional<start_error> engine::parts::watch_file() {
  if (!options.settings_file.empty() && options.watch_settings_file)
    watched = std::make_unique<file_watch>(
        options.settings_file, stamp, [config = handles.config] { ask_to_reload(config); });
  return std::nullopt;
}

std::variant<std::unique_ptr<engine>, start_error>
engine::start(caf::actor_system& system, engine_options options) {
  auto p = std::make_unique<parts>(system);
  p->options = std::move(options);
  auto& built = *p;
  std::unique_ptr<engine> made{
      new engine(std::move(p))}; // From here on its destructor cleans up what was built.
  for (auto step :
       {&parts::open_folders, &parts::read_settings, &parts::listen, &parts::build, &parts::serve,
        &parts::watch_file})
    if (auto why = (built.*step)())
      return *why;
  return made;
}

engine::engine(std::unique_ptr<parts> p) : parts_(std::move(p)) {}

engine::~engine() {
  stop();
}

std::uint32_t engine::stop() {
  auto& p = *parts_;
  if (std::exchange(p.stopped, true))
    return 0;
  caf::scoped_actor self{p.system};
  bool all_ended = end_actor(self, p.guard);
  p.watched.reset();
  if (p.gateway) {
    p.state->withdraw();
    p.gateway->stop();
  }

  std::uint32_t put_back = 0;
  if (p.handles.jobs)
    self->request(p.handles.jobs, drain_time_max, drain_atom_v)
        .receive(
            [&](std::uint32_t n) { put_back = n; },
            [](const caf::error& e) {
              log_warning("running jobs were not all put back in time: " + describe(e));
            });

  auto handles = p.handles; // The public handles stay, dead.
  all_ended &= end_actor(self, handles.failover) & end_actor(self, handles.jobs) &
               end_actor(self, handles.config) & end_actor(self, handles.health) &
               end_actor(self, p.bandwidth);
  if (p.transfers)
    p.transfers->stop();
  all_ended &= end_actor(self, handles.events) & end_actor(self, p.log) & end_actor(self, p.store);
  if (!all_ended)
    log_warning("an actor did not end in time");
  if (p.files)
    p.files->stop();
  p.gateway.reset();
  p.bound.reset();
  p.transfers.reset();
  p.root.reset();
  p.state.reset();
  return put_back;
}

void engine::reload_settings() {
  ask_to_reload(parts_->handles.config);
}

const engine_handles& engine::handles() const noexcept {
  return parts_->handles;
}

std::uint16_t engine::port() const noexcept {
  return parts_->gateway ? parts_->gateway->port : 0;
}

std::filesystem::path engine::admin_token_file() const {
  return parts_->options.state_dir / "admin.token";
}

} // namespace tributary
