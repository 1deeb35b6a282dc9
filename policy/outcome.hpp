// What became of an attempt: the outcome class that all of metrics, traces, policies and the API speak of,
// and the finer fault behind it. `verdict_of` is the table of DESIGN.md section 5.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tributary {

/// Outcome class of an attempt. Stored and sent by name; append only.
enum class outcome : std::uint8_t {
  ok,
  provider_fault, ///< The provider failed: the only class that moves it towards unavailable.
  throttled,      ///< It asked us to slow down (429, 503 with Retry-After).
  missing,        ///< The item is not there (404, 410); says nothing about the provider.
  auth,           ///< 401, 403, 407.
  policy,         ///< 451.
  identity,       ///< Another file than the job's: excludes the provider for this job, blames nobody.
  cancelled,      ///< We stopped it.
  local_fault,    ///< Our disk or our network.
  invalid,        ///< The job itself is bad.
};
inline constexpr std::size_t outcome_count = 10;

/// What exactly went wrong, as the client sees it.
enum class fault : std::uint8_t {
  none,
  name_not_found,      ///< The host name does not resolve.
  network_unreachable, ///< No route to the network or host.
  refused,
  connect_timeout, ///< Connect and first byte together took longer than `timeout_seconds`.
  reset,           ///< Connection lost before or within the header.
  tls,             ///< TLS handshake failed for another reason than the certificate.
  certificate,     ///< Untrusted, expired, or for another host.
  malformed,       ///< Not HTTP, or a header that contradicts itself.
  status,          ///< A final HTTP status other than 200, 206; the status says which.
  truncated,       ///< The body ended early, or the connection was lost within it.
  stalled,         ///< No body byte for `stall_timeout_seconds`.
  false_range,     ///< A Content-Range that is not the range asked for.
  other_identity,  ///< Size or validator differ from the job's.
  range_refused,   ///< 416: what was asked for does not exist in this file.
  wrong_digest,    ///< The whole file's digest is not the one asked for.
  wrong_size,      ///< The whole file's size is not the one asked for.
  address_refused, ///< Resolves to an address that must never be asked (link-local, metadata).
  busy,            ///< The provider's actor had no room: nothing was sent.
  disk,            ///< Writing here failed.
  cancelled,
  deadline,      ///< The job's deadline came while the attempt ran.
  unsupported,   ///< The answer or the URL needs what this build cannot do.
  own_network,   ///< This machine's network was down (policy/local_outage.hpp): nobody is blamed, no attempt
                 ///< is spent.
  no_such_item,  ///< The source has not got it, and says so without an HTTP status: no file, no catalogue
                 ///< item.
  no_permission, ///< A local source may not be read.
  source_io,     ///< A local source could not be read.
  unproven,      ///< Nothing says that it is the job's file, and nothing that it is not: its bytes must be
                 ///< compared.
};

/// What to do after an attempt.
enum class same_provider : std::uint8_t {
  no,            ///< Not again for this job.
  after_backoff, ///< Again after the backoff delay, up to `max_retries`.
  resume,        ///< As after_backoff, from the verified offset.
  not_before,    ///< Not before the time in Retry-After (else the backoff delay).
  recheck,       ///< At once, after the size is checked again (416).
};

struct verdict {
  outcome result = outcome::ok;
  same_provider again = same_provider::no;
  bool try_others = false; ///< May another provider serve this job?
};

/// The verdict on one attempt. `status` is the final HTTP status where `f` is fault::status (else ignored),
/// `has_retry_after` whether the reply carried a usable Retry-After. Total: every input has an answer.
/// Statuses that the table does not name: a 4xx (400, 405, 406, 414, ...) is about the request that this job
/// makes, so it is `invalid`: it never moves the provider's state, is not repeated there, and others are
/// tried; a 3xx that the client could not follow or a 2xx without the bytes is `invalid` in the same way; any
/// other number counts as a 500. `busy` has the class `cancelled`, since nothing was sent: nobody is blamed,
/// nothing counts, the provider may be asked after a backoff.
[[nodiscard]] verdict verdict_of(fault f, int status, bool has_retry_after) noexcept;

[[nodiscard]] std::string_view to_string(outcome x) noexcept;
[[nodiscard]] std::string_view to_string(fault x) noexcept;
[[nodiscard]] std::optional<outcome> outcome_from(std::string_view name) noexcept;
[[nodiscard]] std::optional<fault> fault_from(std::string_view name) noexcept;

/// Does the class count into `success_rate` = ok / (ok + provider_fault + throttled + auth)?
[[nodiscard]] constexpr bool counts_in_success_rate(outcome x) noexcept {
  return x == outcome::ok || x == outcome::provider_fault || x == outcome::throttled || x == outcome::auth;
}

} // namespace tributary
