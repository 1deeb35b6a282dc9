#include "app/cli/progress_view.hpp"

#include <doctest/doctest.h>

using namespace tributary;
using namespace tributary::cli;

namespace {

const terminal wide{true, false, 120}, narrow{true, false, 40}, pipe_end{};

job_status half_done() {
  job_status s;
  s.id = "1";
  s.state = job_state::running;
  s.output = "debian.iso";
  s.provider = "nas";
  s.bytes_done = 50u << 20;
  s.size = 100u << 20;
  s.rate_mbps = 83.88608; // 10 MiB/s
  s.eta_seconds = 5;
  s.providers_tried = 3;
  return s;
}

bool has(const std::string& text, const std::string& what) {
  return text.find(what) != std::string::npos;
}

} // namespace

TEST_CASE("progress_view: a running job shows share, bytes, speed, time left, provider and failovers") {
  const auto line = job_line(half_done(), wide);
  for (const char* part :
       {"debian.iso", "[##########..........]", "50%", "50.0 MiB", "10.0 MiB/s", "5s", "nas", "2 failovers"})
    CHECK_MESSAGE(has(line, part), line);
}

TEST_CASE("progress_view: an unknown size has no share, and a size that was passed is no more than all") {
  auto job = half_done();
  job.size.reset();
  CHECK_FALSE(has(job_line(job, wide), "%"));
  job.size = 10;
  CHECK(has(job_line(job, wide), "100%"));
  job.size = 0;
  CHECK_FALSE(has(job_line(job, wide), "%"));
}

TEST_CASE("progress_view: no line reaches the last column of the terminal") {
  auto job = half_done();
  job.output = std::string(300, 'x');
  CHECK(cells(job_line(job, narrow)) <= 39);
  CHECK(cells(job_line(job, wide)) <= 119);
}

TEST_CASE("progress_view: what ended says from whom, or why not, on one line") {
  auto job = half_done();
  job.state = job_state::succeeded;
  CHECK(end_line(job, pipe_end) == "done    debian.iso  50.0 MiB from nas, 2 failovers");
  job.state = job_state::failed;
  job.error = "nas: HTTP 500\n\x1b[2Jgone";
  const auto line = end_line(job, pipe_end);
  CHECK(line.starts_with("failed  debian.iso: nas: HTTP 500"));
  CHECK(line.find('\n') == std::string::npos);
  CHECK(line.find('\x1b') == std::string::npos);
}

TEST_CASE("progress_view: the total counts finished bytes and those under way") {
  get_totals totals{10, 3, 1, 30u << 20};
  const std::vector running{half_done(), half_done()};
  CHECK(
      total_line(totals, running, 61, pipe_end) == "3 of 10 done, 1 failed, 130.0 MiB at 20.0 MiB/s, 1m01s");
  CHECK(total_line({2, 2, 0, 1024}, {}, 1, pipe_end) == "2 of 2 done, 1.0 KiB, 1s");
}

TEST_CASE("progress_view: a redraw wipes just the lines drawn before, and keeps what stands above") {
  bar_painter p;
  CHECK(p.redraw("", {"a", "b"}) == "\r\x1b[Ja\nb\n");
  CHECK(p.redraw("kept\n", {"c"}) == "\x1b[2A\r\x1b[Jkept\nc\n");
  CHECK(p.redraw("", {}) == "\x1b[1A\r\x1b[J");
}
