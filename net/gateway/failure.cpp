// The table from errc to HTTP.
#include "net/gateway/failure.hpp"

#include "messages/errc.hpp"

#include <caf/atom.hpp>
#include <caf/message.hpp>
#include <caf/sec.hpp>

namespace tributary::gateway {

namespace {

constexpr int retry_when_store_failed_seconds = 5;
constexpr int retry_when_no_provider_seconds = 5;

complaints complaints_in(const caf::error& why) {
  const auto& context = why.context();
  if (context.match_elements<complaints>())
    return context.get_as<complaints>(0);
  return {{"", describe(why)}};
}

std::optional<problem> problem_from(errc code, const caf::error& why) {
  switch (code) {
  case errc::unknown_job:
    return problem{kinds::unknown_job, "There is no job with this id."};
  case errc::unknown_provider:
    return problem{kinds::unknown_provider, "There is no provider with this name."};
  case errc::invalid_job:
    return invalid(kinds::invalid_job, complaints_in(why));
  case errc::invalid_settings:
    return invalid(kinds::invalid_settings, complaints_in(why));
  case errc::conflict:
    return invalid(kinds::conflict, complaints_in(why));
  case errc::wrong_state:
    return problem{kinds::wrong_state, describe(why)};
  case errc::stale:
    return problem{kinds::stale, "Read the settings again and repeat the change with their ETag."};
  case errc::busy:
  case errc::overloaded:
    return overloaded("A queue is full; nothing was changed.");
  case errc::shutting_down:
    return shutting_down();
  case errc::store_failed:
    return retry_later(
        {kinds::store_failed, "The journal could not be written, so nothing was accepted."},
        retry_when_store_failed_seconds);
  case errc::provider_exists:
    return problem{kinds::provider_exists, "Change it with PUT /api/providers/config/{name}."};
  case errc::not_in_chain:
    return problem{kinds::not_in_chain, "The provider is not a member of the chain."};
  case errc::unknown_revision:
    return problem{
        kinds::unknown_revision, "GET /api/providers/config/history lists the revisions that are kept."};
  case errc::file_changed:
    return problem{
        kinds::file_changed,
        "It is not overwritten; mend it, import a whole document, or roll back. " + describe(why)};
  case errc::unknown_item:
    return problem{kinds::unknown_item, "No provider's catalogue has it."};
  case errc::no_provider:
    return retry_later({kinds::no_provider, describe(why)}, retry_when_no_provider_seconds);
  case errc::key_reused:
    return problem{
        kinds::key_reused, "Another body came with this key before; use a new key for each request."};
  case errc::io_failed:
  case errc::crashed:
    break;
  }
  return std::nullopt;
}

} // namespace

std::optional<problem> problem_from(const caf::error& why) {
  if (why.category() == caf::atom("tributary"))
    return problem_from(static_cast<errc>(why.code()), why);
  if (why == caf::sec::request_timeout)
    return retry_later({kinds::no_answer, "Whether a change took effect is not known."}, 1);
  if (why == caf::sec::request_receiver_down)
    return shutting_down();
  return std::nullopt;
}

void answer_failure(const std::function<void(std::string_view)>& log, call& c, const caf::error& why) {
  auto told = problem_from(why);
  if (!told || told->kind.status >= 500)
    log("request " + c.asked.id + " failed: " + describe(why));
  if (!told)
    told = problem{kinds::internal, "The log says more under this request_id."};
  c.answer(render(*told, c.asked.id));
}

} // namespace tributary::gateway
