// What a response header means for a transfer that wants the bytes from some offset on (to some end): take
// the body, skip some of it, be done, or fail. Pure: the header's facts in, a ruling out.
#pragma once

#include "messages/transfer.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace tributary::client {

/// The fields of a response header that matter here, as sent; "" when absent.
struct response_head {
  int status = 0;
  bool keep_alive = false;
  bool chunked = false;
  std::optional<std::uint64_t> content_length;
  bool ranges_accepted = false; ///< Accept-Ranges: bytes.
  std::string content_range, etag, last_modified, location, retry_after, content_disposition;
  std::string repr_digest, content_digest, digest;
  std::string defect; ///< Why the header cannot be trusted; "" when it can.
};

/// What was asked for.
struct question {
  std::uint64_t offset = 0;
  std::uint64_t end = open_end;          ///< open_end: whatever there is.
  std::optional<file_identity> expected; ///< None: any file will do.
  identity_origin expected_by = identity_origin::same_source;
  bool digest_known = false;
  std::optional<std::uint64_t> size; ///< Of the whole file, as the job says.
};

struct ruling {
  enum class kind : std::uint8_t {
    take,     ///< Read the body; its first `skip` bytes are before the offset.
    complete, ///< Nothing is missing: done.
    fail,
  };
  kind what = kind::fail;
  std::uint64_t skip = 0;
  std::optional<std::uint64_t>
      body_end; ///< take: the offset in the file at which the body ends, where known.
  fault cause = fault::none;
  std::string message; ///< fail: what went wrong, without naming the server.
  source_facts facts;
};

/// On the last answer: redirects have been followed.
[[nodiscard]] ruling judge(const question& q, const response_head& head);

/// Says the answer that the file is elsewhere, and where?
[[nodiscard]] bool is_redirect(const response_head& head) noexcept;

/// The standard phrase of a status, "" for unknown ones.
[[nodiscard]] std::string_view reason_of(int status) noexcept;

} // namespace tributary::client
