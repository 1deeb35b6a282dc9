// What the journal keeps as JSON text: the same JSON that the API shows, read back exactly and without
// judging it.
#pragma once

#include "messages/job.hpp"

#include <string>
#include <string_view>

namespace tributary {

[[nodiscard]] std::string stored_text(const job_spec& spec);
[[nodiscard]] std::string stored_text(const job_error& error);
[[nodiscard]] std::string stored_text(const decision_row& decision);

/// These read what stored_text wrote. @throws std::exception when the text is damaged.
[[nodiscard]] job_spec spec_from_text(std::string_view text);
[[nodiscard]] job_error error_from_text(std::string_view text);
[[nodiscard]] decision_row decision_from_text(std::string_view text);

} // namespace tributary
