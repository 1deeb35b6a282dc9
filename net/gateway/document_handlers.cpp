// /api/providers/config/export, /import, /rollback, /history: the settings document as a whole and its
// revisions.
#include "net/gateway/numbers.hpp"
#include "net/gateway/settings_asks.hpp"

#include "config/settings_json.hpp"
#include "messages/job_json.hpp"

#include <boost/json.hpp>

#include <limits>

namespace tributary::gateway {

namespace {

namespace json = boost::json;

constexpr std::uint32_t history_limit_default = 50, history_limit_max = 500;

void answer_change(const call_ptr& c, const settings_outcome& made, json::object body) {
  body["revision"] = made.now->revision;
  body["changes"] = to_json(made.changes);
  answer(c, body, 200, etag_of(made.now->revision));
}

struct history_page {
  std::uint64_t before = std::numeric_limits<std::uint64_t>::max();
  std::uint32_t limit = history_limit_default;
};

std::variant<history_page, problem> page_of(const query_params& query) {
  history_page page;
  std::vector<problem_error> errors;
  for (const auto& [name, value] : query)
    if (name == "limit") {
      const auto limit = number_from<std::uint32_t>(value);
      if (limit && *limit >= 1 && *limit <= history_limit_max)
        page.limit = *limit;
      else
        errors.push_back(
            {name, "must be a whole number from 1 to " + std::to_string(history_limit_max), true});
    } else if (const auto before = number_from<std::uint64_t>(value)) {
      page.before = *before;
    } else {
      errors.push_back({name, "not a cursor; take \"next\" of the page before", true});
    }
  if (!errors.empty())
    return problem{
        kinds::bad_query, "The query parameter \"" + errors.front().where + "\" is wrong.",
        std::move(errors)};
  return page;
}

json::object to_json(const settings_revision& r) {
  return {
      {"revision", r.revision},
      {"at", to_iso8601(r.at)},
      {"author", r.author},
      {"change", r.change},
      {"changes", json::parse(r.diff)}};
}

} // namespace

void export_settings(gateway_self self, const call_ptr& c) {
  self->request(self->state.targets.config, self->state.limits.ask_timeout, get_atom_v)
      .then(
          [c](const settings_ptr& s) {
            auto headers = etag_of(s->revision);
            headers.emplace_back("Content-Disposition", "attachment; filename=\"settings.json\"");
            c->answer({200, "application/json", std::move(headers), to_text(s->document)});
          },
          fail(self, c));
}

void import_settings(gateway_self self, const call_ptr& c) {
  const auto dry = flag_in(c->asked.query, "dry_run", false);
  if (const auto* wrong = std::get_if<problem>(&dry))
    return answer(c, *wrong);
  const auto body = object_in(c->asked.body);
  if (const auto* broken = std::get_if<problem>(&body))
    return answer(c, *broken);
  const bool is_dry = std::get<bool>(dry);
  const auto run = is_dry ? preview : static_cast<decltype(&preview)>(change);
  run(self, c, replace_document{c->asked.body}, [c, is_dry](const settings_outcome& made) {
    answer_change(c, made, {{"dry_run", is_dry}});
  });
}

void roll_back_settings(gateway_self self, const call_ptr& c) {
  const auto revision = number_from<std::uint64_t>(c->asked.params.front());
  if (!revision)
    return answer(c, problem{kinds::unknown_revision, "A revision is a decimal number."});
  change(self, c, roll_back{*revision}, [c, to = *revision](const settings_outcome& made) {
    answer_change(c, made, {{"rolled_back_to", to}});
  });
}

void settings_history(gateway_self self, const call_ptr& c) {
  const auto page = page_of(c->asked.query);
  if (const auto* wrong = std::get_if<problem>(&page))
    return answer(c, *wrong);
  const auto [before, limit] = std::get<history_page>(page);
  self->request(
          self->state.targets.config, self->state.limits.ask_timeout, revision_atom_v, before, limit + 1)
      .then(
          [c, limit = limit](std::vector<settings_revision>& found) {
            json::object body;
            const bool more = found.size() > limit;
            if (more)
              found.pop_back();
            auto& revisions = body["revisions"].emplace_array();
            for (const auto& r : found)
              revisions.push_back(to_json(r));
            body["next"] = more ? json::value(std::to_string(found.back().revision)) : json::value(nullptr);
            answer(c, body);
          },
          fail(self, c));
}

} // namespace tributary::gateway
