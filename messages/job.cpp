// Names of the job states, and what makes a submission acceptable. Everything that is wrong is said at once.
#include "messages/job.hpp"

#include "config/settings_json.hpp"
#include "messages/job_limits.hpp"
#include "messages/output_name.hpp"
#include "messages/resource_url.hpp"
#include "messages/utf8.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

namespace tributary {

namespace {

constexpr std::array<std::string_view, 9> state_names{
    "queued", "running", "waiting", "paused", "verifying", "publishing", "succeeded", "failed", "cancelled"};

void check_range(
    complaints& out, const char* pointer, std::int64_t value, std::int64_t low, std::int64_t high) {
  if (value < low || value > high)
    out.push_back({pointer, "must be from " + std::to_string(low) + " to " + std::to_string(high)});
}

void check_resource(complaints& out, resource& wanted) {
  if (!wanted.path.empty() + !wanted.urls.empty() + wanted.item.has_value() != 1) {
    out.push_back({"/resource", "must have exactly one of 'path' (not empty), 'urls' (not empty) and 'key'"});
    return;
  }
  if (wanted.item) {
    for (auto& wrong : check_and_lower(*wanted.item))
      out.push_back({"/resource" + wrong.pointer, std::move(wrong.message)});
    return;
  }
  if (!wanted.path.empty()) {
    if (auto why = resource_path_error(wanted.path); !why.empty())
      out.push_back({"/resource/path", std::move(why)});
    return;
  }
  if (wanted.urls.size() > resource_urls_max)
    out.push_back(
        {"/resource/urls", "must not have more than " + std::to_string(resource_urls_max) + " URLs"});
  for (std::size_t i = 0; i < std::min(wanted.urls.size(), resource_urls_max); ++i)
    if (auto why = resource_url_error(wanted.urls[i]); !why.empty())
      out.push_back({"/resource/urls/" + std::to_string(i), std::move(why)});
}

/// @pre the resource has no complaint.
void check_and_complete_output(complaints& out, job_spec& spec) {
  if (!spec.output.empty()) {
    if (auto why = output_name_error(spec.output); !why.empty())
      out.push_back({"/output", std::move(why)});
    return;
  }
  if (spec.resource.item)
    return;
  const auto& [path, urls, item] = spec.resource;
  spec.output = path.empty() ? suggested_name_of_url(urls.front()) : suggested_name(path);
  if (spec.output.empty() && urls.empty()) // Of a URL the source may tell the name.
    out.push_back({"/output", "is needed: the resource's last name cannot be used as a file name"});
}

void check_and_lower_sha256(complaints& out, std::string& sha256) {
  const auto is_hex = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  };
  if (sha256.size() != sha256_digits || !std::ranges::all_of(sha256, is_hex)) {
    out.push_back({"/sha256", "bad digest: must be 64 hexadecimal digits"});
    return;
  }
  std::ranges::transform(sha256, sha256.begin(), [](char c) {
    return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  });
}

void check_providers(complaints& out, const std::vector<std::string>& names) {
  if (names.size() > job_providers_max)
    out.push_back({"/providers", "must not have more than " + std::to_string(job_providers_max) + " names"});
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < std::min(names.size(), job_providers_max); ++i) {
    const auto pointer = "/providers/" + std::to_string(i);
    if (auto why = provider_name_error(names[i]); !why.empty())
      out.push_back({pointer, std::move(why)});
    else if (!seen.insert(names[i]).second)
      out.push_back({pointer, "names a provider twice"});
  }
}

} // namespace

std::string_view to_string(job_state x) noexcept {
  const auto index = static_cast<std::size_t>(x);
  return index < state_names.size() ? state_names[index] : "unknown";
}

std::optional<job_state> job_state_from(std::string_view name) noexcept {
  const auto found = std::ranges::find(state_names, name);
  if (found == state_names.end())
    return std::nullopt;
  return static_cast<job_state>(found - state_names.begin());
}

std::string resource_path_error(std::string_view path) {
  if (path.empty())
    return "must not be empty";
  if (path.front() == '/')
    return "must be relative to the providers' base, without a leading '/'";
  if (path.size() > resource_path_bytes_max)
    return "must not be longer than " + std::to_string(resource_path_bytes_max) + " bytes";
  if (auto wrong = plain_text_error(path); !wrong.empty())
    return wrong;
  for (auto rest = path;;) {
    const auto slash = rest.find('/');
    if (const auto segment = rest.substr(0, slash); segment == "." || segment == "..")
      return "must not have a '.' or '..' segment";
    if (slash == std::string_view::npos)
      return {};
    rest.remove_prefix(slash + 1);
  }
}

complaints check_and_complete(job_spec& spec) {
  complaints out;
  check_resource(out, spec.resource);
  if (out.empty())
    check_and_complete_output(out, spec);
  else if (!spec.output.empty())
    if (auto why = output_name_error(spec.output); !why.empty())
      out.push_back({"/output", std::move(why)});
  if (spec.sha256)
    check_and_lower_sha256(out, *spec.sha256);
  if (spec.size && *spec.size > resource_bytes_max)
    out.push_back({"/size", "must not be more than " + std::to_string(resource_bytes_max)});
  check_range(out, "/priority", spec.priority, job_priority_min, job_priority_max);
  if (const auto& limit = spec.deadline_seconds; limit && !(*limit > 0 && *limit <= deadline_seconds_max))
    out.push_back(
        {"/deadline_seconds", "must be more than 0 and at most " + std::to_string(deadline_seconds_max)});
  if (spec.max_attempts)
    check_range(out, "/max_attempts", *spec.max_attempts, 1, max_attempts_max);
  if (spec.max_segments)
    check_range(out, "/max_segments", *spec.max_segments, 1, max_segments_max);
  check_providers(out, spec.providers);
  return out;
}

} // namespace tributary
