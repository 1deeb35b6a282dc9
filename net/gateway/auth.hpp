// Who is asking, and may they? Bearer tokens (RFC 6750) against the token list, compared in constant time.
#pragma once

#include "net/gateway/problem.hpp"
#include "net/gateway/tokens.hpp"

#include <string_view>
#include <variant>

namespace tributary::gateway {

class authenticator {
public:
  explicit authenticator(token_list tokens) : tokens_(std::move(tokens)) {}

  /// The entry of the token in an Authorization header ("" when there was none), or a 401 or 403. Never logs
  /// it.
  [[nodiscard]] std::variant<const token_entry*, problem>
  check(std::string_view authorization, scope needed) const;

private:
  token_list tokens_;
};

} // namespace tributary::gateway
