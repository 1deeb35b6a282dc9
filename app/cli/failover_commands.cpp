// `failover`: the chain that providers are tried in, and how often one stood in for another.
#include "app/cli/command.hpp"
#include "app/cli/wording.hpp"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <algorithm>

namespace tributary::cli {

namespace {

namespace json = boost::json;

const std::string failover_target = "/api/providers/failover";

struct chain_options {
  client_options client;
  std::vector<std::string> names;
  bool implicit = false;
};

struct member_options {
  client_options client;
  std::string name;
  std::optional<std::uint64_t> position;
};

std::string failures_of(json_view provider) {
  std::string text;
  for (const auto& failure : provider["failures"].members())
    if (const auto n = json_view{failure.value()}.count().value_or(0); n > 0)
      text += (text.empty() ? "" : ", ") + std::string{failure.key()} + " " + std::to_string(n);
  return text;
}

void add_row(table& t, const std::string& place, std::string_view name, json_view p) {
  const auto count = [&](const char* figure) { return std::to_string(p[figure].count().value_or(0)); };
  t.add(
      {place, std::string{name}, count("leases"), count("attempts"), count("successes"),
       count("failovers_from"), count("failovers_to"), bytes_text(p["bytes_wasted"].count()),
       failures_of(p)});
}

void print_failover(json_view body, const terminal& on) {
  table t{{">#", "PROVIDER", ">LEASES", ">ATTEMPTS", ">OK", ">AWAY", ">TO", ">WASTED", "FAILURES"}};
  const auto& chain = body["chain"].items();
  const auto& figures = body["providers"].members();
  std::size_t place = 0;
  for (const json_view name : chain)
    add_row(t, std::to_string(++place), name.text(), body["providers"][name.text()]);
  for (const auto& member : figures)
    if (std::none_of(chain.begin(), chain.end(), [&](json_view name) { return name.text() == member.key(); }))
      add_row(t, "", member.key(), member.value());
  const auto totals = body["totals"];
  const auto mean = totals["mean_attempts"].number();
  std::cout << "chain " << (body["explicit"].flag() ? "as it was set" : "by priority") << ", order "
            << shown(body["order"].text()) << '\n'
            << t.text(on) << totals["jobs"].count().value_or(0) << " jobs, "
            << totals["failovers"].count().value_or(0) << " failovers, "
            << (mean ? number_text(*mean, 2) : "-") << " attempts a job\n";
}

int set_chain(const chain_options& o) {
  if (o.names.empty() != o.implicit)
    throw failure(exit_usage, "name the providers in order, or --implicit, and not both");
  json::object body;
  body["chain"] =
      o.implicit ? json::value(nullptr) : json::value(json::array(o.names.begin(), o.names.end()));
  session s{o.client.server};
  return print(o.client, s.send("PUT", failover_target, json::serialize(body)), print_failover);
}

int add_member(const member_options& o) {
  json::object body;
  if (o.position)
    body["position"] = *o.position;
  session s{o.client.server};
  const auto target = failover_target + "/" + segment(o.name) + "/add";
  return print(o.client, s.send("POST", target, body.empty() ? "" : json::serialize(body)), print_failover);
}

int remove_member(const member_options& o) {
  session s{o.client.server};
  return print(o.client, s.send("DELETE", failover_target + "/" + segment(o.name)), print_failover);
}

} // namespace

void add_failover_commands(CLI::App& app, command_body& chosen) {
  auto* failover = app.add_subcommand("failover", "The chain of providers, and statistics of failovers");
  failover->require_subcommand(0, 1);
  failover->footer("Examples:\n  tributary failover\n  tributary failover set nas mirror\n"
                   "  tributary failover add mirror --position 0\n  tributary failover set --implicit");
  auto o = std::make_shared<client_options>();
  add_client_options(*failover, *o);
  failover->callback([failover, o, &chosen] {
    if (failover->get_subcommands().empty())
      chosen = [o] {
        session s{o->server};
        return print(*o, s.get(failover_target), print_failover);
      };
  });

  auto chain = std::make_shared<chain_options>();
  auto* set = failover->add_subcommand("set", "Set the chain: who may be used, in this order");
  set->add_option("NAME", chain->names, "Providers, first choice first");
  set->add_flag("--implicit", chain->implicit, "All enabled providers by their priority again");
  add_client_options(*set, chain->client);
  set->callback([chain, &chosen] { chosen = [chain] { return set_chain(*chain); }; });

  auto added = std::make_shared<member_options>();
  auto* add = failover->add_subcommand("add", "Put a provider into the chain, or move it");
  add->add_option("NAME", added->name, "The provider")->required();
  add->add_option("--position", added->position, "From 0 (default: the end)");
  add_client_options(*add, added->client);
  add->callback([added, &chosen] { chosen = [added] { return add_member(*added); }; });

  auto removed = std::make_shared<member_options>();
  auto* remove = failover->add_subcommand("remove", "Take a provider out of the chain");
  remove->add_option("NAME", removed->name, "The provider")->required();
  add_client_options(*remove, removed->client);
  remove->callback([removed, &chosen] { chosen = [removed] { return remove_member(*removed); }; });
}

} // namespace tributary::cli
