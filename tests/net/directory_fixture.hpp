// A folder as a provider, another to download into, and file calls that a test can hold up or break.
#pragma once

#include "net/client/directory_source.hpp"
#include "tests/net/client_fixture.hpp"

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace tributary::testing {

/// A door that calls wait at, as at a mount that hangs. It opens at the end of the test at the latest.
class door {
public:
  void wait() {
    std::unique_lock lock{mutex_};
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
    --waiting_;
    changed_.notify_all();
  }
  void open() {
    std::lock_guard lock{mutex_};
    open_ = true;
    changed_.notify_all();
  }
  /// Until so many calls stand before it.
  void wait_for(int calls) {
    std::unique_lock lock{mutex_};
    REQUIRE(changed_.wait_for(lock, patience, [&] { return waiting_ == calls; }));
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_ = 0;
  bool open_ = false;
};

struct directory_fixture : client_fixture {
  temp_dir shelf; ///< The provider's folder.
  client::folder_calls calls = client::system_folder_calls();
  std::shared_ptr<door> gate = std::make_shared<door>();

  directory_fixture() {
    provider.own = {};
    provider.own.kind = provider_kind::directory;
    provider.own.directory = shelf.path();
    provider.own.timeout_seconds = 20;
  }
  ~directory_fixture() { gate->open(); }

  std::string serve(const std::string& name, std::size_t size, unsigned seed = 1) {
    auto body = deterministic_body(size, seed);
    std::filesystem::create_directories((shelf / name).parent_path());
    write_file(shelf / name, body);
    return body;
  }

  [[nodiscard]] std::unique_ptr<loader> make_source() { return threads.directory_loaders(calls)(provider); }
  transfer_result take(transfer_request r, std::shared_ptr<recorder> seen = {}) {
    return fetch(*make_source(), std::move(r), std::move(seen));
  }
  transfer_result take(const std::string& path) { return take(request(path)); }

  /// Reads from `offset` on wait at the gate.
  void hang_reads_from(std::uint64_t offset) {
    calls.read = [gate = gate, offset,
                  read = calls.read](int fd, std::byte* to, std::size_t n, std::uint64_t at) {
      if (at >= offset)
        gate->wait();
      return read(fd, to, n, at);
    };
  }
};

} // namespace tributary::testing
