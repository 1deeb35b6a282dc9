#include "net/client/catalog_document.hpp"

#include "net/client/catalog.hpp"

#include <algorithm>

namespace tributary::client {
namespace {

constexpr std::size_t complaints_told = 3;

} // namespace

void take_catalog(catalog_answer& to, std::string_view text) {
  auto parsed = parse_catalog(text);
  if (auto* read = std::get_if<catalog>(&parsed)) {
    to.fresh = std::make_shared<const catalog>(std::move(*read));
    return;
  }
  auto& wrong = std::get<complaints>(parsed);
  wrong.resize(std::min(wrong.size(), complaints_told));
  to.cause = fault::malformed;
  to.result = verdict_of(to.cause, 0, false).result;
  to.message = "its catalogue is not valid: ";
  for (const auto& c : wrong)
    to.message += (&c == &wrong.front() ? "" : "; ") + c.pointer + (c.pointer.empty() ? "" : " ") + c.message;
}

} // namespace tributary::client
