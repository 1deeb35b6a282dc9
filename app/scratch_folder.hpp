// A folder that goes away with its owner: where the demo, and `get` without a state folder, work.
#pragma once

#include <filesystem>
#include <string>

namespace tributary {

class scratch_folder {
public:
  /// In the system's folder for temporary files, readable by its owner only. @throws std::runtime_error
  explicit scratch_folder(const std::string& prefix);
  ~scratch_folder();
  scratch_folder(const scratch_folder&) = delete;
  scratch_folder& operator=(const scratch_folder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

private:
  std::filesystem::path path_;
};

} // namespace tributary
