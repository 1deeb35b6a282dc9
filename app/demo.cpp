#include "app/demo.hpp"

#include "app/log.hpp"

#include <caf/all.hpp>

#include <iostream>

namespace tributary {

namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kib = 1024, mib = 1024 * kib;

demo_files library() {
  return {{"/talks/opening.mp4", 9 * mib},  {"/talks/actors.mp4", 6 * mib},  {"/talks/closing.mp4", 4 * mib},
          {"/books/handbook.pdf", 3 * mib}, {"/books/recipes.pdf", 2 * mib}, {"/data/weather.csv", 700 * kib},
          {"/data/rivers.csv", 300 * kib},  {"/data/empty.csv", 0},          {"/README", 2 * kib}};
}

provider_settings mirror(const demo_origin& origin, std::int32_t priority, std::int32_t downloads) {
  provider_settings p;
  p.base_url = origin.url();
  p.priority = priority;
  p.max_concurrent_downloads = downloads;
  return p;
}

} // namespace

demo::demo()
    : files_(library()),
      flaky_(files_, {.bytes_per_second = {}, .breaks_after = mib}),
      swift_(files_, {.bytes_per_second = 8.0 * mib, .breaks_after = {}}),
      slow_(files_, {.bytes_per_second = 2.0 * mib, .breaks_after = {}}) {}

settings demo::settings_document() const {
  settings s;
  s.providers["flaky"] = mirror(flaky_, 1, 2);
  s.providers["swift"] = mirror(swift_, 2, 2);
  s.providers["slow"] = mirror(slow_, 3, 4);
  s.global.retry_delay_seconds = 0.2;
  s.global.retry_delay_max_seconds = 1;
  s.global.max_retries = 1;
  s.global.piece_size_mib = 1;
  s.global.cooldown_base_seconds = 5;
  s.global.health_check_interval_seconds = 5;
  s.global.on_conflict = on_conflict::replace;
  return s;
}

void demo::begin(caf::actor_system& system, const engine& e, const std::string& url) const {
  const auto token = "$(cat " + e.admin_token_file().string() + ")";
  std::cout << "\nThe demo runs three mirrors of " << files_.size() << " files on loopback:\n"
            << "  flaky (preferred) drops each connection after 1 MiB, swift gives 8 MiB/s, slow 2 MiB/s.\n"
            << "Watch the log: jobs begin at flaky, go on at swift or slow from the bytes they have, and "
               "flaky is left\n"
            << "alone once it has failed three times. Look around with\n"
            << "  curl -H \"Authorization: Bearer " << token << "\" " << url << "/api/jobs\n"
            << "  curl -H \"Authorization: Bearer " << token << "\" " << url << "/api/jobs/1/trace\n"
            << "  curl -H \"Authorization: Bearer " << token << "\" " << url << "/api/providers/health\n"
            << "Ctrl-C stops it.\n"
            << std::endl;

  caf::scoped_actor self{system};
  for (const auto& [name, size] : files_) {
    job_spec spec;
    spec.resource.path = name.substr(1);
    spec.output = spec.resource.path;
    spec.sha256 = demo_sha256(name, size);
    self->request(e.handles().jobs, 10s, submit_atom_v, std::move(spec))
        .receive(
            [](const submit_result&) {},
            [&](const caf::error& why) {
              log_warning("the demo's job for " + name + " was refused: " + describe(why));
            });
  }
}

} // namespace tributary
