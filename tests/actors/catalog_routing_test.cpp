// Catalogue operations through the supervisor, and jobs by key, around scripted providers.
#include "actors/catalog_router.hpp"
#include "flow_fixture.hpp"

#include <doctest/doctest.h>

using namespace tributary;
using namespace tributary::testing;

namespace {

const catalog_query title_query{catalog_operation::get_title, {}, {"film", {}, {}, {}}};

catalog_reply with_title(const std::string& title) {
  catalog_reply r;
  r.items.push_back({"film", title, {"en"}});
  return r;
}
catalog_reply failing(fault cause, std::string message = "it failed") {
  catalog_reply r;
  r.cause = cause;
  r.result = verdict_of(cause, 0, false).result;
  r.message = std::move(message);
  return r;
}
auto always(catalog_reply r) {
  return [r](const catalog_query&) -> caf::result<catalog_reply> { return r; };
}

struct routing_fixture : flow_fixture {
  script_ptr alpha = provider("alpha", "hello", 1);
  script_ptr beta = provider("beta", "hello", 2);
  caf::expected<catalog_reply> look_up(const catalog_query& q = title_query) {
    return ask<catalog_reply>(supervisor, q);
  }
};

} // namespace

TEST_CASE_FIXTURE(
    routing_fixture, "catalog_router: the first of the chain is asked, and named in the answer") {
  alpha->catalog = always(with_title("A"));
  beta->catalog = always(with_title("B"));
  start();
  const auto r = look_up();
  REQUIRE(r);
  CHECK(r->items.at(0).title == "A");
  CHECK(r->provider == "alpha");
  CHECK(beta->queries.empty());
}

TEST_CASE_FIXTURE(
    routing_fixture, "catalog_router: a failure, an error and a missing item lead to the next") {
  beta->catalog = always(with_title("B"));
  start();
  CHECK(look_up()->provider == "beta"); // alpha: errc::unknown_item
  alpha->catalog = always(failing(fault::no_such_item));
  CHECK(look_up()->provider == "beta");
  alpha->catalog = always(failing(fault::refused));
  CHECK(look_up()->provider == "beta");
  alpha->catalog = [](const catalog_query&) -> caf::result<catalog_reply> { return errc::busy; };
  CHECK(look_up()->provider == "beta");
  CHECK(alpha->queries.size() == 4); // Each time once: nothing is retried.
}

TEST_CASE_FIXTURE(
    routing_fixture,
    "catalog_router: when nobody has it the item is unknown, when one could not say it is not") {
  start();
  CHECK(look_up().error() == errc::unknown_item);
  beta->catalog = always(failing(fault::refused, "refused"));
  const auto unsure = look_up();
  CHECK(unsure.error() == errc::no_provider);
  CHECK(describe(unsure.error()) == "alpha: unknown item; beta: refused");
}

TEST_CASE_FIXTURE(routing_fixture, "catalog_router: an empty find is kept only while nobody has more") {
  alpha->catalog = beta->catalog = always({});
  start();
  const catalog_query search{catalog_operation::search, "x", {}};
  auto none = look_up(search);
  REQUIRE(none);
  CHECK(none->items.empty());
  CHECK(none->provider == "alpha");
  beta->catalog = always(with_title("B"));
  CHECK(look_up(search)->provider == "beta");

  const catalog_query language{catalog_operation::is_language, {}, {"film", {}, {}, "de"}};
  CHECK_FALSE(look_up(language)->available);
  auto there = with_title("B");
  there.available = true;
  beta->catalog = always(there);
  CHECK(look_up(language)->available);
  CHECK(look_up(language)->provider == "beta");
}

TEST_CASE_FIXTURE(
    routing_fixture, "catalog_router: a provider that hangs costs one ask, and the next answers") {
  alpha->catalog = [](const catalog_query&) -> caf::result<catalog_reply> {
    return caf::typed_response_promise<catalog_reply>{};
  };
  start();
  beta->catalog = always(with_title("B"));
  auto pending = self->request(supervisor, 60s, title_query);
  advance(catalog_ask_max);
  REQUIRE(self->has_next_message());
  pending.receive(
      [](const catalog_reply& r) { CHECK(r.provider == "beta"); }, [](const caf::error&) { CHECK(false); });
}

TEST_CASE_FIXTURE(routing_fixture, "catalog_router: the whole operation has a limit, however many hang") {
  const auto hang = [](const catalog_query&) -> caf::result<catalog_reply> {
    return caf::typed_response_promise<catalog_reply>{};
  };
  for (const char* name : {"c", "d", "e", "f"})
    provider(name, "hello", 3)->catalog = hang;
  alpha->catalog = beta->catalog = hang;
  start();
  auto pending = self->request(supervisor, 60s, title_query);
  advance(catalog_route_max - 1s);
  CHECK_FALSE(self->has_next_message());
  advance(1s);
  REQUIRE(self->has_next_message());
  pending.receive(
      [](const catalog_reply&) { CHECK(false); }, [](const caf::error& e) { CHECK(e == errc::no_provider); });
}

TEST_CASE_FIXTURE(
    routing_fixture,
    "catalog_router: the unavailable are skipped, the full are asked, nobody left is an error") {
  alpha->catalog = always(with_title("A"));
  beta->catalog = always(with_title("B"));
  document.providers["alpha"].enabled = false;
  document.providers["beta"].max_concurrent_downloads = 1;
  beta->otherwise = takes(10s);
  start();
  submit("a");
  CHECK(stats("beta").leases == 1);
  CHECK(look_up()->provider == "beta");
  document.providers["beta"].enabled = false;
  apply_settings();
  const auto nobody = look_up();
  CHECK(nobody.error() == errc::no_provider);
  CHECK(describe(nobody.error()) == "no provider is available");
}

