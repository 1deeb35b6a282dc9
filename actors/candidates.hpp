// Where a job's resource can be had: its routes, and each as a candidate for the plan. Pure.
#pragma once

#include "config/settings.hpp"
#include "messages/failover.hpp"
#include "messages/health.hpp"
#include "messages/job.hpp"
#include "policy/failover_plan.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tributary {

/// One way to a job's resource.
struct route {
  std::string name;     ///< In plans, attempts and traces: the provider's name, "name#2" for its second URL.
  std::string provider; ///< A configured name, or the origin of an ephemeral one.
  bool ephemeral = false;
  std::string path, url; ///< What to ask for, as in transfer_request; both "": the job's catalogue item.
};

/// In order of preference. A path or a catalogue item: every provider of the chain (effective_chain of the
/// settings, which is costly to compute); URLs: each at the configured provider whose base_url prefixes it,
/// else at its origin. `spec.providers`, when given, leaves out all others.
[[nodiscard]] std::vector<route>
routes_of(const job_spec& spec, const settings& s, const std::vector<std::string>& chain);

/// The provider behind a route's name.
[[nodiscard]] std::string provider_of_route(std::string_view name);

/// "http://host:port", in lower case and with the port always said. @pre an absolute http(s) URL.
[[nodiscard]] std::string origin_of(std::string_view url);

/// Is the URL at or beneath the base? Whole path segments only; host and default port compare as they mean.
/// One with dot segments is nobody's: it may lead out of the base, with the provider's credentials.
[[nodiscard]] bool is_beneath(std::string_view url, std::string_view base_url);

/// The settings of the ephemeral provider of an origin: the global defaults.
[[nodiscard]] effective_provider ephemeral_settings(const settings& s, const std::string& origin);

/// What the plan must know of one provider.
struct provider_view {
  const effective_provider* settings = nullptr;
  const provider_standing* standing = nullptr; ///< Null: nothing is known yet.
  std::uint32_t leases = 0;
  bool retry_allowed = true;
  bool down = false;   ///< Its actor is being restarted: nothing can be granted now.
  bool broken = false; ///< Its actor crashed too often.
};
[[nodiscard]] candidate candidate_of(const route& r, std::uint32_t position, const provider_view& p);

/// How a job without a history would choose among them. Being full for now is no reason to skip one.
[[nodiscard]] provider_ranking ranking_of(const std::vector<candidate>& chain, strategy how, wall_time now);

/// The plan's options for a job; its own wishes before the global defaults.
[[nodiscard]] plan_options plan_options_of(const job_row& row, const global_settings& g);

[[nodiscard]] std::optional<wall_time> deadline_of(const job_row& row, const global_settings& g);

[[nodiscard]] past_attempt past_of(const attempt_row& a);

/// Did the attempt get as far as the provider? What its actor refused leaves no trace and takes no number.
[[nodiscard]] bool was_sent(const attempt_row& a) noexcept;

/// The decision as it is stored.
[[nodiscard]] decision_row row_of(const decision& d, wall_time now, std::uint64_t config_revision);

/// What the runner hears when nothing is granted. `attempts`: the job's, for the last provider that failed.
[[nodiscard]] denial denial_of(
    job_id job, const decision& d, decision_row row, const std::vector<past_attempt>& attempts,
    std::uint32_t wish);

} // namespace tributary
