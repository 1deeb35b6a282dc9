// What all transfers have in common, wherever their bytes come from: one coroutine on one thread that writes
// what its window lets it claim into the part file, tells progress and makes it durable, takes turns where
// bandwidth is limited, and tells its end once. Internal to net/client.
#pragma once

#include "net/client/activity.hpp"
#include "net/client/bandwidth.hpp"
#include "net/client/flusher.hpp"
#include "net/client/loader.hpp"
#include "net/client/transfer_thread.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace tributary::client {

/// Files that are smaller get no room set aside: a few writes fill them anyway.
inline constexpr std::uint64_t reserve_from_bytes = 4u << 20;
/// Progress is told at piece borders, and this often between them.
inline constexpr milliseconds progress_interval{250};

class part_transfer : public activity, public transfer_handle {
public:
  /// Runs it on its thread, or ends it at once when that is closing.
  void start();
  void cancel() override;

  task<void> run(); ///< See launch().

protected:
  /// `answer_within`: the source must begin to answer in that time.
  part_transfer(
      std::shared_ptr<transfer_thread> thread, milliseconds answer_within,
      std::shared_ptr<bandwidth> provider_limit, transfer_request request,
      std::shared_ptr<transfer_observer> observer);

  /// From asking the source to its last byte. Throws nothing: it ends complete_, or with fail().
  virtual task<void> transfer() = 0;
  /// Just before the end is told.
  virtual void let_go() {}

  /// Opens the part file for bytes up to `end` (0: nobody knows); false: it has failed.
  [[nodiscard]] bool open_target(std::uint64_t end);
  /// Writes what the window grants of these bytes, which follow those written.
  void put(std::span<const std::byte> bytes);
  /// Tells progress where it is due.
  void report();

  /// Neither failed nor complete.
  [[nodiscard]] bool running() const noexcept { return result_.cause == fault::none && !complete_; }
  [[nodiscard]] std::uint64_t durable_end() const;
  void fail(fault cause, std::string message);

  /// A turn by the provider's limit and the engine's.
  struct both_turns {
    bandwidth::turn own, whole;
    [[nodiscard]] std::size_t bytes() const { return std::min(own.bytes, whole.bytes); }
  };
  [[nodiscard]] bool limited() const noexcept;
  /// Waits for a turn, unless the transfer is over before it comes; settle it in any case.
  task<both_turns> take_turn();
  void settle(const both_turns& turn, std::size_t received);

  std::shared_ptr<transfer_thread> thread_;
  std::shared_ptr<bandwidth> provider_limit_;
  transfer_request request_;
  std::shared_ptr<transfer_observer> observer_;
  transfer_result result_;
  steady_time begun_{};
  steady_time data_at_{}; ///< When the newest bytes came.
  bool complete_ = false;

private:
  void finish();

  milliseconds answer_within_;
  std::unique_ptr<flusher> flusher_;
  steady_time reported_at_{};
  std::uint64_t reported_end_ = 0;
};

} // namespace tributary::client