TEST_CASE_FIXTURE(routing_fixture, "catalog_router: an explicit chain decides who is asked") {
  alpha->catalog = always(with_title("A"));
  beta->catalog = always(with_title("B"));
  document.chain = std::vector<std::string>{"beta"};
  start();
  CHECK(look_up()->provider == "beta");
  beta->catalog = always(failing(fault::no_such_item));
  CHECK(look_up().error() == errc::unknown_item);
  CHECK(alpha->queries.empty());
}

TEST_CASE_FIXTURE(routing_fixture, "catalog_router: the supervisor's end answers what is open") {
  alpha->catalog = [](const catalog_query&) -> caf::result<catalog_reply> {
    return caf::typed_response_promise<catalog_reply>{};
  };
  start();
  auto pending = self->request(supervisor, 60s, title_query);
  run();
  caf::anon_send_exit(supervisor, caf::exit_reason::user_shutdown);
  run();
  REQUIRE(self->has_next_message());
  pending.receive(
      [](const catalog_reply&) { CHECK(false); },
      [](const caf::error& e) { CHECK(e == errc::shutting_down); });
}

TEST_CASE_FIXTURE(
    routing_fixture,
    "catalog_router: operations are counted as requests of the provider, cached ones are not") {
  alpha->catalog = always(with_title("A"));
  start();
  CHECK(look_up());
  CHECK(look_up());
  auto kept = with_title("A");
  kept.from_cache = true;
  alpha->catalog = always(kept);
  CHECK(look_up());
  const auto f = ask<provider_figures>(health, figures_atom_v, std::string{"alpha"});
  REQUIRE(f);
  CHECK(f->total_requests == 2);
  CHECK(f->successful_requests == 2);
}

namespace {

job_spec item_job(catalog_ref item, std::string output = {}) {
  job_spec s;
  s.resource.item = std::move(item);
  s.output = std::move(output);
  return s;
}

} // namespace

TEST_CASE_FIXTURE(
    routing_fixture, "jobs by key: who has not got the item is passed over, and the trace shows the path") {
  beta->items["film"] = "movies/film.mkv";
  start();
  const auto job = submit(item_job({"film", {}, {}, "en"}, "film.mkv"));
  advance(1s);
  CHECK(state(job) == job_state::succeeded);
  CHECK(published("film.mkv", "hello"));
  REQUIRE(alpha->asked.size() == 1);
  CHECK(alpha->asked[0].item == catalog_ref{"film", {}, {}, "en"});
  CHECK(alpha->asked[0].path.empty());
  const auto t = trace(job);
  REQUIRE(t.attempts.size() == 2);
  CHECK(t.attempts[0].provider == "alpha");
  CHECK(t.attempts[0].result == outcome::missing);
  CHECK(t.attempts[1].provider == "beta");
  CHECK(t.attempts[1].message == "by its catalogue: movies/film.mkv");
  CHECK(view(job).row.spec.resource.item == catalog_ref{"film", {}, {}, "en"});
}

TEST_CASE_FIXTURE(routing_fixture, "jobs by key: an item that nobody has fails as missing") {
  start();
  const auto job = submit(item_job({"film", {}, {}, ""}, "film.mkv"));
  advance(1s);
  CHECK(state(job) == job_state::failed);
  CHECK(view(job).row.error->result == outcome::missing);
}

TEST_CASE_FIXTURE(
    routing_fixture, "jobs by key: the next provider goes on from the bytes at hand, by its own path") {
  const auto body = bytes_of(3 * mib);
  alpha->body = beta->body = body;
  alpha->items["film"] = "a/film.mkv";
  beta->items["film"] = "b/other-name.mkv";
  alpha->acts = {dies_at(2 * mib)};
  document.providers["alpha"].max_retries = 0;
  start();
  const auto job = submit(item_job({"film", {}, {}, ""}, "film.mkv"));
  advance(5s);
  CHECK(state(job) == job_state::succeeded);
  CHECK(published("film.mkv", body));
  REQUIRE(beta->asked.size() == 1);
  CHECK(beta->asked[0].offset == 2 * mib);
  const auto t = trace(job);
  CHECK(t.attempts.at(0).message.ends_with("(by its catalogue: a/film.mkv)"));
  CHECK(t.attempts.at(1).message == "by its catalogue: b/other-name.mkv");
}

TEST_CASE_FIXTURE(routing_fixture, "jobs by key: the output is called as a catalogue says") {
  auto told = with_title("The/Film");
  told.available = true;
  told.path = "movies/film.en.mkv";
  beta->catalog = always(told);
  start();
  CHECK(view(submit(item_job({"film", {}, {}, "en"}))).row.spec.output == "film.en.mkv");
  told.path = "movies/..part";
  beta->catalog = always(told);
  CHECK(view(submit(item_job({"film", 1, 2, "en"}))).row.spec.output == "The_Film S01E02.en");
}

TEST_CASE_FIXTURE(
    routing_fixture, "jobs by key: when no catalogue answers the job is taken, and called by its key") {
  alpha->catalog = always(failing(fault::refused));
  start();
  const auto job = submit(item_job({"film/x", 3, 11, ""}));
  CHECK(view(job).row.spec.output == "film_x S03E11");
}

TEST_CASE_FIXTURE(
    routing_fixture, "jobs by key: asking twice for the same item joins, another language does not") {
  alpha->items["film"] = "film.mkv";
  alpha->otherwise = takes(10s);
  start();
  const auto first = submit(item_job({"film", {}, {}, "en"}, "film.mkv"));
  CHECK(submit(item_job({"film", {}, {}, "en"}, "film.mkv")) == first);
  CHECK(refusal(item_job({"film", {}, {}, "de"}, "film.mkv")) == errc::conflict);
}
