// One download over HTTP: asks, judges the answer, moves the body into the part file, reports. Internal to
// net/client.
#pragma once

#include "net/client/activity.hpp"
#include "net/client/bandwidth.hpp"
#include "net/client/body_framing.hpp"
#include "net/client/exchange.hpp"
#include "net/client/flusher.hpp"
#include "net/client/loader.hpp"
#include "net/client/transfer_thread.hpp"

namespace tributary::client {

/// Most bytes that a connection may take before the others of its thread get their turn.
inline constexpr std::size_t turn_bytes_max = 4u << 20;
/// Files that are smaller get no room set aside: one or two writes fill them anyway.
inline constexpr std::uint64_t reserve_from_bytes = 1u << 20;
/// Progress is told at piece borders, and this often between them.
inline constexpr milliseconds progress_interval{250};
/// What is left of a body that nobody wants any more: so much is read and thrown away to keep the connection.
inline constexpr std::uint64_t drain_bytes_max = 64u << 10;

class http_transfer final : public activity, public transfer_handle {
public:
  http_transfer(
      std::shared_ptr<transfer_thread> thread, std::shared_ptr<const http_settings> settings,
      std::shared_ptr<bandwidth> provider_limit, transfer_request request,
      std::shared_ptr<transfer_observer> observer);

  /// Runs it on its thread, or ends it at once when that is closing.
  void start();
  void cancel() override;

  task<void> run(); ///< See launch().

private:
  task<void> transfer();
  task<void> read_body(answer& a);
  task<void> drain(connection& link);
  task<void> limited_turn(connection& link);
  void note(const answer& a, const ruling& d);
  bool prepare_target(const ruling& d);
  std::size_t receive_turn(connection& link, std::size_t turn);
  void consume(std::span<std::byte> raw);
  void write(std::span<const std::byte> body);
  void charge(std::size_t bytes);
  void report();
  void conclude();
  void fail(fault cause, std::string message);
  void fail_over();
  void finish();

  /// Of the body, beyond what was wanted; none when it does not say.
  [[nodiscard]] std::optional<std::uint64_t> left_over() const;
  /// Neither failed nor complete.
  [[nodiscard]] bool running() const noexcept { return result_.cause == fault::none && !complete_; }
  [[nodiscard]] bool limited() const noexcept;
  [[nodiscard]] std::uint64_t durable_end() const;
  [[nodiscard]] std::string so_far() const;

  std::shared_ptr<transfer_thread> thread_;
  std::shared_ptr<const http_settings> settings_;
  std::shared_ptr<bandwidth> provider_limit_;
  transfer_request request_;
  std::shared_ptr<transfer_observer> observer_;
  transfer_result result_;
  steady_time begun_{};
  std::string endpoint_; ///< Who sends the body, for messages; "" before there is a header.
  std::optional<body_framing> framing_;
  std::optional<std::uint64_t> body_end_; ///< Where the body ends in the file, if it says so.
  std::unique_ptr<flusher> flusher_;
  std::uint64_t skip_ = 0; ///< Body bytes still to come that are here already.
  bool complete_ = false;
  bool surplus_ = false; ///< More came than the body: the connection is good for nothing else.
  steady_time data_at_{}, reported_at_{};
  std::uint64_t reported_end_ = 0;
};

} // namespace tributary::client
