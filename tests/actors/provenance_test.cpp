#include "actors/provenance.hpp"

#include <doctest/doctest.h>

using namespace tributary;

namespace {

constexpr std::uint64_t piece = 100;
const byte_source alpha{"alpha", 1, "\"a\""};
const byte_source beta{"beta", 2, ""};

std::uint64_t length_of(const std::vector<extent>& extents) {
  std::uint64_t sum = 0;
  for (const auto& e : extents)
    sum += e.length;
  return sum;
}

} // namespace

TEST_CASE("provenance: runs carry who gave them, and the journal hears of durable ones, once") {
  provenance p({}, piece);
  p.add({0, 100, 7}, alpha);
  p.add({100, 50, 8}, alpha);
  p.add({300, 60, 9}, beta);
  CHECK(p.durable_bytes() == 0);
  CHECK(p.take_news().extents.empty());
  p.note_durable(1, 149);
  CHECK(p.durable_bytes() == 100);
  auto news = p.take_news();
  REQUIRE(news.extents.size() == 1);
  CHECK_FALSE(news.anew);
  CHECK(news.extents[0].validator == "\"a\"");
  CHECK(news.extents[0].xxh3 == 7);
  p.note_durable(1, 150);
  p.note_durable(2, 1'000);
  p.note_durable(3, 1'000);
  news = p.take_news();
  CHECK(news.extents.size() == 2);
  CHECK(length_of(news.extents) == 110);
  CHECK(p.take_news().extents.empty());
  CHECK(p.main_provider() == "alpha");
  CHECK_FALSE(p.is_of_one_source());
  CHECK_FALSE(p.is_all_from("alpha"));
}

TEST_CASE("provenance: goes on from the journal, and tells it anew when not all of that stood") {
  provenance good({{10, 5, "beta", 2, "", 3}, {0, 10, "alpha", 1, "", {}}}, piece);
  CHECK(good.durable_bytes() == 15);
  CHECK_FALSE(good.take_news().anew);
  provenance overlapping({{0, 10, "alpha", 1, "", {}}, {8, 5, "beta", 2, "", {}}}, piece);
  CHECK(overlapping.durable_bytes() == 10);
  const auto news = overlapping.take_news();
  CHECK(news.anew);
  CHECK(news.extents.size() == 1);
}

TEST_CASE("provenance: what is dropped is gone from the journal with the next report") {
  provenance p(
      {{0, 10, "alpha", 1, "", {}}, {10, 10, "beta", 2, "", {}}, {20, 10, "alpha", 1, "", {}}}, piece);
  p.drop({20});
  CHECK(p.extents().size() == 2);
  p.keep_only("beta");
  const auto news = p.take_news();
  CHECK(news.anew);
  REQUIRE(news.extents.size() == 1);
  CHECK(news.extents[0].offset == 10);
  CHECK(p.is_all_from("beta"));
  p.restart();
  CHECK(p.take_news().anew);
  CHECK(p.is_of_one_source());
  CHECK(p.main_provider().empty());
  p.add({0, 10, 1}, alpha);
  p.note_all_durable();
  CHECK(p.durable_bytes() == 10);
}

TEST_CASE("provenance: a piece is new once, also when it was thrown away and came again") {
  provenance p({}, piece);
  p.add({0, 99, 1}, alpha);
  p.note_all_durable();
  CHECK_FALSE(p.take_new_piece());
  p.add({200, 1, 1}, beta);
  p.note_all_durable();
  CHECK(p.take_new_piece());
  CHECK_FALSE(p.take_new_piece());
  p.restart();
  p.add({0, 150, 1}, beta);
  p.note_all_durable();
  CHECK_FALSE(p.take_new_piece());
  p.add({150, 50, 1}, beta);
  p.note_all_durable();
  CHECK(p.take_new_piece());
}
