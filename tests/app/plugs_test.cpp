// A user's own loader or provider actor inside the engine: it is used, measured and failed over like a
// built-in one, and when it throws, dies or hands out nothing, the others do its work.
#include "app/demo_origin.hpp"
#include "net/client/part_file.hpp"
#include "tests/app/engine_fixture.hpp"

#include <stdexcept>

namespace {

using namespace tributary;
using namespace tributary::testing;
using namespace std::chrono_literals;

const std::string content = "what only this loader knows\n";

check_result passed() {
  check_result r;
  r.passed = true;
  return r;
}

/// Ends each transfer before start() returns; so nothing is left to cancel.
struct nothing_to_cancel final : transfer_handle {
  void cancel() override {}
};

/// Every file has the same few bytes.
class own_loader : public loader {
public:
  std::shared_ptr<transfer_handle>
  start(transfer_request request, std::shared_ptr<transfer_observer> observer) override {
    transfer_result r;
    r.facts.identity.size = content.size();
    r.facts.status = r.status = 200;
    observer->opened(r.facts);
    auto failed = request.target->open();
    if (!failed)
      failed = request.target->write(0, std::as_bytes(std::span{content}));
    if (failed) {
      r.result = outcome::local_fault;
      r.cause = fault::disk;
      r.message = failed.what;
    }
    r.bytes = r.written_end = r.durable_end = content.size();
    observer->ended(r);
    return std::make_shared<nothing_to_cancel>();
  }
  void check(std::function<void(const check_result&)> done) override { done(passed()); }
  void configure(const effective_provider&) override {}
};

struct throwing_loader final : own_loader {
  std::shared_ptr<transfer_handle> start(transfer_request, std::shared_ptr<transfer_observer>) override {
    throw std::runtime_error("a bug in a user's loader");
  }
};

struct forgetful_loader final : own_loader {
  std::shared_ptr<transfer_handle> start(transfer_request, std::shared_ptr<transfer_observer>) override {
    return nullptr;
  }
};

/// Accepts every transfer and dies of it.
provider_actor::behavior_type dying_provider(provider_actor::pointer self) {
  return {
      [self](
          transfer_atom, const transfer_request& q, const transfer_sink_actor&,
          const caf::strong_actor_ptr&) {
        self->quit(caf::make_error(errc::crashed, std::string{"a bug in a user's provider"}));
        return q.id;
      },
      [](cancel_atom, transfer_id) {},
      [](check_atom) { return passed(); },
      [](const effective_provider_ptr&) {},
      [](const catalog_query&) -> caf::result<catalog_reply> { return errc::unknown_item; },
  };
}

/// A provider of ours that is asked first, and a good one on loopback behind it.
struct fixture : foreign_system {
  demo_origin good{{{"/a.bin", 64 * 1024}}, {}};

  engine_options own_first(const char* kind_url = "http://127.0.0.1:9/") {
    auto o = options(two_mirrors(kind_url, good.url()));
    o.initial.global.health_check_interval_seconds = 0;
    return o;
  }

  /// The provider that served the job, or its state where it did not succeed.
  std::string served_by(engine_options o) {
    auto e = started(*system, std::move(o));
    caf::scoped_actor self{*system};
    job_spec spec;
    spec.resource.path = "a.bin";
    if (const auto end = run_job(self, *e, spec); end != "job.succeeded")
      return end;
    std::string by;
    self->request(e->handles().jobs, 5s, get_atom_v, job_id{1})
        .receive(
            [&](const job_view& v) { by = v.row.provider; },
            [](const caf::error& why) { FAIL(describe(why)); });
    return by;
  }
};

template <class Loader>
loader_factory make() {
  return [](const effective_provider&) { return std::make_unique<Loader>(); };
}

} // namespace

