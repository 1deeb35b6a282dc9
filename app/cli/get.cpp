// Reads the wishes, finds who does the work, and then waits, draws, and counts until all jobs have ended.
#include "app/cli/get.hpp"

#include "app/cli/failure.hpp"
#include "app/cli/input_list.hpp"
#include "app/cli/local_service.hpp"
#include "app/cli/progress_view.hpp"
#include "app/cli/remote_service.hpp"
#include "app/log.hpp"
#include "app/signals.hpp"
#include "app/state_folder.hpp"
#include "config/settings_file.hpp"

#include <boost/json.hpp>

#include <cstdlib>
#include <fstream>
#include <iostream>

namespace tributary::cli {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;
namespace json = boost::json;

constexpr auto redraw_interval = 250ms; ///< Four times a second.
constexpr std::size_t bars_max = 12;
constexpr int stopped_by_signal = 130; // As a shell shows SIGINT.

std::vector<job_spec> listed(const get_options& o) {
  std::ifstream file;
  if (o.input != "-") {
    file.open(o.input);
    if (!file)
      throw failure(exit_usage, "cannot read " + o.input);
  }
  auto list = read_input_list(o.input == "-" ? std::cin : file, o.like);
  if (list.wrong.empty())
    return std::move(list.wishes);
  std::string text =
      "nothing was started, since the list " + (o.input == "-" ? "" : o.input + " ") + "is wrong";
  for (const auto& c : list.wrong)
    text += "\n  " + shown(c.pointer) + (c.pointer.empty() ? "" : ": ") + shown(c.message);
  throw failure(exit_usage, text);
}

/// The one download that the command line names.
job_spec named(const get_options& o) {
  auto wanted = o.like;
  wanted.resource.urls = o.urls;
  const auto wrong = check_and_complete(wanted);
  if (wrong.empty())
    return wanted;
  std::string text = "nothing was started";
  for (const auto& c : wrong)
    text += "\n  " + shown(c.message) + " (" + shown(c.pointer) + ")";
  throw failure(exit_usage, text);
}

std::vector<job_spec> wishes_of(const get_options& o) {
  if (!o.input.empty())
    return listed(o);
  const bool resumes = o.urls.empty() && o.like.resource.path.empty() && !o.like.resource.item;
  return resumes ? std::vector<job_spec>{} : std::vector{named(o)};
}

settings document_of(const get_options& o) {
  settings document;
  if (!o.config.empty()) {
    auto loaded = load_settings(o.config);
    if (const auto* wrong = std::get_if<complaints>(&loaded))
      throw failure(exit_bad_settings, format_complaints(*wrong, o.config.string()));
    document = std::get<settings>(std::move(loaded));
  }
  auto& global = document.global;
  if (o.at_a_time || o.config.empty()) {
    const auto transfers = o.at_a_time.value_or(get_at_a_time);
    global.max_concurrent_downloads = transfers;
    global.max_running_jobs = 8 * transfers; // Connections do not wait while other jobs are journaled.
  }
  if (o.flush)
    global.durability = *o.flush;
  else if (o.server.state.empty())
    global.durability =
        durability::fast; // The journal goes away, too: nothing could go on after a power cut.
  return document;
}

/// The engine that runs where the options say; none: the work is done in this process.
std::optional<api_endpoint> running_engine(const get_options& o) {
  if (o.standalone || !o.folder.empty() || !o.config.empty())
    return std::nullopt;
  auto found = find_server(o.server);
  const auto state = o.server.state.empty() ? default_state_folder() : o.server.state;
  const bool asked_for = !o.server.url.empty() || (o.server.state.empty() && std::getenv("TRIBUTARY_URL"));
  if (asked_for || (read_address(state) && is_alive(found)))
    return found;
  return std::nullopt;
}

std::unique_ptr<job_service> service_for(const get_options& o, bool resume_all) {
  if (const auto engine = running_engine(o))
    return make_remote_service(
        *engine, o.at_a_time ? static_cast<std::size_t>(*o.at_a_time) : unfinished_jobs_max);
  if ((!o.like.resource.path.empty() || o.like.resource.item) && o.config.empty())
    throw failure(
        exit_usage,
        std::string{o.like.resource.item ? "--key" : "--path"} +
            " is looked for at providers: start an engine that has some, or name a settings file with "
            "--config");
  return make_local_service({o.server.state, o.folder.empty() ? "." : o.folder, document_of(o), resume_all});
}

json::object to_json(const job_status& s) {
  const auto or_null = [](const std::string& text) {
    return text.empty() ? json::value() : json::value(shown(text));
  };
  return {
      {"id", or_null(s.id)},        {"state", std::string{to_string(s.state)}}, {"output", shown(s.output)},
      {"bytes_done", s.bytes_done}, {"provider", or_null(s.provider)},          {"error", or_null(s.error)}};
}

/// Shows what happens, as far as it was asked for: bars or lines on standard error, JSON on standard output.
class display {
public:
  explicit display(const get_options& o)
      : on_(terminal_of(2)), bars_(on_.interactive && !o.quiet), lines_(!o.quiet), json_(o.json) {}

