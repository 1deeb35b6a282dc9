// Routes one catalogue operation: asks the providers of the chain one after the other, in the order in which
// a job would be sent to them, until one can answer. Nothing is retried, queued, leased or journaled. Part of
// the failover supervisor, on its own thread of control.
#pragma once

#include "actors/provider_pairs.hpp"
#include "messages/actors.hpp"

#include <caf/duration.hpp>
#include <caf/typed_response_promise.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace tributary {

/// An operation is answered within this time, whoever hangs: below the gateway's own patience.
inline constexpr seconds catalog_route_max{9};
/// One provider gets at most this long.
inline constexpr seconds catalog_ask_max{5};
/// Operations under way at once; more are refused as overloaded.
inline constexpr std::size_t catalog_routes_max = 1024;

class catalog_router {
public:
  using told = std::function<void(caf::expected<catalog_reply>)>;
  struct hooks {
    /// Asks a provider; the answer or the error comes once.
    std::function<void(const provider_actor&, nanoseconds timeout, const catalog_query&, told)> ask;
    std::function<steady_time()> now;
    std::function<wall_time()> wall;
    std::function<double()> unit;
  };

  /// `self`: the actor that asks; it outlives the router.
  template <class Self>
  catalog_router(
      Self& self, provider_pairs& pairs, std::function<wall_time()> wall, std::function<double()> unit)
      : pairs_(pairs),
        hooks_{ask_by(self), [&self] { return self.clock().now(); }, std::move(wall), std::move(unit)} {}

  /// Within a handler of `self`. `chain`: as the settings have it; both hold to the end of the operation.
  template <class Self>
  [[nodiscard]] caf::typed_response_promise<catalog_reply>
  route(Self& self, settings_ptr settings, std::vector<std::string> chain, catalog_query q) {
    auto answer = self.template make_response_promise<catalog_reply>();
    begin(std::move(settings), std::move(chain), std::move(q), answer);
    return answer;
  }

  /// Answers whatever is open: for on_exit.
  void stop();

private:
  struct errand;
  using errand_ptr = std::shared_ptr<errand>;

  template <class Self>
  static auto ask_by(Self& self) {
    return
        [&self](
            const provider_actor& provider, nanoseconds timeout, const catalog_query& q, const told& tell) {
          self.request(provider, caf::duration{std::chrono::ceil<milliseconds>(timeout)}, q)
              .then(
                  [tell](catalog_reply& r) { tell(std::move(r)); },
                  [tell](caf::error& e) { tell(std::move(e)); });
        };
  }

  void begin(
      settings_ptr settings, std::vector<std::string> chain, catalog_query q,
      caf::typed_response_promise<catalog_reply> answer);
  void step(const errand_ptr& e);
  [[nodiscard]] std::optional<std::string> choose(errand& e);
  void answered(const errand_ptr& e, const std::string& provider, caf::expected<catalog_reply> reply);
  void give_up(const errand_ptr& e);
  template <class Answer>
  void end(const errand_ptr& e, Answer&& a);

  provider_pairs& pairs_;
  hooks hooks_;
  std::set<errand_ptr> open_;
};

} // namespace tributary
