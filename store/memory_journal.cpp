// The journal in memory: for tests, and for embedding without a disk. Nothing outlives the process.
#include "store/commit_plan.hpp"
#include "store/journal.hpp"
#include "store/rollup_text.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <ranges>

namespace tributary {

namespace {

struct stored_job {
  job_row row;
  std::uint64_t fingerprint = 0;
  std::map<std::uint64_t, extent> extents;       ///< By offset.
  std::map<std::uint32_t, attempt_row> attempts; ///< By number.
  std::vector<decision_row> decisions;
};

std::vector<attempt_row> attempts_of(const stored_job& job) {
  const auto values = job.attempts | std::views::values;
  return {values.begin(), values.end()};
}

std::vector<extent> extents_of(const stored_job& job) {
  const auto values = job.extents | std::views::values;
  return {values.begin(), values.end()};
}

pending_job pending_from(const stored_job& job) {
  const auto& row = job.row;
  return {row.id,          row.state,         row.spec.priority,
          row.run_no,      wanted_since(row), row.next_attempt_at,
          row.spec.output, job.fingerprint};
}

class memory_journal final : public journal {
public:
  std::vector<commit_result> commit(std::span<const store_batch> batches) override {
    must_be_open();
    commit_plan plan{
        [this](job_id job) -> std::optional<job_fence> {
          const auto found = jobs_.find(job);
          if (found == jobs_.end())
            return std::nullopt;
          return job_fence{is_final(found->second.row.state), found->second.row.run_no};
        },
        [this](const std::string& key) {
          const auto found = keys_.find(key);
          return found == keys_.end() ? std::nullopt : std::optional{found->second};
        },
        [this] { return revisions_.empty() ? std::uint64_t{0} : revisions_.rbegin()->first; }};
    std::vector<commit_result> results;
    for (const auto& batch : batches) {
      auto refused = plan.refusal(batch);
      auto& result = results.emplace_back(refused ? *std::move(refused) : commit_result{});
      if (!refused)
        for (const auto& op : batch)
          std::visit([&](const auto& x) { apply(x, result); }, op);
    }
    return results;
  }

  std::optional<job_record> find(job_id job) override {
    must_be_open();
    const auto found = jobs_.find(job);
    if (found == jobs_.end())
      return std::nullopt;
    return job_record{found->second.row, extents_of(found->second), attempts_of(found->second)};
  }

  std::optional<job_trace> trace(job_id job) override {
    must_be_open();
    const auto found = jobs_.find(job);
    if (found == jobs_.end())
      return std::nullopt;
    return job_trace{job, found->second.decisions, attempts_of(found->second)};
  }

  stored_page list(const job_filter& filter) override {
    must_be_open();
    const auto limit = page_limit(filter);
    stored_page page;
    const auto end = filter.before ? jobs_.lower_bound(*filter.before) : jobs_.end();
    for (const auto& [id, job] : std::ranges::subrange(jobs_.begin(), end) | std::views::reverse) {
      if (filter.state && job.row.state != *filter.state)
        continue;
      if (page.jobs.size() == limit) {
        page.next = page.jobs.back().row.id;
        break;
      }
      page.jobs.push_back({job.row, {}, attempts_of(job)});
    }
    return page;
  }

  std::vector<event_row> events_after(std::uint64_t number, std::uint32_t limit) override {
    must_be_open();
    const auto begin = std::ranges::upper_bound(events_, number, {}, &event_row::number);
    const auto count = std::min<std::ptrdiff_t>(limit, events_.end() - begin);
    return {begin, begin + count};
  }

  recovered_state recover() override {
    must_be_open();
    recovered_state state;
    state.last_job = jobs_.empty() ? 0 : jobs_.rbegin()->first;
    state.last_event = last_event_;
    for (const auto& job : jobs_ | std::views::values) {
      if (!is_final(job.row.state))
        state.pending.push_back(pending_from(job));
      else if (job.row.state != job_state::failed && !job.row.part.empty())
        state.leftovers.push_back({job.row.id, job.row.part});
    }
    state.jobs_attempted = jobs_attempted_;
    for (const auto& figures : totals_ | std::views::values) {
      state.stats.push_back(figures);
      for (const auto n : figures.attempts)
        state.attempts += n;
    }
    if (!revisions_.empty())
      state.settings = revisions_.rbegin()->second;
    return state;
  }

  std::vector<stored_rollup> history(const std::string& provider, const history_query& what) override {
    must_be_open();
    std::vector<stored_rollup> steps;
    const auto& rows = what.step < an_hour ? minutes_ : hours_;
    const auto begin = rows.lower_bound({provider, what.from}), end = rows.lower_bound({provider, what.to});
    for (auto at = begin; at != end; ++at)
      add_to_steps(steps, {provider, at->first.second, at->second}, what.step);
    return steps;
  }

  void each_minute_since(wall_time from, const std::function<void(const stored_rollup&)>& visit) override {
    must_be_open();
    for (const auto& [key, sums] : minutes_) {
      const auto reset = resets_.find(key.first);
      if (key.second >= from && (reset == resets_.end() || key.second >= reset->second))
        visit({key.first, key.second, sums});
    }
  }

