// The decorator: it is the sink of its inner provider and passes everything on. It decides nothing but what
// to tell the health monitor, and what becomes of open transfers when the inner provider dies under them.
#include "actors/monitored_provider.hpp"

#include "actors/crash.hpp"
#include "policy/local_outage.hpp"

#include <caf/all.hpp>

#include <unordered_map>
#include <utility>

namespace tributary {

namespace {

/// A provider accepts or refuses at once; one that does not within this time is taken as having refused.
constexpr auto accept_timeout = seconds{5};
/// The health monitor judges within two seconds; a mute one must not keep a transfer's end from its owner.
constexpr auto judge_timeout = seconds{4};
/// Then others are asked. The provider may go on reading its catalogue, for those who come later.
constexpr auto catalog_timeout = seconds{4};

using monitored_api = provider_actor::extend_with<transfer_sink_actor>;

/// What the owner hears when the provider's actor died under a transfer: nobody is blamed, the job may try
/// again.
transfer_result interrupted() {
  transfer_result r;
  r.cause = fault::busy;
  r.result = verdict_of(r.cause, 0, false).result;
  r.message = "the provider was restarted";
  return r;
}

/// What becomes of a query that the provider answered with an error: an outcome, or none where it was not
/// asked (busy, stopping), which is no operation.
std::optional<request_metric> metric_of(const caf::error& why) {
  request_metric m;
  if (why == errc::busy || why == errc::overloaded || why == errc::shutting_down)
    return std::nullopt;
  if (why == errc::unknown_item)
    m.cause = fault::no_such_item;
  else if (why == caf::sec::request_timeout)
    m.cause = fault::connect_timeout;
  else if (why == caf::sec::request_receiver_down || why == errc::crashed)
    m.cause = fault::busy; // Its actor died: that is no fault of the source.
  else
    m.cause = fault::malformed;
  m.result = verdict_of(m.cause, 0, false).result;
  m.error = m.cause == fault::connect_timeout ? "no answer about its catalogue in time" : describe(why);
  return m;
}

request_metric metric_of(const catalog_reply& r) {
  request_metric m;
  m.result = r.result;
  m.cause = r.cause;
  m.connect = r.connect;
  m.first_byte = r.first_byte;
  m.bytes = r.bytes;
  m.error = r.message;
  m.from_cache = r.from_cache;
  return m;
}

class monitored_shell final : public monitored_api::base {
public:
  monitored_shell(
      caf::actor_config& cfg, std::string provider, provider_actor inner, health_monitor_actor health)
      : monitored_api::base(cfg),
        provider_(std::move(provider)),
        inner_(std::move(inner)),
        health_(std::move(health)) {
    monitor(inner_);
    set_exception_handler(crashed);
    set_down_handler([this](caf::down_msg& down) { inner_ended(down); });
    set_exit_handler([this](caf::exit_msg& exit) { stop(std::move(exit.reason)); });
  }

  const char* name() const override { return "monitored_provider"; }

  behavior_type make_behavior() override {
    return {
        [this](
            transfer_atom, transfer_request& request, transfer_sink_actor& sink,
            caf::strong_actor_ptr& owner) {
          return begin(std::move(request), std::move(sink), std::move(owner));
        },
        [this](cancel_atom what, transfer_id id) { send(inner_, what, id); },
        [this](check_atom what) { return delegate(inner_, what); },
        [this](effective_provider_ptr& settings) { send(inner_, std::move(settings)); },
        [this](opened_atom, transfer_id id, const source_facts& facts) {
          if (const auto at = open_.find(id); at != open_.end())
            at->second.size = facts.identity.size;
          forward(opened_atom_v, id, facts);
        },
        [this](catalog_query& q) { return look_up(std::move(q)); },
        [this](progress_atom, transfer_id id, const transfer_progress& p) {
          count_pieces(id, p);
          forward(progress_atom_v, id, p);
        },
        [this](ended_atom, transfer_id id, const transfer_result& r) { ended(id, r); },
    };
  }

