// Jobs are handed in one by one, and looked at in pages: ours have neighbouring ids, so one request shows
// hundreds.
#include "app/cli/remote_service.hpp"

#include "app/cli/session.hpp"
#include "messages/job_json.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <map>
#include <thread>

namespace tributary::cli {

namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

constexpr std::size_t page_jobs = 500;
constexpr std::size_t submits_at_once = 64; ///< Then it is looked at what has ended.
constexpr int overloaded = 503;

job_status status_of(json_view job) {
  job_status s;
  s.id = job["id"].text();
  s.state = job_state_from(job["state"].text()).value_or(job_state::queued);
  s.output = job["output"].text();
  s.provider = job["provider"].text();
  s.error = job["error"]["message"].text();
  s.bytes_done = job["bytes_done"].count().value_or(0);
  s.size = job["size"].count();
  s.rate_mbps = job["rate_mbps"].number();
  s.eta_seconds = job["eta_seconds"].number();
  s.providers_tried = job["providers_tried"].items().size();
  return s;
}

class remote_service final : public job_service {
public:
  remote_service(const api_endpoint& engine, std::size_t at_a_time)
      : client_(engine), at_a_time_(at_a_time) {}

  void submit(std::vector<job_spec> wishes) override { wishes_ = std::move(wishes); }

  std::vector<job_status> wait(std::chrono::milliseconds at_most) override {
    auto ended = hand_in();
    if (ended.empty()) // Nothing tells us of news: look again after a while.
      std::this_thread::sleep_for(at_most);
    look(ended);
    return ended;
  }

  std::vector<job_status> under_way(std::size_t most) override {
    std::vector<job_status> running;
    for (const auto& [id, ours] : followed_)
      if (running.size() < most && ours.status.state != job_state::queued)
        running.push_back(ours.status);
    return running;
  }

  std::string stop() override {
    const auto left = followed_.size() + (wishes_.size() - next_);
    if (left == 0)
      return {};
    return std::to_string(followed_.size()) + " unfinished; they go on in the engine at " +
           client_.endpoint().url +
           (next_ < wishes_.size() ? ", " + std::to_string(wishes_.size() - next_) + " were not handed in"
                                   : "");
  }

private:
  /// A job of ours as it was when it was last looked at.
  struct followed_job {
    job_status status;
    std::size_t wishes = 0; ///< That it is for: the engine makes one job of equal ones.
  };

  std::vector<job_status> hand_in() {
    std::vector<job_status> refused;
    for (std::size_t n = 0; n < submits_at_once && next_ < wishes_.size() && followed_.size() < at_a_time_;
         ++n) {
      const auto& wish = wishes_[next_];
      auto got = client_.call({"POST", "/api/jobs", json::serialize(to_json(wish)), {}});
      if (const auto* why = std::get_if<api_failure>(&got))
        throw explain(*why, client_.endpoint());
      const auto& reply = std::get<api_reply>(got);
      if (reply.status == overloaded)
        break; // Once some have ended.
      ++next_;
      if (reply.ok()) {
        const auto job = json::parse(reply.body);
        auto& ours = followed_[std::stoull(json_view{job}["id"].text())];
        ours.status = status_of(job);
        ++ours.wishes;
        continue;
      }
      job_status s;
      s.state = job_state::failed;
      s.output = wish.output;
      s.error = explain(reply, client_.endpoint()).what();
      refused.push_back(std::move(s));
    }
    return refused;
  }

  /// The page that begins at our newest job, and so on down to the oldest.
  void look(std::vector<job_status>& ended) {
    auto at = followed_.rbegin();
    while (at != followed_.rend()) {
      const auto below = at->first + 1;
      auto got = client_.call(
          {"GET",
           "/api/jobs?limit=" + std::to_string(page_jobs) + "&cursor=" + std::to_string(below),
           {},
           {}});
      if (const auto* why = std::get_if<api_failure>(&got))
        throw explain(*why, client_.endpoint());
      const auto& reply = std::get<api_reply>(got);
      if (!reply.ok())
        throw explain(reply, client_.endpoint());
      const auto page = json::parse(reply.body);
      std::uint64_t oldest = below;
      for (const json_view job : json_view{page}["jobs"].items()) {
        auto status = status_of(job);
        const auto id = std::stoull(status.id);
        oldest = std::min<std::uint64_t>(oldest, id);
        if (const auto ours = followed_.find(id); ours != followed_.end())
          ours->second.status = std::move(status);
      }
      at = std::make_reverse_iterator(followed_.lower_bound(oldest));
      if (oldest == below)
        break; // No older ones are kept.
    }
    for (auto each = followed_.begin(); each != followed_.end();) {
      auto& [status, wishes] = each->second;
      const bool over = is_final(status.state);
      for (; over && wishes > 0; --wishes) {
        ended.push_back(status);
        status.repeated = true;
      }
      each = over ? followed_.erase(each) : std::next(each);
    }
  }

  api_client client_;
  std::size_t at_a_time_;
  std::vector<job_spec> wishes_;
  std::size_t next_ = 0;
  std::map<std::uint64_t, followed_job> followed_; ///< Unfinished, by id.
};

} // namespace

std::unique_ptr<job_service> make_remote_service(const api_endpoint& engine, std::size_t at_a_time) {
  return std::make_unique<remote_service>(engine, at_a_time);
}

bool is_alive(const api_endpoint& engine) {
  api_client client{engine, {1s, 3s, 64 * 1024}};
  const auto got = client.call({"GET", "/livez", {}, {}});
  const auto* reply = std::get_if<api_reply>(&got);
  return reply && reply->ok();
}

} // namespace tributary::cli
