// Seeded jobs, attempts and decisions with everything in them that a journal must keep; and their bytes, to
// compare values that have no equality of their own.
#pragma once

#include "messages/store.hpp"

#include <caf/binary_serializer.hpp>

#include <cmath>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

namespace tributary::testing {

/// Equal bytes: equal values, doubles included.
template <class T>
std::vector<char> bytes_of(T x) {
  std::vector<char> out;
  caf::binary_serializer sink{nullptr, out};
  if (auto error = sink(x))
    throw std::runtime_error("cannot serialize");
  return out;
}

class random_jobs {
public:
  explicit random_jobs(unsigned seed) : engine_(seed) {}

  std::uint64_t number(std::uint64_t low, std::uint64_t high) {
    return std::uniform_int_distribution<std::uint64_t>{low, high}(engine_);
  }
  bool coin() { return number(0, 1) == 1; }
  std::uint32_t small() { return static_cast<std::uint32_t>(number(0, 1000)); }
  wall_time time() {
    return wall_time{milliseconds{static_cast<std::int64_t>(number(0, 4'000'000'000'000))}};
  }
  double real() {
    return std::ldexp(static_cast<double>(number(0, ~0ull)), static_cast<int>(number(0, 200)) - 130);
  }

  /// Quotes, line ends, NULs and letters of all lengths.
  std::string text() {
    static const std::vector<std::string> pieces{
        "a", "Z", "0", " ", "\"", "\\", "\n", "'", "ü", "日", "\xf0\x9f\x98\x80", "/", std::string(1, '\0')};
    std::string out;
    for (auto left = number(0, 12); left > 0; --left)
      out += pieces[number(0, pieces.size() - 1)];
    return out;
  }

  template <class F>
  auto maybe(F f) -> std::optional<decltype(f())> {
    return coin() ? std::optional{f()} : std::nullopt;
  }

  job_spec spec() {
    job_spec s;
    if (coin())
      s.resource.path = "p" + text();
    else
      s.resource.urls = {"http://x/" + text(), "http://y/" + text()};
    s.output = "o" + text();
    s.sha256 = maybe([&] { return std::string(64, 'a'); });
    s.size = maybe([&] { return number(0, ~0ull); });
    s.priority = static_cast<std::int32_t>(number(0, 9));
    s.deadline_seconds = maybe([&] { return real(); });
    s.max_attempts = maybe([&] { return static_cast<std::int32_t>(small()); });
    s.max_segments = maybe([&] { return static_cast<std::int32_t>(small()); });
    s.strategy = maybe([&] { return static_cast<tributary::strategy>(number(0, 2)); });
    s.on_conflict = maybe([&] { return static_cast<tributary::on_conflict>(number(0, 3)); });
    if (coin())
      s.providers = {"alpha", "beta"};
    return s;
  }

  job_row row(job_id id, job_state state, std::uint32_t run_no = 0) {
    job_row r;
    r.id = id;
    r.spec = spec();
    r.state = state;
    r.run_no = run_no;
    r.identity = {maybe([&] { return number(0, ~0ull); }), text(), text(), text()};
    r.bytes_done = number(0, ~0ull);
    r.part = text();
    r.target = text();
    r.inode = number(0, ~0ull);
    r.sha256 = text();
    r.provider = text();
    r.attempts = small();
    r.crashes = small();
    r.next_attempt_at = maybe([&] { return time(); });
    if (coin())
      r.error = job_error{
          static_cast<outcome>(number(0, outcome_count - 1)), text(), text(), maybe([&] { return real(); })};
    r.created_at = time();
    r.started_at = maybe([&] { return time(); });
    r.finished_at = maybe([&] { return time(); });
    r.retried_at = maybe([&] { return time(); });
    return r;
  }

  attempt_row attempt(std::uint32_t attempt_number) {
    attempt_row a;
    a.number = attempt_number;
    a.provider = text();
    a.result = static_cast<outcome>(number(0, outcome_count - 1));
    a.cause = static_cast<fault>(number(0, static_cast<std::uint64_t>(fault::unsupported)));
    a.status = static_cast<int>(number(0, 599));
    a.message = text();
    a.bytes = number(0, ~0ull);
    a.progressed = coin();
    a.retry_after = maybe([&] { return time(); });
    a.started_at = time();
    a.finished_at = time();
    return a;
  }

  decision_row decision() {
    decision_row d;
    d.at = time();
    for (auto left = number(0, 4); left > 0; --left) {
      selection_terms terms{small(),
                            number(0, ~0ull),
                            number(0, ~0ull),
                            maybe([&] { return real(); }),
                            maybe([&] { return real(); }),
                            small()};
      d.candidates.push_back({text(), real(), terms, text()});
    }
    d.chosen = text();
    d.action = static_cast<plan_action>(number(0, 3));
    d.wait_until = maybe([&] { return time(); });
    d.least_bad = coin();
    d.afresh = coin();
    d.message = text();
    d.config_revision = number(0, ~0ull);
    return d;
  }

  std::vector<extent> extents() {
    std::vector<extent> out;
    std::uint64_t at = 0;
    for (auto left = number(0, 3); left > 0; --left) {
      at += number(1, 1ull << 60u);
      out.push_back({at, number(0, ~0ull), text(), small(), text(), {}});
      if (left % 2)
        out.back().xxh3 = number(0, ~0ull);
    }
    return out;
  }

private:
  std::mt19937_64 engine_;
};

} // namespace tributary::testing
