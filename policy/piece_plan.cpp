#include "policy/piece_plan.hpp"

#include <algorithm>
#include <cassert>
#include <vector>

namespace tributary {

namespace {

std::uint64_t up_to_multiple(std::uint64_t x, std::uint64_t unit) noexcept {
  return (x / unit + (x % unit != 0)) * unit;
}

const stream_pace* pace_of(std::span<const stream_pace> paces, std::uint64_t stream) noexcept {
  const auto at = std::ranges::find(paces, stream, &stream_pace::stream);
  return at == paces.end() ? nullptr : &*at;
}

} // namespace

std::uint64_t piece_bytes_for(std::optional<std::uint64_t> file_size, std::uint64_t wanted) noexcept {
  auto bytes = wanted;
  while (file_size && *file_size / bytes >= file_pieces_max)
    bytes *= 2;
  return bytes;
}

void piece_plan::set_size(std::uint64_t size) {
  size_ = size;
  piece_bytes_ = piece_bytes_for(size, piece_bytes_);
  for (auto& [id, r] : streams_)
    r.end = std::min(r.end, std::max(size, r.position));
}

void piece_plan::restart(std::uint64_t piece_bytes) {
  piece_bytes_ = piece_bytes;
  size_.reset();
  here_.clear();
  streams_.clear();
}

std::optional<piece_plan::share> piece_plan::next_share(std::span<const stream_pace> paces) const {
  auto found = unassigned();
  return found ? found : split(paces);
}

std::optional<piece_plan::share> piece_plan::unassigned() const {
  auto taken = here_;
  for (const auto& [id, r] : streams_)
    taken.add({r.begin, r.end});
  const auto missing = taken.gaps({0, size_.value_or(open_end)});
  return missing.empty() ? std::nullopt : std::optional{share{missing.front(), {}}};
}

/// Whoever would be done last gives some of it away. Without a rate a stream is taken to be as fast as the
/// slowest known one.
std::optional<piece_plan::share> piece_plan::split(std::span<const stream_pace> paces) const {
  if (!size_ || *size_ < 2 * piece_bytes_)
    return std::nullopt;
  double slowest = 0;
  for (const auto& p : paces)
    if (p.bytes_per_second > 0)
      slowest = slowest > 0 ? std::min(slowest, p.bytes_per_second) : p.bytes_per_second;
  std::optional<share> out;
  double longest = 0;
  for (const auto& [id, r] : streams_) {
    const auto* pace = pace_of(paces, id);
    const bool is_known = pace && pace->bytes_per_second > 0;
    const auto left = static_cast<double>(r.end - r.position);
    const auto rate = is_known ? pace->bytes_per_second : slowest;
    const auto seconds_left = rate > 0 ? left / rate : left; // All rates unknown: the longest way.
    const bool is_worth_it = rate > 0 ? seconds_left >= split_worth_seconds
                                      : r.end - r.position >= split_worth_pieces * piece_bytes_;
    const auto cut = cut_of(r, pace && pace->slow);
    if (!is_worth_it || cut >= r.end || seconds_left <= longest)
      continue;
    longest = seconds_left;
    out = share{{cut, r.end}, id};
  }
  return out;
}

std::uint64_t piece_plan::cut_of(const run& r, bool slow) const noexcept {
  const auto left = r.end - r.position;
  if (slow)
    return up_to_multiple(r.position + 1, piece_bytes_);
  const auto middle = r.position + left / 2;
  if (left >= 2 * piece_bytes_)
    return up_to_multiple(middle, piece_bytes_);
  return left >= 2 * split_grain_bytes ? up_to_multiple(middle, split_grain_bytes) : r.end;
}

void piece_plan::assign(std::uint64_t stream, byte_range r) {
  assert(!streams_.contains(stream));
  streams_[stream] = {r.begin, r.begin, r.end};
}

void piece_plan::advance(std::uint64_t stream, std::uint64_t position) {
  const auto at = streams_.find(stream);
  if (at == streams_.end() || position <= at->second.position)
    return;
  auto& r = at->second;
  position = std::min(position, r.end);
  here_.add({r.position, position});
  r.position = position;
}

void piece_plan::shrink(std::uint64_t stream, std::uint64_t end) {
  if (const auto at = streams_.find(stream); at != streams_.end())
    at->second.end = std::max(std::min(at->second.end, end), at->second.position);
}

void piece_plan::release(std::uint64_t stream) {
  streams_.erase(stream);
}

const piece_plan::run* piece_plan::find(std::uint64_t stream) const {
  const auto at = streams_.find(stream);
  return at == streams_.end() ? nullptr : &at->second;
}

std::optional<std::uint64_t> piece_plan::reader_of(std::uint64_t offset) const {
  for (const auto& [id, r] : streams_)
    if (offset >= r.begin && offset < r.end)
      return id;
  return std::nullopt;
}

} // namespace tributary
