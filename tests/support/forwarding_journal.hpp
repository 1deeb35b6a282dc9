// A journal that does what another does; a test overrides what it wants to see or to fail.
#pragma once

#include "store/journal.hpp"

#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace tributary::testing {

class forwarding_journal : public journal {
public:
  explicit forwarding_journal(std::shared_ptr<journal> body) : body_(std::move(body)) {}
  std::vector<commit_result> commit(std::span<const store_batch> batches) override {
    return body_->commit(batches);
  }
  std::optional<job_record> find(job_id job) override { return body_->find(job); }
  std::optional<job_trace> trace(job_id job) override { return body_->trace(job); }
  stored_page list(const job_filter& filter) override { return body_->list(filter); }
  std::vector<event_row> events_after(std::uint64_t number, std::uint32_t limit) override {
    return body_->events_after(number, limit);
  }
  recovered_state recover() override { return body_->recover(); }
  std::vector<stored_rollup> history(const std::string& provider, const history_query& what) override {
    return body_->history(provider, what);
  }
  void each_minute_since(wall_time from, const std::function<void(const stored_rollup&)>& visit) override {
    body_->each_minute_since(from, visit);
  }
  std::optional<settings_revision> revision(std::uint64_t number) override { return body_->revision(number); }
  std::vector<settings_revision> revisions(std::uint64_t before, std::uint32_t limit) override {
    return body_->revisions(before, limit);
  }
  void close() override { body_->close(); }

private:
  std::shared_ptr<journal> body_;
};

/// While *broken, which the test shares, each commit fails.
class breakable_journal : public forwarding_journal {
public:
  breakable_journal(std::shared_ptr<journal> body, std::shared_ptr<bool> broken)
      : forwarding_journal(std::move(body)), broken_(std::move(broken)) {}
  std::vector<commit_result> commit(std::span<const store_batch> batches) override {
    if (*broken_)
      throw journal_error("the disk is full");
    return forwarding_journal::commit(batches);
  }

private:
  std::shared_ptr<bool> broken_;
};

} // namespace tributary::testing
