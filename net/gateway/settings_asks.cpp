#include "net/gateway/settings_asks.hpp"

#include "net/gateway/json_body.hpp"
#include "net/gateway/text.hpp"

#include <boost/json.hpp>

#include <charconv>

namespace tributary::gateway {

namespace {

namespace json = boost::json;

/// If-Match as a condition on the revision: "*" is none; a tag that cannot be ours never matches.
std::variant<std::optional<std::uint64_t>, problem>
revision_wanted(const std::optional<std::string>& if_match) {
  if (!if_match || trim(*if_match) == "*")
    return std::nullopt;
  const auto tag = trim(*if_match);
  if (tag.size() < 2 || !tag.starts_with('"') || tag.find('"', 1) != tag.size() - 1)
    return problem{kinds::malformed_request, "If-Match takes one entity tag, as ETag gave it, or *."};
  std::uint64_t revision = 0;
  const auto [end, why] = std::from_chars(tag.data() + 1, tag.data() + tag.size() - 1, revision);
  if (why != std::errc{} || end != tag.data() + tag.size() - 1)
    return *problem_from(errc::stale);
  return revision;
}

json::value value_of(const std::optional<std::string>& text) {
  return text ? json::parse(*text) : json::value(nullptr); // Written by ourselves: it parses.
}

/// The change with the request's condition; answers by itself when that is malformed.
std::optional<settings_change> conditional(const call_ptr& c, settings_edit edit) {
  const auto wanted = revision_wanted(c->asked.if_match);
  if (const auto* refused = std::get_if<problem>(&wanted)) {
    answer(c, *refused);
    return std::nullopt;
  }
  return settings_change{std::move(edit), std::get<std::optional<std::uint64_t>>(wanted)};
}

} // namespace

header_list etag_of(std::uint64_t revision) {
  return {{"ETag", "\"" + std::to_string(revision) + "\""}};
}

std::variant<json::object, problem> object_in(const std::string& body) {
  auto read = read_body(body);
  if (auto* broken = std::get_if<problem>(&read))
    return std::move(*broken);
  auto& value = std::get<json::value>(read);
  if (!value.is_object())
    return invalid(kinds::invalid_settings, {{"", "must be a JSON object"}});
  return std::move(value.get_object());
}

std::variant<bool, problem> flag_in(const query_params& query, std::string_view name, bool otherwise) {
  const auto given = std::ranges::find(query, name, &query_params::value_type::first);
  if (given == query.end())
    return otherwise;
  if (given->second == "true" || given->second == "false")
    return given->second == "true";
  return problem{
      kinds::bad_query,
      "The query parameter \"" + std::string{name} + "\" is wrong.",
      {{std::string{name}, "must be true or false", true}}};
}

void change(gateway_self self, const call_ptr& c, settings_edit edit, then_changed then) {
  change(self, c, std::move(edit), std::move(then), fail(self, c));
}

void change(
    gateway_self self, const call_ptr& c, settings_edit edit, then_changed then,
    std::function<void(const caf::error&)> otherwise) {
  if (auto what = conditional(c, std::move(edit)))
    self->request(
            self->state.targets.config, self->state.limits.ask_timeout, change_atom_v, c->asked.caller,
            *std::move(what))
        .then(
            [then = std::move(then)](const settings_outcome& made) { then(made); },
            [otherwise = std::move(otherwise)](const caf::error& why) { otherwise(why); });
}

void preview(gateway_self self, const call_ptr& c, settings_edit edit, then_changed then) {
  if (auto what = conditional(c, std::move(edit)))
    self->request(
            self->state.targets.config, self->state.limits.ask_timeout, preview_atom_v, *std::move(what))
        .then([then = std::move(then)](const settings_outcome& made) { then(made); }, fail(self, c));
}

json::array to_json(const settings_diff& diff) {
  json::array out;
  for (const auto& d : diff)
    out.push_back(
        json::object{{"pointer", d.pointer}, {"before", value_of(d.before)}, {"after", value_of(d.after)}});
  return out;
}

} // namespace tributary::gateway
