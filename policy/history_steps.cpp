#include "policy/history_steps.hpp"

#include <algorithm>
#include <array>
#include <cassert>

namespace tributary {

namespace {

using namespace std::chrono_literals;

constexpr std::array<milliseconds, 7> menu{1min, 5min, 15min, 1h, 3h, 6h, 24h};
constexpr milliseconds a_day = 24h, hour_step = 1h;
constexpr std::int64_t points_wanted = 300;

milliseconds step_at_least(milliseconds wanted) {
  const auto at = std::ranges::lower_bound(menu, wanted);
  return at != menu.end() ? *at : a_day * ((wanted + a_day - 1ms) / a_day);
}

history_query aligned(const history_query& wish, milliseconds step) {
  return {step_of(wish.from, step), step_of(wish.to + step - 1ms, step), step};
}

} // namespace

wall_time step_of(wall_time t, milliseconds step) noexcept {
  const auto since = t.time_since_epoch();
  const auto rest = since % step;
  return wall_time{since - rest - (rest < milliseconds::zero() ? step : milliseconds::zero())};
}

history_query history_fitted(history_query wish, wall_time now, std::chrono::days minutes_kept) {
  assert(wish.from < wish.to && wish.step >= milliseconds::zero());
  auto wanted = wish.step > milliseconds::zero() ? wish.step : (wish.to - wish.from) / points_wanted;
  if (wish.from < now - minutes_kept)
    wanted = std::max(wanted, hour_step);
  constexpr auto most = static_cast<std::int64_t>(history_points_max);
  wanted = std::max(wanted, (wish.to - wish.from) / most);
  auto fit = aligned(wish, step_at_least(wanted));
  while ((fit.to - fit.from) / fit.step > most) // Alignment may add a step at either end.
    fit = aligned(wish, step_at_least(fit.step + 1ms));
  return fit;
}

} // namespace tributary
