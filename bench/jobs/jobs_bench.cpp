// How many jobs does the engine accept in a second, each on the disk before its 202, and how long does a page
// of the list take when there are many? The whole program over its API, on loopback.
//   bench_jobs [SECONDS [JOBS]]     seconds per measurement (3), jobs in the list (100000)
#include "tests/e2e/engine_process.hpp"
#include "tests/support/http_client.hpp"
#include "tests/support/loopback_listener.hpp"
#include "tests/support/temp_dir.hpp"

#include <boost/json.hpp>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <random>

namespace {

using namespace tributary::testing;
using clock_type = std::chrono::steady_clock;

/// Listens and never answers: jobs are accepted and wait, so that only accepting them is measured.
class deaf_origin {
public:
  deaf_origin() {
    std::uint16_t port = 0;
    fd_ = listen_on_loopback(port);
    url = "http://127.0.0.1:" + std::to_string(port);
  }
  ~deaf_origin() { ::close(fd_); }
  deaf_origin(const deaf_origin&) = delete;
  deaf_origin& operator=(const deaf_origin&) = delete;

  std::string url;

private:
  int fd_ = -1;
};

class bench {
public:
  bench() {
    write_file(
        at_.config,
        settings_text({{"deaf", origin_.url}}, R"({"max_running_jobs": 1, "max_queued_jobs": 10000000})"));
    engine_ = std::make_unique<engine_process>(at_, true);
    if (engine_->port() == 0)
      throw std::runtime_error("the engine did not start: " + engine_->process().errors());
  }
  ~bench() { engine_->process().signal(SIGTERM); }
  bench(const bench&) = delete;
  bench& operator=(const bench&) = delete;

  [[nodiscard]] std::size_t jobs() const { return jobs_; }

  /// Rounds of one request per connection, all under way together, until the time is up; at least one. Jobs
  /// per second.
  double submit(std::size_t connections, std::size_t jobs_per_request, double seconds) {
    std::vector<std::unique_ptr<http_connection>> open;
    for (std::size_t i = 0; i < connections; ++i)
      open.push_back(std::make_unique<http_connection>(engine_->port(), std::chrono::seconds{60}));
    const auto before = jobs_;
    const auto began = clock_type::now();
    do {
      for (auto& c : open)
        c->send(post(jobs_per_request));
      for (auto& c : open)
        if (const auto reply = c->receive(); reply.status != 202)
          throw std::runtime_error("refused: " + reply.body);
    } while (elapsed(began) < seconds);
    return static_cast<double>(jobs_ - before) / elapsed(began);
  }

  /// Milliseconds of each of so many pages, from random places of the list.
  std::vector<double> list(int pages, const std::string& filter) {
    std::mt19937_64 random{1};
    http_connection c{engine_->port()};
    std::vector<double> took;
    for (int i = 0; i < pages; ++i) {
      const auto cursor = std::to_string(1 + random() % jobs_);
      const auto began = clock_type::now();
      c.send(request("GET", "/api/jobs?limit=50&cursor=" + cursor + filter, ""));
      if (const auto reply = c.receive(); reply.status != 200)
        throw std::runtime_error("refused: " + reply.body);
      took.push_back(elapsed(began) * 1e3);
    }
    std::ranges::sort(took);
    return took;
  }

private:
  static double elapsed(clock_type::time_point since) {
    return std::chrono::duration<double>(clock_type::now() - since).count();
  }
  std::string request(const char* method, const std::string& target, const std::string& body) const {
    http_headers headers{{"Authorization", "Bearer " + engine_->token()}};
    if (!body.empty())
      headers.emplace_back("Content-Type", "application/json");
    return http_request(method, target, headers, body);
  }
  std::string post(std::size_t jobs) {
    std::string body;
    for (std::size_t i = 0; i < jobs; ++i)
      body.append(i == 0 ? "" : ",")
          .append(R"({"resource":{"path":"pool/main/package_)")
          .append(std::to_string(++jobs_))
          .append(".deb\"}}");
    return request("POST", "/api/jobs", jobs == 1 ? body : "[" + body + "]");
  }

  temp_dir folder_;
  engine_process::folders at_{folder_ / "settings.json", folder_ / "state", folder_ / "downloads"};
  deaf_origin origin_;
  std::unique_ptr<engine_process> engine_;
  std::size_t jobs_ = 0;
};

void say_times(const char* what, const std::vector<double>& sorted) {
  const auto at = [&](double share) {
    return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
  };
  std::printf("%-40s p50 %6.2f ms   p99 %6.2f ms   max %6.2f ms\n", what, at(0.5), at(0.99), sorted.back());
}

} // namespace

int main(int argc, char** argv) try {
  const double seconds = argc > 1 ? std::atof(argv[1]) : 3;
  const auto listed = argc > 2 ? static_cast<std::size_t>(std::atoll(argv[2])) : 100'000;
  bench b;
  for (const std::size_t connections : {1U, 16U, 64U, 256U})
    std::printf(
        "submit, %3zu connections, one a request   %8.0f jobs/s\n", connections,
        b.submit(connections, 1, seconds));
  std::printf("submit,   8 connections, 100 a request   %8.0f jobs/s\n", b.submit(8, 100, seconds));
  while (b.jobs() < listed)
    b.submit(1, std::min<std::size_t>(1000, listed - b.jobs()), 0);
  std::printf("%zu jobs in the list\n", b.jobs());
  say_times("list, 50 a page", b.list(2000, ""));
  say_times("list, 50 a page, state=queued", b.list(2000, "&state=queued"));
  say_times("list, 50 a page, state=failed (none)", b.list(2000, "&state=failed"));
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "bench_jobs: %s\n", e.what());
  return 1;
}
