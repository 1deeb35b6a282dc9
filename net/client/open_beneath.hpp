// Opens names beneath a folder and nowhere else: by openat2 where the kernel has it, else component by
// component. Internal to net/client.
#pragma once

#include "net/client/descriptor.hpp"
#include "net/client/part_file.hpp"

#include <string>
#include <string_view>

namespace tributary::client {

/// Relative, without empty, "." or ".." components, without NUL.
[[nodiscard]] bool stays_beneath(std::string_view name);

enum class links : std::uint8_t {
  refused,
  inside, ///< Relative ones that stay beneath the folder are followed; walking refuses these as well.
};

/// A descriptor, or -1 with errno: EXDEV where the name leads out of the folder, ELOOP at a link that is not
/// followed. Blocking.
[[nodiscard]] int
open_beneath(int folder, const std::string& name, int flags, unsigned mode, beneath how, links follow);

/// The folder that holds the last component of `name`, which is left in `last`; missing ones are made when
/// `create`. No link is followed.
[[nodiscard]] descriptor walk_to_folder(int root, std::string_view name, std::string& last, bool create);

} // namespace tributary::client
