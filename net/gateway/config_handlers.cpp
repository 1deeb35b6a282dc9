// /api/providers/config: the settings of one provider and the global ones. The ETag is the revision; each
// change honours If-Match.
#include "net/gateway/settings_asks.hpp"

#include "config/settings_json.hpp"

#include <boost/json.hpp>

namespace tributary::gateway {

namespace {

namespace json = boost::json;

void answer_global(const call_ptr& c, const settings_ptr& s) {
  answer(c, effective_global_json(s->document), 200, etag_of(s->revision));
}

void answer_provider(const call_ptr& c, const settings_ptr& s) {
  const auto& name = c->asked.params.front();
  if (!s->document.providers.contains(name))
    return answer(c, *problem_from(errc::unknown_provider));
  answer(c, effective_json(s->document, name), 200, etag_of(s->revision));
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
  answer(c, body, 200, etag_of(s->revision));
}

/// Asks for the current settings and renders them.
void read(gateway_self self, const call_ptr& c, void (*render)(const call_ptr&, const settings_ptr&)) {
  self->request(self->state.targets.config, self->state.limits.ask_timeout, get_atom_v)
      .then([c, render](const settings_ptr& s) { render(c, s); }, fail(self, c));
}

/// The body must be an object; merging and validating it is the config manager's.
[[nodiscard]] bool has_object(const call_ptr& c) {
  const auto body = object_in(c->asked.body);
  if (const auto* broken = std::get_if<problem>(&body)) {
    answer(c, *broken);
    return false;
  }
  return true;
}

void patch_provider(gateway_self self, const call_ptr& c, std::string patch) {
  change(
      self, c, patch_one_provider{c->asked.params.front(), std::move(patch)},
      [c](const settings_outcome& made) { answer_provider(c, made.now); });
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
  if (has_object(c))
    change(self, c, patch_global_section{c->asked.body}, [c](const settings_outcome& made) {
      answer_global(c, made.now);
    });
}

void change_provider(gateway_self self, const call_ptr& c) {
  if (has_object(c))
    patch_provider(self, c, c->asked.body);
}

void enable_provider(gateway_self self, const call_ptr& c) {
  patch_provider(self, c, R"({"enabled":true})");
}
void disable_provider(gateway_self self, const call_ptr& c) {
  patch_provider(self, c, R"({"enabled":false})");
}

} // namespace tributary::gateway
