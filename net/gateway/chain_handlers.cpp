// /api/providers/failover: the chain, its members and the statistics.
#include "net/gateway/health_json.hpp"
#include "net/gateway/settings_asks.hpp"

#include <boost/json.hpp>

namespace tributary::gateway {

namespace {

namespace json = boost::json;

/// The supervisor heard of a change before it was answered, so it tells the new chain.
void answer_chain(gateway_self self, const call_ptr& c) {
  self->request(self->state.targets.failover, self->state.limits.ask_timeout, stats_atom_v)
      .then(
          [c](const failover_stats& s) { answer(c, to_json(s), 200, etag_of(s.config_revision)); },
          fail(self, c));
}

void change_chain(gateway_self self, const call_ptr& c, settings_edit edit) {
  change(self, c, std::move(edit), [self, c](const settings_outcome&) { answer_chain(self, c); });
}

/// {"position": 0}, {} or no body at all.
std::variant<std::optional<std::size_t>, problem> position_in(const std::string& body) {
  if (body.empty())
    return std::nullopt;
  auto read = object_in(body);
  if (auto* broken = std::get_if<problem>(&read))
    return std::move(*broken);
  std::optional<std::size_t> position;
  complaints wrong;
  for (const auto& [key, value] : std::get<json::object>(read)) {
    std::error_code not_whole;
    const auto given = value.to_number<std::uint32_t>(not_whole);
    if (key != "position")
      wrong.push_back({"/" + std::string{key}, "unknown; the only member is `position`"});
    else if (not_whole)
      wrong.push_back({"/position", "must be a whole number, 0 for the first place"});
    else
      position = given;
  }
  if (!wrong.empty())
    return invalid(kinds::invalid_settings, wrong);
  return position;
}

} // namespace

void failover_statistics(gateway_self self, const call_ptr& c) {
  answer_chain(self, c);
}

void replace_failover_chain(gateway_self self, const call_ptr& c) {
  const auto body = object_in(c->asked.body);
  if (const auto* broken = std::get_if<problem>(&body))
    return answer(c, *broken);
  if (!std::get<json::object>(body).contains("chain"))
    return answer(
        c, invalid(
               kinds::invalid_settings,
               {{"/chain", "is required: an array of provider names, or null for the implicit chain"}}));
  change_chain(self, c, replace_chain{c->asked.body});
}

void add_chain_member(gateway_self self, const call_ptr& c) {
  const auto position = position_in(c->asked.body);
  if (const auto* wrong = std::get_if<problem>(&position))
    return answer(c, *wrong);
  change_chain(
      self, c, add_to_chain{c->asked.params.front(), std::get<std::optional<std::size_t>>(position)});
}

void remove_chain_member(gateway_self self, const call_ptr& c) {
  change_chain(self, c, remove_from_chain{c->asked.params.front()});
}

} // namespace tributary::gateway
