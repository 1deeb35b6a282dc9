// Blocking file work on behalf of an actor: done on a file thread, its result handled in the actor.
#pragma once

#include "net/client/file_worker.hpp"

#include <caf/actor.hpp>
#include <caf/actor_cast.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/send.hpp>

#include <functional>
#include <memory>
#include <utility>

namespace tributary {

/// What the file thread sends back. The actor's handler calls `finish`, nothing else.
struct errand_done {
  std::function<void()> finish;
};

/// Runs `work()` on a file thread, then `then(result)` in the actor; never when the actor has ended by then.
/// The actor is kept alive while the work is on its way. False: the file threads have stopped, nothing will
/// run.
/// @pre `self` handles errand_done.
template <class Self, class Work, class Then>
bool run_errand(Self* self, file_worker& files, Work work, Then then) {
  auto back = caf::actor_cast<caf::actor>(self);
  return files.post([back = std::move(back), work = std::move(work), then = std::move(then)]() mutable {
    using result = decltype(work());
    auto made = std::make_shared<result>(work());
    caf::anon_send(back, errand_done{[made, then = std::move(then)]() mutable { then(std::move(*made)); }});
  });
}

} // namespace tributary

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tributary::errand_done)
