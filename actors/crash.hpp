// What a requester gets when a handler throws. An exception handler that returned an empty error would end
// the actor "normally" and leave the requester with an error that says nothing.
#pragma once

#include "messages/errc.hpp"

#include <exception>
#include <string>

namespace tributary {

/// For set_exception_handler: errc::crashed with the exception's text. The actor ends with it.
[[nodiscard]] inline caf::error crashed(std::exception_ptr& why) {
  try {
    std::rethrow_exception(why);
  } catch (const std::exception& e) {
    return caf::make_error(errc::crashed, std::string{e.what()});
  } catch (...) {
    return caf::make_error(errc::crashed, std::string{"something that is no std::exception"});
  }
}

} // namespace tributary
