#include "policy/local_outage.hpp"

#include <doctest/doctest.h>

#include <map>
#include <random>
#include <string>

using namespace tributary;
using namespace std::chrono_literals;
using phase = local_outage::phase;

namespace {

constexpr steady_time start{1000h};

const std::map<std::string, std::string> two_domains{
    {"alpha", "here"}, {"beta", "there"}, {"gamma", "there"}};

local_outage judge_of(const std::map<std::string, std::string>& domains = two_domains) {
  local_outage o;
  o.set_witnesses(domains);
  return o;
}

} // namespace

TEST_CASE("local_outage: only names and ways that are not found speak of the network") {
  for (int i = 0; i <= static_cast<int>(fault::own_network); ++i) {
    const auto f = static_cast<fault>(i);
    CAPTURE(to_string(f));
    CHECK(
        (testimony_of(f) == testimony::unreachable) ==
        (f == fault::name_not_found || f == fault::network_unreachable));
  }
  for (const auto f :
       {fault::none, fault::refused, fault::reset, fault::tls, fault::certificate, fault::status,
        fault::malformed, fault::truncated})
    CHECK(testimony_of(f) == testimony::answered);
  for (const auto f : {fault::cancelled, fault::disk, fault::busy, fault::deadline, fault::unsupported})
    CHECK(testimony_of(f) == testimony::none);
  CHECK(testimony_of(fault::stalled) == testimony::silent);
  CHECK(testimony_of(fault::connect_timeout) == testimony::silent);
}

TEST_CASE("local_outage: one failure is a suspicion, all of them within two seconds are local") {
  auto o = judge_of();
  CHECK(o.is_quiet());
  CHECK(o.unreachable(start, "alpha"));
  CHECK(o.now_in() == phase::suspected);
  CHECK(o.due(true) == start + 2s);
  CHECK_FALSE(o.unreachable(start + 1s, "beta"));
  CHECK(o.now_in() == phase::suspected);
  CHECK(o.unreachable(start + 2s, "gamma"));
  CHECK(o.now_in() == phase::local);
  CHECK(o.since() == start + 2s);
  CHECK_FALSE(o.due(true));
}

TEST_CASE("local_outage: failures further apart than two seconds are not, by a nanosecond") {
  auto o = judge_of();
  o.unreachable(start, "alpha");
  o.unreachable(start, "beta");
  CHECK_FALSE(o.tick(start + 2s - 1ns, true));
  CHECK(o.tick(start + 2s, true));
  CHECK(o.now_in() == phase::calm);
  CHECK(o.unreachable(start + 2s + 1ns, "gamma")); // A suspicion of its own.
  CHECK(o.now_in() == phase::suspected);
}

TEST_CASE("local_outage: whoever answers, in whatever way, clears our own network") {
  auto o = judge_of();
  o.unreachable(start, "alpha");
  o.unreachable(start, "beta");
  CHECK(o.answered(start + 1s, "gamma"));
  CHECK(o.now_in() == phase::calm);
  CHECK_FALSE(o.is_quiet()); // alpha and beta have not answered since.
  CHECK_FALSE(o.answered(start + 1s, "alpha"));
  CHECK_FALSE(o.answered(start + 1s, "beta"));
  CHECK(o.is_quiet());
}

TEST_CASE("local_outage: a witness that answered must fail anew") {
  auto o = judge_of();
  o.unreachable(start, "alpha");
  o.answered(start, "alpha");
  o.unreachable(start, "beta");
  o.unreachable(start, "gamma");
  CHECK(o.now_in() == phase::calm);
  o.unreachable(start, "alpha");
  CHECK(o.now_in() == phase::local);
}

// Two providers that are gone and one that answers had each other's checks started without end.
TEST_CASE("local_outage: for two seconds after an answer no new suspicion is raised") {
  auto o = judge_of();
  o.unreachable(start, "alpha");
  o.answered(start + 1s, "gamma");
  CHECK_FALSE(o.unreachable(start + 1s, "beta"));
  CHECK_FALSE(o.unreachable(start + 3s - 1ns, "alpha"));
  CHECK(o.now_in() == phase::calm);
  CHECK(o.unreachable(start + 3s, "alpha"));
  CHECK(o.now_in() == phase::suspected);
}

