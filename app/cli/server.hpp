// Which engine a command speaks to, and with which token.
#pragma once

#include "app/api_client.hpp"

#include <filesystem>
#include <string>

namespace tributary::cli {

struct server_options {
  std::string url;        ///< --url; "": $TRIBUTARY_URL, the state folder's `address`, http://127.0.0.1:8000.
  std::string token_file; ///< --token-file; "": $TRIBUTARY_TOKEN, the state folder's `admin.token`.
  std::filesystem::path state; ///< --state; "": the usual one.
  std::string ca_file;         ///< --ca-file, for https.
};

/// Settles the above. The state folder's own token goes to the engine of that folder and to this machine
/// only: it is never sent to another host that --url names. @throws failure when the token file cannot be
/// read.
[[nodiscard]] api_endpoint find_server(const server_options& options);

/// A token as it stands in a file: its first line, without spaces around it. @throws failure
[[nodiscard]] std::string read_token(const std::filesystem::path& file);

} // namespace tributary::cli
