// How a command gives up: thrown to main(), which says why and ends with the status.
#pragma once

#include "app/exit_status.hpp"

#include <stdexcept>
#include <string>

namespace tributary::cli {

struct failure : std::runtime_error {
  failure(int with, const std::string& why) : std::runtime_error(why), status(with) {}
  int status;
};

} // namespace tributary::cli
