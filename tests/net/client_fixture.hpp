// A loader over real sockets, a folder to download into, and an observer that remembers what it was told.
#pragma once

#include "net/client/part_file.hpp"
#include "net/client/transfer_threads.hpp"
#include "tests/support/fault_origin.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <vector>

namespace tributary::testing {

using namespace std::chrono_literals;

/// Far more than any of these transfers needs: a test that hangs fails instead.
inline constexpr auto patience = 30s;

class recorder final : public transfer_observer {
public:
  void opened(const source_facts& facts) override {
    std::lock_guard lock{mutex_};
    opened_.push_back(facts);
    out_of_order_ |= ends_ > 0;
    changed_.notify_all();
  }
  void progress(const transfer_progress& p) override {
    std::lock_guard lock{mutex_};
    progress_.push_back(p);
    out_of_order_ |= ends_ > 0;
    changed_.notify_all();
  }
  void ended(const transfer_result& r) override {
    std::lock_guard lock{mutex_};
    result_ = r;
    ++ends_;
    changed_.notify_all();
  }

  /// The result, once there is one.
  transfer_result wait() {
    std::unique_lock lock{mutex_};
    REQUIRE(changed_.wait_for(lock, patience, [this] { return ends_ > 0; }));
    return *result_;
  }
  /// Until that many bytes have been reported as written.
  void wait_for_bytes(std::uint64_t end) {
    std::unique_lock lock{mutex_};
    REQUIRE(changed_.wait_for(lock, patience, [&] {
      return ends_ > 0 || (!progress_.empty() && progress_.back().written_end >= end);
    }));
  }
  void wait_for_opened() {
    std::unique_lock lock{mutex_};
    REQUIRE(changed_.wait_for(lock, patience, [&] { return ends_ > 0 || !opened_.empty(); }));
  }

  [[nodiscard]] int ends() const { return locked(ends_); }
  [[nodiscard]] bool out_of_order() const { return locked(out_of_order_); }
  [[nodiscard]] std::vector<source_facts> opened_with() const { return locked(opened_); }
  [[nodiscard]] std::vector<transfer_progress> all_progress() const { return locked(progress_); }

private:
  template <class T>
  T locked(const T& x) const {
    std::lock_guard lock{mutex_};
    return x;
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<source_facts> opened_;
  std::vector<transfer_progress> progress_;
  std::optional<transfer_result> result_;
  int ends_ = 0;
  bool out_of_order_ = false;
};

struct client_fixture {
  temp_dir folder;
  std::shared_ptr<download_root> root = open_root(folder.path());
  std::shared_ptr<file_worker> files = make_file_worker(1);
  wall_time today = std::chrono::sys_days{std::chrono::year{2024} / 5 / 17} + 12h;
  transfer_threads threads{files, 1, [this] { return today; }};
  fault_origin origin;
  effective_provider provider = provider_at(origin.url());

  static std::shared_ptr<download_root> open_root(const std::filesystem::path& path) {
    auto opened = download_root::open(path);
    REQUIRE(std::holds_alternative<std::shared_ptr<download_root>>(opened));
    return std::get<std::shared_ptr<download_root>>(opened);
  }

  static effective_provider provider_at(const std::string& base) {
    effective_provider out;
    out.name = "alpha";
    out.own.base_url = base;
    out.own.timeout_seconds = 20;
    return out;
  }

  [[nodiscard]] std::unique_ptr<loader> make_loader() { return threads.http_loaders()(provider); }

  /// A request for a path of the origin into "out.part".
  [[nodiscard]] transfer_request request(const std::string& path) {
    transfer_request out;
    out.id = ++last_id_;
    out.path = path;
    out.target = std::make_shared<part_file>(root, "out.part", true);
    out.stall_timeout = 20s;
    return out;
  }

  transfer_result fetch(loader& source, transfer_request r, std::shared_ptr<recorder> observer = {}) {
    auto observed = observer ? observer : std::make_shared<recorder>();
    auto handle = source.start(std::move(r), observed);
    auto out = observed->wait();
    CHECK(observed->ends() == 1);
    CHECK_FALSE(observed->out_of_order());
    return out;
  }
  transfer_result fetch(const std::string& path) { return fetch(*make_loader(), request(path)); }

  [[nodiscard]] std::string fetched() const { return read_file(folder / "out.part"); }

private:
  transfer_id last_id_ = 0;
};

} // namespace tributary::testing
