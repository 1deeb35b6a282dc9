// What all load on an engine that is to be killed has in common.
#pragma once

#include <atomic>
#include <exception>
#include <string>

namespace tributary::testing {

/// Repeats `step` until the engine is killed, or a step says what was wrong. Returns that, else "". The kill
/// ends the last step with an exception: what it had asked for may have been done, or not.
template <class Step>
std::string until_killed(const std::atomic<bool>& killed, Step step) {
  try {
    while (!killed)
      if (auto wrong = step(); !wrong.empty())
        return wrong;
  } catch (const std::exception& e) {
    if (!killed)
      return std::string{"an engine that was not killed gave no answer: "} + e.what();
  }
  return {};
}

} // namespace tributary::testing
