// The token file, tokens.json in the state folder (0600): [{"name","sha256","scope","created_at"}]. Tokens
// themselves are never stored, only their SHA-256. Blocking; used while the gateway starts.
#pragma once

#include "net/gateway/routes.hpp"
#include "policy/time.hpp"

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tributary::gateway {

using sha256_digest = std::array<unsigned char, 32>;
[[nodiscard]] sha256_digest sha256_of(std::string_view text);
/// Lower case.
[[nodiscard]] std::string to_hex(const sha256_digest& digest);

struct token_entry {
  std::string name; ///< Unique; also the author of changes made with it.
  sha256_digest digest{};
  scope may = scope::read;
  wall_time created_at{};
};
using token_list = std::vector<token_entry>;

/// A file that does not exist is an empty list. Else the entries, or why it cannot be used, for people.
[[nodiscard]] std::variant<token_list, std::string> load_tokens(const std::filesystem::path& state_dir);

/// What add_token made.
struct new_token {
  std::string text; ///< 256 random bits, base64url. Nowhere stored: show it now.
};

/// Makes a token, adds it to the file and returns it, or says why not (a name that is taken, a file that is
/// broken).
[[nodiscard]] std::variant<new_token, std::string>
add_token(const std::filesystem::path& state_dir, const std::string& name, scope may, wall_time now);

struct admin_token {
  std::filesystem::path file; ///< Holds the token as text, 0600.
  bool created = false;       ///< By this call.
};

/// On the first start (no token file yet): makes the token "admin" and writes it to `admin.token`.
[[nodiscard]] std::variant<admin_token, std::string>
ensure_admin(const std::filesystem::path& state_dir, wall_time now);

} // namespace tributary::gateway
