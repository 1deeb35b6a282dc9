#include "actors/part_progress.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace tributary {

part_progress::part_progress(const std::vector<extent>& stored, std::uint64_t piece_bytes)
    : piece_bytes_(piece_bytes) {
  assert(piece_bytes > 0);
  for (const auto& e : stored) {
    if (e.offset != written_)
      break;
    extents_.push_back(e);
    written_ += e.length;
  }
  durable_ = written_;
  pieces_seen_ = durable_ / piece_bytes_;
}

void part_progress::advance(const transfer_progress& p, const byte_source& from) {
  if (p.written_end > written_) {
    const auto gained = p.written_end - written_;
    if (!extents_.empty() && extents_.back().attempt == from.attempt &&
        extents_.back().provider == from.provider)
      extents_.back().length += gained;
    else
      extents_.push_back({written_, gained, from.provider, from.attempt, from.validator});
    written_ = p.written_end;
  }
  durable_ = std::min(std::max(durable_, p.durable_end), written_);
}

void part_progress::restart() {
  extents_.clear();
  written_ = durable_ = 0;
}

std::vector<extent> part_progress::durable_extents() const {
  std::vector<extent> out;
  for (auto e : extents_) {
    if (e.offset >= durable_)
      break;
    e.length = std::min(e.length, durable_ - e.offset);
    out.push_back(std::move(e));
  }
  return out;
}

bool part_progress::is_all_from(const std::string& provider) const {
  return std::ranges::all_of(extents_, [&](const extent& e) { return e.provider == provider; });
}

bool part_progress::is_of_one_source() const {
  return extents_.empty() || is_all_from(extents_.front().provider);
}

bool part_progress::take_new_piece() {
  const auto pieces = durable_ / piece_bytes_;
  if (pieces <= pieces_seen_)
    return false;
  pieces_seen_ = pieces;
  return true;
}

void rate_meter::start(steady_time now, std::uint64_t position) {
  last_ = now;
  position_ = position;
}

void rate_meter::update(steady_time now, std::uint64_t position) {
  constexpr double memory_seconds = 3; // After so long, two thirds of an old rate are forgotten.
  const auto passed = std::chrono::duration<double>(now - last_).count();
  if (passed <= 0 || position < position_)
    return;
  const auto rate = static_cast<double>(position - position_) * 8e-6 / passed;
  const auto keep = mbps_ > 0 ? std::exp(-passed / memory_seconds) : 0.0;
  mbps_ = keep * mbps_ + (1 - keep) * rate;
  start(now, position);
}

} // namespace tributary
