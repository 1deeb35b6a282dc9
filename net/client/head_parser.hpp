// Reads a response header with Beast's parser straight into the few facts that are wanted. Internal to
// net/client.
#pragma once

#include "net/client/answer_rules.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>

namespace tributary::client {

/// Of one header.
inline constexpr std::size_t header_bytes_max = 64 * 1024;

class head_parser final : private boost::beast::http::basic_parser<false> {
public:
  head_parser();

  enum class state : std::uint8_t { more, done, bad };

  /// Takes header bytes off the front of the buffer. `done`: the header is complete, the body follows. Not to
  /// be called after `done` or `bad`.
  state feed(boost::beast::flat_buffer& buffer);

  /// When done: the facts. When bad: the defect.
  [[nodiscard]] response_head& head() noexcept { return head_; }

private:
  using error_code = boost::beast::error_code;
  using string_view = boost::beast::string_view;
  void on_request_impl(boost::beast::http::verb, string_view, string_view, int, error_code&) override {}
  void on_response_impl(int code, string_view reason, int version, error_code& failed) override;
  void
  on_field_impl(boost::beast::http::field name, string_view text, string_view value, error_code&) override;
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(string_view, error_code&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, string_view, error_code&) override { return 0; }
  void on_finish_impl(error_code&) override {}

  state fail(std::string why);
  void note_length(string_view value);
  void note_coding(string_view value);
  void keep(std::string& field, string_view value);

  response_head head_;
  bool length_seen_ = false, coding_seen_ = false, old_version_ = false;
  std::size_t consumed_ = 0;
};

} // namespace tributary::client
