// Files that only their owner may read (tokens). Blocking; used while the gateway starts.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace tributary::gateway {

/// Replaces the file with mode 0600: written beside it, flushed, renamed. Returns "" or what went wrong, for
/// people; on an error the old file is untouched.
[[nodiscard]] std::string write_private_file(const std::filesystem::path& file, std::string_view text);

} // namespace tributary::gateway