TEST_CASE("local_outage: one domain proves nothing, however many providers it has") {
  auto o = judge_of({{"alpha", "one"}, {"beta", "one"}});
  CHECK_FALSE(o.can_judge());
  CHECK_FALSE(o.unreachable(start, "alpha"));
  CHECK_FALSE(o.unreachable(start, "beta"));
  CHECK(o.now_in() == phase::calm);
}

TEST_CASE("local_outage: who is no witness can raise a suspicion and end it, but not confirm it") {
  auto o = judge_of();
  CHECK(o.unreachable(start, "http://elsewhere:80"));
  CHECK(o.now_in() == phase::suspected);
  for (const auto* name : {"alpha", "beta", "gamma"})
    o.unreachable(start + 1s, name);
  CHECK(o.now_in() == phase::local);
  CHECK(o.answered(start + 9s, "http://elsewhere:80"));
  CHECK(o.now_in() == phase::calm);
}

TEST_CASE("local_outage: it lasts until somebody answers; where nobody is asked, for thirty seconds") {
  auto o = judge_of();
  for (const auto* name : {"alpha", "beta", "gamma"})
    o.unreachable(start, name);
  CHECK_FALSE(o.tick(start + 24h, true));
  CHECK(o.now_in() == phase::local);
  CHECK(o.due(false) == start + 30s);
  CHECK_FALSE(o.tick(start + 30s - 1ns, false));
  CHECK(o.tick(start + 30s, false));
  CHECK(o.now_in() == phase::calm);
}

TEST_CASE("local_outage: witnesses that go away take the judgement with them") {
  auto o = judge_of();
  for (const auto* name : {"alpha", "beta", "gamma"})
    o.unreachable(start, name);
  o.set_witnesses({{"beta", "there"}, {"gamma", "there"}});
  CHECK_FALSE(o.can_judge());
  CHECK(o.tick(start, true));
  CHECK(o.now_in() == phase::calm);
}

TEST_CASE("local_outage: this machine's own names and addresses") {
  for (const auto* url :
       {"http://localhost/x", "http://LOCALHOST:80", "http://127.0.0.1:8080/", "https://[::1]:1/",
        "http://user@127.9.9.9/", "http://box.localhost/"}) {
    CAPTURE(url);
    CHECK(is_loopback_host(host_of(url)));
  }
  for (const auto* url :
       {"http://localhost.example/", "http://10.0.0.1/", "https://[2001:db8::1]/", "x", ""}) {
    CAPTURE(url);
    CHECK_FALSE(is_loopback_host(host_of(url)));
  }
  CHECK(host_of("https://[2001:DB8::1]:443/a") == "2001:db8::1");
  CHECK(host_of("http://Mirror.Example?x") == "mirror.example");
}

// Goal: local is only ever said when each witness failed within the two seconds before and has not answered
// since. Method: random failures and answers, against a list of everything that was said.
TEST_CASE("local_outage: agrees with an oracle that remembers every word") {
  for (unsigned seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    std::mt19937 rng{seed};
    auto o = judge_of();
    std::map<std::string, std::optional<steady_time>> down;
    auto now = start;
    for (int step = 0; step < 500; ++step) {
      now += milliseconds{rng() % 900};
      const auto who = std::next(two_domains.begin(), static_cast<int>(rng() % 3))->first;
      const auto before = o.now_in();
      if (o.due(true) && now >= *o.due(true))
        o.tick(now, true);
      if (rng() % 5 > 0) {
        down[who] = now;
        o.unreachable(now, who);
        bool all = true;
        for (const auto& [name, domain] : two_domains)
          all = all && down[name] && now - *down[name] <= 2s;
        REQUIRE((o.now_in() == phase::local) == (all || before == phase::local));
      } else {
        down[who].reset();
        o.answered(now, who);
        REQUIRE(o.now_in() == phase::calm);
      }
    }
  }
}
