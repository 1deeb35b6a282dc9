#include "app/demo.hpp"

#include "app/log.hpp"

#include <caf/all.hpp>

#include <fstream>
#include <iostream>
#include <stdexcept>

namespace tributary {

namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kib = 1024, mib = 1024 * kib;

demo_files library() {
  return {{"/talks/opening.mp4", 9 * mib},  {"/talks/actors.mp4", 6 * mib},  {"/talks/closing.mp4", 4 * mib},
          {"/books/handbook.pdf", 3 * mib}, {"/books/recipes.pdf", 2 * mib}, {"/data/weather.csv", 700 * kib},
          {"/data/rivers.csv", 300 * kib},  {"/data/empty.csv", 0},          {"/README", 2 * kib}};
}

/// What the mirrors say that they have.
const char* const mirrors_catalog = R"({
  "version": 1,
  "items": [
    {"key": "talks", "title": "Talks of the Harbour Days", "languages": ["en"],
     "seasons": {"1": {"1": {"en": "talks/opening.mp4"}, "2": {"en": "talks/actors.mp4"},
                       "3": {"en": "talks/closing.mp4"}}}},
    {"key": "handbook", "title": "The Handbook", "languages": ["en"], "files": {"en": "books/handbook.pdf"}}
  ]
})";

/// The archive names a talk in its own way, and has a ledger that nobody else has.
const char* const archive_catalog = R"({
  "version": 1,
  "items": [
    {"key": "talks", "title": "Talks of the Harbour Days", "languages": ["en"],
     "seasons": {"1": {"2": {"en": "1-2.mp4"}}}},
    {"key": "ledger", "title": "The Harbour's Ledger", "languages": ["en"], "files": {"en": "ledger.dat"}}
  ]
})";
constexpr const char* ledger = "/ledger.dat";
constexpr std::uint64_t ledger_bytes = 3 * mib;

void write_file(const std::filesystem::path& to, const std::string& bytes) {
  std::ofstream out(to, std::ios::binary);
  out << bytes;
  if (!out.flush())
    throw std::runtime_error("cannot write " + to.string());
}

std::string made_up(const std::string& name, std::uint64_t size) {
  std::string out(static_cast<std::size_t>(size), '\0');
  fill_demo_bytes(name, 0, out.data(), out.size());
  return out;
}

job_spec of_item(catalog_ref item, const std::string& name, std::uint64_t size) {
  job_spec spec;
  spec.resource.item = std::move(item);
  spec.sha256 = demo_sha256(name, size);
  return spec;
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
      flaky_(files_, {.bytes_per_second = {}, .breaks_after = mib}, {{"/catalog.json", mirrors_catalog}}),
      swift_(
          files_, {.bytes_per_second = 8.0 * mib, .breaks_after = {}}, {{"/catalog.json", mirrors_catalog}}),
      slow_(files_, {.bytes_per_second = 2.0 * mib, .breaks_after = {}}) {
  write_file(archive_.path() / "catalog.json", archive_catalog);
  write_file(archive_.path() / "1-2.mp4", made_up("/talks/actors.mp4", files_.at("/talks/actors.mp4")));
  write_file(archive_.path() / "ledger.dat", made_up(ledger, ledger_bytes));
}

settings demo::settings_document() const {
  settings s;
  s.providers["flaky"] = mirror(flaky_, 1, 2);
  s.providers["swift"] = mirror(swift_, 2, 2);
  s.providers["slow"] = mirror(slow_, 3, 4);
  auto& archive = s.providers["archive"];
  archive.kind = provider_kind::directory;
  archive.directory = archive_.path().string();
  archive.priority = 4;
  archive.health_check_path = "catalog.json";
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
  std::cout
      << "\nThe demo runs three mirrors of " << files_.size() << " files on loopback:\n"
      << "  flaky (preferred) drops each connection after 1 MiB, swift gives 8 MiB/s, slow 2 MiB/s;\n"
      << "  archive is a folder, and has one item that the mirrors lack.\n"
      << "Watch the log: jobs begin at flaky, go on at swift or slow from the bytes they have, and "
         "flaky is left\n"
      << "alone once it has failed three times. Two jobs name items of the catalogues instead of paths. "
         "Look around at\n"
      << "  " << url << "/   (it asks for the token: " << e.admin_token_file().string() << ")\nor with\n";
  for (const auto* path :
       {"/api/jobs", "/api/jobs/1/trace", "/api/providers/health", "/api/catalog/search?q=harbour",
        "/api/catalog/talks/episodes", "/api/catalog/ledger/language?language=en"})
    std::cout << "  curl -H \"Authorization: Bearer " << token << "\" '" << url << path << "'\n";
  std::cout << "Ctrl-C stops it.\n" << std::endl;

  for (const auto& [name, size] : files_) {
    job_spec spec;
    spec.resource.path = name.substr(1);
    spec.output = spec.resource.path;
    spec.sha256 = demo_sha256(name, size);
    submit(system, e, std::move(spec));
  }
  submit(system, e, of_item({"ledger", {}, {}, "en"}, ledger, ledger_bytes));
  submit(system, e, of_item({"talks", 1, 2, "en"}, "/talks/actors.mp4", files_.at("/talks/actors.mp4")));
}

void demo::submit(caf::actor_system& system, const engine& e, job_spec spec) const {
  const auto name = spec.resource.item ? describe(*spec.resource.item) : spec.resource.path;
  caf::scoped_actor self{system};
  self->request(e.handles().jobs, 10s, submit_atom_v, std::move(spec))
      .receive(
          [](const submit_result&) {},
          [&](const caf::error& why) {
            log_warning("the demo's job for " + name + " was refused: " + describe(why));
          });
}

} // namespace tributary
