#include "actors/config_manager.hpp"

#include "config/settings_file.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/temp_dir.hpp"

#include <deque>
#include <string>
#include <vector>

using namespace tributary;
using tributary::testing::read_file;
using tributary::testing::temp_dir;

namespace {

constexpr std::size_t waiting_max = 256; // The manager's documented limit.

/// Keeps work until the test lets it happen: a disk that takes its time.
class held_file_worker final : public file_worker {
public:
  bool post(std::function<void()> work) override {
    if (stopped_)
      return false;
    held_.push_back(std::move(work));
    return true;
  }
  void stop() override { stopped_ = true; }

  [[nodiscard]] std::size_t held() const { return held_.size(); }
  void do_one() {
    REQUIRE_FALSE(held_.empty());
    auto work = std::move(held_.front());
    held_.pop_front();
    work();
  }

private:
  std::deque<std::function<void()>> held_;
  bool stopped_ = false;
};

settings_ptr first_version() {
  auto parsed = parse_settings(R"({"providers": {"alpha": {"kind": "http", "base_url": "http://alpha"}}})");
  return std::make_shared<settings_snapshot>(settings_snapshot{7, std::get<settings>(std::move(parsed))});
}

settings_change to_alpha(std::string patch, std::optional<std::uint64_t> if_revision = {}) {
  return {settings_section::provider, "alpha", std::move(patch), if_revision};
}
settings_change to_global(std::string patch) {
  return {settings_section::global, "", std::move(patch), {}};
}
settings_change priority(std::size_t n, std::optional<std::uint64_t> if_revision = {}) {
  return to_alpha("{\"priority\": " + std::to_string(n) + "}", if_revision);
}

struct config_fixture : tributary::testing::actor_fixture {
  using answer = caf::expected<settings_ptr>;

  temp_dir dir;
  std::filesystem::path file = dir / "settings.json";
  std::vector<std::string> log; ///< What watchers and requesters heard, in order.
  std::vector<caf::error> errors;

  config_manager_actor in_memory() {
    return own(spawn_config_manager(sys, {first_version(), {}, make_inline_file_worker()}));
  }
  config_manager_actor on_disk(std::shared_ptr<file_worker> files = make_inline_file_worker()) {
    return own(spawn_config_manager(sys, {first_version(), file, std::move(files)}));
  }
  answer change(const config_manager_actor& to, settings_change what) {
    return ask<settings_ptr>(to, change_atom_v, std::string{"tester"}, std::move(what));
  }
  settings_ptr current(const config_manager_actor& of) { return *ask<settings_ptr>(of, get_atom_v); }

  // The fixture goes in as an argument: CAF's spawn of a function without any binds a null reference (UBSan
  // sees it).

  /// Writes each version that it hears of into the log.
  settings_watcher_actor watcher() {
    const auto body = [](settings_watcher_actor::pointer, config_fixture* test) {
      return settings_watcher_actor::behavior_type{
          [test](const settings_ptr& s) { test->log.push_back("told " + std::to_string(s->revision)); }};
    };
    return own(sys.spawn(body, this));
  }

  /// Asks without waiting; the answer goes into the log.
  void ask_later(const config_manager_actor& to, settings_change what) {
    const auto body = [to, what](caf::event_based_actor* me, config_fixture* test) {
      me->request(to, std::chrono::minutes{1}, change_atom_v, std::string{"tester"}, what)
          .then(
              [test](const settings_ptr& s) {
                test->log.push_back("answered " + std::to_string(s->revision));
              },
              [test](caf::error& e) {
                test->log.push_back("refused");
                test->errors.push_back(e);
              });
    };
    own(sys.spawn(body, this));
    run();
  }
};

} // namespace

TEST_CASE_FIXTURE(config_fixture, "config_manager: a change is saved and answered with the next version") {
  const auto manager = on_disk();
  CHECK(current(manager)->revision == 7);
  const auto next = change(manager, to_alpha(R"({"priority": 1, "max_retries": 9})"));
  REQUIRE(next);
  CHECK((*next)->revision == 8);
  CHECK((*next)->document.providers.at("alpha").priority == 1);
  CHECK(current(manager) == *next); // The very same snapshot.
  CHECK(std::get<settings>(load_settings(file)) == (*next)->document);
}

TEST_CASE_FIXTURE(config_fixture, "config_manager: global settings change the same way") {
  const auto manager = on_disk();
  const auto next = change(manager, to_global(R"({"strategy": "best"})"));
  REQUIRE(next);
  CHECK((*next)->document.global.strategy == strategy::best);
}

TEST_CASE_FIXTURE(
    config_fixture, "config_manager: a version is on the disk first, then told, then answered") {
  const auto files = std::make_shared<held_file_worker>();
  const auto manager = on_disk(files);
  tell(manager, watch_atom_v, watcher());
  ask_later(manager, priority(1));
  CHECK(log == std::vector<std::string>{"told 7"});
  CHECK(current(manager)->revision == 7);
  files->do_one();
  CHECK(std::filesystem::exists(file));
  CHECK(log.size() == 1);
  run();
  CHECK(log == std::vector<std::string>{"told 7", "told 8", "answered 8"});
}

TEST_CASE_FIXTURE(
    config_fixture,
    "config_manager: who comes late gets the current version at once, and each later one once") {
  const auto manager = in_memory();
  REQUIRE(change(manager, priority(1)));
  const auto late = watcher();
  tell(manager, watch_atom_v, late);
  tell(manager, watch_atom_v, late);
  CHECK(log == std::vector<std::string>{"told 8", "told 8"});
  REQUIRE(change(manager, priority(2)));
  CHECK(log == std::vector<std::string>{"told 8", "told 8", "told 9"});
}

TEST_CASE_FIXTURE(config_fixture, "config_manager: a dead watcher is dropped, the others are still told") {
  const auto manager = in_memory();
  const auto dies = watcher(), lives = watcher();
  tell(manager, watch_atom_v, dies);
  tell(manager, watch_atom_v, lives);
  caf::anon_send_exit(dies, caf::exit_reason::user_shutdown);
  run();
  log.clear();
  REQUIRE(change(manager, priority(1)));
  CHECK(log == std::vector<std::string>{"told 8"});
}

TEST_CASE_FIXTURE(
    config_fixture, "config_manager: what is not valid is refused with every complaint and changes nothing") {
  const auto manager = on_disk();
  tell(manager, watch_atom_v, watcher());
  log.clear();
  const auto refused = change(manager, to_alpha(R"({"priority": -1, "max_retrys": 2})"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error() == errc::invalid_settings);
  REQUIRE(refused.error().context().match_elements<complaints>());
  const auto& why = refused.error().context().get_as<complaints>(0);
  REQUIRE(why.size() == 2);
  CHECK(why[0].pointer == "/priority");
  CHECK(why[1].pointer == "/max_retrys");
  CHECK(current(manager)->revision == 7);
  CHECK(log.empty());
  CHECK_FALSE(std::filesystem::exists(file));
}

TEST_CASE_FIXTURE(config_fixture, "config_manager: text that is no JSON is refused as invalid settings") {
  const auto refused = change(in_memory(), to_global("{"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error() == errc::invalid_settings);
}

TEST_CASE_FIXTURE(config_fixture, "config_manager: an unknown provider is an error of its own") {
  const auto refused = change(in_memory(), {settings_section::provider, "nobody", "{}", {}});
  REQUIRE_FALSE(refused);
  CHECK(refused.error() == errc::unknown_provider);
}

TEST_CASE_FIXTURE(
    config_fixture, "config_manager: a change that alters nothing keeps the version and the file") {
  const auto manager = on_disk();
  const auto same = change(manager, to_alpha(R"({"priority": 100, "region": null})"));
  REQUIRE(same);
  CHECK((*same)->revision == 7);
  CHECK_FALSE(std::filesystem::exists(file));
}

TEST_CASE_FIXTURE(config_fixture, "config_manager: without a file nothing is written") {
  const auto manager = in_memory();
  REQUIRE(change(manager, priority(1)));
  CHECK(std::filesystem::is_empty(dir.path()));
}

TEST_CASE_FIXTURE(
    config_fixture, "config_manager: a condition on the revision holds when the change is taken") {
  const auto files = std::make_shared<held_file_worker>();
  const auto manager = on_disk(files);
  ask_later(manager, priority(1, 7));
  ask_later(manager, priority(2, 7)); // True when it came, no longer when its turn comes.
  files->do_one();
  run();
  CHECK(log == std::vector<std::string>{"answered 8", "refused"});
  REQUIRE(errors.size() == 1);
  CHECK(errors[0] == errc::stale);
  CHECK(change(manager, priority(3, 6)).error() == errc::stale);
  CHECK(current(manager)->document.providers.at("alpha").priority == 1);
}

TEST_CASE_FIXTURE(
    config_fixture, "config_manager: a save that fails changes nothing, and the next change is taken") {
  const auto manager = on_disk();
  tell(manager, watch_atom_v, watcher());
  REQUIRE(change(manager, priority(1)));
  const auto before = read_file(file);
  log.clear();
  std::filesystem::create_directories(file.string() + ".new/in-the-way");
  const auto refused = change(manager, priority(2));
  REQUIRE_FALSE(refused);
  CHECK(refused.error() == errc::io_failed);
  CHECK(describe(refused.error()).find(file.string()) != std::string::npos);
  CHECK(current(manager)->revision == 8);
  CHECK(log.empty());
  CHECK(read_file(file) == before);
  std::filesystem::remove_all(file.string() + ".new");
  const auto next = change(manager, priority(3));
  REQUIRE(next);
  CHECK((*next)->revision == 9);
}

TEST_CASE_FIXTURE(
    config_fixture, "config_manager: changes are taken one at a time, in the order of their coming") {
  const auto files = std::make_shared<held_file_worker>();
  const auto manager = on_disk(files);
  for (std::size_t i = 1; i <= 3; ++i)
    ask_later(manager, priority(i));
  for (int i = 0; i < 3; ++i) {
    CHECK(files->held() == 1);
    files->do_one();
    run();
  }
  CHECK(log == std::vector<std::string>{"answered 8", "answered 9", "answered 10"});
  CHECK(std::get<settings>(load_settings(file)).providers.at("alpha").priority == 3);
}

TEST_CASE_FIXTURE(
    config_fixture, "config_manager: 256 changes wait beside the one being saved, one more is refused") {
  const auto files = std::make_shared<held_file_worker>();
  const auto manager = on_disk(files);
  for (std::size_t i = 0; i <= waiting_max; ++i)
    ask_later(manager, priority(i));
  CHECK(log.empty());
  ask_later(manager, priority(1000));
  REQUIRE(errors.size() == 1);
  CHECK(errors[0] == errc::overloaded);
  while (files->held() > 0) {
    files->do_one();
    run();
  }
  CHECK(log.size() == waiting_max + 2);
  CHECK(current(manager)->revision == 7 + waiting_max + 1);
}

TEST_CASE_FIXTURE(
    config_fixture,
    "config_manager: everybody is answered when it ends, also when the save comes back later") {
  const auto files = std::make_shared<held_file_worker>();
  auto manager = on_disk(files);
  for (std::size_t i = 1; i <= 3; ++i)
    ask_later(manager, priority(i));
  caf::anon_send_exit(manager, caf::exit_reason::user_shutdown);
  run();
  REQUIRE(errors.size() == 3);
  for (const auto& e : errors)
    CHECK(e == errc::shutting_down);
  manager = nullptr;
  files->do_one(); // Nobody is there any more; the file is whole all the same.
  run();
  CHECK(std::get<settings>(load_settings(file)).providers.at("alpha").priority == 1);
}

TEST_CASE_FIXTURE(config_fixture, "config_manager: once the file threads have stopped, changes are refused") {
  const auto files = std::make_shared<held_file_worker>();
  const auto manager = on_disk(files);
  files->stop();
  CHECK(change(manager, priority(1)).error() == errc::shutting_down);
  CHECK(change(manager, priority(1)).error() == errc::shutting_down); // It is not stuck.
  CHECK(current(manager)->revision == 7);
}
