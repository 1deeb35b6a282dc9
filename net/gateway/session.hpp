// One connection: reads a request within its limits, hands it on, writes the answer, and so on until somebody
// closes. One request at a time is out; pipelined ones wait in the buffer. Lives on the server's thread.
#pragma once

#include "net/gateway/server_core.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <array>
#include <optional>

namespace tributary::gateway {

class session : public std::enable_shared_from_this<session> {
public:
  session(tcp_socket socket, server_core& core);

  /// Serves the connection to its end.
  awaitable<void> serve();
  /// Tells a connection too many 503 and ends.
  awaitable<void> refuse();

  /// The server stops: ends now, except that a whole request still gets its answer.
  void close_when_idle();
  /// Ends now.
  void cut();

  /// From the responder of that turn; a late answer to an earlier turn is dropped.
  void answered(std::uint64_t turn, response r);

private:
  using parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  enum class reading : std::uint8_t { done, gone, late, too_large, malformed };
  using steady = std::chrono::steady_clock;

  awaitable<bool> serve_one();
  awaitable<reading> read_head();
  awaitable<reading> read_body();
  awaitable<bool> end_with(reading failed);
  awaitable<response> ask(request asked, milliseconds at_most);
  awaitable<bool> write(response r, bool keep_alive);
  awaitable<void> stream(request asked, response first);
  awaitable<bool> send(std::string bytes, milliseconds at_most);
  awaitable<bool> write_problem(problem p, bool keep_alive);
  awaitable<bool> fill();
  awaitable<void> linger();

  [[nodiscard]] reading parse_head(std::size_t head_bytes);
  [[nodiscard]] request_head head_of() const;
  [[nodiscard]] problem problem_of(reading failed) const;

  /// Every wait on the socket or an answer ends at that time; one timer serves them all.
  void watch(milliseconds from_now) { watch_until(steady::now() + from_now); }
  void watch_until(steady::time_point when);
  void arm();
  void on_watchdog();
  void drop_input();

  server_core& core_;
  tcp_socket socket_;
  timer watchdog_, answer_came_;
  steady::time_point deadline_{}, armed_for_{}, request_deadline_{};
  bool armed_ = false, timed_out_ = false;
  bool first_ = true;      ///< No request was served yet.
  bool in_work_ = false;   ///< A whole request waits for its answer, or an answer is being written.
  bool unread_ = false;    ///< The client may still be sending what will not be read.
  bool head_only_ = false; ///< The request is a HEAD.
  bool streaming_ = false; ///< The body is open: parts come until somebody ends.
  bool ended_ = false;
  std::string local_address_;
  boost::beast::flat_buffer buffer_;
  std::optional<parser> parser_;
  boost::beast::error_code malformed_; ///< Why `reading::malformed`.
  std::string request_id_;
  std::uint64_t turn_ = 0;
  std::optional<response> answer_;
  std::array<char, 512> dropped_{}; ///< What comes while a stream goes out.
};

} // namespace tributary::gateway
