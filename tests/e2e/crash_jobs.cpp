#include "tests/e2e/crash_jobs.hpp"

#include "tests/e2e/crash_load.hpp"
#include "tests/support/slowness.hpp"
#include "tests/support/temp_dir.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <iterator>
#include <sys/stat.h>
#include <utility>

namespace tributary::testing {

namespace {

namespace json = boost::json;
namespace fs = std::filesystem;
using namespace std::chrono_literals;

/// Only the newest jobs are steered, so that there are always some that still run, and older ones stay paused
/// or cancelled over many kills.
constexpr std::size_t steered_max = 24;

std::string text(const json::object& job, const char* key) {
  return json::value_to<std::string>(job.at(key));
}

std::string refusal(const std::string& what, const engine_process::reply& r) {
  return what + " was answered with " + std::to_string(r.status) + ": " + json::serialize(r.body);
}

/// All jobs that the engine knows, by output.
std::map<std::string, json::object> listed(engine_process& engine) {
  std::map<std::string, json::object> found;
  std::string cursor;
  do {
    const auto page = engine.call("GET", "/api/jobs?limit=500" + cursor).body;
    for (const auto& job : page.at("jobs").as_array())
      CHECK_MESSAGE(
          found.emplace(text(job.as_object(), "output"), job.as_object()).second,
          "two jobs write one output: " << json::serialize(job));
    const auto& next = page.at("next");
    cursor = next.is_null() ? "" : "&cursor=" + json::value_to<std::string>(next);
  } while (!cursor.empty());
  return found;
}

std::uintmax_t inode_of(const fs::path& file) {
  struct stat facts {};
  return ::stat(file.c_str(), &facts) == 0 ? facts.st_ino : 0;
}

} // namespace

crash_jobs::crash_jobs(served_files files, fs::path downloads)
    : files_(std::move(files)), downloads_(std::move(downloads)) {}

// -- the load ----------------------------------------------------------------------

std::string crash_jobs::load(
    engine_process& engine, unsigned seed, unsigned submissions, const std::atomic<bool>& killed) {
  std::mt19937 rng{seed};
  return until_killed(killed, [&] {
    if (submissions > 0 && rng() % 2 == 0) {
      --submissions;
      return submit(engine, rng);
    }
    auto wrong = steer(engine, rng);
    let_others_work(); // Or they would be paused all the time.
    return wrong;
  });
}

/// Two of three say what the file must be; of the others a wrong one would be noticed by nobody but us.
std::string crash_jobs::submit(engine_process& engine, std::mt19937& rng) {
  const auto& [name, bytes] = *std::next(files_.begin(), static_cast<std::ptrdiff_t>(rng() % files_.size()));
  const auto output = "out/" + std::to_string(number_++) + "-" + name;
  json::object wish{{"resource", {{"path", name}}}, {"output", output}};
  if (rng() % 3 != 0)
    wish["sha256"] = sha256_of(bytes);
  jobs_.push_back({name, output}); // From here on it may be there, acknowledged or not.
  const auto r = engine.call("POST", "/api/jobs", json::serialize(wish));
  if (r.status != 202)
    return refusal("a submission", r);
  jobs_.back().id = text(r.body.as_object(), "id");
  ++acknowledged_["submissions"];
  return {};
}

std::string crash_jobs::steer(engine_process& engine, std::mt19937& rng) {
  auto* job = pick(rng);
  if (!job)
    return {};
  const auto c = command_for(*job, rng);
  job->perhaps = c.leads_to;
  const auto r = engine.call(c.method, "/api/jobs/" + job->id + c.action);
  job->perhaps.reset();
  // Too late for a job that has ended or is being published; too early while a cancelled one's part file is
  // being removed. What is paused can always be resumed and cancelled.
  if (r.status == 409 && job->ends_in != fate::pause) {
    job->settled = job->ends_in == fate::success;
    return {};
  }
  if (r.status != 200 || fate_of(text(r.body.as_object(), "state")) != c.leads_to)
    return refusal(c.name + " of job " + job->id, r);
  job->ends_in = c.leads_to;
  ++acknowledged_[c.name];
  return {};
}

crash_jobs::asked_job* crash_jobs::pick(std::mt19937& rng) {
  std::vector<asked_job*> open;
  const auto oldest = jobs_.size() - std::min(jobs_.size(), steered_max);
  for (auto i = oldest; i < jobs_.size(); ++i)
    if (!jobs_[i].settled)
      open.push_back(&jobs_[i]);
  return open.empty() ? nullptr : open[rng() % open.size()];
}

crash_jobs::command crash_jobs::command_for(const asked_job& job, std::mt19937& rng) {
  const command cancel{"cancels", "DELETE", "", fate::cancellation};
  switch (job.ends_in) {
  case fate::success:
    return rng() % 3 == 0 ? cancel : command{"pauses", "POST", "/pause", fate::pause};
  case fate::pause:
    return rng() % 4 == 0 ? cancel : command{"resumes", "POST", "/resume", fate::success};
  default:
    return {"retries", "POST", "/retry", fate::success};
  }
}

// -- the look afterwards -----------------------------------------------------------

crash_jobs::fate crash_jobs::fate_of(const std::string& state) {
  return state == "paused" ? fate::pause : state == "cancelled" ? fate::cancellation : fate::success;
}

void crash_jobs::check_files() {
  if (!fs::exists(downloads_)) // No start has come that far.
    return;
  for (const auto& entry : fs::recursive_directory_iterator(downloads_))
    if (entry.is_regular_file() && entry.path().extension() != ".part")
      check_file(entry.path());
}

void crash_jobs::check_file(const fs::path& file) {
  const auto output = file.lexically_relative(downloads_).generic_string();
  CAPTURE(output);
  const auto job = std::ranges::find(jobs_, output, &asked_job::output);
  REQUIRE_MESSAGE(job != jobs_.end(), "nobody asked for it");
  CHECK((job->ends_in != fate::cancellation || job->perhaps));
  if (job->inode == 0)
    CHECK((read_file(file) == files_.at(job->file)));
  else
    CHECK_MESSAGE(job->inode == inode_of(file), "it was published twice");
  job->inode = inode_of(file);
}

void crash_jobs::check(engine_process& engine) {
  const auto told = listed(engine);
  cut_off_ += static_cast<unsigned>(std::ranges::count_if(
      jobs_, [](const asked_job& job) { return job.id.empty() || job.perhaps.has_value(); }));
  std::erase_if(jobs_, [&](const asked_job& job) { return job.id.empty() && !told.contains(job.output); });
  CHECK(told.size() == jobs_.size());
  for (auto& job : jobs_) {
    CAPTURE(job.output);
    const auto at = told.find(job.output);
    REQUIRE_MESSAGE(at != told.end(), "an acknowledged job is lost");
    check_job(job, at->second);
  }
  CHECK(eventually(slowness * 10s, [&] { return !has_part_of_a_cancelled_job(); }));
}

void crash_jobs::check_job(asked_job& job, const json::object& told) const {
  CAPTURE(json::serialize(told));
  const auto state = text(told, "state"), id = text(told, "id");
  const auto now = fate_of(state);
  CHECK((job.id.empty() || job.id == id));
  CHECK(state != "failed"); // One of its mirrors is always good.
  CHECK((now == job.ends_in || now == job.perhaps));
  CHECK((!job.succeeded || state == "succeeded"));
  CHECK((state != "succeeded" || fs::exists(downloads_ / job.output)));
  CHECK((now != fate::cancellation || !fs::exists(downloads_ / job.output)));
  job.id = id;
  job.ends_in = now;
  job.perhaps.reset();
  job.settled = job.succeeded = state == "succeeded";
}

bool crash_jobs::has_part_of_a_cancelled_job() const {
  const auto parts = part_files(downloads_);
  return std::ranges::any_of(jobs_, [&](const asked_job& job) {
    const auto begin = fs::path(job.output).filename().string() + ".";
    return job.ends_in == fate::cancellation &&
           std::ranges::any_of(parts, [&](const std::string& part) { return part.starts_with(begin); });
  });
}

void crash_jobs::finish(engine_process& engine) {
  for (auto& job : jobs_)
    if (job.ends_in == fate::pause) {
      CHECK(engine.call("POST", "/api/jobs/" + job.id + "/resume").status == 200);
      job.ends_in = fate::success;
    }
  for (const auto& job : jobs_) {
    CAPTURE(job.output);
    const auto ended = engine.finished(job.id, slowness * 60s);
    REQUIRE(ended.contains("state"));
    const auto wanted = job.ends_in == fate::cancellation ? "cancelled" : "succeeded";
    CHECK_MESSAGE(text(ended, "state") == wanted, json::serialize(ended));
  }
  CHECK(eventually(slowness * 10s, [&] { return part_files(downloads_).empty(); }));
  check_files();
  for (const auto& job : jobs_)
    CHECK_MESSAGE((job.inode != 0) == (job.ends_in != fate::cancellation), job.output);
}

} // namespace tributary::testing
