#include "actors/candidates.hpp"

#include "messages/resource_url.hpp"
#include "policy/candidate_review.hpp"
#include "policy/selection.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace tributary {

namespace {

std::string lower(std::string_view text) {
  std::string out{text};
  std::ranges::transform(
      out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

/// An absolute URL in two: "scheme://host:port" and the rest, from the path on.
struct split_url {
  std::string origin;
  std::string_view rest;
};

split_url split(std::string_view url) {
  const auto scheme_end = std::min(url.find("://"), url.size());
  const auto host_begin = std::min(scheme_end + 3, url.size());
  const auto host_end = std::min(url.find_first_of("/?#", host_begin), url.size());
  auto origin = lower(url.substr(0, host_end));
  const auto bracket = origin.rfind(']');
  const auto colon = origin.find(':', bracket == std::string::npos ? host_begin : bracket);
  if (colon == std::string::npos)
    origin += origin.starts_with("https:") ? ":443" : ":80";
  return {std::move(origin), url.substr(host_end)};
}

milliseconds from_seconds(double s) {
  return milliseconds{std::llround(s * 1000)};
}

bool is_wanted(const job_spec& spec, const std::string& provider) {
  return spec.providers.empty() || std::ranges::find(spec.providers, provider) != spec.providers.end();
}

/// The configured provider that a URL belongs to; "" when there is none.
std::string owner_of(const std::string& url, const settings& s) {
  const std::pair<const std::string, provider_settings>* best = nullptr;
  for (const auto& each : s.providers)
    if (each.second.kind == provider_kind::http && is_beneath(url, each.second.base_url))
      if (!best || each.second.base_url.size() > best->second.base_url.size())
        best = &each;
  return best ? best->first : std::string{};
}

} // namespace

std::string origin_of(std::string_view url) {
  return split(url).origin;
}

bool is_beneath(std::string_view url, std::string_view base_url) {
  const auto whole = split(url);
  const auto base = split(base_url);
  auto prefix = base.rest;
  while (prefix.ends_with('/'))
    prefix.remove_suffix(1);
  if (whole.origin != base.origin || !whole.rest.starts_with(prefix))
    return false;
  const auto beyond = whole.rest.substr(prefix.size());
  const bool at_border =
      beyond.empty() || beyond.front() == '/' || beyond.front() == '?' || beyond.front() == '#';
  return at_border && !has_dot_segments(url);
}

std::string provider_of_route(std::string_view name) {
  return std::string{name.substr(0, name.rfind('#'))};
}

std::vector<route> routes_of(const job_spec& spec, const settings& s, const std::vector<std::string>& chain) {
  std::vector<route> out;
  if (spec.resource.urls.empty()) {
    for (const auto& name : chain)
      if (is_wanted(spec, name))
        out.push_back({name, name, false, spec.resource.path, {}});
    return out;
  }
  std::map<std::string, int> urls_at;
  for (const auto& url : spec.resource.urls) {
    auto owner = owner_of(url, s);
    const bool ephemeral = owner.empty();
    if (ephemeral)
      owner = origin_of(url);
    if (!is_wanted(spec, owner))
      continue;
    const auto n = ++urls_at[owner];
    out.push_back({n == 1 ? owner : owner + '#' + std::to_string(n), owner, ephemeral, {}, url});
  }
  return out;
}

effective_provider ephemeral_settings(const settings& s, const std::string& origin) {
  settings alone;
  alone.global = s.global;
  alone.providers[origin].base_url = origin;
  return effective(alone, origin);
}

candidate candidate_of(const route& r, std::uint32_t position, const provider_view& p) {
  const auto& own = p.settings->own;
  candidate c;
  c.provider = r.name;
  c.max_retries = static_cast<std::uint32_t>(own.max_retries.value_or(0));
  c.backoff.base = from_seconds(own.retry_delay_seconds.value_or(0));
  c.backoff.ceiling = from_seconds(own.retry_delay_max_seconds.value_or(0));
  c.limit = static_cast<std::uint32_t>(own.max_concurrent_downloads.value_or(1));
  c.retry_allowed = p.retry_allowed;
  c.terms.position = position;
  c.terms.leases = p.leases;
  if (const auto* st = p.standing) {
    c.state = st->state;
    c.unavailable_until = st->unavailable_until;
    c.held = st->held;
    c.limit = std::min(c.limit, st->ramp);
    c.terms.ok = st->ok;
    c.terms.tried = st->tried;
    c.terms.throughput_mbps = st->throughput_mbps;
    c.terms.first_byte_ms = st->first_byte_ms;
  }
  if (p.down)
    c.limit = 0;
  if (!own.enabled || p.broken)
    c.state = provider_state::disabled;
  return c;
}

provider_ranking ranking_of(const std::vector<candidate>& chain, strategy how, wall_time now) {
  constexpr std::uint64_t unknown_size = 0;
  provider_ranking out;
  out.how = how;
  std::vector<selection_terms> terms;
  for (const auto& c : chain)
    terms.push_back(c.terms);
  for (const auto& place : rank(terms, how, unknown_size)) {
    const auto& c = chain[place.index];
    ranked_provider r{c.provider, place.score, c.terms, {}};
    if (c.state == provider_state::disabled)
      r.skipped = "disabled";
    else if (c.state == provider_state::unavailable)
      r.skipped =
          "unavailable" + (c.unavailable_until ? " until " + utc_text(*c.unavailable_until) : std::string{});
    else if (c.limit == 0)
      r.skipped = "being restarted";
    if (c.unavailable_until && c.state == provider_state::unavailable) {
      const auto left = std::max(seconds{0}, std::chrono::ceil<seconds>(*c.unavailable_until - now));
      out.back_in = std::min(out.back_in.value_or(left), left);
    }
    out.providers.push_back(std::move(r));
  }
  const auto rest =
      std::ranges::stable_partition(out.providers, &std::string::empty, &ranked_provider::skipped);
  if (rest.begin() != out.providers.begin())
    out.back_in.reset();
  return out;
}

plan_options plan_options_of(const job_row& row, const global_settings& g) {
  plan_options o;
  o.how = row.spec.strategy.value_or(g.strategy);
  o.order = g.failover_order;
  o.when_all_unavailable = g.when_all_unavailable;
  o.max_attempts = static_cast<std::uint32_t>(row.spec.max_attempts.value_or(g.max_attempts));
  o.deadline = deadline_of(row, g);
  return o;
}

std::optional<wall_time> deadline_of(const job_row& row, const global_settings& g) {
  const auto limit = row.spec.deadline_seconds ? row.spec.deadline_seconds : g.deadline_seconds;
  return limit ? std::optional{wanted_since(row) + from_seconds(*limit)} : std::nullopt;
}

past_attempt past_of(const attempt_row& a) {
  past_attempt p;
  p.provider = a.provider;
  p.cause = a.cause;
  p.status = a.status;
  p.retry_after = a.retry_after;
  p.ended = a.finished_at;
  p.progressed = a.progressed;
  p.message = a.message;
  p.began = a.started_at;
  return p;
}

bool was_sent(const attempt_row& a) noexcept {
  return a.cause != fault::busy || a.bytes > 0;
}

decision_row row_of(const decision& d, wall_time now, std::uint64_t config_revision) {
  decision_row row;
  row.at = now;
  row.candidates = d.candidates;
  row.chosen = d.provider;
  row.action = d.action;
  if (d.action == plan_action::wait_until)
    row.wait_until = d.at;
  row.least_bad = d.least_bad;
  row.afresh = d.afresh;
  row.message = d.message;
  row.config_revision = config_revision;
  return row;
}

denial denial_of(
    job_id job, const decision& d, decision_row row, const std::vector<past_attempt>& attempts,
    std::uint32_t wish) {
  denial out;
  out.job = job;
  out.wish = wish;
  if (d.action == plan_action::give_up) {
    job_error e;
    e.result = d.result;
    e.message = d.message;
    if (!attempts.empty())
      e.provider = attempts.back().provider;
    if (d.retry_could_succeed_at)
      e.retry_after_seconds =
          std::max(0.0, std::chrono::duration<double>(*d.retry_could_succeed_at - row.at).count());
    out.error = std::move(e);
  }
  out.decision = std::move(row);
  return out;
}

} // namespace tributary
