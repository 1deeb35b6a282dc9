#include "actors/provenance.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace tributary {

provenance::provenance(const std::vector<extent>& stored, std::uint64_t piece_bytes)
    : piece_bytes_(piece_bytes) {
  assert(piece_bytes > 0);
  std::map<std::uint64_t, entry> kept;
  std::uint64_t end = 0;
  auto sorted = stored;
  std::ranges::stable_sort(sorted, {}, &extent::offset);
  for (auto& e : sorted) {
    if (e.length == 0 || e.offset < end)
      continue;
    end = e.offset + e.length;
    kept.emplace(e.offset, entry{std::move(e), true, true});
  }
  rebuild(std::move(kept));
  anew_ = entries_.size() != stored.size();
  pieces_seen_ = durable_bytes_ / piece_bytes_;
}

void provenance::rebuild(std::map<std::uint64_t, entry> kept) {
  entries_ = std::move(kept);
  pending_.clear();
  untold_.clear();
  bytes_from_.clear();
  durable_bytes_ = 0;
  for (const auto& [offset, e] : entries_) {
    bytes_from_[e.what.provider] += e.what.length;
    if (!e.durable)
      pending_[e.what.attempt].push_back(offset);
    else
      durable_bytes_ += e.what.length;
    if (e.durable && !e.told)
      untold_.push_back(offset);
  }
}

void provenance::add(const written_run& run, const byte_source& from) {
  extent e{run.offset, run.length, from.provider, from.attempt, from.validator, run.xxh3};
  bytes_from_[e.provider] += e.length;
  const bool is_new = entries_.insert_or_assign(run.offset, entry{std::move(e), false, false}).second;
  assert(is_new);
  static_cast<void>(is_new);
  pending_[from.attempt].push_back(run.offset);
}

void provenance::note_durable(entry& e) {
  e.durable = true;
  durable_bytes_ += e.what.length;
  untold_.push_back(e.what.offset);
}

void provenance::note_durable(std::uint32_t attempt, std::uint64_t end) {
  const auto at = pending_.find(attempt);
  if (at == pending_.end())
    return;
  std::erase_if(at->second, [&](std::uint64_t offset) {
    auto& e = entries_.at(offset);
    if (e.what.offset + e.what.length > end)
      return false;
    note_durable(e);
    return true;
  });
  if (at->second.empty())
    pending_.erase(at);
}

void provenance::note_all_durable() {
  for (const auto& [attempt, offsets] : std::exchange(pending_, {}))
    for (const auto offset : offsets)
      note_durable(entries_.at(offset));
}

void provenance::restart() {
  rebuild({});
  anew_ = true;
}

void provenance::keep_only(const std::string& provider) {
  auto kept = std::exchange(entries_, {});
  std::erase_if(kept, [&](const auto& kv) { return kv.second.what.provider != provider; });
  rebuild(std::move(kept));
  anew_ = true;
}

void provenance::drop(const std::vector<std::uint64_t>& offsets) {
  if (offsets.empty())
    return;
  auto kept = std::exchange(entries_, {});
  for (const auto offset : offsets)
    kept.erase(offset);
  rebuild(std::move(kept));
  anew_ = true;
}

provenance::news provenance::take_news() {
  news out;
  out.anew = std::exchange(anew_, false);
  if (out.anew) {
    untold_.clear();
    for (const auto& [offset, e] : entries_)
      if (e.durable)
        untold_.push_back(offset);
  }
  for (const auto offset : std::exchange(untold_, {})) {
    auto& e = entries_.at(offset);
    e.told = true;
    out.extents.push_back(e.what);
  }
  return out;
}

std::vector<extent> provenance::extents() const {
  std::vector<extent> out;
  out.reserve(entries_.size());
  for (const auto& [offset, e] : entries_)
    out.push_back(e.what);
  return out;
}

std::string provenance::main_provider() const {
  const auto most = std::ranges::max_element(bytes_from_, {}, [](const auto& kv) { return kv.second; });
  return most == bytes_from_.end() ? std::string{} : most->first;
}

bool provenance::is_all_from(const std::string& provider) const {
  return bytes_from_.empty() || (bytes_from_.size() == 1 && bytes_from_.begin()->first == provider);
}

bool provenance::is_of_one_source() const {
  return bytes_from_.size() <= 1;
}

bool provenance::take_new_piece() {
  const auto pieces = durable_bytes_ / piece_bytes_;
  if (pieces <= pieces_seen_)
    return false;
  pieces_seen_ = pieces;
  return true;
}

} // namespace tributary
