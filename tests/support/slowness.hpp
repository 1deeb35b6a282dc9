// For tests over real sockets in real time.
#pragma once

namespace tributary::testing {

/// Sanitizers slow a program down many times: where a test gives somebody a real time to do something, it
/// gives so many times more of it.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr int slowness = 10;
#else
inline constexpr int slowness = 1;
#endif

} // namespace tributary::testing
