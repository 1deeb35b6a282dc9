// Fetches many files through the HTTP loader alone: no actors, no journal. What this costs is the floor for
// the whole engine; bench/README.md compares it with curl, aria2 and wget2.
//
//   bench_fetch_path FOLDER [CONNECTIONS [CA_FILE]] < LINES      each line: URL <TAB> NAME
#include "net/client/part_file.hpp"
#include "net/client/transfer_threads.hpp"

#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <vector>

namespace {

using namespace tributary;

struct wanted {
  std::string url, name;
};

/// Keeps `connections` transfers running until every line is fetched; each end starts the next.
class fetcher : public std::enable_shared_from_this<fetcher> {
public:
  fetcher(std::shared_ptr<download_root> root, loader& source, std::vector<wanted> lines)
      : root_(std::move(root)), source_(source), lines_(std::move(lines)) {}

  /// How many failed.
  std::size_t run(std::size_t connections) {
    for (std::size_t i = 0; i < std::min(connections, lines_.size()); ++i)
      begin_next();
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return ended_ == lines_.size(); });
    return failed_;
  }

private:
  class one_file final : public transfer_observer {
  public:
    one_file(std::shared_ptr<fetcher> owner, std::string name, std::shared_ptr<part_file> part)
        : owner_(std::move(owner)), name_(std::move(name)), part_(std::move(part)) {}
    void opened(const source_facts&) override {}
    void progress(const transfer_progress&) override {}
    void ended(const transfer_result& r) override {
      if (r.result != outcome::ok)
        std::cerr << name_ << ": " << r.message << '\n';
      part_.reset();
      owner_->begin_next();
      owner_->note_end(r.result == outcome::ok);
    }

  private:
    std::shared_ptr<fetcher> owner_;
    std::string name_;
    std::shared_ptr<part_file> part_;
  };

  void begin_next() {
    std::size_t i = 0;
    {
      std::lock_guard lock{mutex_};
      if (next_ == lines_.size())
        return;
      i = next_++;
    }
    const auto& line = lines_[i];
    transfer_request r;
    r.id = i + 1;
    r.url = line.url;
    r.target = std::make_shared<part_file>(root_, line.name, false);
    r.flush = false;
    auto observer = std::make_shared<one_file>(shared_from_this(), line.name, r.target);
    source_.start(std::move(r), std::move(observer));
  }

  void note_end(bool ok) {
    std::lock_guard lock{mutex_};
    ++ended_;
    failed_ += ok ? 0 : 1;
    if (ended_ == lines_.size())
      changed_.notify_one();
  }

  std::shared_ptr<download_root> root_;
  loader& source_;
  std::vector<wanted> lines_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t next_ = 0, ended_ = 0, failed_ = 0;
};

std::vector<wanted> read_lines(std::istream& in) {
  std::vector<wanted> out;
  for (std::string line; std::getline(in, line);)
    if (auto tab = line.find('\t'); tab != std::string::npos)
      out.push_back({line.substr(0, tab), line.substr(tab + 1)});
  return out;
}

} // namespace

int main(int argc, char** argv) {
  if (argc < 2 || argc > 4) {
    std::cerr << "usage: bench_fetch_path FOLDER [CONNECTIONS [CA_FILE]] < LINES\n";
    return 2;
  }
  auto opened = download_root::open(argv[1]);
  if (auto* failed = std::get_if<file_error>(&opened)) {
    std::cerr << failed->what << '\n';
    return 1;
  }
  effective_provider provider;
  provider.name = "bench";
  provider.own.base_url = "http://127.0.0.1/";
  if (argc > 3)
    provider.own.ca_file = argv[3];
  transfer_threads threads{make_file_worker(1)};
  auto source = threads.http_loaders()(provider);
  auto root = std::get<std::shared_ptr<download_root>>(opened);
  auto failed = std::make_shared<fetcher>(root, *source, read_lines(std::cin))
                    ->run(argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 16);
  threads.stop();
  return failed == 0 ? 0 : 1;
}
