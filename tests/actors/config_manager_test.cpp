#include "config_fixture.hpp"

using namespace tributary;
using namespace tributary::testing;

namespace {

constexpr std::size_t waiting_max = 256; // The manager's documented limits.
constexpr std::size_t batch_max = 64;

} // namespace

TEST_CASE_FIXTURE(config_fixture, "config_manager: a change is saved and answered with the next version") {
  const auto manager = on_disk();
  CHECK(current(manager)->revision == 7);
  const auto next = change(manager, to_alpha(R"({"priority": 1, "max_retries": 9})"));
  REQUIRE(next);
  CHECK(next->now->revision == 8);
  CHECK(next->now->document.providers.at("alpha").priority == 1);
  CHECK(current(manager) == next->now); // The very same snapshot.
  CHECK(std::get<settings>(load_settings(file)) == next->now->document);
}

TEST_CASE_FIXTURE(config_fixture, "config_manager: global settings change the same way") {
  const auto manager = on_disk();
  const auto next = change(manager, to_global(R"({"strategy": "best"})"));
  REQUIRE(next);
  CHECK(next->now->document.global.strategy == strategy::best);
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
  const auto refused = change(in_memory(), {patch_one_provider{"nobody", "{}"}, {}});
  REQUIRE_FALSE(refused);
  CHECK(refused.error() == errc::unknown_provider);
}

TEST_CASE_FIXTURE(
    config_fixture, "config_manager: a change that alters nothing keeps the version and the file") {
  const auto manager = on_disk();
  const auto same = change(manager, to_alpha(R"({"priority": 100, "region": null})"));
  REQUIRE(same);
  CHECK(same->now->revision == 7);
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
  CHECK(next->now->revision == 9);
}

TEST_CASE_FIXTURE(
    config_fixture,
    "config_manager: changes are taken in the order of their coming, those that wait are saved together") {
  const auto files = std::make_shared<held_file_worker>();
  const auto manager = on_disk(files);
  tell(manager, watch_atom_v, watcher());
  log.clear();
  for (std::size_t i = 1; i <= 3; ++i)
    ask_later(manager, priority(i));
  CHECK(files->held() == 1);
  files->do_one();
  run();
  CHECK(log == std::vector<std::string>{"told 8", "answered 8"});
  CHECK(files->held() == 1);
  files->do_one();
  run();
  CHECK(log == std::vector<std::string>{"told 8", "answered 8", "told 10", "answered 9", "answered 10"});
  CHECK(std::get<settings>(load_settings(file)).providers.at("alpha").priority == 3);
  const auto kept = revisions(manager);
  REQUIRE(kept.size() == 3); // Each of them has its own.
  CHECK(kept[1].revision == 9);
  CHECK(kept[1].diff == R"([{"pointer":"/providers/alpha/priority","before":1,"after":2}])");
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
  std::size_t saves = 0;
  for (; files->held() > 0; ++saves) {
    files->do_one();
    run();
  }
  CHECK(saves == 1 + waiting_max / batch_max);
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