  /// However it ends: every open transfer ends for its owner, and the inner provider ends with it.
  void on_exit() override {
    while (!open_.empty()) {
      auto node = open_.extract(open_.begin());
      if (auto& answer = node.mapped().answer; answer.pending())
        answer.deliver(caf::make_error(errc::busy));
      else if (const auto ended = node.mapped().ended)
        tell_owner(std::move(node), *ended); // The monitor has it.
      else
        finish(std::move(node), interrupted());
    }
    while (!queries_.empty())
      answered(queries_.begin()->first, caf::make_error(caf::sec::request_receiver_down));
    caf::anon_send_exit(inner_, caf::exit_reason::user_shutdown);
    inner_ = nullptr;
    health_ = nullptr;
  }

private:
  struct open_transfer {
    transfer_sink_actor sink;
    steady_time began;
    caf::typed_response_promise<transfer_id> answer; ///< The only copy that answers; pending until then.
    std::uint64_t offset = 0, piece_bytes = 0;
    std::uint64_t pieces = 0;               ///< Whole ones that are durable.
    std::optional<std::uint64_t> size;      ///< Of the file, once the source told.
    std::optional<transfer_result> ended{}; ///< While the monitor judges whose fault it was.
  };
  using open_transfers = std::unordered_map<transfer_id, open_transfer>;
  struct open_query {
    std::string_view operation;
    steady_time began;
    caf::typed_response_promise<catalog_reply> answer; ///< As above.
  };

  caf::result<transfer_id>
  begin(transfer_request request, transfer_sink_actor sink, caf::strong_actor_ptr owner) {
    const auto id = request.id;
    if (stopping_)
      return errc::shutting_down;
    if (open_.contains(id))
      return caf::make_error(errc::conflict, "transfer " + std::to_string(id) + " is running already");
    auto answer = make_response_promise<transfer_id>();
    open_.emplace(
        id, open_transfer{
                std::move(sink), clock().now(), answer, request.offset, request.piece_bytes, 0, {}, {}});
    this->request(
            inner_, accept_timeout, transfer_atom_v, std::move(request),
            caf::actor_cast<transfer_sink_actor>(this), std::move(owner))
        .then(
            [this](transfer_id accepted) {
              if (const auto at = open_.find(accepted); at != open_.end())
                at->second.answer.deliver(accepted);
            },
            [this, id](caf::error& why) { refused(id, std::move(why)); });
    return answer;
  }

  void refused(transfer_id id, caf::error why) {
    if (why == caf::sec::request_timeout)
      send(inner_, cancel_atom_v, id); // Should it accept after all, nobody wants it.
    if (auto node = open_.extract(id))
      node.mapped().answer.deliver(std::move(why));
  }

  template <class Atom, class Fact>
  void forward(Atom what, transfer_id id, const Fact& fact) {
    if (const auto at = open_.find(id); at != open_.end())
      send(at->second.sink, what, id, fact);
  }

  /// Whole pieces on the disk, but for one that ends the file: the end of the transfer says that.
  void count_pieces(transfer_id id, const transfer_progress& p) {
    const auto at = open_.find(id);
    if (at == open_.end() || at->second.piece_bytes == 0 || p.durable_end <= at->second.offset)
      return;
    auto& t = at->second;
    const auto whole = (p.durable_end - (p.durable_end == t.size)) / t.piece_bytes - t.offset / t.piece_bytes;
    if (whole <= t.pieces)
      return;
    send(health_, verified_atom_v, provider_, static_cast<std::uint32_t>(whole - t.pieces));
    t.pieces = whole;
  }

  void ended(transfer_id id, const transfer_result& r) {
    const auto at = open_.find(id);
    if (at == open_.end() || at->second.ended)
      return;
    const auto says = testimony_of(r.cause);
    if (says == testimony::unreachable || says == testimony::silent)
      await_judgement(id, at->second, r);
    else
      finish(open_.extract(at), r);
  }

