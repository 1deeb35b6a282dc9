// One transfer: what is asked of a provider, and what it tells while it works. Process-local: a request
// carries the part file. No CAF in here, so that the loaders of net/client can speak of it.
#pragma once

#include "messages/catalog.hpp"
#include "messages/transfer_window.hpp"
#include "policy/identity.hpp"
#include "policy/outcome.hpp"
#include "policy/time.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace tributary {

class part_file; // net/client/part_file.hpp

/// The number of the lease that a transfer runs under; unique in the process.
using transfer_id = std::uint64_t;

/// A request for the bytes of one resource from `offset` on, written into `target` at the same offsets.
struct transfer_request {
  transfer_id id = 0;
  std::string path; ///< Relative to the provider's base, not percent-encoded; used when `url` is "".
  std::string url;  ///< Absolute; the provider's headers and limits hold all the same.
  std::optional<catalog_ref>
      item; ///< Then the provider finds the path in its catalogue. Never seen by loaders.
  std::shared_ptr<part_file> target;
  std::uint64_t offset = 0;
  /// Begins at `offset`. Its end when the transfer begins is what the source is asked for; no byte is written
  /// without a claim, and the transfer has ended well once it is full. Null: to the end of the file.
  std::shared_ptr<transfer_window> window;
  std::optional<file_identity> expected; ///< Of the bytes at hand: others are refused. None: whatever comes.
  identity_origin expected_by = identity_origin::same_source; ///< Who told `expected`.
  bool digest_known = false;                                  ///< The job has a digest for the whole file.
  /// Of the whole file, as the job says: it holds where the source does not tell one.
  std::optional<std::uint64_t> size;
  milliseconds stall_timeout{30'000};
  std::uint64_t piece_bytes = 4u << 20; ///< Progress is made durable at multiples of it.
  bool flush = true; ///< Flush to the disk before progress is called durable (durability full).
  /// ... also at the end of a transfer that went well. Not of use where the whole file is flushed after it.
  bool flush_end = true;
};

/// What the source told about the file, in the header.
struct source_facts {
  int status = 0;
  file_identity identity;
  bool ranges = false;   ///< It answered 206, or says Accept-Ranges: bytes.
  std::string file_name; ///< From Content-Disposition, sanitised; else "".
  std::string path; ///< Where the provider's catalogue led; "" when the request named path or URL itself.
};

struct transfer_progress {
  std::uint64_t written_end = 0; ///< All bytes from the request's offset to it are in the part file.
  std::uint64_t durable_end = 0; ///< ... and flushed, where that was asked for.
};

/// How a transfer ended. Exactly one per accepted transfer.
struct transfer_result {
  outcome result = outcome::ok;
  fault cause = fault::none;
  int status = 0;
  std::string message; ///< "" when ok; for people, without secrets.
  std::optional<seconds> retry_after;
  std::uint64_t bytes = 0;       ///< Body bytes received, also those that were thrown away.
  std::uint64_t written_end = 0; ///< All bytes from the offset to it are in the part file.
  std::uint64_t durable_end = 0;
  source_facts facts;
  nanoseconds connect{0};
  std::optional<nanoseconds> first_byte;
  nanoseconds total{0};
};

/// The answer of an active check, and what it found that the provider can do.
struct check_result {
  bool passed = false;
  fault cause = fault::none;
  int status = 0;
  std::string message; ///< "" when it passed.
  bool ranges = false; ///< Answers a range request with 206.
  bool strong_validator = false, digest = false;
  std::string validator; ///< The strong ETag that it told, else "".
};

} // namespace tributary
