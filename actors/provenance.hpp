// Which bytes of a job's file came from whom, and which of them survive whatever happens. Pure.
#pragma once

#include "messages/job.hpp"
#include "net/client/part_file.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace tributary {

/// Who writes: the provenance of the bytes that come.
struct byte_source {
  std::string provider; ///< Name of the route, as in attempts.
  std::uint32_t attempt = 0;
  std::string validator;
};

class provenance {
public:
  /// Goes on from the journal's extents; of those that overlap the first one stays.
  provenance(const std::vector<extent>& stored, std::uint64_t piece_bytes);

  /// A run that was written.
  void add(const written_run& run, const byte_source& from);
  /// What this attempt wrote below `end` is durable.
  void note_durable(std::uint32_t attempt, std::uint64_t end);
  /// Everything is.
  void note_all_durable();

  /// Everything was thrown away.
  void restart();
  /// All but this provider's bytes were.
  void keep_only(const std::string& provider);
  /// The bytes of these extents (by offset) are not what they were.
  void drop(const std::vector<std::uint64_t>& offsets);

  /// Of the durable bytes, what the journal was not told yet.
  struct news {
    std::vector<extent> extents;
    bool anew = false; ///< These are all there are.
  };
  [[nodiscard]] news take_news();
  [[nodiscard]] bool has_news() const noexcept { return anew_ || !untold_.empty(); }

  /// All that was written, by offset.
  [[nodiscard]] std::vector<extent> extents() const;
  [[nodiscard]] std::uint64_t durable_bytes() const noexcept { return durable_bytes_; }
  /// Who gave most bytes; "" when there are none.
  [[nodiscard]] std::string main_provider() const;
  /// Did all bytes come from this provider? True when there are none.
  [[nodiscard]] bool is_all_from(const std::string& provider) const;
  /// Did all bytes come from one provider?
  [[nodiscard]] bool is_of_one_source() const;

  /// Are there durable pieces beyond all that there were when this was last asked (or at the start), also
  /// before a restart? An attempt that only fetches again what was thrown away is no progress.
  [[nodiscard]] bool take_new_piece();

private:
  struct entry {
    extent what;
    bool durable = false, told = false;
  };
  void note_durable(entry& e);
  void rebuild(std::map<std::uint64_t, entry> kept);

  std::map<std::uint64_t, entry> entries_;                      ///< By offset.
  std::map<std::uint32_t, std::vector<std::uint64_t>> pending_; ///< Not durable yet, by attempt.
  std::vector<std::uint64_t> untold_;
  std::map<std::string, std::uint64_t> bytes_from_;
  std::uint64_t durable_bytes_ = 0;
  bool anew_ = false;
  std::uint64_t piece_bytes_;
  std::uint64_t pieces_seen_ = 0;
};

} // namespace tributary
