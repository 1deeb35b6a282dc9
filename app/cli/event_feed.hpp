// The engine's event stream as a command sees it: the frames out of the bytes, and the place to come back to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace tributary::cli {

class session;

/// One frame of text/event-stream that has data; ids and events stand in it, too.
using take_event = std::function<bool(const std::string& data)>;

inline constexpr std::size_t frame_bytes_max = 4u << 20; ///< Of one event; a longer one ends the stream.

/// Takes frames out of bytes as they come, however they are cut. Pure.
class frame_reader {
public:
  /// False: `take` had enough, or a frame is too long.
  bool feed(std::string_view bytes, const take_event& take);

  /// Id of the newest frame, with data or without; "" before the first.
  [[nodiscard]] const std::string& last_id() const noexcept { return last_id_; }
  /// What is left over belongs to a stream that has ended.
  void restart() {
    line_.clear();
    data_.clear();
  }

private:
  bool end_line(const take_event& take);

  std::string line_, data_, last_id_;
};

struct feed_query {
  std::string filter;                ///< "kind=job&job=7": "" for all.
  std::string after;                 ///< Begin behind this id; "": now.
  std::function<void()> opened = {}; ///< Called once: what happens from now on will come.
};

/// Hands on every event until `take` has had enough. When the stream ends, asks again from where it was, for
/// as long as it takes, and says so on standard error. @throws failure: nobody answered the first time, or
/// the engine refused.
void follow_events(session& s, const feed_query& q, const take_event& take);

} // namespace tributary::cli
