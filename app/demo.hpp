// `tributary run --demo`: three mirrors on loopback and jobs for them, so that everything can be seen with no
// outside world. Says on standard output what it shows and where to look.
#pragma once

#include "app/demo_origin.hpp"
#include "app/engine.hpp"
#include "app/scratch_folder.hpp"

#include <vector>

namespace tributary {

class demo {
public:
  /// Starts the mirrors and fills the archive.
  demo();

  /// Providers for them: "flaky" is preferred and breaks, "swift" is good, "slow" is the last resort among
  /// the mirrors; "archive" is a folder, and has one item that they lack.
  [[nodiscard]] settings settings_document() const;

  /// Explains, and submits the jobs. `url`: of the API.
  void begin(caf::actor_system& system, const engine& e, const std::string& url) const;

private:
  void submit(caf::actor_system& system, const engine& e, job_spec spec) const;

  demo_files files_;
  scratch_folder archive_{"tributary-archive"};
  demo_origin flaky_, swift_, slow_;
};

} // namespace tributary
