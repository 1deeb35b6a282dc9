// One stream of a running job: its lease, the stretch of the file that it reads, and how it gets on.
#pragma once

#include "actors/provenance.hpp"
#include "actors/rate_meter.hpp"
#include "messages/actors.hpp"
#include "policy/piece_plan.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tributary {

/// The comparing of three samples with the bytes at hand, before a source's own bytes may join them.
struct sample_check {
  std::vector<byte_range> samples;
  std::size_t next = 0;
  std::shared_ptr<part_file> into = part_file::in_memory();
  file_identity offered; ///< What the source told of its file.
};

struct runner_stream {
  explicit runner_stream(lease l, wall_time now)
      : held(std::move(l)), source{held.provider, held.attempt, {}}, began(now) {}

  lease held;
  byte_source source;
  wall_time began;
  std::shared_ptr<transfer_window> window; ///< Of its present transfer.
  std::uint64_t offset = 0;                ///< Where that began.
  std::uint64_t bytes_before = 0;          ///< Received by earlier transfers under this lease: samples.
  bool opened = false;                     ///< It has answered with the file's bytes.
  bool progressed = false;
  bool cancelled = false;
  std::string wrong_size; ///< What it announced cannot be the file: it is being cancelled.
  std::optional<sample_check> proof;
  rate_meter rate;
  slow_watch watch;
  bool slow = false;
};

/// What the chosen provider usually gives to one stream, as the decision knew it. Mbit/s.
[[nodiscard]] std::optional<double> usual_mbps_of(const lease& l);

} // namespace tributary
