// Errors of actors as problems: stable codes outside, details that help; what must not leak goes to the log.
#pragma once

#include "messages/errc.hpp"
#include "net/gateway/problem.hpp"
#include "net/gateway/responder.hpp"

#include <caf/error.hpp>

#include <functional>
#include <optional>

namespace tributary::gateway {

/// Empty: an internal failure, of which the client is told nothing.
[[nodiscard]] std::optional<problem> problem_from(const caf::error& why);

/// Answers with problem_from, or with a bare 500 and a line in the log.
void answer_failure(const std::function<void(std::string_view)>& log, call& c, const caf::error& why);

} // namespace tributary::gateway
