// A scripted loader: the test says when a transfer opens, makes progress and ends, and what a check finds.
// For the deterministic fixture only: everything happens on the test's thread.
#pragma once

#include "net/client/loader.hpp"

#include <deque>
#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace tributary::testing {

/// What a test does to its loaders and sees of them. Outlives them.
struct loader_script : std::enable_shared_from_this<loader_script> {
  struct started {
    transfer_request request;
    std::shared_ptr<transfer_observer> observer;
  };

  bool ends_when_cancelled = true; ///< Else a cancelled transfer goes on until the test ends it.
  std::map<transfer_id, started> running;
  std::vector<transfer_id> cancelled;                          ///< In the order in which it was asked.
  std::deque<std::function<void(const check_result&)>> checks; ///< Unanswered, oldest first.
  struct reading {
    document_version known;
    std::function<void(catalog_answer)> done;
  };
  std::deque<reading> readings; ///< Of the catalogue, unanswered, oldest first.
  std::vector<effective_provider> configured;
  std::size_t loaders = 0; ///< Alive.

  [[nodiscard]] std::unique_ptr<loader> make();

  void open(transfer_id id, const source_facts& facts = {}) { running.at(id).observer->opened(facts); }
  void progress(transfer_id id, const transfer_progress& p) { running.at(id).observer->progress(p); }
  void end(transfer_id id, const transfer_result& r = {}) {
    auto node = running.extract(id);
    if (node)
      node.mapped().observer->ended(r);
  }
  void answer_check(const check_result& r) {
    auto done = std::move(checks.front());
    checks.pop_front();
    done(r);
  }
  void answer_reading(catalog_answer a) {
    auto done = std::move(readings.front().done);
    readings.pop_front();
    done(std::move(a));
  }
  void cancel(transfer_id id) {
    cancelled.push_back(id);
    if (!ends_when_cancelled)
      return;
    transfer_result r;
    r.result = outcome::cancelled;
    r.cause = fault::cancelled;
    r.message = "cancelled";
    end(id, r);
  }
};

class fake_loader final : public loader {
public:
  explicit fake_loader(std::shared_ptr<loader_script> script) : script_(std::move(script)) {
    ++script_->loaders;
  }
  fake_loader(const fake_loader&) = delete;
  ~fake_loader() override { --script_->loaders; }

  std::shared_ptr<transfer_handle>
  start(transfer_request request, std::shared_ptr<transfer_observer> observer) override {
    const auto id = request.id;
    script_->running[id] = {std::move(request), std::move(observer)};
    return std::make_shared<handle>(script_, id);
  }
  void check(std::function<void(const check_result&)> done) override {
    script_->checks.push_back(std::move(done));
  }
  void read_catalog(document_version known, std::function<void(catalog_answer)> done) override {
    script_->readings.push_back({std::move(known), std::move(done)});
  }
  void configure(const effective_provider& settings) override { script_->configured.push_back(settings); }

private:
  struct handle final : transfer_handle {
    handle(std::shared_ptr<loader_script> s, transfer_id i) : script(std::move(s)), id(i) {}
    void cancel() override { script->cancel(id); }
    std::shared_ptr<loader_script> script;
    transfer_id id;
  };
  std::shared_ptr<loader_script> script_;
};

inline std::unique_ptr<loader> loader_script::make() {
  return std::make_unique<fake_loader>(shared_from_this());
}

} // namespace tributary::testing
