// Notices that a file was edited, however editors and deployments do it: written in place, replaced by a
// rename, or swapped behind a symbolic link.
#pragma once

#include "config/settings_file.hpp"

#include <filesystem>
#include <functional>
#include <memory>

namespace tributary {

class file_watch {
public:
  /// `changed` is called on a thread of the watch's own each time the file has come to rest in another state
  /// than before (also: removed), first when it is not as it was `seen`. Where the system has no
  /// notifications left it is looked at every two seconds.
  file_watch(std::filesystem::path file, std::optional<file_stamp> seen, std::function<void()> changed);
  /// `changed` is not called any more once this returns. Not from `changed` itself.
  ~file_watch();
  file_watch(const file_watch&) = delete;
  file_watch& operator=(const file_watch&) = delete;

private:
  class watcher;
  std::unique_ptr<watcher> watcher_;
};

} // namespace tributary
