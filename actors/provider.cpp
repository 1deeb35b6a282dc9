// The shell around a loader. Loader threads talk to it by messages only; it forwards to the sinks in the
// order in which they came. It stops gently: running transfers are cancelled first and end as the loader
// says, within a grace period.
#include "actors/provider.hpp"

#include "actors/catalog_shelf.hpp"
#include "actors/crash.hpp"
#include "policy/token_bucket.hpp"

#include <caf/all.hpp>

#include <algorithm>
#include <cassert>
#include <map>
#include <stdexcept>
#include <unordered_map>

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tributary::catalog_answer) // It carries a catalogue of this process.

namespace tributary {

namespace {

TRIBUTARY_ATOM(grace);
TRIBUTARY_ATOM(read);

constexpr std::size_t checks_max = 4;
constexpr auto stop_grace = seconds{2};

/// What the loader's threads and the shell itself say to it; nobody else sees these.
using provider_shell_api = provider_actor::extend_with<transfer_sink_actor>::extend<
    caf::reacts_to<check_atom, std::uint64_t, check_result>, caf::reacts_to<grace_atom>,
    caf::reacts_to<read_atom, std::uint64_t, catalog_answer>>;

/// Turns one transfer's callbacks into messages to its provider. Holds it weakly: a loader that keeps an
/// observer keeps nobody alive.
class relay final : public transfer_observer {
public:
  relay(transfer_id id, caf::actor_addr provider) : id_(id), provider_(std::move(provider)) {}
  void opened(const source_facts& facts) override { tell(opened_atom_v, facts); }
  void progress(const transfer_progress& p) override { tell(progress_atom_v, p); }
  void ended(const transfer_result& r) override { tell(ended_atom_v, r); }

private:
  template <class Atom, class Fact>
  void tell(Atom what, const Fact& fact) {
    if (auto provider = caf::actor_cast<transfer_sink_actor>(provider_))
      caf::anon_send(provider, what, id_, fact);
  }
  transfer_id id_;
  caf::actor_addr provider_;
};

class provider_shell final : public provider_shell_api::base {
public:
  provider_shell(caf::actor_config& cfg, effective_provider_ptr settings, std::unique_ptr<loader> body)
      : provider_shell_api::base(cfg),
        settings_(std::move(settings)),
        loader_(std::move(body)),
        requests_(settings_->own.requests_per_second, burst()) {
    set_exception_handler(crashed);
    set_down_handler([this](caf::down_msg& down) { owner_ended(down.source); });
    set_exit_handler([this](caf::exit_msg& exit) { stop(std::move(exit.reason)); });
  }

  const char* name() const override { return "provider"; }

  behavior_type make_behavior() override {
    return {
        [this](
            transfer_atom, transfer_request& request, transfer_sink_actor& sink,
            caf::strong_actor_ptr& owner) { return accept(std::move(request), std::move(sink), owner); },
        [this](cancel_atom, transfer_id id) {
          if (const auto at = running_.find(id); at != running_.end())
            cancel(id, at->second);
        },
        [this](check_atom) { return check(); },
        [this](effective_provider_ptr& settings) { configure(std::move(settings)); },
        [this](catalog_query& q) { return look_up(std::move(q)); },
        [this](opened_atom, transfer_id id, source_facts& facts) { opened(id, std::move(facts)); },
        [this](progress_atom what, transfer_id id, const transfer_progress& p) { forward(what, id, p); },
        [this](ended_atom, transfer_id id, transfer_result& r) { ended(id, std::move(r)); },
        [this](check_atom, std::uint64_t number, check_result& r) { checked(number, std::move(r)); },
        [this](grace_atom) { quit(stop_reason_); },
        [this](read_atom, std::uint64_t number, catalog_answer& a) {
          shelf_.took(number, std::move(a), clock().now());
        },
    };
  }

  /// However it ends: every transfer is stopped and its sink told, every check answered, every handle
  /// dropped.
  void on_exit() override {
    for (auto& [id, t] : running_) {
      if (t.handle)
        t.handle->cancel();
      caf::anon_send(t.sink, ended_atom_v, id, cancelled_because("the provider was stopped"));
    }
    running_.clear();
    owners_.clear();
    refuse_checks();
    refuse_readers();
    loader_.reset();
  }

private:
  struct transfer {
    transfer_sink_actor sink;
    std::shared_ptr<transfer_handle> handle;
    caf::actor_addr owner; ///< Null when nobody is monitored for it (any more).
    std::string path;      ///< Where the catalogue led; "" when it was not asked.
    steady_time began{};
  };

