// Every error that an actor of the engine answers with. Append only: the numbers travel.
#pragma once

#include <caf/error.hpp>
#include <caf/make_message.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace tributary {

enum class errc : std::uint8_t {
  unknown_job = 1,
  unknown_provider,
  invalid_job,      ///< Context: complaints.
  invalid_settings, ///< Context: complaints.
  conflict,         ///< Another unfinished job writes the same output. Context: text.
  wrong_state,      ///< The job cannot do that in its present state. Context: text.
  busy,             ///< The provider has no free slot: nothing was started.
  overloaded,       ///< A bounded queue is full: try again later.
  stale,            ///< A newer run or revision exists: nothing was changed.
  store_failed,     ///< The journal could not be written. Context: text.
  io_failed,        ///< A file could not be read or written. Context: text.
  shutting_down,
  crashed,          ///< A handler threw. Context: text.
  provider_exists,  ///< There is a provider of that name.
  not_in_chain,     ///< The provider is not a member of the chain.
  unknown_revision, ///< No such revision of the settings is kept.
  file_changed,     ///< The settings file was edited and is not valid: it is not overwritten. Context: text.
  unknown_item,     ///< No provider's catalogue has it.
  no_provider,      ///< No provider could answer. Context: text, who was asked and what each said.
  key_reused,       ///< The idempotency key was used for another request.
};

[[nodiscard]] std::string_view to_string(errc x) noexcept;

/// The text in an error's context, else the error's own name: for logs and for problem details.
[[nodiscard]] std::string describe(const caf::error& e);

} // namespace tributary

CAF_ERROR_CODE_ENUM(tributary::errc, "tributary")
