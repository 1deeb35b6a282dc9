// Root reads and writes what file modes forbid, so a test of a refusal would see none. With this it is
// refused like everybody.
#pragma once

#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <exception>
#include <stdexcept>
#include <string>
#include <system_error>

namespace tributary::testing {

/// While it lives, file modes hold for this thread; where they hold anyway it does nothing. Capabilities are
/// each thread's own: those that run already keep theirs, and one that is started meanwhile stays without
/// them for good. So make it and let it go in the thread that is to be refused, and start no other in
/// between.
class without_override {
public:
  without_override() {
    if (!call(SYS_capget, before_))
      throw std::runtime_error("cannot read capabilities: " + reason());
    auto less = before_;
    less[0].effective &= ~(CAP_TO_MASK(CAP_DAC_OVERRIDE) | CAP_TO_MASK(CAP_DAC_READ_SEARCH));
    changed_ = less[0].effective != before_[0].effective;
    if (changed_ && !call(SYS_capset, less))
      throw std::runtime_error("cannot drop capabilities: " + reason());
  }
  ~without_override() {
    if (changed_ && !call(SYS_capset, before_))
      std::terminate(); // All later tests would run with other rights.
  }
  without_override(const without_override&) = delete;
  without_override& operator=(const without_override&) = delete;

private:
  /// Version 3 has 64 bits, in two words.
  using capability_sets = std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3>;

  static bool call(long number, capability_sets& sets) noexcept {
    __user_cap_header_struct this_thread{_LINUX_CAPABILITY_VERSION_3, 0};
    return ::syscall(number, &this_thread, sets.data()) == 0;
  }
  static std::string reason() { return std::generic_category().message(errno); }

  capability_sets before_{};
  bool changed_ = false;
};

} // namespace tributary::testing