TEST_CASE_FIXTURE(fixture, "plugs: a loader of the user's serves the provider that it is named for") {
  auto o = own_first();
  o.loaders.by_name["first"] = make<own_loader>();
  auto e = started(*system, std::move(o));
  caf::scoped_actor self{*system};
  job_spec spec;
  spec.resource.path = "a.bin";
  CHECK(run_job(self, *e, spec) == "job.succeeded");
  CHECK(read_file(folder / "downloads" / "a.bin") == content);
  self->request(e->handles().health, 5s, figures_atom_v, std::string{"first"})
      .receive(
          [](const provider_figures& f) { CHECK(f.successful_requests == 1); },
          [](const caf::error& why) { FAIL(describe(why)); });
}

TEST_CASE_FIXTURE(fixture, "plugs: a loader for a kind serves jobs by URL, too; a name comes before a kind") {
  auto o = own_first();
  o.loaders.by_kind[provider_kind::http] = make<own_loader>();
  o.loaders.by_name["first"] = make<throwing_loader>();
  auto e = started(*system, std::move(o));
  caf::scoped_actor self{*system};
  job_spec spec;
  spec.resource.urls = {"http://nowhere.example/b.bin"};
  CHECK(run_job(self, *e, spec) == "job.succeeded");
  CHECK(read_file(folder / "downloads" / "b.bin") == content);
  spec.resource = {};
  spec.resource.path = "c.bin";
  CHECK(run_job(self, *e, spec) == "job.succeeded"); // At "second", which has a loader by its kind.
  CHECK(read_file(folder / "downloads" / "c.bin") == content);
}

TEST_CASE_FIXTURE(fixture, "plugs: where the user's loader throws, the next provider serves the job") {
  auto o = own_first();
  SUBCASE("when a transfer starts") {
    o.loaders.by_name["first"] = make<throwing_loader>();
  }
  SUBCASE("without a handle") {
    o.loaders.by_name["first"] = make<forgetful_loader>();
  }
  SUBCASE("when it is made") {
    o.loaders.by_name["first"] = [](const effective_provider&) -> std::unique_ptr<loader> {
      throw std::runtime_error("no licence");
    };
  }
  SUBCASE("with what is no std::exception") {
    o.loaders.by_name["first"] = [](const effective_provider&) -> std::unique_ptr<loader> { throw 42; };
  }
  SUBCASE("or is none at all") {
    o.loaders.by_name["first"] = [](const effective_provider&) -> std::unique_ptr<loader> { return nullptr; };
  }
  CHECK(served_by(std::move(o)) == "second");
}

TEST_CASE_FIXTURE(fixture, "plugs: where the user's provider actor dies, the next provider serves the job") {
  auto o = own_first();
  SUBCASE("under a transfer") {
    o.providers.by_name["first"] = [](caf::actor_system& sys, effective_provider_ptr) -> provider_actor {
      return sys.spawn(dying_provider);
    };
  }
  SUBCASE("or is none at all") {
    o.providers.by_name["first"] = [](caf::actor_system&, effective_provider_ptr) {
      return provider_actor{};
    };
  }
  CHECK(served_by(std::move(o)) == "second");
}

TEST_CASE_FIXTURE(fixture, "plugs: what the user plugged in is gone after the engine has stopped") {
  const auto before = system->registry().running();
  auto o = own_first();
  auto alive = std::make_shared<int>(0);
  o.loaders.by_name["first"] = [alive](const effective_provider&) {
    struct counted final : own_loader {
      explicit counted(std::shared_ptr<int> n) : held(std::move(n)) {}
      std::shared_ptr<int> held;
    };
    return std::make_unique<counted>(alive);
  };
  o.providers.by_name["second"] = [](caf::actor_system& sys, effective_provider_ptr) -> provider_actor {
    return sys.spawn(dying_provider);
  };
  CHECK(served_by(std::move(o)) == "first");
  CHECK(eventually(5s, [&] { return alive.use_count() == 1; }));
  CHECK(eventually(5s, [&] { return system->registry().running() == before; }));
}
