// A stretch of stored history and the steps that it is shown in. Pure.
#pragma once

#include "policy/time.hpp"

#include <cstddef>

namespace tributary {

/// Both ends are multiples of the step, counted from 1970 (UTC), once history_fitted has seen it.
struct history_query {
  wall_time from{}, to{}; ///< From inclusive, to exclusive.
  milliseconds step{0};   ///< 0: let history_fitted choose.
};

/// More points are never given.
inline constexpr std::size_t history_points_max = 1'000;

/// What will be read for a wish: the step is the smallest of 1, 5, 15 min, 1, 3, 6 h and whole days that is
/// at least the one asked for, gives at most history_points_max points (about 300 when none was asked for),
/// and, where minutes are not kept any more, is at least an hour. @pre from < to, step >= 0, kept > 0.
[[nodiscard]] history_query history_fitted(history_query wish, wall_time now, std::chrono::days minutes_kept);

/// When the step that holds `t` began.
[[nodiscard]] wall_time step_of(wall_time t, milliseconds step) noexcept;

} // namespace tributary
