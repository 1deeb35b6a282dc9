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
  m.update(begin + seconds{2}, 1'001'000);
  CHECK(m.mbps() < 8);
  CHECK(m.mbps() > 4);
}
