#include "policy/failover_plan.hpp"

#include "policy/attempt_ledger.hpp"
#include "policy/candidate_review.hpp"
#include "policy/failure_summary.hpp"
#include "policy/names.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace tributary {

namespace {

constexpr std::array<std::string_view, 2> order_names{"exhaust", "rotate"};
constexpr std::array<std::string_view, 3> all_unavailable_names{"least_bad", "fail", "wait"};

/// How often a waiting job looks again at a provider whose cool-down is over but that has not come back.
constexpr milliseconds look_again{1000};

using review_list = std::vector<const reviewed*>;

review_list available_of(const review_list& all) {
  review_list up;
  std::ranges::copy_if(all, std::back_inserter(up), [](const reviewed* r) { return !r->unavailable; });
  return up;
}

/// One decision in the making.
class planner {
public:
  planner(
      std::span<const past_attempt> attempts, std::span<const candidate> candidates,
      const plan_options& options, wall_time now, const std::function<double()>& unit)
      : ledger_(attempts),
        candidates_(candidates),
        opts_(options),
        now_(now),
        unit_(unit),
        all_(review(ledger_, candidates, options, false, now, unit)) {}

  decision decide();

private:
  [[nodiscard]] review_list live() const;
  void let_other_files_in();
  decision choose(const review_list& up);
  decision all_are_unavailable(const review_list& down);
  decision least_bad(review_list down);
  decision soonest(const review_list& among);

  [[nodiscard]] const reviewed* current(const review_list& up) const;
  decision grant(const reviewed& r, std::string why);
  decision wait_until(wall_time at, std::string why);
  decision give_up(std::string_view why, outcome otherwise = outcome::invalid);

