// The log behind a reader that stops reading.
#include "app/background_sink.hpp"

#include <doctest/doctest.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>

#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

using namespace tributary;
using std::chrono::seconds;

namespace {

/// Writes nothing until it is opened: a pipe that is full.
class gated_sink final : public spdlog::sinks::sink {
public:
  void log(const spdlog::details::log_msg& line) override {
    std::unique_lock lock{mutex_};
    reached_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
    lines_.emplace_back(line.payload.begin(), line.payload.end());
  }
  void flush() override {}
  void set_pattern(const std::string&) override {}
  void set_formatter(std::unique_ptr<spdlog::formatter>) override {}

  void wait_until_reached() {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return reached_; });
  }
  void open() {
    std::lock_guard lock{mutex_};
    open_ = true;
    changed_.notify_all();
  }
  std::vector<std::string> lines() {
    std::lock_guard lock{mutex_};
    return lines_;
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false, reached_ = false;
  std::vector<std::string> lines_;
};

struct behind_gate {
  std::shared_ptr<gated_sink> gate = std::make_shared<gated_sink>();
  std::shared_ptr<background_sink> sink = std::make_shared<background_sink>(gate, 3);
  spdlog::logger logger{"test", sink};
};

} // namespace

TEST_CASE_FIXTURE(behind_gate, "background_sink: lines come in order, and drain waits for the last") {
  gate->open();
  logger.info("a");
  logger.warn("b");
  CHECK(sink->drain(seconds{30}));
  CHECK(gate->lines() == std::vector<std::string>{"a", "b"});
}

TEST_CASE_FIXTURE(
    behind_gate, "background_sink: who logs never waits; the oldest lines are lost, and that is said") {
  logger.info("a");
  gate->wait_until_reached(); // It hangs in the middle of "a".
  for (const auto* line : {"b", "c", "d", "e", "f"})
    logger.info(line);
  CHECK_FALSE(sink->drain(std::chrono::milliseconds{1}));
  gate->open();
  CHECK(sink->drain(seconds{30}));
  CHECK(
      gate->lines() == std::vector<std::string>{
                           "a", "2 lines of this log were lost: they were not read in time", "d", "e", "f"});
}

TEST_CASE("background_sink: its end does not wait for a write that hangs") {
  const auto gate = std::make_shared<gated_sink>();
  {
    background_sink sink{gate};
    spdlog::logger logger{"test", std::shared_ptr<background_sink>{&sink, [](background_sink*) {}}};
    logger.info("a");
    gate->wait_until_reached();
  }
  gate->open();
}
