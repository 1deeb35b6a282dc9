#include "actors/part_progress.hpp"

#include <doctest/doctest.h>

using namespace tributary;

namespace {

constexpr std::uint64_t piece = 100;
const byte_source alpha{"alpha", 1, "\"a\""};
const byte_source beta{"beta", 2, ""};

} // namespace

TEST_CASE("part_progress: bytes carry who gave them, and only durable ones are journaled") {
  part_progress p({}, piece);
  p.advance({50, 20}, alpha);
  p.advance({80, 20}, alpha);
  CHECK(p.written() == 80);
  CHECK(p.durable() == 20);
  REQUIRE(p.durable_extents().size() == 1);
  CHECK(p.durable_extents()[0].length == 20);
  CHECK(p.durable_extents()[0].validator == "\"a\"");
  CHECK(p.is_all_from("alpha"));
  p.advance({150, 150}, beta);
  const auto e = p.durable_extents();
  REQUIRE(e.size() == 2);
  CHECK(e[0].length == 80);
  CHECK(e[1].offset == 80);
  CHECK(e[1].length == 70);
  CHECK(e[1].attempt == 2);
  CHECK_FALSE(p.is_of_one_source());
}

TEST_CASE("part_progress: positions never go back, and nothing is durable that is not written") {
  part_progress p({}, piece);
  p.advance({50, 90}, alpha);
  CHECK(p.durable() == 50);
  p.advance({40, 10}, alpha);
  CHECK(p.written() == 50);
  CHECK(p.durable() == 50);
}

TEST_CASE("part_progress: goes on from the journal up to the first gap") {
  part_progress p({{0, 10, "alpha", 1, ""}, {10, 5, "beta", 2, ""}, {20, 5, "beta", 2, ""}}, piece);
  CHECK(p.written() == 15);
  CHECK(p.durable() == 15);
  CHECK(p.durable_extents().size() == 2);
}

TEST_CASE("part_progress: a piece is new once, also when it was thrown away and came again") {
  part_progress p({}, piece);
  p.advance({99, 99}, alpha);
  CHECK_FALSE(p.take_new_piece());
  p.advance({100, 100}, alpha);
  CHECK(p.take_new_piece());
  CHECK_FALSE(p.take_new_piece());
  p.restart();
  CHECK(p.written() == 0);
  CHECK(p.is_of_one_source());
  p.advance({150, 150}, beta);
  CHECK_FALSE(p.take_new_piece());
  p.advance({200, 200}, beta);
  CHECK(p.take_new_piece());
}

TEST_CASE("rate_meter: a steady rate is shown as it is, a change little by little") {
  rate_meter m;
  const steady_time begin{};
  m.start(begin, 1000);
  CHECK(m.mbps() == 0);
  for (int i = 1; i <= 4; ++i)
    m.update(begin + milliseconds{250} * i, 1000 + 250'000u * static_cast<unsigned>(i));
  CHECK(m.mbps() == doctest::Approx(8));
  m.update(begin + seconds{2}, 1'001'000);
  CHECK(m.mbps() < 8);
  CHECK(m.mbps() > 4);
}
