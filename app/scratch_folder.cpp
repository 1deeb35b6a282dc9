#include "app/scratch_folder.hpp"

#include "app/log.hpp"

#include <cstdlib>
#include <stdexcept>

namespace tributary {

scratch_folder::scratch_folder(const std::string& prefix) {
  auto pattern = (std::filesystem::temp_directory_path() / (prefix + "-XXXXXX")).string();
  if (!::mkdtemp(pattern.data()))
    throw std::runtime_error("cannot make a temporary folder like " + pattern);
  path_ = pattern;
}

scratch_folder::~scratch_folder() {
  std::error_code why;
  std::filesystem::remove_all(path_, why);
  if (why)
    log_warning("cannot remove " + path_.string() + ": " + why.message());
}

} // namespace tributary
