// How a provider is reached: the pluggable part. A provider actor owns one loader. No CAF and no Asio in
// here.
#pragma once

#include "config/settings.hpp"
#include "messages/transfer.hpp"

#include <functional>
#include <memory>

namespace tributary {

/// Hears of one transfer. Called on the loader's threads, one call at a time; turn each into a message.
/// `ended` comes exactly once and last, whatever happens.
class transfer_observer {
public:
  virtual ~transfer_observer() = default;
  virtual void opened(const source_facts& facts) = 0;
  virtual void progress(const transfer_progress& p) = 0;
  virtual void ended(const transfer_result& r) = 0;
};

/// A running transfer. Dropping the handle does not stop it.
class transfer_handle {
public:
  virtual ~transfer_handle() = default;
  /// Ends it soon as cancelled, unless it ended already. Any thread; idempotent.
  virtual void cancel() = 0;
};

class loader {
public:
  virtual ~loader() = default;

  /// Starts a transfer; never blocks, never throws. The observer may be called before this returns.
  virtual std::shared_ptr<transfer_handle>
  start(transfer_request request, std::shared_ptr<transfer_observer> observer) = 0;

  /// One active check, within the provider's timeout; `done` is called exactly once, on a loader thread.
  virtual void check(std::function<void(const check_result&)> done) = 0;

  /// New settings: bandwidth at once, the rest from the next transfer on. Any thread.
  virtual void configure(const effective_provider& settings) = 0;
};

/// Makes the loader of a provider; called by the supervisor's provider actors.
using loader_factory = std::function<std::unique_ptr<loader>(const effective_provider&)>;

} // namespace tributary
