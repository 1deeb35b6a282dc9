#include "actors/job_views.hpp"

#include <algorithm>

namespace tributary {

job_view view_of(const job_record& stored, const std::optional<job_progress>& live) {
  job_view v;
  v.row = stored.row;
  for (const auto& a : stored.attempts)
    if (std::ranges::find(v.providers_tried, a.provider) == v.providers_tried.end())
      v.providers_tried.push_back(a.provider);
  if (!live || live->run_no != v.row.run_no || is_final(v.row.state))
    return v;
  v.row.bytes_done = std::max(v.row.bytes_done, live->bytes_done);
  if (v.row.provider.empty())
    v.row.provider = live->provider;
  if (std::ranges::find(v.providers_tried, live->provider) == v.providers_tried.end())
    v.providers_tried.push_back(live->provider);
  if (live->rate_mbps <= 0)
    return v;
  v.rate_mbps = live->rate_mbps;
  const auto size = v.row.identity.size ? v.row.identity.size : v.row.spec.size;
  if (size && *size >= v.row.bytes_done)
    v.eta_seconds = static_cast<double>(*size - v.row.bytes_done) * 8e-6 / live->rate_mbps;
  return v;
}

} // namespace tributary
