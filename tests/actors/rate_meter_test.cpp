#include "actors/rate_meter.hpp"

#include <doctest/doctest.h>

using namespace tributary;

TEST_CASE("rate_meter: a steady rate is shown as it is, a change little by little") {
  rate_meter m;
  const steady_time begin{};
  m.start(begin, 1000);
  CHECK(m.mbps() == 0);
  for (int i = 1; i <= 4; ++i)
    m.update(begin + milliseconds{250} * i, 1000 + 250'000u * static_cast<unsigned>(i));
  CHECK(m.mbps() == doctest::Approx(8));
  m.update(begin + milliseconds{1500}, 1'001'000);
  CHECK(m.mbps() < 8);
  CHECK(m.mbps() > 4);
}

TEST_CASE("rate_meter: a burst at the beginning is spread over the time that follows it") {
  rate_meter m;
  const steady_time begin{};
  m.start(begin, 0);
  m.update(begin + milliseconds{10}, 10'000'000);
  CHECK(m.mbps() == doctest::Approx(8000));
  m.update(begin + milliseconds{1000}, 10'000'000);
  CHECK(m.mbps() < 120);
  CHECK(m.mbps() > 60);
}
