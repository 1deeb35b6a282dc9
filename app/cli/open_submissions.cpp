#include "app/cli/open_submissions.hpp"

#include <utility>

namespace tributary::cli {

std::uint64_t open_submissions::begin() {
  open_.insert(++last_);
  return last_;
}

void open_submissions::answered(std::uint64_t number) {
  open_.erase(number);
  while (!order_.empty() && (open_.empty() || order_.front().first < *open_.begin())) {
    const auto [before, job] = order_.front();
    order_.pop_front();
    // A job that was retried ends again: its newer end has an entry of its own.
    if (const auto kept = ends_.find(job); kept != ends_.end() && kept->second.before == before)
      ends_.erase(kept);
  }
}

void open_submissions::ended(job_id job, job_status how) {
  if (open_.empty())
    return;
  ends_.insert_or_assign(job, end{std::move(how), last_});
  order_.emplace_back(last_, job);
}

job_status* open_submissions::end_of(job_id job) {
  const auto kept = ends_.find(job);
  return kept == ends_.end() ? nullptr : &kept->second.how;
}

} // namespace tributary::cli
