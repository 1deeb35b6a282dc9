// One short blocking question to a folder, within a time limit: an active check, a look at the catalogue.
// Internal to net/client.
#pragma once

#include "net/client/activity.hpp"
#include "net/client/blocking_lane.hpp"
#include "net/client/transfer_thread.hpp"

#include <functional>

namespace tributary::client {

enum class question_end : std::uint8_t {
  answered,
  late,      ///< The folder did not answer in time, or too many calls hang there already.
  cancelled, ///< The engine is stopping.
};

class directory_question final : public activity {
public:
  /// `work` runs on a lane and must own what it touches; `done` hears how it ended, exactly once, on the
  /// transfer thread or within start().
  directory_question(
      std::shared_ptr<transfer_thread> thread, std::shared_ptr<lane_count> lanes, milliseconds limit,
      std::function<void()> work, std::function<void(question_end)> done);

  void start();

  task<void> run(); ///< See launch().

private:
  std::shared_ptr<transfer_thread> thread_;
  std::shared_ptr<lane_count> lanes_;
  milliseconds limit_;
  std::function<void()> work_;
  std::function<void(question_end)> done_;
};

} // namespace tributary::client
