// Revisions, roll-back, import, and the file that its owner may edit at any time.
#include "config_fixture.hpp"

using namespace tributary;
using namespace tributary::testing;

namespace {

/// A disk that stands still: what the store is told to write waits until it is released.
caf::behavior standing_store(caf::event_based_actor* me, const job_store_actor& body) {
  me->set_default_handler(caf::skip);
  return {[=](release_atom) {
    me->become(
        [=](write_atom what, store_batch& batch) { return me->delegate(body, what, std::move(batch)); });
  }};
}

} // namespace

TEST_CASE_FIXTURE(
    config_fixture, "config_manager: every change has a revision with author, time and difference") {
  const auto manager = in_memory();
  REQUIRE(change(manager, to_alpha(R"({"priority": 1, "region": "eu"})")));
  REQUIRE(change(manager, {add_provider{"beta", R"({"kind": "http", "base_url": "http://beta"})"}, {}}));
  const auto kept = revisions(manager);
  REQUIRE(kept.size() == 2);
  CHECK(kept[0].revision == 9);
  CHECK(kept[0].change == "add provider beta");
  CHECK(
      kept[0].diff ==
      R"([{"pointer":"/providers/beta","before":null,"after":{"kind":"http","base_url":"http://beta"}}])");
  CHECK(kept[1].author == "tester");
  CHECK(kept[1].at == wall_now());
  CHECK(kept[1].change == "change provider alpha");
  CHECK(
      kept[1].diff == R"([{"pointer":"/providers/alpha/priority","before":null,"after":1},)"
                      R"({"pointer":"/providers/alpha/region","before":null,"after":"eu"}])");
  CHECK(kept[1].document.empty()); // Listings do without.
  const auto told = *ask<std::vector<event_row>>(store, events_atom_v, std::uint64_t{0}, std::uint32_t{10});
  REQUIRE(told.size() == 2);
  CHECK(told[0].kind == "settings.changed");
  CHECK(told[0].data == R"({"revision":8,"author":"tester","change":"change provider alpha"})");
}

TEST_CASE_FIXTURE(
    config_fixture,
    "config_manager: rolls back to a kept revision, as a new one that can be rolled back, too") {
  const auto manager = on_written();
  REQUIRE(change(manager, priority(1)));
  REQUIRE(change(manager, {remove_provider{"alpha"}, {}}));
  const auto back = change(manager, {roll_back{8}, {}});
  REQUIRE(back);
  CHECK(back->now->revision == 10);
  CHECK(back->now->document.providers.at("alpha").priority == 1);
  CHECK(back->changes.size() == 1);
  CHECK(std::get<settings>(load_settings(file)) == back->now->document);
  CHECK(revisions(manager).front().change == "roll back to revision 8");
  CHECK(change(manager, {roll_back{9}, {}})->now->document.providers.empty());
  CHECK(change(manager, {roll_back{3}, {}}).error() == errc::unknown_revision);
  CHECK(change(manager, {roll_back{8}, 4}).error() == errc::stale);
  CHECK(current(manager)->revision == 11);
}

TEST_CASE_FIXTURE(
    config_fixture, "config_manager: what waits behind a roll-back is applied to what it led to") {
  const auto files = std::make_shared<held_file_worker>();
  const auto manager = on_disk(files);
  ask_later(manager, priority(1));
  ask_later(manager, priority(2));
  ask_later(manager, {roll_back{8}, {}}); // Not committed yet when this is asked.
  ask_later(manager, to_alpha(R"({"region": "eu"})"));
  while (files->held() > 0) {
    files->do_one();
    run();
  }
  CHECK(log == std::vector<std::string>{"answered 8", "answered 9", "answered 10", "answered 11"});
  const auto& alpha = current(manager)->document.providers.at("alpha");
  CHECK(alpha.priority == 1);
  CHECK(alpha.region == "eu");
}

TEST_CASE_FIXTURE(config_fixture, "config_manager: an import is all or nothing") {
  const auto manager = on_written();
  const std::string good =
      R"({"version": 1, "providers": {"beta": {"kind": "http", "base_url": "http://beta"}},)"
      R"("failover": {"chain": ["beta"]}})";
  const auto refused = change(
      manager,
      {replace_document{R"({"providers": {"beta": {"kind": "http", "base_url": "ftp://beta"}}})"}, {}});
  REQUIRE_FALSE(refused);
  CHECK(refused.error() == errc::invalid_settings);
  CHECK(refused.error().context().get_as<complaints>(0).at(0).pointer == "/providers/beta/base_url");
  CHECK(current(manager)->revision == 7);
  const auto taken = change(manager, {replace_document{good}, {}});
  REQUIRE(taken);
  CHECK(taken->now->document == parsed(good));
  CHECK(taken->changes.size() == 3); // Without alpha, with beta, with a chain.
}

TEST_CASE_FIXTURE(config_fixture, "config_manager: a preview says what would change and changes nothing") {
  const auto manager = on_written();
  tell(manager, watch_atom_v, watcher());
  log.clear();
  const auto would = preview(manager, priority(5));
  REQUIRE(would);
  CHECK(would->now->revision == 7);
  CHECK(would->now->document.providers.at("alpha").priority == 5);
  CHECK(would->changes == settings_diff{{"/providers/alpha/priority", {}, "5"}});
  CHECK(preview(manager, priority(5, 6)).error() == errc::stale);
  CHECK(preview(manager, to_alpha(R"({"priority": -1})")).error() == errc::invalid_settings);
  CHECK(current(manager)->document.providers.at("alpha").priority == 100);
  CHECK(read_file(file) == start_text);
  CHECK(log.empty());
  CHECK(revisions(manager).empty());
}

TEST_CASE_FIXTURE(
    config_fixture, "config_manager: where the journal fails, nothing is changed and the file is put back") {
  const auto manager = on_written();
  REQUIRE(change(manager, priority(1)));
  const auto before = read_file(file);
  tell(manager, watch_atom_v, watcher());
  log.clear();
  *journal_broken = true;
  const auto refused = change(manager, priority(2));
  REQUIRE_FALSE(refused);
  CHECK(refused.error() == errc::store_failed);
  CHECK(current(manager)->revision == 8);
  CHECK(read_file(file) == before);
  CHECK(log.empty());
  *journal_broken = false;
  CHECK(change(manager, priority(3))->now->revision == 9);
}

TEST_CASE_FIXTURE(
    config_fixture,
    "config_manager: a commit that takes its time is waited for: file, journal and answer stay one") {
  const auto disk = own(sys.spawn(standing_store, store));
  auto o = options(parsed(start_text));
  o.file = file;
  o.store = caf::actor_cast<job_store_actor>(disk);
  const auto manager = own(spawn_config_manager(sys, std::move(o)));
  ask_later(manager, priority(1));
  advance(std::chrono::seconds{59});
  CHECK(log.empty());
  tell(disk, release_atom_v);
  CHECK(log == std::vector<std::string>{"answered 8"});
  CHECK(std::get<settings>(load_settings(file)).providers.at("alpha").priority == 1);
  CHECK(change(manager, priority(2))->now->revision == 9);
}

TEST_CASE_FIXTURE(config_fixture, "config_manager: reloads a changed file and leaves its text alone") {
  const auto manager = on_written();
  tell(manager, watch_atom_v, watcher());
  log.clear();
  CHECK(change(manager, {reload_file{}, {}})->now->revision == 7); // Nothing was changed.
  const std::string edited =
      R"({"providers":   {"alpha": {"kind": "http", "base_url": "http://elsewhere"}}})";
  write(edited);
  const auto taken = change(manager, {reload_file{}, {}});
  REQUIRE(taken);
  CHECK(taken->now->revision == 8);
  CHECK(taken->now->document.providers.at("alpha").base_url == "http://elsewhere");
  CHECK(log == std::vector<std::string>{"told 8"});
  CHECK(read_file(file) == edited);
  CHECK(revisions(manager).front().change == "read the file again");
}

TEST_CASE_FIXTURE(
    config_fixture,
    "config_manager: a broken file is reported with pointer and line, and the running settings stay") {
  const auto manager = on_written();
  write("{\n  \"global\": {\"rise\": 0}\n}");
  const auto refused = change(manager, {reload_file{}, {}});
  REQUIRE_FALSE(refused);
  CHECK(refused.error() == errc::invalid_settings);
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0].find(file.string() + ":/global/rise: ") != std::string::npos);
  CHECK(warnings[0].find("(line 2, column 14)") != std::string::npos);
  CHECK(current(manager)->revision == 7);

  const auto broken = read_file(file);
  const auto kept = change(manager, priority(1)); // Would overwrite what its owner has not finished.
  REQUIRE_FALSE(kept);
  CHECK(kept.error() == errc::file_changed);
  CHECK(describe(kept.error()).find("/global/rise") != std::string::npos);
  CHECK(read_file(file) == broken);
  CHECK(preview(manager, priority(1)));

  write(start_text);
  CHECK(change(manager, {reload_file{}, {}})->now->revision == 7);
  CHECK(change(manager, priority(1))->now->revision == 8);
}

TEST_CASE_FIXTURE(config_fixture, "config_manager: a whole document may replace a broken file") {
  const auto manager = on_written();
  write("{");
  REQUIRE_FALSE(change(manager, {reload_file{}, {}}));
  REQUIRE(change(manager, {replace_document{R"({"global": {"rise": 5}})"}, {}}));
  CHECK(std::get<settings>(load_settings(file)).global.rise == 5);
  CHECK(read_file(file.string() + ".previous") == "{");
  CHECK(change(manager, to_global(R"({"fall": 6})"))->now->revision == 9);
}

TEST_CASE_FIXTURE(
    config_fixture, "config_manager: an edit of the file that nobody told of is never overwritten") {
  const auto manager = on_written();
  write(R"({"providers": {"alpha": {"kind": "http", "base_url": "http://edited"}}})");
  const auto next = change(manager, priority(1));
  REQUIRE(next);
  CHECK(next->now->revision == 9); // The edit first, then the change.
  CHECK(next->now->document.providers.at("alpha").base_url == "http://edited");
  CHECK(next->now->document.providers.at("alpha").priority == 1);
  CHECK(revisions(manager).at(1).author == "file");

  write("{");
  CHECK(change(manager, priority(2)).error() == errc::file_changed);
  CHECK(read_file(file) == "{");
  std::filesystem::remove(file); // Nothing is there to be lost.
  CHECK(change(manager, {reload_file{}, {}}).error() == errc::invalid_settings);
}

TEST_CASE_FIXTURE(
    config_fixture, "config_manager: an edit made while a change is taken back is not overwritten, either") {
  const auto files = std::make_shared<held_file_worker>();
  write(start_text);
  const auto manager = on_disk(files);
  *journal_broken = true;
  ask_later(manager, priority(1));
  files->do_one(); // It is saved, and the journal does not take it.
  run();
  REQUIRE(files->held() == 1);
  write(R"({"providers": {"alpha": {"kind": "http", "base_url": "http://edited"}}})");
  files->do_one();
  run();
  CHECK(log == std::vector<std::string>{"refused"});
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0].find("it was edited") != std::string::npos);

  *journal_broken = false;
  ask_later(manager, priority(2));
  while (files->held() > 0) {
    files->do_one();
    run();
  }
  CHECK(log == std::vector<std::string>{"refused", "answered 9"}); // The edit first, then the change.
  const auto& alpha = current(manager)->document.providers.at("alpha");
  CHECK(alpha.base_url == "http://edited");
  CHECK(alpha.priority == 2);
}

TEST_CASE_FIXTURE(config_fixture, "config_manager: a file that was removed is written again") {
  const auto manager = on_written();
  std::filesystem::remove(file);
  REQUIRE(change(manager, priority(1)));
  CHECK(std::get<settings>(load_settings(file)).providers.at("alpha").priority == 1);
}

TEST_CASE_FIXTURE(config_fixture, "config_manager: the revision goes on after a restart") {
  const auto manager = on_written();
  REQUIRE(change(manager, priority(1)));
  const auto last = ask<recovered_state>(store, recover_atom_v)->settings;
  REQUIRE(last);
  CHECK(last->revision == 8);

  const auto same = first_version(std::get<settings>(load_settings(file)), last, wall_now());
  CHECK(same.now->revision == 8);
  CHECK_FALSE(same.fresh);

  auto edited = std::get<settings>(load_settings(file));
  edited.global.rise = 9;
  auto o = options({});
  o.first = first_version(edited, last, wall_now());
  CHECK(o.first.now->revision == 9);
  const auto again = own(spawn_config_manager(sys, std::move(o)));
  run();
  CHECK(revisions(again).front().author == "file");
  CHECK(revisions(again).front().diff == R"([{"pointer":"/global/rise","before":null,"after":9}])");
  CHECK(change(again, to_global(R"({"fall": 6})"))->now->revision == 10);
}

TEST_CASE_FIXTURE(
    config_fixture, "config_manager: the very first revision is 1, and it can be rolled back to") {
  auto o = options({});
  o.first = first_version(parsed(start_text), {}, wall_now());
  const auto manager = own(spawn_config_manager(sys, std::move(o)));
  run();
  CHECK(current(manager)->revision == 1);
  REQUIRE(change(manager, priority(1)));
  CHECK(change(manager, {roll_back{1}, {}})->now->document == parsed(start_text));
}
