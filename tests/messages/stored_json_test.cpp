#include "messages/stored_json.hpp"
#include "tests/support/random_jobs.hpp"

#include <doctest/doctest.h>

#include <bit>
#include <limits>

using namespace tributary;

namespace {

decision_row there_and_back(const decision_row& d) {
  return decision_from_text(stored_text(d));
}

decision_row scored(double x) {
  decision_row d;
  d.candidates.push_back({"alpha", x, {}, ""});
  d.candidates[0].terms.throughput_mbps = x;
  return d;
}

} // namespace

// Goal: what was stored is what was meant, so that a choice recomputes the same. Method: random values in
// every field, compared by their bytes.
TEST_CASE("stored_json: specs, errors and decisions read back exactly as they were written") {
  for (unsigned seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    testing::random_jobs random{seed};
    const auto decision = random.decision();
    REQUIRE(testing::bytes_of(there_and_back(decision)) == testing::bytes_of(decision));
    const auto row = random.row(1, job_state::failed);
    REQUIRE(testing::bytes_of(spec_from_text(stored_text(row.spec))) == testing::bytes_of(row.spec));
    if (row.error)
      REQUIRE(testing::bytes_of(error_from_text(stored_text(*row.error))) == testing::bytes_of(*row.error));
  }
}

TEST_CASE("stored_json: the hard doubles read back bit by bit") {
  for (const double x :
       {0.1, 0.2 + 0.1, 1.0 / 3, 5e-324, 2.2250738585072011e-308, 1.7976931348623157e308, -0.0, 1.0,
        9007199254740993.0, 123456789012345680.0, 6.02214076e23}) {
    const auto back = there_and_back(scored(x));
    CHECK(std::bit_cast<std::uint64_t>(back.candidates[0].score) == std::bit_cast<std::uint64_t>(x));
    CHECK(
        std::bit_cast<std::uint64_t>(*back.candidates[0].terms.throughput_mbps) ==
        std::bit_cast<std::uint64_t>(x));
  }
}

TEST_CASE("stored_json: what JSON cannot say becomes null and reads as nothing") {
  for (const double x : {std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()}) {
    const auto back = there_and_back(scored(x));
    CHECK(back.candidates[0].score == 0);
    CHECK_FALSE(back.candidates[0].terms.throughput_mbps);
  }
  decision_row d;
  d.message = "a \xff byte";
  CHECK(there_and_back(d).message == "a \xef\xbf\xbd byte");
}

TEST_CASE("stored_json: damaged text is an error, not a guess") {
  for (const auto* text : {"", "{", "{}", "[]", "1 2", "null", R"({"at":"yesterday"})"}) {
    CHECK_THROWS_AS(static_cast<void>(decision_from_text(text)), std::exception);
    CHECK_THROWS_AS(static_cast<void>(spec_from_text(text)), std::exception);
    CHECK_THROWS_AS(static_cast<void>(error_from_text(text)), std::exception);
  }
  auto text = stored_text(decision_row{});
  text.replace(text.find("\"give_up\""), 9, "\"gamble\"");
  CHECK_THROWS_AS(static_cast<void>(decision_from_text(text)), std::exception);
}
