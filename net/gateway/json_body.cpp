// Turns what config/json_source finds into problems.
#include "net/gateway/json_body.hpp"

#include "config/json_source.hpp"

namespace tributary::gateway {

std::variant<boost::json::value, problem> read_body(std::string_view text) {
  auto source = read_json(text);
  if (const auto* broken = std::get_if<complaint>(&source))
    return invalid(kinds::malformed_json, {*broken});
  auto& read = std::get<json_source>(source);
  if (!read.repeated.empty())
    return invalid(kinds::malformed_json, read.repeated);
  return std::move(read.root);
}

} // namespace tributary::gateway