  std::optional<settings_revision> revision(std::uint64_t number) override {
    must_be_open();
    const auto found = revisions_.find(number);
    return found == revisions_.end() ? std::nullopt : std::optional{found->second};
  }

  std::vector<settings_revision> revisions(std::uint64_t before, std::uint32_t limit) override {
    must_be_open();
    std::vector<settings_revision> out;
    for (auto at = revisions_.lower_bound(before); at != revisions_.begin() && out.size() < limit;) {
      out.push_back((--at)->second);
      out.back().document.clear();
    }
    return out;
  }

  void close() override {
    must_be_open();
    open_ = false;
  }

private:
  void must_be_open() const {
    if (!open_)
      throw journal_error("the journal is closed");
  }

  void apply(const insert_job& op, commit_result&) {
    jobs_[op.row.id] = {op.row, fingerprint_of(op.row.spec), {}, {}, {}};
  }
  void apply(const save_job& op, commit_result&) {
    auto& row = jobs_.at(op.row.id).row;
    auto spec = std::move(row.spec);
    const auto created_at = row.created_at;
    row = op.row;
    row.spec = std::move(spec);
    row.created_at = created_at;
  }
  void apply(const save_extents& op, commit_result&) {
    auto& kept = jobs_.at(op.job).extents;
    if (op.anew)
      kept.clear();
    for (const auto& e : op.extents)
      kept.insert_or_assign(e.offset, e);
  }
  void apply(const reopen_job& op, commit_result& result) { apply(save_job{op.row}, result); }
  void apply(const claim_key& op, commit_result&) {
    std::erase_if(keys_, [&](const auto& kv) { return kv.second.at + idempotency_kept <= op.at; });
    keys_[op.key.key] = {op.key.digest, op.at, op.jobs};
  }
  void apply(const find_claim&, commit_result&) {}
  void apply(const add_attempt& op, commit_result&) {
    if (!jobs_.at(op.job).attempts.emplace(op.row.number, op.row).second)
      return;
    auto& total = totals_[op.row.provider];
    total.provider = op.row.provider;
    ++total.attempts.at(static_cast<std::size_t>(op.row.result));
    jobs_attempted_ += op.row.number == 1;
  }
  void apply(const add_decision& op, commit_result&) { jobs_.at(op.job).decisions.push_back(op.row); }
  void apply(const add_event& op, commit_result& result) {
    events_.push_back(op.row);
    events_.back().number = ++last_event_;
    if (result.first_event == 0)
      result.first_event = last_event_;
  }
  void apply(const clear_part& op, commit_result&) {
    if (const auto found = jobs_.find(op.job); found != jobs_.end())
      found->second.row.part.clear();
  }
  void apply(const add_rollup& op, commit_result&) {
    minutes_[{op.provider, op.minute}].merge(op.sums);
    hours_[{op.provider, step_of(op.minute, an_hour)}].merge(op.sums);
  }
  void apply(const mark_reset& op, commit_result&) { resets_[op.provider] = op.at; }
  void apply(const prune_history& op, commit_result&) {
    std::erase_if(minutes_, [&](const auto& kv) { return kv.first.second < op.minutes_before; });
    std::erase_if(hours_, [&](const auto& kv) { return kv.first.second < op.hours_before; });
    for (std::uint32_t n = 0; n < prune_events_max && events_.size() > 1; ++n) {
      if (events_.front().at >= op.ended_before)
        break;
      events_.pop_front();
    }
    std::uint32_t n = 0;
    for (auto at = jobs_.begin(); n < prune_jobs_max && at != jobs_.end() && std::next(at) != jobs_.end();) {
      const auto& row = at->second.row;
      const bool goes =
          is_final(row.state) && row.part.empty() && row.finished_at && *row.finished_at < op.ended_before;
      n += goes;
      at = goes ? jobs_.erase(at) : std::next(at);
    }
  }

  using step_key = std::pair<std::string, wall_time>;

  /// The newest one stays whatever its size.
  void apply(const add_revision& op, commit_result&) {
    revisions_[op.row.revision] = op.row;
    std::uint64_t count = 0, bytes = 0;
    for (auto at = revisions_.rbegin(); at != revisions_.rend(); ++at) {
      bytes += at->second.document.size();
      if (count++ > 0 && (count > revisions_kept_max || bytes > revision_bytes_max)) {
        revisions_.erase(revisions_.begin(), at.base());
        break;
      }
    }
  }

  std::map<job_id, stored_job> jobs_;
  std::deque<event_row> events_;
  std::uint64_t last_event_ = 0, jobs_attempted_ = 0;
  std::map<std::string, stored_provider_stats> totals_;
  std::map<step_key, rollup> minutes_, hours_;
  std::map<std::string, wall_time> resets_;
  std::map<std::uint64_t, settings_revision> revisions_; ///< By number.
  std::map<std::string, claimed_key> keys_;
  bool open_ = true;
};

} // namespace

std::unique_ptr<journal> make_memory_journal() {
  return std::make_unique<memory_journal>();
}

} // namespace tributary
