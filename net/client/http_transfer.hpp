// One download over HTTP: asks, judges the answer, moves the body into the part file, reports. Internal to
// net/client.
#pragma once

#include "net/client/body_framing.hpp"
#include "net/client/exchange.hpp"
#include "net/client/part_transfer.hpp"

namespace tributary::client {

/// Most bytes that a connection may take before the others of its thread get their turn.
inline constexpr std::size_t turn_bytes_max = 4u << 20;
/// What is left of a body that nobody wants any more: so much is read and thrown away to keep the connection.
inline constexpr std::uint64_t drain_bytes_max = 64u << 10;

class http_transfer final : public part_transfer {
public:
  http_transfer(
      std::shared_ptr<transfer_thread> thread, std::shared_ptr<const http_settings> settings,
      std::shared_ptr<bandwidth> provider_limit, transfer_request request,
      std::shared_ptr<transfer_observer> observer);

private:
  task<void> transfer() override;
  void let_go() override;
  task<void> read_body(answer& a);
  task<void> drain(connection& link);
  task<void> limited_turn(connection& link);
  void note(const answer& a, const ruling& d);
  std::size_t receive_turn(connection& link, std::size_t turn);
  void consume(std::span<std::byte> raw);
  void write(std::span<const std::byte> body);
  void charge(std::size_t bytes);
  void conclude();
  void fail_over();

  /// Of the body, beyond what was wanted; none when it does not say.
  [[nodiscard]] std::optional<std::uint64_t> left_over() const;
  [[nodiscard]] std::string so_far() const;

  std::shared_ptr<const http_settings> settings_;
  std::string endpoint_; ///< Who sends the body, for messages; "" before there is a header.
  std::optional<body_framing> framing_;
  std::optional<std::uint64_t> body_end_; ///< Where the body ends in the file, if it says so.
  std::uint64_t skip_ = 0;                ///< Body bytes still to come that are here already.
  bool surplus_ = false; ///< More came than the body: the connection is good for nothing else.
};

} // namespace tributary::client
