// `providers`: list, add, remove, enable, disable, and which can be used now.
#include "app/cli/command.hpp"
#include "app/cli/config_text.hpp"
#include "app/cli/job_text.hpp"
#include "app/cli/wording.hpp"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

namespace tributary::cli {

namespace {

namespace json = boost::json;

const std::string providers_target = "/api/providers", switch_target = "/api/providers/config/";

struct provider_options {
  client_options client;
  std::string name;
};

struct add_options {
  client_options client;
  std::string name, where;
  std::vector<std::string> settings;
};

struct remove_options {
  client_options client;
  std::string name;
  bool now = false;
};

/// Where a provider's files are, whatever its kind.
std::string place_of(json_view p) {
  return p["directory"].exists() ? p["directory"].text() : p["base_url"].text();
}

void print_list(json_view body, const terminal& on) {
  table t{{"NAME", "STATE", ">PLACE", ">PRIORITY", ">LEASES", "KIND", "WHERE"}};
  const auto number = [](json_view n) {
    return n.exists() ? std::to_string(n.count().value_or(0)) : std::string{};
  };
  for (const json_view p : body["providers"].items()) {
    const auto state = p["draining"].flag() ? std::string{"draining"} : p["state"].text();
    const auto place = p["position"].count();
    t.add(
        {p["name"].text(), cell{state, tone_of_state(state)},
         place ? std::to_string(*place + 1) : std::string{}, number(p["priority"]), number(p["leases"]),
         p["kind"].text(), place_of(p)});
  }
  if (t.empty())
    std::cout << "no providers; add one with `tributary providers add NAME URL`\n";
  else
    std::cout << t.text(on);
}

int list_providers(const client_options& o) {
  session s{o.server};
  return print(o, s.get(providers_target), print_list);
}

int available(const client_options& o) {
  session s{o.server};
  return print(o, s.get(providers_target + "/available"), [](json_view body, const terminal&) {
    const auto& names = body["available"].items();
    for (const json_view name : names)
      std::cout << shown(name.text()) << '\n';
    if (names.empty())
      std::cout << "no provider is usable now\n";
  });
}

int best(const client_options& o) {
  session s{o.server};
  return print(o, s.get(providers_target + "/best"), [](json_view body, const terminal&) {
    std::cout << shown(body["name"].text()) << "  score "
              << number_text(body["score"].number().value_or(0), 3);
    if (const auto reason = body["reason"].text(); !reason.empty())
      std::cout << "  " << shown(reason);
    std::cout << '\n';
  });
}

int add_provider(const add_options& o) {
  auto body = settings_from_words(o.settings);
  body["name"] = o.name;
  const bool folder = o.where.starts_with('/');
  body.emplace("kind", folder ? "directory" : "http");
  body.emplace(folder ? "directory" : "base_url", o.where);
  session s{o.client.server};
  return print(
      o.client, s.send("POST", providers_target, json::serialize(body)),
      [&](json_view, const terminal&) { std::cout << "added " << shown(o.name) << '\n'; });
}

int remove_provider(const remove_options& o) {
  session s{o.client.server};
  const auto target = providers_target + "/" + segment(o.name) + (o.now ? "?mode=now" : "?mode=drain");
  return print(o.client, s.send("DELETE", target), [&](json_view body, const terminal&) {
    std::cout << "removed " << shown(o.name);
    if (body["draining"].flag())
      std::cout << "; " << body["leases"].count().value_or(0) << " of its transfers go on to their end";
    std::cout << '\n';
  });
}

int set_enabled(const provider_options& o, const char* verb) {
  session s{o.client.server};
  const auto a = s.send("POST", switch_target + segment(o.name) + "/" + verb);
  return print(o.client, a, [&](json_view, const terminal&) {
    std::cout << shown(o.name) << " is " << verb << "d\n";
  });
}

/// Its settings; what it did lately is `health NAME`.
int show(const provider_options& o) {
  session s{o.client.server};
  return print(
      o.client, s.get(providers_target + "/" + segment(o.name)), [&](json_view body, const terminal&) {
        auto settings = body.members();
        settings.erase("health");
        std::cout << section_text("providers." + o.name, json::value(std::move(settings)));
      });
}

template <class Body>
void add_named(CLI::App& providers, command_body& chosen, const char* name, const char* what, Body body) {
  auto o = std::make_shared<provider_options>();
  auto* command = providers.add_subcommand(name, what);
  command->add_option("NAME", o->name, "The provider")->required();
  add_client_options(*command, o->client);
  command->callback([o, body, &chosen] { chosen = [o, body] { return body(*o); }; });
}

void add_plain(
    CLI::App& providers, command_body& chosen, const char* name, const char* what,
    int (*body)(const client_options&)) {
  auto o = std::make_shared<client_options>();
  auto* command = providers.add_subcommand(name, what);
  add_client_options(*command, *o);
  command->callback([o, body, &chosen] { chosen = [o, body] { return body(*o); }; });
}

void add_add(CLI::App& providers, command_body& chosen) {
  auto o = std::make_shared<add_options>();
  auto* command = providers.add_subcommand("add", "Add a provider to the running engine");
  command->add_option("NAME", o->name, "Letters, digits and .-_")->required();
  command->add_option("URL", o->where, "Base URL, or the absolute path of a folder")->required();
  command->add_option("KEY=VALUE", o->settings, "More settings; docs/settings.md lists them");
  add_client_options(*command, o->client);
  command->footer(
      "Examples:\n  tributary providers add nas http://nas.lan/files priority=1 max_concurrent_downloads=8\n"
      "  tributary providers add usb /media/usb/files");
  command->callback([o, &chosen] { chosen = [o] { return add_provider(*o); }; });
}

void add_remove(CLI::App& providers, command_body& chosen) {
  auto o = std::make_shared<remove_options>();
  auto* command = providers.add_subcommand("remove", "Remove a provider; what runs there may end first");
  command->add_option("NAME", o->name, "The provider")->required();
  command->add_flag("--now", o->now, "Move its running transfers to other providers at once");
  add_client_options(*command, o->client);
  command->callback([o, &chosen] { chosen = [o] { return remove_provider(*o); }; });
}

} // namespace

void add_providers_commands(CLI::App& app, command_body& chosen) {
  auto* providers = app.add_subcommand("providers", "List, add, remove, enable and disable providers");
  providers->require_subcommand(0, 1);
  providers->footer(
      "Examples:\n  tributary providers\n  tributary providers add nas http://nas.lan/files priority=1\n"
      "  tributary providers disable nas\n  tributary providers best");
  auto o = std::make_shared<client_options>();
  add_client_options(*providers, *o);
  providers->callback([providers, o, &chosen] {
    if (providers->get_subcommands().empty())
      chosen = [o] { return list_providers(*o); };
  });
  add_plain(*providers, chosen, "list", "All providers (the same as `providers` alone)", list_providers);
  add_plain(*providers, chosen, "available", "Names of those that can be used now, in order", available);
  add_plain(*providers, chosen, "best", "Who would be asked first now, and why", best);
  add_named(*providers, chosen, "show", "Settings of one provider", show);
  add_add(*providers, chosen);
  add_remove(*providers, chosen);
  add_named(*providers, chosen, "enable", "Use it again", [](const provider_options& p) {
    return set_enabled(p, "enable");
  });
  add_named(
      *providers, chosen, "disable", "Do not use it, but keep its settings",
      [](const provider_options& p) { return set_enabled(p, "disable"); });
}

} // namespace tributary::cli
