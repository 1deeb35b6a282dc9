// The transition table of docs/health.md, made from the code: each state, put through each event.
#include "policy/availability.hpp"

#include "tests/policy/availability_fixture.hpp"

#include <doctest/doctest.h>

#include <array>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>

using namespace tributary;
using namespace std::chrono_literals;
using tributary::testing::breaker;
using st = provider_state;

namespace {

/// A breaker in that state, brought there as the world brings it.
breaker in(st state, bool checks = true) {
  breaker b{{.checks = checks}};
  switch (state) {
  case st::unknown:
    break;
  case st::available:
    b.ok();
    break;
  case st::unavailable:
    b.fall();
    break;
  case st::probation:
    b.fall();
    b.now = *b.state.until();
    checks ? b.check(true) : b.state.tick(b.now);
    break;
  case st::disabled:
    b.state.enable(b.now, false);
    break;
  }
  REQUIRE(b.state.state() == state);
  return b;
}

struct event {
  const char* what;
  std::function<void(breaker&)> happens;
  bool checks = true;
  bool cooling = false; ///< Happens to who is unavailable only.
};

void at_the_end(breaker& b) {
  if (b.state.until())
    b.now = *b.state.until();
}

const std::array events{
    event{"a request succeeds", [](breaker& b) { b.ok(); }},
    event{"the `rise`th request in a row succeeds", [](breaker& b) { b.ok(), b.ok(); }},
    event{"one incident", [](breaker& b) { b.incident(); }},
    event{
        "`failure_threshold` incidents in a row",
        [](breaker& b) { b.incident(), b.incident(), b.incident(); }},
    event{
        "of 5 or more within 60 s most fail (upper bound < 0.5)",
        [](breaker& b) {
          auto o = availability_options{};
          o.failure_threshold = 1000;
          b.state.configure(o);
          for (int i = 0; i < 8; ++i)
            b.incident();
        }},
    event{
        "429, 404, 401, our own fault, ...",
        [](breaker& b) {
          for (const auto x : {outcome::throttled, outcome::missing, outcome::auth, outcome::local_fault})
            for (int i = 0; i < 5; ++i)
              b.attempt(x);
        }},
    event{"a check passes", [](breaker& b) { b.check(true); }},
    event{"a check fails", [](breaker& b) { b.check(false); }},
    event{"`fall` checks in a row fail", [](breaker& b) { b.check(false), b.check(false), b.check(false); }},
    event{
        "the cool-down ends, and a check passes", [](breaker& b) { at_the_end(b), b.check(true); }, true,
        true},
    event{
        "the cool-down ends, and a check fails", [](breaker& b) { at_the_end(b), b.check(false); }, true,
        true},
    event{
        "the cool-down ends, checks are off", [](breaker& b) { at_the_end(b), b.state.tick(b.now); }, false,
        true},
    event{"disabled in the settings", [](breaker& b) { b.state.enable(b.now, false); }},
    event{"enabled in the settings", [](breaker& b) { b.state.enable(b.now, true); }},
    event{"reset", [](breaker& b) { b.state.reset(b.now); }},
};

constexpr std::array states{st::unknown, st::available, st::probation, st::unavailable, st::disabled};

/// "-": the state stays. "longer": it stays unavailable, with a longer cool-down. "": it cannot happen.
std::string outcome_of(st from, const event& e) {
  if (e.cooling && from != st::unavailable)
    return "";
  auto b = in(from, e.checks);
  const auto until = b.state.until();
  e.happens(b);
  const auto to = b.state.state();
  if (to != from)
    return std::string{to_string(to)};
  return to == st::unavailable && b.state.until() != until ? "longer" : "-";
}

std::string table() {
  std::ostringstream out;
  out << "| what happens |";
  for (const auto s : states)
    out << ' ' << to_string(s) << " |";
  out << "\n|---|";
  for (std::size_t i = 0; i < states.size(); ++i)
    out << "---|";
  for (const auto& e : events) {
    out << "\n| " << e.what << " |";
    for (const auto s : states)
      out << ' ' << outcome_of(s, e) << " |";
  }
  out << '\n';
  return out.str();
}

} // namespace

TEST_CASE("availability: the transition table of docs/health.md is the code's") {
  std::ifstream in{TRIBUTARY_SOURCE_DIR "/docs/health.md"};
  std::ostringstream text;
  text << in.rdbuf();
  const auto made = table();
  INFO("docs/health.md must hold this table:\n" << made);
  CHECK(text.str().find(made) != std::string::npos);
}
