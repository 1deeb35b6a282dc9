// A transfer sink that writes down what it hears, and the requests and settings that tests of the provider
// pair share.
#pragma once

#include "messages/actors.hpp"

#include <caf/all.hpp>

#include <memory>
#include <utility>
#include <vector>

namespace tributary::testing {

struct transfer_log {
  std::vector<std::pair<transfer_id, source_facts>> opened;
  std::vector<std::pair<transfer_id, transfer_progress>> progress;
  std::vector<std::pair<transfer_id, transfer_result>> ended;
};

inline transfer_sink_actor spawn_sink(caf::actor_system& system, std::shared_ptr<transfer_log> log) {
  return system.spawn([log]() -> transfer_sink_actor::behavior_type {
    return {
        [log](opened_atom, transfer_id id, const source_facts& x) { log->opened.emplace_back(id, x); },
        [log](progress_atom, transfer_id id, const transfer_progress& x) {
          log->progress.emplace_back(id, x);
        },
        [log](ended_atom, transfer_id id, const transfer_result& x) { log->ended.emplace_back(id, x); },
    };
  });
}

inline transfer_request request_for(transfer_id id) {
  transfer_request r;
  r.id = id;
  r.path = "a/b.iso";
  return r;
}

inline transfer_result ok_result(std::uint64_t bytes = 0) {
  transfer_result r;
  r.status = 200;
  r.bytes = r.written_end = r.durable_end = bytes;
  return r;
}

inline effective_provider_ptr
settings_with(std::int32_t slots, std::optional<double> requests_per_second = std::nullopt) {
  effective_provider p;
  p.name = "alpha";
  p.own.max_concurrent_downloads = slots;
  p.own.requests_per_second = requests_per_second;
  return std::make_shared<const effective_provider>(std::move(p));
}

} // namespace tributary::testing
