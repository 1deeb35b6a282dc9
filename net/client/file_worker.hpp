// Where blocking file work is done: a few threads of their own, so that neither actors nor transfers ever
// wait.
#pragma once

#include <functional>
#include <memory>

namespace tributary {

class file_worker {
public:
  virtual ~file_worker() = default;

  /// Runs `work` soon, on a file thread. Any thread may call it. `work` must not throw. After stop() work is
  /// refused (false) and never runs.
  virtual bool post(std::function<void()> work) = 0;

  /// Finishes what was posted, then ends the threads. Idempotent. Also the destructor does it, which may be
  /// called by a piece of work that was the last owner: its own thread then ends after it.
  virtual void stop() = 0;
};

[[nodiscard]] std::shared_ptr<file_worker> make_file_worker(unsigned threads = 2);

/// Runs everything at once in the caller: for tests under virtual time.
[[nodiscard]] std::shared_ptr<file_worker> make_inline_file_worker();

} // namespace tributary