  static transfer_result cancelled_because(std::string why) {
    transfer_result r;
    r.result = outcome::cancelled;
    r.cause = fault::cancelled;
    r.message = std::move(why);
    return r;
  }

  /// A second's worth of requests may come at once, at least one.
  [[nodiscard]] double burst() const { return std::max(1.0, settings_->own.requests_per_second.value_or(1)); }

  [[nodiscard]] std::size_t slots() const {
    assert(settings_->own.max_concurrent_downloads);
    return static_cast<std::size_t>(std::max(1, *settings_->own.max_concurrent_downloads));
  }

  caf::result<transfer_id>
  accept(transfer_request request, transfer_sink_actor sink, const caf::strong_actor_ptr& owner) {
    const auto id = request.id;
    if (stopping_)
      return errc::shutting_down;
    if (running_.contains(id))
      return caf::make_error(errc::conflict, "transfer " + std::to_string(id) + " is running already");
    if (running_.size() >= slots() || requests_.try_take(1, clock().now()))
      return errc::busy;
    watch(owner);
    auto& t = running_[id];
    t.sink = std::move(sink);
    t.owner = caf::actor_cast<caf::actor_addr>(owner);
    t.began = clock().now();
    if (request.item)
      find_path(std::move(request));
    else
      begin(t, std::move(request));
    return id;
  }

  void begin(transfer& t, transfer_request request) {
    const auto id = request.id;
    t.handle = loader_->start(std::move(request), std::make_shared<relay>(id, address()));
    if (!t.handle)
      throw std::logic_error("the provider's loader started a transfer without a handle");
  }

  void cancel(transfer_id id, const transfer& t) {
    if (t.handle)
      t.handle->cancel(); // The slot is free when the loader says so.
    else
      ended(id, cancelled_because("cancelled"));
  }

  void forward(progress_atom what, transfer_id id, const transfer_progress& p) {
    if (const auto at = running_.find(id); at != running_.end())
      send(at->second.sink, what, id, p);
  }

  void opened(transfer_id id, source_facts facts) {
    const auto at = running_.find(id);
    if (at == running_.end())
      return;
    facts.path = at->second.path;
    send(at->second.sink, opened_atom_v, id, std::move(facts));
  }

  void ended(transfer_id id, transfer_result r) {
    const auto at = running_.find(id);
    if (at == running_.end())
      return;
    r.facts.path = at->second.path;
    send(at->second.sink, ended_atom_v, id, std::move(r));
    unwatch(at->second.owner);
    running_.erase(at);
    if (stopping_ && running_.empty())
      quit(stop_reason_);
  }

  /// One monitor per owner, however many transfers it has.
  void watch(const caf::strong_actor_ptr& owner) {
    if (owner && owners_[caf::actor_cast<caf::actor_addr>(owner)]++ == 0)
      monitor(owner);
  }

  void unwatch(const caf::actor_addr& owner) {
    const auto at = owners_.find(owner);
    if (at == owners_.end() || --at->second > 0)
      return;
    demonitor(owner);
    owners_.erase(at);
  }

  void owner_ended(const caf::actor_addr& owner) {
    if (owners_.erase(owner) == 0)
      return; // Its last transfer ended while the news was on the way.
    std::vector<transfer_id> orphaned;
    for (auto& [id, t] : running_)
      if (t.owner == owner) {
        t.owner = nullptr;
        orphaned.push_back(id);
      }
    for (const auto id : orphaned)
      cancel(id, running_.at(id));
  }

  // -- the catalogue ----------------------------------------------------------

  /// Hands the catalogue, or why there is none, to the reader: now, or once it is read. `paid`: the reading
  /// is part of a request that has been counted already.
  void want_catalog(bool paid, catalog_shelf::reader reader) {
    switch (shelf_.want(reader, clock().now())) {
    case catalog_shelf::next::nothing:
      return;
    case catalog_shelf::next::full:
      return reader({nullptr, refusal(fault::busy, "too many wait for its catalogue"), false});
    case catalog_shelf::next::read:
      break;
    }
    if (!paid && requests_.try_take(1, clock().now()))
      shelf_.took(
          shelf_.number(),
          refusal(fault::busy, "its requests per second are used up: its catalogue is not read now"),
          clock().now());
    else
      read_catalog();
  }