  attempt_ledger ledger_;
  std::span<const candidate> candidates_;
  const plan_options& opts_;
  wall_time now_;
  const std::function<double()>& unit_;
  std::vector<reviewed> all_;
};

decision planner::decide() {
  if (candidates_.empty())
    return give_up("no provider can serve this job");
  if (opts_.deadline && now_ >= *opts_.deadline)
    return give_up("the deadline has passed", outcome::cancelled);
  auto left = live();
  if (left.empty()) {
    let_other_files_in();
    left = live();
  }
  if (left.empty())
    return give_up("no provider is left");
  if (const auto* a = ledger_.newest(); a && verdict_of(*a).result == outcome::local_fault)
    if (const auto until = a->ended + opts_.local_fault_delay; a->ended <= now_ && until > now_)
      return wait_until(until, "a fault of our own (" + brief_of(*a) + ")");
  if (std::ranges::all_of(left, [](const reviewed* r) { return r->who->held; }))
    return soonest(left); // Before anybody is called unavailable: that is no news while we cannot ask.
  const auto up = available_of(left);
  return up.empty() ? all_are_unavailable(left) : choose(up);
}

review_list planner::live() const {
  review_list out;
  for (const auto& r : all_)
    if (r.out.empty())
      out.push_back(&r);
  return out;
}

/// Judges all anew, with those that have another file among them.
void planner::let_other_files_in() {
  all_ = review(ledger_, candidates_, opts_, true, now_, unit_);
}

/// Order exhaust: the provider whose failure is the newest keeps the job while it has tries left.
const reviewed* planner::current(const review_list& up) const {
  const auto* a = ledger_.newest();
  if (opts_.order != failover_order::exhaust || !a)
    return nullptr;
  if (verdict_of(*a).again == same_provider::no)
    return nullptr; // It is out, or it went well.
  const auto at =
      std::ranges::find_if(up, [&](const reviewed* r) { return r->who->provider == a->provider; });
  return at == up.end() || (*at)->told_when || (*at)->full ? nullptr : *at;
}

decision planner::choose(const review_list& up) {
  if (const auto* r = current(up))
    return r->sleeps(now_) ? wait_until(r->ready, r->who->provider + " backs off")
                           : grant(*r, "further try at " + r->who->provider);
  auto order = up;
  if (opts_.order == failover_order::rotate)
    std::ranges::stable_sort(order, {}, [](const reviewed* r) { return r->past->failures; });
  const auto ready = std::ranges::find_if(order, [&](const reviewed* r) { return r->grantable(now_); });
  return ready == order.end() ? soonest(up) : grant(**ready, "best of those that can take it");
}

/// Nobody can take the job now: wait for a lease or for the first who is ready again.
decision planner::soonest(const review_list& among) {
  std::optional<wall_time> first;
  bool held = false;
  std::vector<std::string> awaited;
  for (const auto* r : among) {
    held = held || r->who->held;
    if (r->who->held || !r->sleeps(now_))
      awaited.push_back(r->who->provider);
    else if (!first || r->ready < *first)
      first = r->ready;
  }
  if (awaited.empty())
    return wait_until(*first, "every usable provider backs off");
  decision d;
  d.action = plan_action::wait_slot;
  d.awaited = std::move(awaited);
  d.message = held ? "this machine's network is down" : "every usable provider is full";
  if (opts_.deadline)
    first = std::min(first.value_or(*opts_.deadline), *opts_.deadline);
  d.at = first.value_or(wall_time{});
  d.candidates = lines_of(all_, nullptr, now_);
  return d;
}

decision planner::all_are_unavailable(const review_list& down) {
  if (opts_.when_all_unavailable == all_unavailable::least_bad)
    return least_bad(down);
  if (opts_.when_all_unavailable == all_unavailable::wait) {
    auto first = wall_time::max();
    for (const auto* r : down)
      first = std::min(first, std::max(r->who->unavailable_until.value_or(now_), now_ + look_again));
    return wait_until(first, "every provider is unavailable");
  }
  let_other_files_in(); // Beginning afresh with another file is better than no file.
  if (const auto up = available_of(live()); !up.empty())
    return choose(up);
  return give_up("every provider is unavailable");
}

decision planner::least_bad(review_list down) {
  std::ranges::stable_sort(
      down, {}, [](const reviewed* r) { return r->who->unavailable_until.value_or(wall_time{}); });
  const auto takes = [&](const reviewed* r) {
    const bool sleeps_here = opts_.order == failover_order::exhaust && !r->told_when;
    return !r->full && (sleeps_here || !r->sleeps(now_));
  };
  const auto at = std::ranges::find_if(down, takes);
  if (at == down.end())
    return soonest(down);
  if ((*at)->sleeps(now_))
    return wait_until(
        (*at)->ready, "every provider is unavailable, and " + (*at)->who->provider + " backs off");
  auto d = grant(**at, "every provider is unavailable, this is the least bad");
  d.least_bad = true;
  return d;
}

decision planner::grant(const reviewed& r, std::string why) {
  decision d;
  d.action = plan_action::grant;
  d.provider = r.who->provider;
  d.afresh = r.other_file;
  d.message = std::move(why);
  if (d.afresh)
    d.message += "; nobody with the present file is left, so it begins afresh";
  d.candidates = lines_of(all_, r.who, now_);
  return d;
}

decision planner::wait_until(wall_time at, std::string why) {
  decision d;
  d.action = plan_action::wait_until;
  d.at = opts_.deadline ? std::min(at, *opts_.deadline) : at;
  d.message = std::move(why) + ": waits until " + utc_text(d.at);
  d.candidates = lines_of(all_, nullptr, now_);
  return d;
}

decision planner::give_up(std::string_view why, outcome otherwise) {
  decision d;
  d.action = plan_action::give_up;
  d.result = class_of_failure(ledger_, all_, otherwise);
  d.candidates = lines_of(all_, nullptr, now_);
  d.message = sentence_of_failure(why, ledger_, d.candidates);
  d.retry_could_succeed_at = retry_could_succeed_at(all_, now_);
  return d;
}

} // namespace

std::string_view to_string(failover_order x) noexcept {
  return order_names[static_cast<std::size_t>(x)];
}
std::string_view to_string(all_unavailable x) noexcept {
  return all_unavailable_names[static_cast<std::size_t>(x)];
}
std::optional<failover_order> failover_order_from(std::string_view name) noexcept {
  return named<failover_order>(order_names, name);
}
std::optional<all_unavailable> all_unavailable_from(std::string_view name) noexcept {
  return named<all_unavailable>(all_unavailable_names, name);
}

decision plan_next(
    std::span<const past_attempt> attempts, std::span<const candidate> candidates,
    const plan_options& options, wall_time now, const std::function<double()>& unit) {
  return planner{attempts, candidates, options, now, unit}.decide();
}

} // namespace tributary
