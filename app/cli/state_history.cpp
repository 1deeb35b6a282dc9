#include "app/cli/state_history.hpp"

#include "app/log.hpp"
#include "net/client/part_file.hpp"
#include "net/client/publish.hpp"
#include "store/journal.hpp"

namespace tributary::cli {

namespace {

/// Null where there is none: looking must not make one.
std::unique_ptr<journal> open_journal(const std::filesystem::path& state) {
  const auto file = state / "journal.db";
  std::error_code unreadable; // Opening it says why.
  if (!std::filesystem::exists(file, unreadable) && !unreadable)
    return nullptr;
  return open_sqlite_journal(file);
}

bool is_there(const std::filesystem::path& downloads, const job_row& row) {
  std::error_code absent;
  const auto size =
      std::filesystem::file_size(downloads / (row.target.empty() ? row.spec.output : row.target), absent);
  return !absent && size == row.identity.size.value_or(row.bytes_done);
}

/// An item without a name of its own was named by a catalogue, which nobody asks here.
bool is_same_wish(const job_spec& done, const job_spec& wish) {
  const bool same_name = done.output == wish.output || (wish.resource.item && wish.output.empty());
  return same_name && done.resource == wish.resource && done.sha256 == wish.sha256 && done.size == wish.size;
}

/// What a wish is looked up by: its name counts only where it was wished for in every case.
std::uint64_t place_of(job_spec spec) {
  if (spec.resource.item)
    spec.output.clear();
  return fingerprint_of(spec);
}

} // namespace

std::optional<job_status> history::find(const job_spec& wish) const {
  const auto [begin, end] = succeeded.equal_range(place_of(wish));
  for (auto at = begin; at != end; ++at) {
    const auto& row = at->second;
    if (!is_same_wish(row.spec, wish))
      continue;
    job_status s;
    s.id = std::to_string(row.id);
    s.state = row.state;
    s.output = row.target.empty() ? row.spec.output : row.target;
    s.provider = row.provider;
    s.size = row.identity.size;
    s.bytes_done = row.identity.size.value_or(row.bytes_done);
    return s;
  }
  return std::nullopt;
}

std::vector<job_status> history::take_done(std::vector<job_spec>& wishes) const {
  std::vector<job_status> done;
  std::erase_if(wishes, [&](const job_spec& wish) {
    auto known = find(wish);
    if (known)
      done.push_back(std::move(*known));
    return known.has_value();
  });
  return done;
}

history read_history(
    const std::filesystem::path& state, const std::filesystem::path& downloads, bool with_unfinished) {
  history h;
  const auto past = open_journal(state);
  if (!past)
    return h;
  const auto recovered = past->recover();
  h.last_event = recovered.last_event;
  if (with_unfinished)
    for (const auto& job : recovered.pending)
      h.unfinished.push_back(job.id);
  job_filter filter;
  filter.state = job_state::succeeded;
  filter.limit = page_jobs_max;
  do {
    auto page = past->list(filter);
    for (auto& job : page.jobs)
      if (is_there(downloads, job.row))
        h.succeeded.emplace(place_of(job.row.spec), std::move(job.row));
    filter.before = page.next;
  } while (filter.before);
  past->close();
  return h;
}

std::size_t count_unfinished(const std::filesystem::path& state) {
  const auto past = open_journal(state);
  if (!past)
    return 0;
  const auto n = past->recover().pending.size();
  past->close();
  return n;
}

void discard_parts(const std::filesystem::path& state, const std::filesystem::path& downloads) {
  const auto past = open_journal(state);
  auto root = download_root::open(downloads);
  if (!past || !std::holds_alternative<std::shared_ptr<download_root>>(root))
    return;
  for (const auto& job : past->recover().pending) {
    const auto record = job.run_no > 0 ? past->find(job.id) : std::nullopt;
    if (!record || record->row.part.empty())
      continue;
    if (const auto failed = remove_part(*std::get<std::shared_ptr<download_root>>(root), record->row.part))
      log_warning(failed.what);
  }
  past->close();
}

} // namespace tributary::cli
