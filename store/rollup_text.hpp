// Stored sums: how counts are written as text that a person can read, and how minutes become longer steps.
#pragma once

#include "messages/store.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tributary {

inline constexpr milliseconds an_hour{3'600'000};

/// "ok:39 provider_fault:1"; classes without operations are left out.
[[nodiscard]] std::string outcomes_text(const rollup& sums);
/// "120:4 131:1": the slots of the histogram that hold something.
[[nodiscard]] std::string times_text(const rollup& sums);

/// These read what the functions above wrote. @throws std::invalid_argument when the text is damaged.
void read_outcomes(std::string_view text, rollup& into);
void read_times(std::string_view text, rollup& into);

/// Adds the sums of `at` to the last of the steps, or begins a new one. @pre called in the order of time.
void add_to_steps(std::vector<stored_rollup>& steps, stored_rollup next, milliseconds step);

} // namespace tributary
