// A response as plain data, and its head as bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tributary::gateway {

using header_list = std::vector<std::pair<std::string, std::string>>;

struct response {
  int status = 200;
  std::string content_type = "application/json";
  header_list headers; ///< Beside the ones that every response has.
  std::string body{};
  std::optional<std::uint64_t> resume{}; ///< Set: the body is open; once this part is sent, the connection
                                         ///< asks for the next one with request::resume.
};

/// What the connection, not the handler, knows about a response.
struct response_frame {
  std::string_view request_id;
  std::string_view date; ///< IMF-fixdate; "": left out.
  bool keep_alive = true;
  bool http_1_0 = false; ///< Then an open body ends with the connection, else it is chunked.
};

/// The reason phrase of a status that this server sends; "" of any other.
[[nodiscard]] std::string_view reason_of(int status) noexcept;

/// Status line and header fields, up to and with the empty line.
[[nodiscard]] std::string render_head(const response& r, const response_frame& frame);

} // namespace tributary::gateway
