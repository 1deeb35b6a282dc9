// /api/providers/config: the settings, and their PUT. The ETag is the revision; a PUT honours If-Match.
#include "net/gateway/handlers.hpp"
#include "net/gateway/json_body.hpp"
#include "net/gateway/text.hpp"

#include "config/settings_json.hpp"

#include <boost/json.hpp>

#include <charconv>

namespace tributary::gateway {

namespace {

namespace json = boost::json;

header_list etag_of(const settings_ptr& s) {
  return {{"ETag", "\"" + std::to_string(s->revision) + "\""}};
}

void answer_global(const call_ptr& c, const settings_ptr& s) {
  answer(c, effective_global_json(s->document), 200, etag_of(s));
}

void answer_provider(const call_ptr& c, const settings_ptr& s) {
  const auto& name = c->asked.params.front();
  if (!s->document.providers.contains(name))
    return answer(c, *problem_from(errc::unknown_provider));
  answer(c, effective_json(s->document, name), 200, etag_of(s));
}

/// The whole document with every default filled in; the chain only when it is explicit.
void answer_document(const call_ptr& c, const settings_ptr& s) {
  const auto& document = s->document;
  json::object providers;
  for (const auto& [name, unused] : document.providers)
    providers[name] = effective_json(document, name);
  json::object body{
      {"version", document.version},
      {"global", effective_global_json(document)},
      {"providers", std::move(providers)},
  };
  if (document.chain)
    body["failover"] = json::object{{"chain", json::array(document.chain->begin(), document.chain->end())}};
  answer(c, body, 200, etag_of(s));
}

/// Asks for the current settings and renders them.
void read(gateway_self self, const call_ptr& c, void (*render)(const call_ptr&, const settings_ptr&)) {
  self->request(self->state.targets.config, self->state.ask_timeout, get_atom_v)
      .then([c, render](const settings_ptr& s) { render(c, s); }, fail(self, c));
}

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

/// Checks what can be checked here, then lets the config manager merge, validate and save.
void change(
    gateway_self self, const call_ptr& c, settings_section section, std::string provider,
    void (*render)(const call_ptr&, const settings_ptr&)) {
  const auto body = read_body(c->asked.body);
  if (const auto* broken = std::get_if<problem>(&body))
    return answer(c, *broken);
  if (!std::get<json::value>(body).is_object())
    return answer(c, invalid(kinds::invalid_settings, {{"", "must be an object of settings"}}));
  const auto wanted = revision_wanted(c->asked.if_match);
  if (const auto* refused = std::get_if<problem>(&wanted))
    return answer(c, *refused);
  settings_change what{
      section, std::move(provider), c->asked.body, std::get<std::optional<std::uint64_t>>(wanted)};
  self->request(
          self->state.targets.config, self->state.ask_timeout, change_atom_v, c->asked.caller,
          std::move(what))
      .then([c, render](const settings_ptr& s) { render(c, s); }, fail(self, c));
}

} // namespace

void get_settings(gateway_self self, const call_ptr& c) {
  read(self, c, answer_document);
}
void get_global(gateway_self self, const call_ptr& c) {
  read(self, c, answer_global);
}
void get_provider(gateway_self self, const call_ptr& c) {
  read(self, c, answer_provider);
}

void change_global(gateway_self self, const call_ptr& c) {
  change(self, c, settings_section::global, "", answer_global);
}

void change_provider(gateway_self self, const call_ptr& c) {
  change(self, c, settings_section::provider, c->asked.params.front(), answer_provider);
}

} // namespace tributary::gateway
