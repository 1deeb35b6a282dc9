// The provider pairs (a provider and its monitored wrapper) that the failover supervisor is the parent of:
// made, changed and removed with the settings, restarted when they crash; and the ephemeral ones of job URLs.
// Used by one actor, on its own thread of control.
#pragma once

#include "actors/failover_supervisor.hpp"
#include "policy/retry_budget.hpp"

#include <caf/local_actor.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

namespace tributary {

/// Ephemeral providers alive at a time; the longest idle one makes room for the next.
inline constexpr std::size_t ephemeral_providers_max = 256;
/// A pair that crashes more often than this in a row stays down until its settings change.
inline constexpr std::uint32_t provider_crashes_max = 5;
/// Crashes further apart than this are not in a row.
inline constexpr seconds provider_crash_memory{60};
/// Wait before the first restart in a row; doubles with each further one.
inline constexpr milliseconds provider_restart_delay{100};

struct provider_pair {
  effective_provider_ptr settings;
  provider_actor handle; ///< The wrapper; null while the pair is down.
  bool configured = true;
  bool broken = false;
  bool draining = false; ///< Not in the settings any more: ends with its last transfer.
  std::optional<provider_standing> standing;
  retry_budget budget;
  std::uint32_t crashes = 0; ///< In a row.
  steady_time last_crash{}, last_used{};
  std::uint64_t incarnation = 0;
};

class provider_pairs {
public:
  using idle_test = std::function<bool(const std::string&)>;

  provider_pairs(caf::local_actor& parent, provider_factory make, health_monitor_actor health)
      : parent_(parent), make_(std::move(make)), health_(std::move(health)) {}

  /// Makes the pairs what the settings say, the ephemeral ones what the global section says. A configured one
  /// that is not there any more drains while it is not idle.
  void apply(const settings& s, const idle_test& is_idle, steady_time now);

  /// Ends it if it drains. False: it does not.
  bool end_draining(const std::string& provider);

  /// Null when there is none.
  [[nodiscard]] provider_pair* find(const std::string& provider);
  [[nodiscard]] std::map<std::string, provider_pair>& all() noexcept { return pairs_; }

  /// Can an ephemeral provider be made, or is one of that name there?
  [[nodiscard]] bool has_room_for(const std::string& origin, const idle_test& is_idle) const;
  /// Makes it where it is missing; the name of the one that made room, if any. @pre has_room_for
  std::optional<std::string>
  ensure_ephemeral(const effective_provider& p, const idle_test& is_idle, steady_time now);

  /// True when it may let somebody through who was held back: more than figures changed.
  bool note(const provider_standing& s);

  struct restart {
    std::string provider;
    std::uint64_t incarnation = 0;
    std::optional<milliseconds> after; ///< None: it stays down.
  };
  /// Somebody monitored died. None: it was no pair of ours (any more).
  [[nodiscard]] std::optional<restart> note_down(const caf::actor_addr& who, steady_time now);
  /// Those whose factory failed since this was last asked.
  [[nodiscard]] std::vector<restart> take_failed_starts();
  /// A restart falls due; ignored when the pair was changed meanwhile.
  void start_again(const std::string& provider, std::uint64_t incarnation, steady_time now);

  /// Ends all pairs, gently.
  void stop();

private:
  void renew(const std::string& name, provider_pair& p, effective_provider wanted, steady_time now);
  void start(const std::string& name, provider_pair& p, steady_time now);
  void end(const std::string& name, provider_pair& p);
  [[nodiscard]] restart crashed(const std::string& name, provider_pair& p, steady_time now);
  [[nodiscard]] const std::string* longest_idle(const idle_test& is_idle) const;
  [[nodiscard]] std::size_t ephemeral() const;

  caf::local_actor& parent_;
  provider_factory make_;
  health_monitor_actor health_;
  std::map<std::string, provider_pair> pairs_;
  std::vector<restart> failed_starts_;
};

} // namespace tributary
