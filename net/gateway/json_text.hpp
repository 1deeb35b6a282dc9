// JSON values as text for people and programs: doubles in their shortest usual spelling (0.1, not 1E-1), and
// always valid UTF-8, whatever a remote server put into a message.
#pragma once

#include <boost/json/fwd.hpp>

#include <string>

namespace tributary::gateway {

/// One line, ends with a newline. Doubles that are not finite become null.
[[nodiscard]] std::string json_text(const boost::json::value& v);
[[nodiscard]] std::string json_text(const boost::json::object& o);

} // namespace tributary::gateway
