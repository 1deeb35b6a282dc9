// How a provider is reached: the pluggable part. A provider actor owns one loader. No CAF and no Asio in
// here.
#pragma once

#include "config/settings.hpp"
#include "messages/transfer.hpp"

#include <functional>
#include <memory>

namespace tributary {

class catalog; // net/client/catalog.hpp

/// What a source calls one state of a document; "" when it does not say.
struct document_version {
  std::string etag, last_modified;
};

/// One reading of a provider's catalogue.
struct catalog_answer {
  outcome result = outcome::ok;
  fault cause = fault::none;
  int status = 0;
  std::string message; ///< "" when ok; for people, without secrets.
  std::optional<seconds> retry_after;
  std::shared_ptr<const catalog> fresh; ///< ok and null: it is still the version that was known.
  document_version version;             ///< Of what is current now.
  std::uint64_t bytes = 0;
  nanoseconds connect{0};
  std::optional<nanoseconds> first_byte;
};

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

/// Longest time that one reading of a catalogue may take.
inline constexpr seconds catalog_read_max{30};

class loader {
public:
  virtual ~loader() = default;

  /// Starts a transfer; never blocks, never throws. The observer may be called before this returns.
  virtual std::shared_ptr<transfer_handle>
  start(transfer_request request, std::shared_ptr<transfer_observer> observer) = 0;

  /// One active check, within the provider's timeout; `done` is called exactly once, on a loader thread.
  virtual void check(std::function<void(const check_result&)> done) = 0;

  /// Reads the provider's catalogue, unless it is still the `known` version, within catalog_read_max and
  /// never waiting longer than the provider's timeout for more of it. `done` is called exactly once, on a
  /// loader thread or before this returns. A loader that does not override it keeps no catalogue: missing.
  virtual void read_catalog(document_version known, std::function<void(catalog_answer)> done);

  /// New settings: bandwidth at once, the rest from the next transfer on. Any thread.
  virtual void configure(const effective_provider& settings) = 0;
};

inline void loader::read_catalog(document_version, std::function<void(catalog_answer)> done) {
  catalog_answer none;
  none.result = outcome::missing;
  none.cause = fault::no_such_item;
  none.message = "it keeps no catalogue";
  done(std::move(none));
}

/// Makes the loader of a provider; called by the supervisor's provider actors.
using loader_factory = std::function<std::unique_ptr<loader>(const effective_provider&)>;

} // namespace tributary
