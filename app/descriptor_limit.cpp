#include "app/descriptor_limit.hpp"

#include "app/log.hpp"

#include <cerrno>
#include <string>
#include <sys/resource.h>
#include <system_error>

namespace tributary {

void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    if (limit.rlim_cur == limit.rlim_max)
      return;
    limit.rlim_cur = limit.rlim_max;
    if (::setrlimit(RLIMIT_NOFILE, &limit) == 0)
      return;
  }
  log_warning(
      "the limit of open files stays as it is, which may be too low for many connections: " +
      std::generic_category().message(errno));
}

} // namespace tributary
