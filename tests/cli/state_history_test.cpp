#include "app/cli/state_history.hpp"

#include "messages/store.hpp"

#include <doctest/doctest.h>

namespace {

using namespace tributary;
using namespace tributary::cli;

job_spec wish(int n) {
  job_spec s;
  s.resource.urls = {"http://h/" + std::to_string(n)};
  s.output = "file " + std::to_string(n);
  return s;
}

/// Has done every `step`th of `wishes`.
history history_of(int wishes, int step) {
  history h;
  for (int n = 0; n < wishes; n += step) {
    job_row row;
    row.id = static_cast<job_id>(n + 1);
    row.state = job_state::succeeded;
    row.spec = wish(n);
    h.succeeded.emplace(fingerprint_of(row.spec), row);
  }
  return h;
}

} // namespace

TEST_CASE("state_history: what was done already is taken out of a list, and both halves keep their order") {
  std::vector<job_spec> wishes;
  for (int n = 0; n < 7; ++n)
    wishes.push_back(wish(n));
  const auto done = history_of(7, 3).take_done(wishes);
  REQUIRE(done.size() == 3);
  CHECK(done[0].output == "file 0");
  CHECK(done[1].output == "file 3");
  CHECK(done[2].id == "7");
  REQUIRE(wishes.size() == 4);
  CHECK(wishes[0].output == "file 1");
  CHECK(wishes[1].output == "file 2");
  CHECK(wishes[3].output == "file 5");
}

// Taking them out one by one would move all later ones each time: this program would run into its time limit.
TEST_CASE("state_history: of a long list that was done before nothing is left, at once") {
  constexpr std::size_t files = 100'000;
  std::vector<job_spec> wishes(files, wish(0));
  CHECK(history_of(1, 1).take_done(wishes).size() == files);
  CHECK(wishes.empty());
}