  [[nodiscard]] bool bars() const noexcept { return bars_; }

  void ended(const job_status& s) {
    if (json_)
      std::cout << json::serialize(to_json(s)) << '\n';
    const bool worth_saying = !bars_ || s.state != job_state::succeeded || few_;
    if (lines_ && worth_saying)
      above_ += end_line(s, on_) + '\n';
  }

  void expect(std::size_t jobs) { few_ = jobs <= bars_max; }

  /// Several at once: one write.
  void flush() {
    if (json_)
      std::cout.flush();
    if (!bars_)
      std::cerr << std::exchange(above_, {});
  }

  void draw(const get_totals& totals, const std::vector<job_status>& running, double seconds) {
    on_ = terminal_of(2); // The window may have another size now.
    std::vector<std::string> lines;
    for (const auto& job : running)
      lines.push_back(job_line(job, on_));
    lines.push_back(total_line(totals, running, seconds, on_));
    std::cerr << painter_.redraw(std::exchange(above_, {}), lines) << std::flush;
  }

  void finish(const get_totals& totals, double seconds) {
    if (bars_)
      draw(totals, {}, seconds);
    else if (lines_ && totals.jobs > 1)
      std::cerr << std::exchange(above_, {}) << total_line(totals, {}, seconds, on_) << '\n';
    std::cerr.flush();
  }

private:
  terminal on_;
  bool bars_, lines_, json_, few_ = true;
  std::string above_;
  bar_painter painter_;
};

void count(get_totals& totals, const job_status& s) {
  ++(s.state == job_state::succeeded ? totals.succeeded : totals.failed);
  totals.bytes += s.repeated ? 0 : s.bytes_done;
}

} // namespace

int get(const get_options& o) {
  const auto wishes = wishes_of(o);
  if (wishes.empty() && o.input.empty() && o.server.state.empty())
    throw failure(exit_usage, "name URLs, a list with -i, or a state folder whose jobs are to go on");
  stop_signals signals; // Before any thread of the engine.
  set_log_level(log_level::quiet);
  const auto service = service_for(o, wishes.empty() && o.input.empty());
  display shows{o};
  get_totals totals;
  totals.jobs = wishes.size() + service->resumed();
  shows.expect(totals.jobs);
  const auto begun = clock::now();
  const auto seconds = [&] { return std::chrono::duration<double>(clock::now() - begun).count(); };
  service->submit(wishes);

  bool stopped = false;
  auto drawn = begun - redraw_interval;
  while (totals.ended() < totals.jobs && !(stopped = signals.wait_for(0ms) != wish::none)) {
    for (const auto& s : service->wait(redraw_interval)) {
      count(totals, s);
      shows.ended(s);
    }
    shows.flush();
    if (shows.bars() && clock::now() - drawn >= redraw_interval) {
      drawn = clock::now();
      shows.draw(totals, service->under_way(bars_max), seconds());
    }
  }
  shows.finish(totals, seconds());
  if (const auto left = service->stop(); stopped && !left.empty() && !o.quiet)
    std::cerr << "stopped: " << left << '\n';
  return stopped ? stopped_by_signal : totals.failed == 0 ? exit_ok : exit_failed;
}

} // namespace tributary::cli
