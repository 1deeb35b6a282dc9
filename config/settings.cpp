#include "config/settings.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <set>

namespace tributary {
namespace {

constexpr std::array<std::string_view, 2> kind_names{"http", "directory"};
constexpr std::array<std::string_view, 4> conflict_names{"error", "rename", "replace", "skip_if_same"};
constexpr std::array<std::string_view, 2> durability_names{"full", "fast"};

/// What is not set takes the global default.
template <class T>
void fill(std::optional<T>& own, const T& global) {
  if (!own)
    own = global;
}

} // namespace

std::string_view to_string(provider_kind x) noexcept {
  return kind_names[static_cast<std::size_t>(x)];
}
std::string_view to_string(on_conflict x) noexcept {
  return conflict_names[static_cast<std::size_t>(x)];
}
std::string_view to_string(durability x) noexcept {
  return durability_names[static_cast<std::size_t>(x)];
}

std::optional<on_conflict> on_conflict_from(std::string_view name) noexcept {
  const auto at = std::ranges::find(conflict_names, name);
  return at == conflict_names.end() ? std::nullopt
                                    : std::optional{static_cast<on_conflict>(at - conflict_names.begin())};
}

effective_provider effective(const settings& s, const std::string& name) {
  const auto found = s.providers.find(name);
  assert(found != s.providers.end());
  effective_provider out{name, found->second};
  fill(out.own.timeout_seconds, s.global.timeout_seconds);
  fill(out.own.max_retries, s.global.max_retries);
  fill(
      out.own.retry_delay_max_seconds,
      std::max(s.global.retry_delay_max_seconds, out.own.retry_delay_seconds.value_or(0)));
  fill(out.own.retry_delay_seconds, std::min(s.global.retry_delay_seconds, *out.own.retry_delay_max_seconds));
  fill(out.own.max_concurrent_downloads, s.global.max_concurrent_downloads);
  return out;
}

std::vector<std::string> effective_chain(const settings& s) {
  std::vector<std::string> out;
  const auto enabled = [&](const std::string& name) {
    const auto found = s.providers.find(name);
    return found != s.providers.end() && found->second.enabled;
  };
  if (s.chain) {
    std::ranges::copy_if(*s.chain, std::back_inserter(out), enabled);
    return out;
  }
  for (const auto& [name, provider] : s.providers)
    if (provider.enabled)
      out.push_back(name);
  std::ranges::stable_sort(out, {}, [&](const std::string& name) { return s.providers.at(name).priority; });
  return out;
}

bool brings_somebody(const settings& before, const settings& after) {
  for (const auto& [name, provider] : after.providers)
    if (const auto was = before.providers.find(name);
        provider.enabled && (was == before.providers.end() || !was->second.enabled))
      return true;
  const auto chain = effective_chain(before);
  const std::set<std::string_view> members(chain.begin(), chain.end());
  return !std::ranges::all_of(
      effective_chain(after), [&](const std::string& name) { return members.contains(name); });
}

} // namespace tributary
