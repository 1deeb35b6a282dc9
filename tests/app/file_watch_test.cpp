#include "app/file_watch.hpp"

#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <condition_variable>
#include <mutex>

using namespace tributary;
using namespace tributary::testing;
using namespace std::chrono_literals;

namespace {

/// Counts what it is told.
struct listener {
  std::mutex guard;
  std::condition_variable told;
  int heard = 0;

  [[nodiscard]] std::function<void()> ear() {
    return [this] {
      const std::lock_guard hold{guard};
      ++heard;
      told.notify_all();
    };
  }
  /// Waits for the next call. False: it does not come.
  bool hears() {
    std::unique_lock hold{guard};
    const bool came = told.wait_for(hold, 10s, [this] { return heard > 0; });
    heard = 0;
    return came;
  }
};

} // namespace

TEST_CASE("file_watch: hears of every way to change a file, once it rests") {
  const temp_dir folder;
  const auto file = folder / "settings.json";
  write_file(file, "one");
  listener l;
  const file_watch watch{file, stamp_of(file), l.ear()};
  write_file(file, "three"); // In place.
  CHECK(l.hears());
  write_file(folder / "fresh", "four");
  std::filesystem::rename(folder / "fresh", file); // Replaced.
  CHECK(l.hears());
  std::filesystem::remove(file);
  CHECK(l.hears());
  write_file(file, "again");
  CHECK(l.hears());
  write_file(folder / "another", "is not looked at");
  write_file(file, "the only one that counts");
  CHECK(l.hears());
  CHECK(l.heard == 0);
}

TEST_CASE("file_watch: follows links, also when they are swapped") {
  const temp_dir names, first, second;
  write_file(first / "real.json", "one");
  write_file(second / "real.json", "two");
  std::filesystem::create_directory_symlink(first.path(), names / "data");
  std::filesystem::create_symlink("data/real.json", names / "settings.json");
  listener l;
  const file_watch watch{names / "settings.json", stamp_of(names / "settings.json"), l.ear()};
  write_file(first / "real.json", "changed behind the link");
  CHECK(l.hears());
  std::filesystem::create_directory_symlink(second.path(), names / "fresh");
  std::filesystem::rename(names / "fresh", names / "data"); // As a deployment does it.
  CHECK(l.hears());
  write_file(second / "real.json", "changed behind the new link");
  CHECK(l.hears());
}

TEST_CASE("file_watch: an edit before it began is heard of, too") {
  const temp_dir folder;
  const auto file = folder / "settings.json";
  write_file(file, "one");
  const auto seen = stamp_of(file);
  write_file(file, "another");
  listener l;
  const file_watch watch{file, seen, l.ear()};
  CHECK(l.hears());
}
