#include "app/descriptor_limit.hpp"

#include <doctest/doctest.h>

#include <sys/resource.h>

namespace {

using namespace tributary;

rlimit limit_now() {
  rlimit limit{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
  return limit;
}

/// What this program began with comes back.
struct limit_kept {
  rlimit before = limit_now();
  ~limit_kept() { ::setrlimit(RLIMIT_NOFILE, &before); }
};

} // namespace

TEST_CASE("descriptor_limit: the soft limit becomes the hard one") {
  const limit_kept kept;
  const rlimit low{kept.before.rlim_max / 2, kept.before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &low) == 0);
  for (int i = 0; i < 2; ++i) { // Where it stands there already nothing happens.
    raise_descriptor_limit();
    CHECK(limit_now().rlim_cur == kept.before.rlim_max);
    CHECK(limit_now().rlim_max == kept.before.rlim_max);
  }
}
