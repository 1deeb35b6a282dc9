// Which bytes of a file are here, which stream fetches which of the others, and what an idle stream should
// take over. Pure: knows neither providers nor clocks.
//
// A stream reads one run of bytes, from its position to its end. Its end may be drawn in while it reads
// (another stream takes over what is beyond), never pushed out.
#pragma once

#include "policy/byte_ranges.hpp"
#include "policy/time.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <span>

namespace tributary {

/// No file has more pieces: the pieces of larger files are larger.
inline constexpr std::uint64_t file_pieces_max = 4096;
/// Below this, splitting a piece costs more than it gains.
inline constexpr std::uint64_t split_grain_bytes = 256u << 10;
/// A stream that is done sooner is left alone.
inline constexpr double split_worth_seconds = 0.5;
/// Before a rate is known, what is worth a further stream: so many pieces left.
inline constexpr std::uint64_t split_worth_pieces = 32;

/// The piece size of a file: `wanted`, doubled until file_pieces_max pieces do. @pre wanted > 0
[[nodiscard]] std::uint64_t
piece_bytes_for(std::optional<std::uint64_t> file_size, std::uint64_t wanted) noexcept;

/// How a stream gets on.
struct stream_pace {
  std::uint64_t stream = 0;
  double bytes_per_second = 0; ///< 0: not known yet.
  bool slow = false;           ///< See slow_watch.
};

class piece_plan {
public:
  explicit piece_plan(std::uint64_t piece_bytes) noexcept : piece_bytes_(piece_bytes) {}

  /// The file's size is known now. Larger files get larger pieces.
  void set_size(std::uint64_t size);
  [[nodiscard]] std::optional<std::uint64_t> size() const noexcept { return size_; }
  [[nodiscard]] std::uint64_t piece_bytes() const noexcept { return piece_bytes_; }

  // -- bytes --------------------------------------------------------------------

  void keep(byte_range r) { here_.add(r); }
  void discard(byte_range r) { here_.remove(r); }
  /// Everything is thrown away, the size is unknown again, and there are no streams.
  void restart(std::uint64_t piece_bytes);

  [[nodiscard]] const byte_ranges& here() const noexcept { return here_; }
  /// All bytes are here. False while the size is unknown.
  [[nodiscard]] bool complete() const { return size_ && here_.total() == *size_; }
  [[nodiscard]] std::uint64_t bytes_left() const { return size_ ? *size_ - here_.total() : 0; }

  // -- streams ------------------------------------------------------------------

  /// What a further stream should read; taken_from: the stream whose end must be drawn in to range.begin
  /// first. If that one has come further meanwhile, ask again.
  struct share {
    byte_range range;
    std::optional<std::uint64_t> taken_from;
  };
  /// The first run that nobody fetches; else half of what the stream has left that would be done last, cut at
  /// a piece border (within its last two pieces, at a multiple of split_grain_bytes); of a slow one, all but
  /// the piece that it is in. A file of less than two pieces is one stream's. None: nothing is worth a
  /// further one.
  /// @param paces of the streams; one that is not named has no rate.
  [[nodiscard]] std::optional<share> next_share(std::span<const stream_pace> paces) const;

  /// @pre nothing of it is here or assigned; the stream is new
  void assign(std::uint64_t stream, byte_range r);
  /// All bytes before the position are here.
  void advance(std::uint64_t stream, std::uint64_t position);
  /// Draws its end in: not below its position.
  void shrink(std::uint64_t stream, std::uint64_t end);
  /// The stream has ended: what it did not read is missing again.
  void release(std::uint64_t stream);

  struct run {
    std::uint64_t begin = 0, position = 0, end = 0;
  };
  /// Null when there is no such stream.
  [[nodiscard]] const run* find(std::uint64_t stream) const;
  [[nodiscard]] const std::map<std::uint64_t, run>& streams() const noexcept { return streams_; }
  /// The stream whose run `offset` lies in (begin included, end not).
  [[nodiscard]] std::optional<std::uint64_t> reader_of(std::uint64_t offset) const;

private:
  [[nodiscard]] std::optional<share> unassigned() const;
  [[nodiscard]] std::optional<share> split(std::span<const stream_pace> paces) const;
  [[nodiscard]] std::uint64_t cut_of(const run& r, bool slow) const noexcept;

  std::uint64_t piece_bytes_;
  std::optional<std::uint64_t> size_;
  byte_ranges here_;
  std::map<std::uint64_t, run> streams_;
};

/// Tells when a stream is slow, which is not failed: below a quarter of what its provider usually gives, for
/// 30 s on end.
class slow_watch {
public:
  static constexpr double share = 0.25;
  static constexpr seconds patience{30};

  /// @param usual of the provider, in any unit that `rate` has; none: it has no history, and nothing is slow.
  bool update(steady_time now, double rate, std::optional<double> usual) noexcept {
    if (!usual || rate >= share * *usual)
      since_.reset();
    else if (!since_)
      since_ = now;
    return since_ && now - *since_ >= patience;
  }

private:
  std::optional<steady_time> since_;
};

} // namespace tributary
