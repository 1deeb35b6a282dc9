// The settings of the kill -9 loop: changes with increasing numbers, one after the other, and the look
// afterwards at whether the last acknowledged one holds.
#pragma once

#include "tests/e2e/engine_process.hpp"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace tributary::testing {

class crash_settings {
public:
  /// `file` is the live document; the settings of `provider` are changed, those of all others must stay.
  crash_settings(std::filesystem::path file, std::string provider);

  /// Changes two settings at once, again and again, until the engine is killed. On a thread of its own.
  /// Returns what went wrong, else "".
  std::string load(engine_process& engine, const std::atomic<bool>& killed);

  /// While no engine runs: the file, and the one before it, are whole documents with one of the changes that
  /// they may have.
  void check_file() const;

  /// What a fresh start says is in effect was acknowledged last, or asked for when the engine was killed; the
  /// revision says the same; nothing else has changed.
  void check(engine_process& engine);

  [[nodiscard]] unsigned acknowledged() const noexcept { return acknowledged_; }
  /// How many requests the kills cut off.
  [[nodiscard]] unsigned cut_off() const noexcept { return cut_off_; }

private:
  [[nodiscard]] bool may_hold(unsigned number) const noexcept;
  void check_others(engine_process& engine);

  std::filesystem::path file_;
  std::string provider_;
  unsigned number_ = 0;        ///< Of the change in effect; 0: none yet.
  std::uint64_t revision_ = 1; ///< Of the settings with it.
  bool in_flight_ = false;     ///< The next change was asked for when the engine was killed.
  unsigned acknowledged_ = 0, cut_off_ = 0;
  std::optional<std::string> others_; ///< All other settings in effect, as the first start told them.
};

} // namespace tributary::testing
