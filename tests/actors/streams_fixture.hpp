// A file of several pieces at mirrors whose speed is set, in virtual time.
#pragma once

#include "flow_fixture.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace tributary::testing {

using namespace std::chrono_literals;

inline constexpr std::uint64_t stream_rate = 4 * mib; ///< Per second.

struct streams_fixture : flow_fixture {
  std::string body = bytes_of(36 * mib);

  script_ptr
  flowing(const std::string& name, std::uint64_t bytes_per_second, const std::string& etag = "\"1\"") {
    auto s = provider(name, body, static_cast<std::int32_t>(document.providers.size()));
    s->etag = etag;
    s->otherwise = flows(bytes_per_second);
    document.providers[name].max_concurrent_downloads = 1;
    return s;
  }
  [[nodiscard]] bool is_all_from(const std::string& name, job_id job) {
    const auto extents = stored(job).extents;
    return !extents.empty() &&
           std::ranges::all_of(extents, [&](const extent& e) { return e.provider == name; });
  }
  [[nodiscard]] std::uint64_t sent() const {
    std::uint64_t sum = 0;
    for (const auto& [name, s] : scripts)
      sum += s->sent;
    return sum;
  }
  /// Virtual time until the job is final.
  milliseconds time_of(job_id job) {
    const auto begin = now();
    while (!is_final(state(job)) && now() - begin < 10min)
      advance(100ms);
    return std::chrono::duration_cast<milliseconds>(now() - begin);
  }
  void check_provenance(job_id job) {
    const auto r = stored(job);
    std::uint64_t end = 0;
    for (const auto& e : r.extents) {
      CHECK(e.offset == end);
      CHECK(e.xxh3);
      end = e.offset + e.length;
    }
    CHECK(end == body.size());
  }
};

} // namespace tributary::testing
