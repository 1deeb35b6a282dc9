// A stored job as the API shows it, with its live figures. Pure.
#pragma once

#include "messages/job.hpp"

#include <optional>

namespace tributary {

/// `live` is looked at only when it is of the row's run.
[[nodiscard]] job_view view_of(const job_record& stored, const std::optional<job_progress>& live);

} // namespace tributary
