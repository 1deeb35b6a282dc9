// One command's talk with an engine: asks, and turns everything but success into a failure that people can
// read.
#pragma once

#include "app/api_client.hpp"
#include "app/cli/failure.hpp"
#include "app/cli/json_view.hpp"
#include "app/cli/server.hpp"

#include <boost/json/value.hpp>

#include <optional>
#include <string>

namespace tributary::cli {

struct answer {
  int status = 0;
  boost::json::value body; ///< null when there was none.
  std::string raw;         ///< As it came.
  std::string etag;
};

class session {
public:
  explicit session(const server_options& options) : client_(find_server(options)) {}

  /// @throws failure: exit_no_engine when nobody answers, exit_refused with all that a problem body says.
  answer get(const std::string& target) { return ask({"GET", target, {}, {}}); }
  answer send(const std::string& method, const std::string& target, const std::string& body = {}) {
    return ask({method, target, body, {}});
  }
  answer ask(const api_request& request);

  [[nodiscard]] api_client& client() noexcept { return client_; }

private:
  api_client client_;
};

/// What an answer that is no success means, for people (and which status it ends with).
[[nodiscard]] failure explain(const api_reply& refused, const api_endpoint& by);
[[nodiscard]] failure explain(const api_failure& why, const api_endpoint& by);

/// A name as a path segment.
[[nodiscard]] std::string segment(std::string_view name);

} // namespace tributary::cli
