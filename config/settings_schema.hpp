// The settings document as a JSON Schema (draft 2020-12), for editors: made from the tables that validation
// walks. It refuses nothing that validation takes; validation looks closer at texts and at what must agree.
#pragma once

#include <boost/json/fwd.hpp>

#include <string>

namespace tributary {

[[nodiscard]] boost::json::object settings_schema();

/// Pretty printed; ends with a newline.
[[nodiscard]] std::string settings_schema_text();

} // namespace tributary
