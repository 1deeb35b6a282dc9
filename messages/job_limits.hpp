// What a submission may ask for at most. Each is inclusive.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tributary {

inline constexpr std::size_t resource_path_bytes_max = 4096;
inline constexpr std::size_t resource_urls_max = 32;
inline constexpr std::uint64_t resource_bytes_max = 0x7fff'ffff'ffff'ffff; ///< File offsets are signed.
inline constexpr std::size_t sha256_digits = 64;
inline constexpr std::int32_t job_priority_min = 0, job_priority_max = 9;
inline constexpr std::int32_t deadline_seconds_max = 31'536'000; ///< A year.
inline constexpr std::int32_t max_attempts_max = 1000;
inline constexpr std::int32_t max_segments_max = 64;
inline constexpr std::size_t job_providers_max = 1000;
inline constexpr std::size_t submission_jobs_max = 1000;
inline constexpr std::size_t idempotency_key_bytes_max = 255;

} // namespace tributary
