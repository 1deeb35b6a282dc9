// What of a job's file is here: how far it is written and durable, who gave which bytes, and how fast they
// come. The bytes are one run from 0 on, since one stream fetches them. Pure.
#pragma once

#include "messages/job.hpp"
#include "messages/transfer.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tributary {

/// Who writes now: the provenance of the bytes that come.
struct byte_source {
  std::string provider;
  std::uint32_t attempt = 0;
  std::string validator;
};

class part_progress {
public:
  /// Goes on from the journal's extents; those that leave a gap are dropped.
  part_progress(const std::vector<extent>& stored, std::uint64_t piece_bytes);

  /// All bytes below it are in the part file: where the next transfer begins.
  [[nodiscard]] std::uint64_t written() const noexcept { return written_; }
  /// ... and survive whatever happens: what the journal may say.
  [[nodiscard]] std::uint64_t durable() const noexcept { return durable_; }

  /// Takes over what a transfer tells; positions never go back.
  void advance(const transfer_progress& p, const byte_source& from);
  /// Everything was thrown away.
  void restart();

  /// The durable bytes, as the journal keeps them.
  [[nodiscard]] std::vector<extent> durable_extents() const;
  /// Did all bytes come from this provider? True when there are none.
  [[nodiscard]] bool is_all_from(const std::string& provider) const;
  /// Did all bytes come from one provider?
  [[nodiscard]] bool is_of_one_source() const;

  /// Durable pieces beyond all that were there when this was last asked (or at the start), also before a
  /// restart: an attempt that only fetches again what was thrown away is no progress.
  [[nodiscard]] bool take_new_piece();

private:
  std::vector<extent> extents_; // Of the written bytes.
  std::uint64_t written_ = 0, durable_ = 0;
  std::uint64_t piece_bytes_;
  std::uint64_t pieces_seen_ = 0;
};

/// Bytes per time, smoothed over a few seconds.
class rate_meter {
public:
  /// A transfer begins at this position: the time before does not count.
  void start(steady_time now, std::uint64_t position);
  void update(steady_time now, std::uint64_t position);
  /// Mbit/s; 0 until there is something to tell.
  [[nodiscard]] double mbps() const noexcept { return mbps_; }

private:
  steady_time last_{};
  std::uint64_t position_ = 0;
  double mbps_ = 0;
};

} // namespace tributary