  /// It may be our own network: then the owner hears that, and its attempt is not spent.
  void await_judgement(transfer_id id, open_transfer& t, const transfer_result& r) {
    t.ended = r;
    this->request(health_, judge_timeout, judge_atom_v, download_metric(t, r))
        .then(
            [this, id](bool ours) {
              auto node = open_.extract(id);
              if (!node)
                return;
              auto result = *node.mapped().ended;
              if (ours) {
                result.cause = fault::own_network;
                result.result = verdict_of(result.cause, 0, false).result;
                result.message += "; this machine's own network is down";
              }
              tell_owner(std::move(node), result);
            },
            [this, id](const caf::error&) { // Nobody judges: then it is as it looks.
              if (auto node = open_.extract(id)) {
                const auto result = *node.mapped().ended;
                tell_owner(std::move(node), result);
              }
            });
  }

  /// One metric per operation, then the end for the owner. Also called while this actor ends: nothing names
  /// it.
  void finish(open_transfers::node_type node, const transfer_result& r) {
    caf::anon_send(health_, download_metric(node.mapped(), r));
    tell_owner(std::move(node), r);
  }

  static void tell_owner(open_transfers::node_type node, const transfer_result& r) {
    auto& t = node.mapped();
    if (t.answer.pending())
      t.answer.deliver(node.key());
    caf::anon_send(t.sink, ended_atom_v, node.key(), r);
  }

  [[nodiscard]] request_metric download_metric(const open_transfer& t, const transfer_result& r) const {
    request_metric m;
    m.provider = provider_;
    m.operation = "download";
    m.result = r.result;
    m.cause = r.cause;
    m.connect = r.connect;
    m.first_byte = r.first_byte;
    m.total = r.total > nanoseconds::zero() ? r.total : clock().now() - t.began;
    m.bytes = r.bytes;
    m.error = r.message;
    m.began = t.began;
    return m;
  }

  caf::result<catalog_reply> look_up(catalog_query q) {
    if (stopping_)
      return errc::shutting_down;
    auto answer = make_response_promise<catalog_reply>();
    const auto number = ++last_query_;
    queries_.emplace(number, open_query{to_string(q.what), clock().now(), answer});
    this->request(inner_, catalog_timeout, std::move(q))
        .then(
            [this, number](catalog_reply& r) { answered(number, std::move(r)); },
            [this, number](caf::error& why) { answered(number, std::move(why)); });
    return answer;
  }

  /// One metric per operation, then the answer as it came. Also called while this actor ends.
  template <class Answer>
  void answered(std::uint64_t number, Answer a) {
    auto node = queries_.extract(number);
    if (!node)
      return;
    auto& q = node.mapped();
    if (std::optional<request_metric> m = metric_of(a)) {
      m->provider = provider_;
      m->operation = q.operation;
      m->total = clock().now() - q.began;
      m->began = q.began;
      caf::anon_send(health_, std::move(*m));
    }
    q.answer.deliver(std::move(a));
  }

  void inner_ended(const caf::down_msg& down) {
    if (down.source == inner_)
      quit(stopping_ ? stop_reason_ : down.reason);
  }

  /// The inner provider stops first, so that what it still says about its transfers is passed on.
  void stop(caf::error reason) {
    if (stopping_)
      return;
    stopping_ = true;
    stop_reason_ = std::move(reason);
    send_exit(inner_, stop_reason_);
  }

  std::string provider_;
  provider_actor inner_;
  health_monitor_actor health_;
  open_transfers open_;
  std::unordered_map<std::uint64_t, open_query> queries_;
  std::uint64_t last_query_ = 0;
  bool stopping_ = false;
  caf::error stop_reason_;
};

} // namespace

provider_actor spawn_monitored_provider(
    caf::actor_system& system, std::string name, provider_actor inner, health_monitor_actor health) {
  return system.spawn<monitored_shell>(std::move(name), std::move(inner), std::move(health));
}

} // namespace tributary
