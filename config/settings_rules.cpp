#include "config/settings_rules.hpp"

#include "config/wording.hpp"

#include <map>
#include <string_view>
#include <vector>

namespace tributary {
namespace {

constexpr std::size_t providers_max = 10'000;

class rule_checker {
public:
  rule_checker(const settings& s, const is_sound& sound) : settings_(s), sound_(sound) {}

  complaints run() {
    global();
    if (settings_.providers.size() > providers_max)
      complain("/providers", "there are more than " + std::to_string(providers_max) + " providers");
    for (const auto& [name, provider] : settings_.providers)
      check(pointer_to("/providers", name), provider);
    if (settings_.chain)
      chain(*settings_.chain);
    return std::move(out_);
  }

private:
  void complain(std::string pointer, std::string message) {
    if (sound_(pointer))
      out_.push_back({std::move(pointer), std::move(message)});
  }

  void global() {
    const auto& g = settings_.global;
    at_least(
        "/global", "retry_delay_max_seconds", g.retry_delay_max_seconds, "retry_delay_seconds",
        g.retry_delay_seconds);
    at_least(
        "/global", "cooldown_max_seconds", g.cooldown_max_seconds, "cooldown_base_seconds",
        g.cooldown_base_seconds);
  }

  /// The upper end of a pair must not lie below the lower one.
  void at_least(
      const std::string& section, std::string_view upper, double upper_value, std::string_view lower,
      double lower_value) {
    if (upper_value < lower_value && sound_(pointer_to(section, lower)))
      complain(
          pointer_to(section, upper), "must not be less than `" + std::string{lower} + "` (" +
                                          number_text(lower_value) + "), is " + number_text(upper_value));
  }

  void check(const std::string& at, const provider_settings& p) {
    if (p.kind == provider_kind::http)
      http(at, p);
    else
      directory(at, p);
    retry_delays(at, p);
  }

  void http(const std::string& at, const provider_settings& p) {
    if (!sound_(at + "/kind"))
      return; // What it needs is not known.
    if (p.base_url.empty())
      complain(at + "/base_url", "`base_url` is required for kind `http`");
    if (!p.directory.empty())
      complain(at + "/directory", "belongs to kind `directory`, and this provider is of kind `http`");
  }

  void directory(const std::string& at, const provider_settings& p) {
    if (p.directory.empty())
      complain(at + "/directory", "`directory` is required for kind `directory`");
    const auto of_http = [&](const char* key, bool is_set) {
      if (is_set)
        complain(at + "/" + key, "belongs to kind `http`, and this provider is of kind `directory`");
    };
    of_http("base_url", !p.base_url.empty());
    of_http("custom_headers", !p.custom_headers.empty());
    of_http("custom_params", !p.custom_params.empty());
    of_http("ca_file", p.ca_file.has_value());
  }

  /// Only both together can disagree: what is inherited yields to what is the provider's own (see
  /// effective()).
  void retry_delays(const std::string& at, const provider_settings& p) {
    if (p.retry_delay_seconds && p.retry_delay_max_seconds)
      at_least(
          at, "retry_delay_max_seconds", *p.retry_delay_max_seconds, "retry_delay_seconds",
          *p.retry_delay_seconds);
  }

  void chain(const std::vector<std::string>& names) {
    std::vector<std::string_view> known;
    for (const auto& [name, ignored] : settings_.providers)
      known.push_back(name);
    std::map<std::string_view, std::size_t> seen;
    for (std::size_t i = 0; i < names.size() && out_.size() <= complaints_max; ++i) {
      const auto at = pointer_to("/failover/chain", std::to_string(i));
      if (!settings_.providers.contains(names[i]))
        complain(at, "no provider is called " + quoted(names[i]) + did_you_mean(names[i], known));
      else if (const auto [first, fresh] = seen.emplace(names[i], i); !fresh)
        complain(
            at, quoted(names[i]) + " is in the chain already, at place " + std::to_string(first->second));
    }
  }

  const settings& settings_;
  const is_sound& sound_;
  complaints out_;
};

} // namespace

complaints check_rules(const settings& s, const is_sound& sound) {
  return rule_checker{s, sound}.run();
}

} // namespace tributary
