// Lines straight to descriptor 2. Not by stdio: the end of a process waits for stdio's locks, and so would
// wait for a write that hangs.
#pragma once

#include <spdlog/details/null_mutex.h>
#include <spdlog/sinks/base_sink.h>

namespace tributary {

/// Called by one thread at a time. Colours the level on a terminal.
class stderr_sink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
public:
  stderr_sink();

private:
  void sink_it_(const spdlog::details::log_msg& line) override;
  void flush_() override {}

  bool colours_;
};

} // namespace tributary
