// CONFIG MANAGER: owns the one settings document, its revision and its file. Changes are taken in the order
// of their coming: validated, saved, journaled, then broadcast as an immutable snapshot. Those that wait
// while the disk works are saved together. A change that fails anywhere changes nothing.
#pragma once

#include "actors/settings_batch.hpp"
#include "config/settings_file.hpp"
#include "messages/actors.hpp"
#include "net/client/file_worker.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <string_view>

namespace caf {
class actor_system;
}

namespace tributary {

struct config_manager_options {
  first_settings first;               ///< Valid. What is fresh is journaled before anything else.
  std::filesystem::path file;         ///< Empty: kept in the journal only.
  std::optional<file_stamp> stamp;    ///< Of the file when it was read.
  std::shared_ptr<file_worker> files; ///< Where loading and saving is done.
  job_store_actor store;
  event_hub_actor events;
  std::function<wall_time()> wall;
  std::function<void(std::string_view)> log; ///< Warnings for the operator.
};

/// At most 256 changes wait; one more is answered with errc::overloaded.
[[nodiscard]] config_manager_actor
spawn_config_manager(caf::actor_system& system, config_manager_options options);

} // namespace tributary
