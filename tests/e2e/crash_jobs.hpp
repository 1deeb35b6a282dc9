// The jobs of the kill -9 loop: the load that asks for them, what was acknowledged of each, and the look
// afterwards at whether that holds.
#pragma once

#include "tests/e2e/engine_process.hpp"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace tributary::testing {

class crash_jobs {
public:
  using served_files = std::map<std::string, std::string>; ///< Name -> bytes.
  crash_jobs(served_files files, std::filesystem::path downloads);

  /// Submits so many jobs, and pauses, resumes, cancels and retries some of those that there are, until the
  /// engine is killed. On a thread of its own. Returns what went wrong, else "".
  std::string
  load(engine_process& engine, unsigned seed, unsigned submissions, const std::atomic<bool>& killed);

  /// While no engine runs: each published file is one that was asked for and not cancelled, has the right
  /// bytes, and is the very file that stood there at the last look.
  void check_files();

  /// What a fresh start says of each job is what was acknowledged. The request that the kill cut off may have
  /// taken effect or not; which of both holds from now on.
  void check(engine_process& engine);

  /// Resumes what is paused; then each job succeeds, but for the cancelled ones, and nothing else is left.
  void finish(engine_process& engine);

  /// How often each was acknowledged.
  [[nodiscard]] const std::map<std::string, unsigned>& acknowledged() const noexcept { return acknowledged_; }
  /// How many requests the kills cut off.
  [[nodiscard]] unsigned cut_off() const noexcept { return cut_off_; }

private:
  enum class fate : std::uint8_t { success, pause, cancellation };
  struct asked_job {
    std::string file, output;
    std::string id{};              ///< "": not acknowledged.
    fate ends_in = fate::success;  ///< As things were acknowledged.
    std::optional<fate> perhaps{}; ///< What was asked for when the engine was killed.
    bool settled = false;          ///< It has ended, or soon will: steering it is of no use.
    bool succeeded = false;        ///< An engine said so.
    std::uintmax_t inode = 0;      ///< Of its published file, once that was seen.
  };
  struct command {
    std::string name, method, action;
    fate leads_to;
  };

  std::string submit(engine_process& engine, std::mt19937& rng);
  std::string steer(engine_process& engine, std::mt19937& rng);
  [[nodiscard]] asked_job* pick(std::mt19937& rng);
  [[nodiscard]] static command command_for(const asked_job& job, std::mt19937& rng);
  static fate fate_of(const std::string& state);
  void check_job(asked_job& job, const boost::json::object& told) const;
  void check_file(const std::filesystem::path& file);
  [[nodiscard]] bool has_part_of_a_cancelled_job() const;

  served_files files_;
  std::filesystem::path downloads_;
  std::vector<asked_job> jobs_;
  unsigned number_ = 0; ///< Of outputs: each job has its own.
  std::map<std::string, unsigned> acknowledged_;
  unsigned cut_off_ = 0;
};

} // namespace tributary::testing
