// A running gateway over real sockets, with scripted actors behind it. One function per message: a test sets
// those that it needs; the rest answer with a plain success.
#pragma once

#include "actors/event_hub.hpp"
#include "actors/job_store.hpp"
#include "messages/register.hpp"
#include "net/gateway/gateway.hpp"
#include "tests/support/http_client.hpp"
#include "tests/support/temp_dir.hpp"

#include <boost/json.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/typed_response_promise.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>

namespace tributary::testing {

/// What the scripted actors answer. Set before the request; they run on the system's threads.
struct gateway_script {
  std::function<caf::result<submit_result>(const job_spec&)> submit;
  job_submission submitted; ///< The newest one; each of its specs goes through `submit`.
  bool replayed = false;    ///< ... and whether it is said to have come before.
  std::function<caf::result<job_view>(job_id)> get, cancel;
  std::function<caf::result<job_view>(std::string_view what, job_id)> control; ///< pause, resume, retry.
  std::function<caf::result<job_page>(const job_filter&)> list;
  std::function<caf::result<job_trace>(job_id)> trace;
  std::function<caf::result<health_summary>()> summary;
  std::function<caf::result<provider_figures>(const std::string&)> figures, reset;
  std::function<caf::result<provider_history>(const std::string&, const history_query&)> history;
  std::function<caf::result<settings_ptr>()> get_settings;
  std::function<caf::result<settings_outcome>(const std::string& author, const settings_change&)> change;
  std::function<caf::result<settings_outcome>(const settings_change&)> preview;
  std::function<caf::result<std::vector<settings_revision>>(std::uint64_t, std::uint32_t)> revisions;
  std::function<caf::result<provider_ranking>()> ranking;
  std::function<caf::result<bool>(const std::string&)> cut;
  std::function<caf::result<failover_stats>()> stats;
  queue_counts counts;
  std::function<caf::result<catalog_reply>(const catalog_query&)> catalog;
  std::atomic<bool> silent{false}; ///< The job queue takes `get` and never answers.
  std::atomic<int> asked{0};       ///< Messages that the silent queue took.
};

/// The wall clock of these tests.
inline constexpr wall_time noon =
    std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} + std::chrono::hours{12};

/// Two providers, alpha and beta, at revision 7.
[[nodiscard]] settings_ptr example_settings();
[[nodiscard]] job_row example_job(job_id id);

struct gateway_fixture {
  gateway_fixture() : gateway_fixture(gateway_limits{}) {}
  explicit gateway_fixture(gateway_limits limits, std::function<void(gateway_options&)> adjust = {});
  ~gateway_fixture();

  /// With the admin token, and as JSON when there is a body. The answer must be one that OpenAPI describes.
  [[nodiscard]] http_reply call(
      std::string_view method, std::string_view target, std::string_view body = {},
      http_headers more = {}) const;
  /// The whole text of such a request.
  [[nodiscard]] std::string request(
      std::string_view method, std::string_view target, std::string_view body = {},
      http_headers more = {}) const;
  [[nodiscard]] std::string logged() const;
  /// Journals these events and publishes them, numbered. Blocks until they are committed.
  void publish(std::vector<event_row> events);
  /// So many "job.queued" of jobs 1, 2, ..
  void publish(std::uint64_t count);
  [[nodiscard]] std::uint16_t port() const { return gateway.port; }

  temp_dir state;
  std::shared_ptr<gateway_script> script = std::make_shared<gateway_script>();
  caf::actor_system_config config;
  std::unique_ptr<caf::actor_system> system;
  job_store_actor store; ///< In memory; the event hub before it is the real one.
  gateway_targets targets;
  running_gateway gateway;
  std::string admin, operate, read; ///< Tokens of each scope.

private:
  mutable std::mutex log_mutex_;
  std::string log_;
};

/// The problem body's code, after checking that it is a proper RFC 9457 body of that reply.
[[nodiscard]] std::string code_of(const http_reply& reply);
[[nodiscard]] boost::json::object body_of(const http_reply& reply);
[[nodiscard]] inline std::string text_of(const boost::json::value& v) {
  return std::string{v.as_string()};
}

} // namespace tributary::testing
