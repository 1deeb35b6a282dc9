// One download out of a folder: the lane reads, the transfer thread writes into the part file and reports, as
// it does for HTTP. A read that hangs is given up like a body that stalls; since the lane never writes, what
// it returns with later changes nothing. (That is why bytes are read and written, not copied by the kernel:
// a copy that hangs could still write into a part file that another provider fills by then.) Internal to
// net/client.
#pragma once

#include "net/client/blocking_lane.hpp"
#include "net/client/directory_source.hpp"
#include "net/client/part_transfer.hpp"

namespace tributary::client {

/// Read at a time.
inline constexpr std::size_t folder_read_bytes = 1u << 20;

/// A directory provider's settings, as its transfers use them.
struct folder_settings {
  std::string folder;
  milliseconds timeout{30'000}; ///< For opening a file; reads are bounded by the stall limit.
  std::optional<std::string> health_check_path;
  std::optional<double> bandwidth_limit_mbps;
};

class directory_transfer final : public part_transfer {
public:
  directory_transfer(
      std::shared_ptr<transfer_thread> thread, std::shared_ptr<const folder_settings> settings,
      folder_calls calls, std::shared_ptr<lane_count> lanes, std::shared_ptr<bandwidth> provider_limit,
      transfer_request request, std::shared_ptr<transfer_observer> observer);

private:
  /// What the lane works on; it outlives the transfer where a call hangs.
  struct reading {
    explicit reading(folder_calls calls) : source(std::move(calls)) {}
    directory_source source;
    source_failure failed;
    std::vector<std::byte> buffer;
    std::size_t got = 0;
  };

  task<void> transfer() override;
  void let_go() override;
  /// Named, since GCC 12 miscompiles temporaries in a statement with co_await.
  using on_lane_call = std::function<void(reading&)>;
  task<bool> on_lane(on_lane_call work);
  task<void> copy(std::uint64_t size);
  task<void> limited_turn(std::size_t most, std::uint64_t size);
  task<std::size_t> read_turn(std::size_t most, std::uint64_t size);
  [[nodiscard]] bool judge();
  void take(std::span<const std::byte> bytes);

  std::shared_ptr<const folder_settings> settings_;
  std::shared_ptr<lane_count> lanes_;
  std::shared_ptr<reading> reading_;
  std::unique_ptr<blocking_lane> lane_;
  bool opened_ = false;
};

} // namespace tributary::client
