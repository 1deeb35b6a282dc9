#include "policy/outcome.hpp"

#include "tests/policy/printing.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

using namespace tributary;
using again = same_provider;

namespace {

constexpr int faults = static_cast<int>(fault::source_io) + 1;

void check_verdict(const verdict& got, outcome result, again same, bool others) {
  CHECK(got.result == result);
  CHECK(static_cast<int>(got.again) == static_cast<int>(same));
  CHECK(got.try_others == others);
}

} // namespace

TEST_CASE("outcome: the verdict on every fault that carries no status") {
  struct row {
    fault f;
    outcome result;
    again same;
    bool others;
  };
  const row rows[]{
      {fault::none, outcome::ok, again::no, false},
      {fault::name_not_found, outcome::provider_fault, again::after_backoff, true},
      {fault::network_unreachable, outcome::provider_fault, again::after_backoff, true},
      {fault::refused, outcome::provider_fault, again::after_backoff, true},
      {fault::connect_timeout, outcome::provider_fault, again::after_backoff, true},
      {fault::reset, outcome::provider_fault, again::after_backoff, true},
      {fault::tls, outcome::provider_fault, again::after_backoff, true},
      {fault::certificate, outcome::provider_fault, again::no, true},
      {fault::malformed, outcome::provider_fault, again::after_backoff, true},
      {fault::truncated, outcome::provider_fault, again::resume, true},
      {fault::stalled, outcome::provider_fault, again::resume, true},
      {fault::false_range, outcome::provider_fault, again::no, true},
      {fault::other_identity, outcome::identity, again::no, true},
      {fault::range_refused, outcome::identity, again::recheck, true},
      {fault::wrong_digest, outcome::provider_fault, again::no, true},
      {fault::wrong_size, outcome::provider_fault, again::no, true},
      {fault::address_refused, outcome::invalid, again::no, true},
      {fault::busy, outcome::cancelled, again::after_backoff, true},
      {fault::disk, outcome::local_fault, again::no, false},
      {fault::cancelled, outcome::cancelled, again::no, false},
      {fault::deadline, outcome::cancelled, again::no, false},
      {fault::unsupported, outcome::invalid, again::no, true},
      {fault::own_network, outcome::local_fault, again::resume, true},
      {fault::no_such_item, outcome::missing, again::no, true},
      {fault::no_permission, outcome::auth, again::no, true},
      {fault::source_io, outcome::provider_fault, again::resume, true},
  };
  CHECK(std::size(rows) == faults - 1);
  for (const auto& r : rows)
    for (const int status : {0, 200, 404, 503}) // Whatever the status says: it is not what went wrong.
      for (const bool told : {false, true}) {
        CAPTURE(r.f);
        CAPTURE(status);
        CAPTURE(told);
        check_verdict(verdict_of(r.f, status, told), r.result, r.same, r.others);
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
  for (int i = 0; i < faults; ++i) {
    const auto x = static_cast<fault>(i);
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
