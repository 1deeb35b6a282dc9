#include "policy/outcome.hpp"

#include "policy/names.hpp"

#include <array>

namespace tributary {

namespace {

constexpr std::array<std::string_view, outcome_count> outcome_names{
    "ok",     "provider_fault", "throttled", "missing",     "auth",
    "policy", "identity",       "cancelled", "local_fault", "invalid"};

constexpr std::array<std::string_view, 28> fault_names{"none",
                                                       "name_not_found",
                                                       "network_unreachable",
                                                       "refused",
                                                       "connect_timeout",
                                                       "reset",
                                                       "tls",
                                                       "certificate",
                                                       "malformed",
                                                       "status",
                                                       "truncated",
                                                       "stalled",
                                                       "false_range",
                                                       "other_identity",
                                                       "range_refused",
                                                       "wrong_digest",
                                                       "wrong_size",
                                                       "address_refused",
                                                       "busy",
                                                       "disk",
                                                       "cancelled",
                                                       "deadline",
                                                       "unsupported",
                                                       "own_network",
                                                       "no_such_item",
                                                       "no_permission",
                                                       "source_io",
                                                       "unproven"};
static_assert(fault_names.size() == static_cast<std::size_t>(fault::unproven) + 1);

// The verdicts that more than one signal shares.
constexpr verdict fault_again{outcome::provider_fault, same_provider::after_backoff, true};
constexpr verdict fault_resume{outcome::provider_fault, same_provider::resume, true};
constexpr verdict fault_never_again{outcome::provider_fault, same_provider::no, true};
constexpr verdict slow_down{outcome::throttled, same_provider::not_before, true};
constexpr verdict another_range{outcome::identity, same_provider::recheck, true};
constexpr verdict refused_request{outcome::invalid, same_provider::no, true};
constexpr verdict not_there{outcome::missing, same_provider::no, true};
constexpr verdict not_allowed{outcome::auth, same_provider::no, true};
constexpr verdict stopped{outcome::cancelled, same_provider::no, false};

verdict verdict_of_status(int status, bool has_retry_after) noexcept {
  switch (status) {
  case 401:
  case 403:
  case 407:
    return not_allowed;
  case 404:
  case 410:
    return not_there;
  case 408:
  case 425:
    return fault_again;
  case 416:
    return another_range;
  case 429:
    return slow_down;
  case 451:
    return {outcome::policy, same_provider::no, true};
  case 503:
    return has_retry_after ? slow_down : fault_again;
  default:
    break;
  }
  if (status >= 200 && status < 500)
    return refused_request; // A 2xx without the bytes, a 3xx that leads nowhere, or a 4xx about the request
                            // itself.
  return fault_again;       // 5xx; a number outside of HTTP's is the provider's fault as much.
}

} // namespace

verdict verdict_of(fault f, int status, bool has_retry_after) noexcept {
  switch (f) {
  case fault::none:
    return {outcome::ok, same_provider::no, false};
  case fault::name_not_found:
  case fault::network_unreachable:
  case fault::refused:
  case fault::connect_timeout:
  case fault::reset:
  case fault::tls:
  case fault::malformed:
    return fault_again;
  case fault::truncated:
  case fault::stalled:
  case fault::source_io:
    return fault_resume;
  case fault::certificate: // Never downgraded to a connection that nobody vouches for.
  case fault::false_range:
  case fault::wrong_digest:
  case fault::wrong_size:
    return fault_never_again;
  case fault::status:
    return verdict_of_status(status, has_retry_after);
  case fault::other_identity:
  case fault::unproven:
    return {outcome::identity, same_provider::no, true};
  case fault::range_refused:
    return another_range;
  case fault::address_refused:
  case fault::unsupported:
    return refused_request;
  case fault::no_such_item:
    return not_there;
  case fault::no_permission:
    return not_allowed;
  case fault::busy:
    return {outcome::cancelled, same_provider::after_backoff, true};
  case fault::disk:
    return {outcome::local_fault, same_provider::no, false};
  case fault::own_network:
    return {outcome::local_fault, same_provider::resume, true};
  case fault::cancelled:
  case fault::deadline:
    return stopped;
  }
  return fault_again; // A value outside of the enum, from a newer journal: an ordinary failure.
}

std::string_view to_string(outcome x) noexcept {
  return outcome_names[static_cast<std::size_t>(x)];
}
std::string_view to_string(fault x) noexcept {
  return fault_names[static_cast<std::size_t>(x)];
}
std::optional<outcome> outcome_from(std::string_view name) noexcept {
  return named<outcome>(outcome_names, name);
}
std::optional<fault> fault_from(std::string_view name) noexcept {
  return named<fault>(fault_names, name);
}

} // namespace tributary
