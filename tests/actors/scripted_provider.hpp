// A provider that plays a script: which file it has, and how each transfer goes. Bytes really land in the
// part file; time is virtual.
#pragma once

#include "messages/actors.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tributary::testing {

/// How one transfer goes.
struct act {
  enum class kind : std::uint8_t { serve, busy, hang, crash };
  kind what = kind::serve;
  fault cause = fault::none; ///< none: to the end of the file.
  int status = 0;            ///< Of fault::status.
  std::optional<std::uint64_t>
      until{}; ///< Delivers the bytes below it before the fault (or before it hangs).
  std::optional<seconds> retry_after{};
  milliseconds takes{0};              ///< From the header to the end.
  std::uint64_t bytes_per_second = 0; ///< 0: all at once.
  bool no_ranges = false;             ///< Sends the whole file, whatever is asked for.
};

[[nodiscard]] inline act fails(fault cause, int status = 0) {
  return {.cause = cause, .status = status};
}
[[nodiscard]] inline act dies_at(std::uint64_t offset) {
  return {.cause = fault::truncated, .until = offset};
}
[[nodiscard]] inline act takes(milliseconds time) {
  return {.takes = time};
}
/// A steady rate, to the end of the file.
[[nodiscard]] inline act flows(std::uint64_t bytes_per_second) {
  return {.bytes_per_second = bytes_per_second};
}
[[nodiscard]] inline act hangs_at(std::uint64_t offset) {
  return {.what = act::kind::hang, .until = offset};
}

/// Shared by the test and the provider, which may be restarted: one thread only.
struct script {
  std::string body = "some bytes";
  std::string etag; ///< With its quotes.
  bool tells_size = true;
  std::string file_name; ///< As from Content-Disposition.
  std::deque<act> acts;  ///< One per transfer; then `otherwise`.
  act otherwise;
  fault check = fault::none; ///< What an active check finds; none: it passes.
  std::function<caf::result<catalog_reply>(const catalog_query&)> catalog; ///< Empty: it has no item.
  std::map<std::string, std::string> items; ///< Path by key, for transfers of catalogue items.
  std::vector<catalog_query> queries;       ///< About the catalogue.
  std::vector<transfer_request> asked;      ///< Without their part files.
  std::vector<caf::actor_addr> owners;      ///< Of the transfers, in the same order.
  std::uint32_t running = 0, running_max = 0, spawned = 0, cancelled = 0;
  std::uint64_t sent = 0;          ///< Bytes written by all transfers.
  effective_provider_ptr settings; ///< The newest that it was told; null: none since it was made.
};
using script_ptr = std::shared_ptr<script>;

/// An actor that plays it. It cancels what a dead owner left behind, as a real provider does.
[[nodiscard]] provider_actor spawn_scripted_provider(caf::actor_system& system, script_ptr plays);

} // namespace tributary::testing