  void read_catalog() {
    loader_->read_catalog(shelf_.known(), [number = shelf_.number(), provider = address()](catalog_answer a) {
      if (auto shell = caf::actor_cast<provider_shell_api>(provider))
        caf::anon_send(shell, read_atom_v, number, std::move(a));
    });
  }

  caf::result<catalog_reply> look_up(catalog_query q) {
    if (stopping_)
      return errc::shutting_down;
    auto promise = make_response_promise<catalog_reply>();
    want_catalog(false, [promise, q = std::move(q)](const catalog_shelf::copy& c) {
      auto answer = promise; // Delivering changes it.
      if (c.facts.cause == fault::busy)
        answer.deliver(caf::make_error(errc::busy, c.facts.message));
      else if (c.facts.cause == fault::cancelled)
        answer.deliver(caf::make_error(errc::shutting_down));
      else
        answer.deliver(reply_of(c, q));
    });
    return promise;
  }

  /// The transfer of a catalogue item begins once its path is known; what goes wrong before is its end.
  void find_path(transfer_request request) {
    want_catalog(true, [this, request = std::move(request)](const catalog_shelf::copy& c) {
      const auto at = running_.find(request.id);
      if (at == running_.end())
        return; // It was cancelled meanwhile.
      const auto found = reply_of(c, {catalog_operation::is_language, {}, *request.item});
      if (!found.path.empty()) {
        at->second.path = found.path;
        auto known = request;
        known.path = found.path;
        known.item.reset();
        return begin(at->second, std::move(known));
      }
      auto r = failure_of(c, found, request);
      r.total = clock().now() - at->second.began;
      ended(request.id, std::move(r));
    });
  }

  void refuse_readers() {
    shelf_.took(shelf_.number(), refusal(fault::cancelled, "the provider was stopped"), clock().now());
  }

  caf::result<check_result> check() {
    if (stopping_)
      return errc::shutting_down;
    if (checks_.size() >= checks_max)
      return errc::overloaded;
    const auto number = ++check_number_;
    auto promise = make_response_promise<check_result>();
    checks_.emplace(number, promise);
    loader_->check([number, provider = address()](const check_result& r) {
      if (auto shell = caf::actor_cast<provider_shell_api>(provider))
        caf::anon_send(shell, check_atom_v, number, r);
    });
    return promise;
  }

  void checked(std::uint64_t number, check_result r) {
    if (auto promise = checks_.extract(number))
      promise.mapped().deliver(std::move(r));
  }

  void refuse_checks() {
    for (auto& [number, promise] : checks_)
      promise.deliver(caf::make_error(errc::shutting_down));
    checks_.clear();
  }

  void configure(effective_provider_ptr settings) {
    const auto& before = settings_->own;
    const auto& after = settings->own;
    const bool elsewhere = before.base_url != after.base_url || before.directory != after.directory ||
                           before.custom_headers != after.custom_headers ||
                           before.custom_params != after.custom_params;
    settings_ = std::move(settings);
    requests_.configure(settings_->own.requests_per_second, burst(), clock().now());
    loader_->configure(*settings_);
    if (elsewhere && shelf_.forget())
      read_catalog();
  }

  void stop(caf::error reason) {
    if (stopping_)
      return;
    stopping_ = true;
    stop_reason_ = std::move(reason);
    refuse_checks();
    refuse_readers(); // Ends the transfers that wait for a path, too.
    if (running_.empty())
      return quit(stop_reason_);
    for (auto& [id, t] : running_)
      t.handle->cancel();
    delayed_send(this, stop_grace, grace_atom_v);
  }

  effective_provider_ptr settings_;
  std::unique_ptr<loader> loader_;
  token_bucket requests_;
  catalog_shelf shelf_;
  std::unordered_map<transfer_id, transfer> running_;
  std::map<caf::actor_addr, std::size_t> owners_; ///< Monitored, with the number of their transfers.
  std::map<std::uint64_t, caf::typed_response_promise<check_result>>
      checks_; ///< Asked of the loader, by number.
  std::uint64_t check_number_ = 0;
  bool stopping_ = false;
  caf::error stop_reason_;
};

} // namespace

provider_actor
spawn_provider(caf::actor_system& system, effective_provider_ptr settings, std::unique_ptr<loader> body) {
  return system.spawn<provider_shell>(std::move(settings), std::move(body));
}

} // namespace tributary
