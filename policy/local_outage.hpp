// "Them or me": is it the providers that cannot be reached, or this machine's own network? DESIGN.md section
// 4: only when every provider, in two or more failure domains, could not be reached within two seconds. One
// failure raises the suspicion; whoever keeps this then asks all the others at once, and the first that
// answers in whatever way ends it. Pure: time comes in as an argument.
#pragma once

#include "policy/outcome.hpp"
#include "policy/time.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace tributary {

/// What the end of an operation says of the way to the provider.
enum class testimony : std::uint8_t {
  none,        ///< Nothing: our own doing.
  unreachable, ///< The name did not resolve, or there is no way to the network or host.
  silent,      ///< Nothing came: no evidence for an outage, but while one lasts it is no evidence against the
               ///< provider either.
  answered,    ///< Something came back, be it a refusal: the way is there.
};
[[nodiscard]] testimony testimony_of(fault f) noexcept;

/// Is this host the machine itself, by its name or literal address? No network is between.
[[nodiscard]] bool is_loopback_host(std::string_view host) noexcept;

/// The host of an absolute URL, in lower case and without brackets; "" when there is none.
[[nodiscard]] std::string host_of(std::string_view url);

class local_outage {
public:
  enum class phase : std::uint8_t { calm, suspected, local };

  /// Failures of all witnesses within this span are local; and so long a suspicion lasts.
  static constexpr seconds span{2};
  static constexpr std::size_t domains_min = 2;
  /// Where nobody is asked actively, nobody would ever tell that the network is back: then time does.
  static constexpr seconds unasked_max{30};

  /// Whose word counts: the enabled providers beyond this machine, by name, with their failure domains. What
  /// is known of those that stay is kept. Fewer than two domains: nothing is ever local.
  void set_witnesses(const std::map<std::string, std::string>& domains);
  [[nodiscard]] bool is_witness(const std::string& provider) const { return witnesses_.contains(provider); }
  /// Can anything be local, as the witnesses are?
  [[nodiscard]] bool can_judge() const noexcept { return can_judge_; }

  /// A provider beyond this machine could not be reached. True: the phase changed. Who is no witness (it is
  /// asked only when a job wants it) can raise a suspicion, and end it, but is not needed to confirm it. For
  /// a span after somebody answered no new suspicion is raised: two that are really gone would have each
  /// other asked for ever.
  bool unreachable(steady_time now, const std::string& provider);
  /// A provider beyond this machine answered.
  bool answered(steady_time now, const std::string& provider);
  /// Nothing is suspected and nobody has failed lately: answered() would change nothing.
  [[nodiscard]] bool is_quiet() const noexcept { return phase_ == phase::calm && unreachable_ == 0; }
  /// Lets time pass; call at due().
  bool tick(steady_time now, bool witnesses_are_asked);

  [[nodiscard]] phase now_in() const noexcept { return phase_; }
  /// Since when the present phase lasts.
  [[nodiscard]] steady_time since() const noexcept { return since_; }
  /// When tick() ends the phase, if it does.
  [[nodiscard]] std::optional<steady_time> due(bool witnesses_are_asked) const noexcept;

private:
  struct witness {
    std::string domain;
    std::optional<steady_time> unreachable_at; ///< Nothing when it answered since.
  };
  bool enter(steady_time now, phase p);
  [[nodiscard]] bool all_unreachable(steady_time now) const;

  std::map<std::string, witness> witnesses_;
  std::size_t unreachable_ = 0; ///< Witnesses that have not answered since they could not be reached.
  bool can_judge_ = false;
  phase phase_ = phase::calm;
  steady_time since_{};
  std::optional<steady_time> cleared_at_; ///< When an answer ended a phase.
};

} // namespace tributary
