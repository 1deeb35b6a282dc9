// A client of /api/events: takes the chunks apart and the frames out of them.
#pragma once

#include "tests/support/http_client.hpp"

#include <stdexcept>
#include <string>
#include <vector>

namespace tributary::testing {

/// One frame as it was sent; fields that it does not have are "".
struct stream_frame {
  std::string id, event, data;
  friend bool operator==(const stream_frame&, const stream_frame&) = default;
};

class event_reader {
public:
  /// Sends that request, and reads the head and the opening. `receive_buffer`: as of http_connection.
  event_reader(std::uint16_t port, const std::string& request, int receive_buffer = 0)
      : connection_(port, slowness * std::chrono::seconds{10}, receive_buffer) {
    connection_.send(request);
    head_ = connection_.receive(true);
    opening_ = take_block();
  }

  [[nodiscard]] const http_reply& head() const { return head_; }
  [[nodiscard]] const std::string& opening() const { return opening_; }

  /// The next frames; comments are passed over. Throws when the stream ends or is silent for 10 s.
  [[nodiscard]] std::vector<stream_frame> read(std::size_t count) {
    std::vector<stream_frame> out;
    while (out.size() < count)
      if (const auto block = take_block(); !block.starts_with(':'))
        out.push_back(parse(block));
    return out;
  }

  /// Reads on to exactly this block; false: the stream ended first.
  [[nodiscard]] bool read_until(std::string_view block) {
    while (take_block() != block) {
    }
    return true;
  }

  /// Reads the last chunk and the end of the connection.
  [[nodiscard]] bool ended_cleanly() {
    while (connection_.receive_chunk(body_)) {
    }
    return connection_.closed_by_server();
  }

private:
  /// Up to and with the empty line.
  std::string take_block() {
    std::size_t end = 0;
    while ((end = body_.find("\n\n")) == std::string::npos)
      if (!connection_.receive_chunk(body_))
        throw std::runtime_error("the stream ended");
    auto block = body_.substr(0, end + 2);
    body_.erase(0, end + 2);
    return block;
  }

  static stream_frame parse(const std::string& block) {
    stream_frame f;
    for (std::size_t at = 0; at + 1 < block.size();) {
      const auto line = block.substr(at, block.find('\n', at) - at);
      at += line.size() + 1;
      const auto colon = line.find(": ");
      const auto name = line.substr(0, colon);
      auto& field = name == "id" ? f.id : name == "event" ? f.event : f.data;
      field = line.substr(colon + 2);
    }
    return f;
  }

  http_connection connection_;
  http_reply head_;
  std::string opening_, body_;
};

} // namespace tributary::testing
