// Revisions of the settings in the journal: both bodies.
#include "journal_bodies.hpp"

#include <doctest/doctest.h>

using namespace tributary;
using namespace tributary::testing;

namespace {

settings_revision revision(std::uint64_t number, std::string document = "{}") {
  return {number,  wall_time{milliseconds{1000 + static_cast<std::int64_t>(number)}},
          "admin", "change it",
          "[]",    std::move(document)};
}

std::vector<std::uint64_t> numbers_of(const std::vector<settings_revision>& all) {
  std::vector<std::uint64_t> out;
  for (const auto& r : all)
    out.push_back(r.revision);
  return out;
}

constexpr std::uint64_t beyond_all = ~std::uint64_t{0};

} // namespace

TEST_CASE_TEMPLATE("revisions: what was written is read again", Body, memory_body, sqlite_body) {
  Body body;
  auto& store = *body.store;
  CHECK_FALSE(store.recover().settings);
  CHECK_FALSE(store.revision(1));
  commit(store, {add_revision{revision(1, "{\"a\":1}")}, add_event{event("settings.changed")}});
  commit(store, {add_revision{revision(2)}, add_revision{revision(5)}});
  const auto first = store.revision(1);
  REQUIRE(first);
  CHECK(first->document == "{\"a\":1}");
  CHECK(first->author == "admin");
  CHECK(first->change == "change it");
  CHECK(first->diff == "[]");
  CHECK(first->at == revision(1).at);
  CHECK_FALSE(store.revision(3));
  CHECK_FALSE(store.revision(beyond_all));
  REQUIRE(store.recover().settings);
  CHECK(store.recover().settings->revision == 5);
  CHECK(store.recover().settings->document == "{}");
}

TEST_CASE_TEMPLATE(
    "revisions: pages are newest first and without documents", Body, memory_body, sqlite_body) {
  Body body;
  auto& store = *body.store;
  for (std::uint64_t n = 1; n <= 5; ++n)
    commit(store, {add_revision{revision(n)}});
  CHECK(numbers_of(store.revisions(beyond_all, 2)) == std::vector<std::uint64_t>{5, 4});
  CHECK(numbers_of(store.revisions(4, 2)) == std::vector<std::uint64_t>{3, 2});
  CHECK(numbers_of(store.revisions(2, 9)) == std::vector<std::uint64_t>{1});
  CHECK(store.revisions(1, 9).empty());
  CHECK(store.revisions(beyond_all, 1).at(0).document.empty());
}

TEST_CASE_TEMPLATE(
    "revisions: one that is not above the newest leaves its batch out, and only that", Body, memory_body,
    sqlite_body) {
  Body body;
  auto& store = *body.store;
  commit(store, {add_revision{revision(7, "first")}});
  const std::vector<store_batch> batches{
      {insert_job{job(1)}},
      {add_event{event("settings.changed")}, add_revision{revision(7, "second")}},
      {add_revision{revision(8)}, add_revision{revision(8)}},
      {add_revision{revision(8)}},
      {add_revision{revision(8, "second")}},
      {insert_job{job(2)}}};
  const auto results = store.commit(batches);
  std::vector<bool> held;
  for (const auto& r : results)
    held.push_back(r.impossible.empty());
  CHECK(held == std::vector<bool>{true, false, false, true, false, true});
  CHECK(results[1].impossible == "revision 7 of the settings is not above 7, the newest in the journal");
  CHECK(store.find(1));
  CHECK(store.find(2));
  CHECK(store.events_after(0, 10).empty());
  CHECK(store.revision(7)->document == "first");
  CHECK(store.revision(8)->document == "{}");
  CHECK_FALSE(commit(store, {add_revision{revision(3)}}).impossible.empty());
}

TEST_CASE_TEMPLATE("revisions: the newest 1000 are kept", Body, memory_body, sqlite_body) {
  Body body;
  auto& store = *body.store;
  store_batch many;
  for (std::uint64_t n = 1; n <= revisions_kept_max; ++n)
    many.push_back(add_revision{revision(n)});
  commit(store, std::move(many));
  CHECK(store.revision(1));
  commit(store, {add_revision{revision(revisions_kept_max + 1)}});
  CHECK_FALSE(store.revision(1));
  CHECK(store.revision(2));
  CHECK(store.revisions(beyond_all, 2000).size() == revisions_kept_max);
}

TEST_CASE_TEMPLATE(
    "revisions: large documents push older ones out, never the newest", Body, memory_body, sqlite_body) {
  Body body;
  auto& store = *body.store;
  const std::string half(revision_bytes_max / 2, 'x');
  commit(store, {add_revision{revision(1, half)}, add_revision{revision(2, half)}});
  CHECK(store.revision(1));
  commit(store, {add_revision{revision(3, "y")}});
  CHECK_FALSE(store.revision(1));
  CHECK(store.revision(2));
  commit(store, {add_revision{revision(4, half + half + "x")}});
  CHECK(numbers_of(store.revisions(beyond_all, 9)) == std::vector<std::uint64_t>{4});
}
