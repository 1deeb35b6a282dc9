// Secrets in settings: a value may refer to one as secret://NAME, also within a longer text ("Bearer
// secret://NAME"). The document holds references only; values are looked up where a request is made, and go
// nowhere else.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tributary {

/// What a look-up came to.
struct secret_value {
  std::string text; ///< The secret. Never to be logged, stored or shown.
  std::string why;  ///< "": it was found; else why not, for people, with its name.
};

/// Looks a secret up by its name, each time anew. Any thread; may read a small file.
using secret_source = std::function<secret_value(const std::string& name)>;

/// Reads FOLDER/NAME, a file of at most 64 KiB that only its owner may read (a line break at its end does not
/// count), else the environment variable NAME.
[[nodiscard]] secret_source secrets_in(std::filesystem::path folder);

/// Names in the text, in order. A name is a letter or `_`, then letters, digits, `_`, `.` or `-`; at most
/// 128.
[[nodiscard]] std::vector<std::string> secret_names(std::string_view text);

/// What is wrong with the references in the text; "" when all is well.
[[nodiscard]] std::string secret_reference_error(std::string_view text);

/// The text with every reference replaced; or why that cannot be done.
[[nodiscard]] secret_value resolve_secrets(std::string_view text, const secret_source& source);

/// The text with each of the values replaced by "***", in any case and also where it is percent-encoded.
/// Values of fewer than four bytes are left: they would blot out words that give nothing away.
[[nodiscard]] std::string without_secrets(std::string text, const std::vector<std::string>& values);

} // namespace tributary
