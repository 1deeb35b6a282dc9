#include "actors/catalog_shelf.hpp"

#include "net/client/catalog.hpp"

#include <doctest/doctest.h>

using namespace tributary;
using namespace std::chrono_literals;
using next = catalog_shelf::next;

namespace {

catalog_answer with_item(const std::string& key, const std::string& etag = "\"1\"") {
  catalog_answer a;
  a.fresh =
      std::make_shared<const catalog>(std::vector<catalog_item>{{{key, "Title", {"en"}}, {}, {{"en", "f"}}}});
  a.version.etag = etag;
  a.bytes = 100;
  return a;
}

struct shelf_fixture {
  catalog_shelf shelf;
  steady_time now{1h};
  std::vector<catalog_shelf::copy> told;

  next want() {
    return shelf.want([this](const catalog_shelf::copy& c) { told.push_back(c); }, now);
  }
  void took(catalog_answer a) { shelf.took(shelf.number(), std::move(a), now); }
};

} // namespace

TEST_CASE_FIXTURE(shelf_fixture, "catalog_shelf: one reading serves all who ask meanwhile") {
  CHECK(want() == next::read);
  CHECK(want() == next::nothing);
  CHECK(told.empty());
  took(with_item("a"));
  REQUIRE(told.size() == 2);
  CHECK(told[0].books);
  CHECK(told[0].books == told[1].books);
  CHECK_FALSE(told[0].from_cache);
  CHECK(told[0].facts.bytes == 100);
}

TEST_CASE_FIXTURE(
    shelf_fixture, "catalog_shelf: a copy is used until it is too old, then asked for with its version") {
  CHECK(want() == next::read);
  CHECK(shelf.known().etag.empty());
  took(with_item("a"));
  now += catalog_kept - 1ns;
  CHECK(want() == next::nothing);
  REQUIRE(told.size() == 2);
  CHECK(told[1].from_cache);
  now += 1ns;
  CHECK(want() == next::read);
  CHECK(shelf.known().etag == "\"1\"");
  catalog_answer unchanged;
  unchanged.version.etag = "\"1\"";
  took(unchanged);
  REQUIRE(told.size() == 3);
  CHECK(told[2].books == told[0].books);
  CHECK_FALSE(told[2].from_cache);
  CHECK(want() == next::nothing); // As good as new.
}

TEST_CASE_FIXTURE(shelf_fixture, "catalog_shelf: that there is none is remembered, a failure is not") {
  CHECK(want() == next::read);
  took(refusal(fault::no_such_item, "none"));
  CHECK(want() == next::nothing);
  REQUIRE(told.size() == 2);
  CHECK_FALSE(told[1].books);
  CHECK(told[1].from_cache);
  now += catalog_kept;
  CHECK(want() == next::read);
  took(refusal(fault::reset, "broken"));
  CHECK(told[2].facts.message == "broken");
  CHECK(want() == next::read);
}

TEST_CASE_FIXTURE(
    shelf_fixture, "catalog_shelf: after a failure the old copy is still known, so it can be kept") {
  CHECK(want() == next::read);
  took(with_item("a"));
  now += catalog_kept;
  CHECK(want() == next::read);
  took(refusal(fault::reset, "broken"));
  CHECK_FALSE(told[1].books); // Too old to be shown.
  CHECK(want() == next::read);
  CHECK(shelf.known().etag == "\"1\"");
  took({});
  CHECK(told[2].books == told[0].books);
}

TEST_CASE_FIXTURE(shelf_fixture, "catalog_shelf: readers are limited") {
  CHECK(want() == next::read);
  for (std::size_t i = 1; i < catalog_readers_max; ++i)
    CHECK(want() == next::nothing);
  CHECK(want() == next::full);
  took(with_item("a"));
  CHECK(told.size() == catalog_readers_max);
}

TEST_CASE_FIXTURE(
    shelf_fixture,
    "catalog_shelf: a loader that never answers is asked anew, and all who wait hear of that") {
  CHECK(want() == next::read);
  const auto lost = shelf.number();
  now += catalog_reading_given_up - 1ns;
  CHECK(want() == next::nothing);
  now += 1ns;
  CHECK(want() == next::read);
  shelf.took(lost, with_item("late"), now);
  CHECK(told.empty());
  took(with_item("a"));
  CHECK(told.size() == 3);
}

TEST_CASE_FIXTURE(shelf_fixture, "catalog_shelf: another place is read anew, and an old reading is void") {
  CHECK_FALSE(shelf.forget());
  CHECK(want() == next::read);
  const auto old = shelf.number();
  CHECK(shelf.forget()); // Somebody waits: read again.
  shelf.took(old, with_item("old"), now);
  CHECK(told.empty());
  took(with_item("new"));
  REQUIRE(told.size() == 1);
  CHECK(told[0].books->answer({catalog_operation::get_title, {}, {"new", {}, {}, {}}}).result == outcome::ok);
  CHECK_FALSE(shelf.forget());
  CHECK(want() == next::read);
  CHECK(shelf.known().etag.empty());
}

TEST_CASE_FIXTURE(
    shelf_fixture, "catalog_shelf: `unchanged` from a loader that never showed one is a fault") {
  CHECK(want() == next::read);
  took({});
  REQUIRE(told.size() == 1);
  CHECK(told[0].facts.cause == fault::malformed);
  CHECK_FALSE(told[0].books);
}
