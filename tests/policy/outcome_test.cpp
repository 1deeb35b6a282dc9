#include "policy/outcome.hpp"

#include "tests/policy/printing.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <set>
#include <string>
#include <vector>

using namespace tributary;
using again = same_provider;

namespace {

/// What the table says of a fault; nothing for a number that is none. Without a default: a fault that is
/// added does not compile here until it has its line.
std::optional<verdict> told_of(fault f) {
  switch (f) {
  case fault::none:
    return verdict{outcome::ok, again::no, false};
  case fault::name_not_found:
  case fault::network_unreachable:
  case fault::refused:
  case fault::connect_timeout:
  case fault::reset:
  case fault::tls:
  case fault::malformed:
    return verdict{outcome::provider_fault, again::after_backoff, true};
  case fault::truncated:
  case fault::stalled:
  case fault::source_io:
    return verdict{outcome::provider_fault, again::resume, true};
  case fault::certificate:
  case fault::false_range:
  case fault::wrong_digest:
  case fault::wrong_size:
    return verdict{outcome::provider_fault, again::no, true};
  case fault::other_identity:
  case fault::unproven:
    return verdict{outcome::identity, again::no, true};
  case fault::range_refused:
    return verdict{outcome::identity, again::recheck, true};
  case fault::address_refused:
  case fault::unsupported:
    return verdict{outcome::invalid, again::no, true};
  case fault::busy:
    return verdict{outcome::cancelled, again::after_backoff, true};
  case fault::cancelled:
  case fault::deadline:
    return verdict{outcome::cancelled, again::no, false};
  case fault::disk:
    return verdict{outcome::local_fault, again::no, false};
  case fault::own_network:
    return verdict{outcome::local_fault, again::resume, true};
  case fault::no_such_item:
    return verdict{outcome::missing, again::no, true};
  case fault::no_permission:
    return verdict{outcome::auth, again::no, true};
  case fault::status:
    return verdict{}; // That depends on the status, which has a table of its own.
  }
  return std::nullopt;
}

std::vector<fault> all_faults() {
  std::vector<fault> all;
  for (int i = 0; told_of(static_cast<fault>(i)); ++i)
    all.push_back(static_cast<fault>(i));
  return all;
}

void check_verdict(const verdict& got, outcome result, again same, bool others) {
  CHECK(got.result == result);
  CHECK(static_cast<int>(got.again) == static_cast<int>(same));
  CHECK(got.try_others == others);
}

} // namespace

TEST_CASE("outcome: the verdict on every fault that carries no status") {
  for (const auto f : all_faults())
    for (const int status : {0, 200, 404, 503}) // Whatever the status says: it is not what went wrong.
      for (const bool later : {false, true}) {
        if (f == fault::status)
          continue;
        CAPTURE(f);
        CAPTURE(status);
        CAPTURE(later);
        const auto told = told_of(f);
        check_verdict(verdict_of(f, status, later), told->result, told->again, told->try_others);
      }
}

TEST_CASE("outcome: the verdict on statuses") {
  struct row {
    int first, last;
    outcome result;
    again same;
  };
  // Every number from -1 to 700 is named once, so both sides of each edge are looked at.
  const row rows[]{
      {-1, 199, outcome::provider_fault, again::after_backoff}, // Not HTTP's, or never final.
      {200, 399, outcome::invalid, again::no}, // No bytes in it, or a redirect that leads nowhere.
      {400, 400, outcome::invalid, again::no},
      {401, 401, outcome::auth, again::no},
      {402, 402, outcome::invalid, again::no},
      {403, 403, outcome::auth, again::no},
      {404, 404, outcome::missing, again::no},
      {405, 406, outcome::invalid, again::no},
      {407, 407, outcome::auth, again::no},
      {408, 408, outcome::provider_fault, again::after_backoff},
      {409, 409, outcome::invalid, again::no},
      {410, 410, outcome::missing, again::no},
      {411, 415, outcome::invalid, again::no},
      {416, 416, outcome::identity, again::recheck},
      {417, 424, outcome::invalid, again::no},
      {425, 425, outcome::provider_fault, again::after_backoff},
      {426, 428, outcome::invalid, again::no},
      {429, 429, outcome::throttled, again::not_before},
      {430, 450, outcome::invalid, again::no},
      {451, 451, outcome::policy, again::no},
      {452, 499, outcome::invalid, again::no},
      {500, 700, outcome::provider_fault, again::after_backoff},
  };
  int next = -1;
  for (const auto& r : rows) {
    REQUIRE(r.first == next);
    next = r.last + 1;
    for (int status = r.first; status <= r.last; ++status) {
      CAPTURE(status);
      check_verdict(verdict_of(fault::status, status, false), r.result, r.same, true);
      if (status != 503)
        check_verdict(verdict_of(fault::status, status, true), r.result, r.same, true);
    }
  }
}

TEST_CASE("outcome: a 503 is throttled only when it says when to come back") {
  check_verdict(verdict_of(fault::status, 503, false), outcome::provider_fault, again::after_backoff, true);
  check_verdict(verdict_of(fault::status, 503, true), outcome::throttled, again::not_before, true);
  check_verdict(verdict_of(fault::status, 502, true), outcome::provider_fault, again::after_backoff, true);
}

TEST_CASE("outcome: names are unique and lead back") {
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < outcome_count; ++i) {
    const auto x = static_cast<outcome>(i);
    CHECK(seen.insert(to_string(x)).second);
    CHECK(outcome_from(to_string(x)) == x);
  }
  seen.clear();
  for (const auto x : all_faults()) {
    CHECK(seen.insert(to_string(x)).second);
    CHECK(fault_from(to_string(x)) == x);
  }
  CHECK(to_string(fault::unsupported) == "unsupported");
  CHECK(to_string(outcome::invalid) == "invalid");
}

TEST_CASE("outcome: unknown names are refused") {
  for (const auto* name : {"", "OK", "ok ", "provider-fault", "resets"}) {
    CAPTURE(name);
    CHECK_FALSE(outcome_from(name));
    CHECK_FALSE(fault_from(name));
  }
}

TEST_CASE("outcome: four classes count in the success rate") {
  std::string counted;
  for (std::size_t i = 0; i < outcome_count; ++i)
    if (counts_in_success_rate(static_cast<outcome>(i)))
      counted.append(to_string(static_cast<outcome>(i))).append(" ");
  CHECK(counted == "ok provider_fault throttled auth ");
}
