#include "policy/local_outage.hpp"

#include <algorithm>
#include <set>

namespace tributary {

testimony testimony_of(fault f) noexcept {
  switch (f) {
  case fault::name_not_found:
  case fault::network_unreachable:
    return testimony::unreachable;
  case fault::connect_timeout:
  case fault::stalled:
    return testimony::silent;
  case fault::none:
  case fault::refused:
  case fault::reset:
  case fault::tls:
  case fault::certificate:
  case fault::malformed:
  case fault::status:
  case fault::truncated:
  case fault::false_range:
  case fault::other_identity:
  case fault::range_refused:
  case fault::wrong_digest:
  case fault::wrong_size:
    return testimony::answered;
  default:
    return testimony::none;
  }
}

bool is_loopback_host(std::string_view host) noexcept {
  return host == "localhost" || host.ends_with(".localhost") || host == "::1" || host.starts_with("127.") ||
         host.starts_with("::ffff:127.");
}

std::string host_of(std::string_view url) {
  const auto scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos)
    return {};
  auto rest = url.substr(scheme_end + 3);
  rest = rest.substr(0, rest.find_first_of("/?#"));
  if (const auto at = rest.rfind('@'); at != std::string_view::npos)
    rest.remove_prefix(at + 1);
  if (rest.starts_with('['))
    rest = rest.substr(1, rest.find(']') - 1);
  else
    rest = rest.substr(0, rest.find(':'));
  std::string host{rest};
  std::ranges::transform(
      host, host.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return host;
}

void local_outage::set_witnesses(const std::map<std::string, std::string>& domains) {
  std::erase_if(witnesses_, [&](const auto& kv) { return !domains.contains(kv.first); });
  std::set<std::string_view> distinct;
  for (const auto& [provider, domain] : domains) {
    witnesses_[provider].domain = domain;
    distinct.insert(domain);
  }
  can_judge_ = distinct.size() >= domains_min;
  unreachable_ = static_cast<std::size_t>(
      std::ranges::count_if(witnesses_, [](const auto& kv) { return kv.second.unreachable_at.has_value(); }));
}

bool local_outage::unreachable(steady_time now, const std::string& provider) {
  if (!can_judge_)
    return false;
  if (const auto at = witnesses_.find(provider); at != witnesses_.end()) {
    unreachable_ += !at->second.unreachable_at;
    at->second.unreachable_at = now;
  }
  if (phase_ == phase::local)
    return false;
  if (all_unreachable(now))
    return enter(now, phase::local);
  const bool just_cleared = cleared_at_ && now - *cleared_at_ < span;
  return phase_ == phase::calm && !just_cleared && enter(now, phase::suspected);
}

bool local_outage::answered(steady_time now, const std::string& provider) {
  if (const auto at = witnesses_.find(provider); at != witnesses_.end()) {
    unreachable_ -= at->second.unreachable_at.has_value();
    at->second.unreachable_at.reset();
  }
  if (phase_ == phase::calm)
    return false;
  cleared_at_ = now;
  return enter(now, phase::calm);
}

bool local_outage::tick(steady_time now, bool witnesses_are_asked) {
  if (phase_ != phase::calm && !can_judge_)
    return enter(now, phase::calm);
  const auto end = due(witnesses_are_asked);
  return end && now >= *end && enter(now, phase::calm);
}

std::optional<steady_time> local_outage::due(bool witnesses_are_asked) const noexcept {
  switch (phase_) {
  case phase::suspected:
    return since_ + span;
  case phase::local:
    return witnesses_are_asked ? std::nullopt : std::optional<steady_time>{since_ + unasked_max};
  default:
    return std::nullopt;
  }
}

bool local_outage::enter(steady_time now, phase p) {
  phase_ = p;
  since_ = now;
  return true;
}

bool local_outage::all_unreachable(steady_time now) const {
  return std::ranges::all_of(witnesses_, [&](const auto& kv) {
    return kv.second.unreachable_at && now - *kv.second.unreachable_at <= span;
  });
}

} // namespace tributary
