// How an activity begins on its thread. Internal to net/client.
#pragma once

#include "net/client/transfer_thread.hpp"

#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <memory>

namespace tributary::client {

/// Runs `self->run()` on the thread soon, which keeps `self` alive meanwhile; false once the thread is
/// closing, and then never. Any thread. run() throws nothing: it reports.
template <class Activity>
[[nodiscard]] bool launch(transfer_thread& on, std::shared_ptr<Activity> self) {
  return on.post([&on, self = std::move(self)] {
    asio::co_spawn(on.io, self->run(), [self](std::exception_ptr impossible) {
      if (impossible)
        std::rethrow_exception(impossible);
    });
  });
}

} // namespace tributary::client
