// Names of the engine's errors, and the text that people see of one.
#include "messages/errc.hpp"

#include "config/wording.hpp"

#include "config/complaint.hpp"

#include <caf/atom.hpp>
#include <caf/message.hpp>
#include <caf/sec.hpp>

namespace tributary {

std::string_view to_string(errc x) noexcept {
  switch (x) {
  case errc::unknown_job:
    return "unknown job";
  case errc::unknown_provider:
    return "unknown provider";
  case errc::invalid_job:
    return "invalid job";
  case errc::invalid_settings:
    return "invalid settings";
  case errc::conflict:
    return "conflict";
  case errc::wrong_state:
    return "wrong state";
  case errc::busy:
    return "busy";
  case errc::overloaded:
    return "overloaded";
  case errc::stale:
    return "stale";
  case errc::store_failed:
    return "the journal failed";
  case errc::io_failed:
    return "input or output failed";
  case errc::shutting_down:
    return "shutting down";
  case errc::crashed:
    return "crashed";
  case errc::provider_exists:
    return "provider exists";
  case errc::not_in_chain:
    return "not in the chain";
  case errc::unknown_revision:
    return "unknown revision";
  case errc::file_changed:
    return "the settings file was changed";
  case errc::unknown_item:
    return "unknown item";
  case errc::no_provider:
    return "no provider could answer";
  case errc::key_reused:
    return "idempotency key reused";
  }
  return "unknown error"; // The number came from a newer build.
}

namespace {

std::string name_of(const caf::error& e) {
  if (e.category() == caf::atom("tributary"))
    return std::string{to_string(static_cast<errc>(e.code()))};
  if (e.category() == caf::atom("system"))
    return caf::to_string(static_cast<caf::sec>(e.code()));
  return caf::to_string(e);
}

} // namespace

std::string describe(const caf::error& e) {
  if (!e)
    return {};
  const auto& context = e.context();
  if (context.match_elements<std::string>() && !context.get_as<std::string>(0).empty())
    return context.get_as<std::string>(0);
  if (context.match_elements<complaints>()) {
    std::string text;
    for (const auto& [pointer, message] : context.get_as<complaints>(0))
      text += (text.empty() ? "" : "; ") + (pointer.empty() ? message : printable(pointer) + ": " + message);
    if (!text.empty())
      return text;
  }
  return name_of(e);
}

} // namespace tributary
