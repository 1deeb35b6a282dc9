// Settings on the command line: how they are shown, and how KEY=VALUE becomes the JSON of a change.
#pragma once

#include "app/cli/json_view.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <vector>

namespace tributary::cli {

/// "KEY=VALUE" words as an object. A key with a dot is one entry of a map: custom_headers.X-Token=abc. A
/// value is JSON where it reads as JSON (7, true, null, "7"), else text; for settings that are texts it is
/// text unless it is null or quoted. @throws failure: a word has no '=', a key is empty or given twice.
[[nodiscard]] boost::json::object settings_from_words(const std::vector<std::string>& words);

/// One setting a line, "key = value", values as JSON.
[[nodiscard]] std::string section_text(const std::string& head, json_view section);

/// A whole document: [global], [providers.NAME], [failover].
[[nodiscard]] std::string document_text(json_view document);

} // namespace tributary::cli
