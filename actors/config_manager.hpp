// CONFIG MANAGER: owns the one settings document, its revision and its file. Changes are taken one after the
// other: validated, saved, then broadcast as an immutable snapshot; a change that fails anywhere changes
// nothing.
#pragma once

#include "messages/actors.hpp"
#include "net/client/file_worker.hpp"

#include <filesystem>
#include <memory>

namespace caf {
class actor_system;
}

namespace tributary {

struct config_manager_options {
  settings_ptr initial;               ///< Valid; its revision is where counting goes on.
  std::filesystem::path file;         ///< Empty: kept in memory only.
  std::shared_ptr<file_worker> files; ///< Where saving is done.
};

/// At most 256 changes wait; one more is answered with errc::overloaded.
[[nodiscard]] config_manager_actor
spawn_config_manager(caf::actor_system& system, config_manager_options options);

} // namespace tributary
