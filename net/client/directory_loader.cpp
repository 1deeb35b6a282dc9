#include "net/client/directory_loader.hpp"

#include "net/client/bandwidth.hpp"
#include "net/client/catalog.hpp"
#include "net/client/catalog_document.hpp"
#include "net/client/directory_question.hpp"
#include "net/client/directory_transfer.hpp"

#include <algorithm>

namespace tributary::client {
namespace {

std::shared_ptr<const folder_settings> prepared_folder(const effective_provider& provider) {
  auto out = std::make_shared<folder_settings>();
  out->folder = provider.own.directory;
  out->timeout = std::chrono::duration_cast<milliseconds>(
      std::chrono::duration<double>(provider.own.timeout_seconds.value_or(30)));
  out->health_check_path = provider.own.health_check_path;
  out->bandwidth_limit_mbps = provider.own.bandwidth_limit_mbps;
  return out;
}

std::string silent(const std::string& folder) {
  return "the folder " + folder + " does not answer";
}

/// Is the folder there and readable, and the file of the health check, where one is named?
check_result look_at(const folder_settings& settings, const folder_calls& calls) {
  check_result out;
  source_failure failed;
  descriptor folder{calls.open_folder(settings.folder)};
  if (!folder)
    failed = {fault_of_errno(errno), cannot("open the folder", settings.folder).what};
  directory_source source{calls};
  std::byte first{};
  std::size_t got = 0;
  if (!failed && settings.health_check_path)
    failed = source.open(settings.folder, *settings.health_check_path);
  if (!failed && settings.health_check_path)
    failed = source.read(0, {&first, 1}, got);
  out.passed = !failed;
  out.cause = failed.cause;
  out.message = failed.message;
  out.ranges = out.strong_validator = out.passed;
  return out;
}

catalog_answer
read_catalog_file(const std::string& folder, const document_version& known, const folder_calls& calls) {
  catalog_answer out;
  const auto fail = [&](fault cause, std::string message) {
    out.cause = cause;
    out.result = verdict_of(cause, 0, false).result;
    out.message = std::move(message);
    return out;
  };
  directory_source source{calls};
  if (auto failed = source.open(folder, std::string{catalog_file_name}))
    return fail(failed.cause, failed.message);
  out.version.etag = source.identity().etag;
  if (out.version.etag == known.etag)
    return out;
  const auto size = *source.identity().size;
  if (size > catalog_bytes_max)
    return fail(
        fault::malformed, "its catalogue is larger than " + std::to_string(catalog_bytes_max >> 20) + " MiB");
  std::string text(static_cast<std::size_t>(size), '\0');
  for (std::size_t at = 0, got = 0; at < text.size(); at += got) {
    if (auto failed = source.read(at, std::as_writable_bytes(std::span(text)).subspan(at), got))
      return fail(failed.cause, failed.message);
    if (got == 0)
      return fail(fault::truncated, "its catalogue was cut off after " + std::to_string(at) + " bytes");
  }
  if (auto changed = source.check_unchanged())
    return fail(fault::truncated, changed.message); // Ask again: the next reading may see all of it.
  out.bytes = size;
  take_catalog(out, text);
  return out;
}

class directory_loader final : public loader {
public:
  directory_loader(
      std::function<std::shared_ptr<transfer_thread>()> pick, const effective_provider& provider,
      folder_calls calls)
      : pick_(std::move(pick)),
        calls_(std::move(calls)),
        settings_(prepared_folder(provider)),
        limit_(std::make_shared<bandwidth>(settings_->bandwidth_limit_mbps)) {}

  std::shared_ptr<transfer_handle>
  start(transfer_request request, std::shared_ptr<transfer_observer> observer) override {
    auto transfer = std::make_shared<directory_transfer>(
        pick_(), settings(), calls_, lanes_, limit_, std::move(request), std::move(observer));
    transfer->start();
    return transfer;
  }

  void check(std::function<void(const check_result&)> done) override {
    const auto now = settings();
    auto result = std::make_shared<check_result>();
    auto work = [now, result, calls = calls_] { *result = look_at(*now, calls); };
    auto ended = [now, result, done = std::move(done)](question_end how) {
      if (how == question_end::answered)
        return done(*result);
      check_result none;
      none.cause = how == question_end::late ? fault::connect_timeout : fault::cancelled;
      none.message = how == question_end::late ? silent(now->folder) : "the engine is stopping";
      done(none);
    };
    ask(now->timeout, std::move(work), std::move(ended));
  }

  void read_catalog(document_version known, std::function<void(catalog_answer)> done) override {
    const auto now = settings();
    auto result = std::make_shared<catalog_answer>();
    auto work = [now, result, known = std::move(known), calls = calls_] {
      *result = read_catalog_file(now->folder, known, calls);
    };
    auto ended = [now, result, done = std::move(done)](question_end how) {
      if (how == question_end::answered)
        return done(std::move(*result));
      catalog_answer none;
      none.cause = how == question_end::late ? fault::connect_timeout : fault::cancelled;
      none.result = verdict_of(none.cause, 0, false).result;
      none.message = how == question_end::late ? silent(now->folder) : "the engine is stopping";
      done(std::move(none));
    };
    ask(std::min<milliseconds>(now->timeout, catalog_read_max), std::move(work), std::move(ended));
  }

  void configure(const effective_provider& provider) override {
    auto fresh = prepared_folder(provider);
    limit_->limit(fresh->bandwidth_limit_mbps, std::chrono::steady_clock::now());
    std::lock_guard lock{mutex_};
    settings_ = std::move(fresh);
  }

private:
  std::shared_ptr<const folder_settings> settings() {
    std::lock_guard lock{mutex_};
    return settings_;
  }

  void ask(milliseconds limit, std::function<void()> work, std::function<void(question_end)> done) {
    std::make_shared<directory_question>(pick_(), lanes_, limit, std::move(work), std::move(done))->start();
  }

  std::function<std::shared_ptr<transfer_thread>()> pick_;
  folder_calls calls_;
  std::mutex mutex_;
  std::shared_ptr<const folder_settings> settings_;
  std::shared_ptr<lane_count> lanes_ = std::make_shared<lane_count>();
  std::shared_ptr<bandwidth> limit_;
};

} // namespace

std::unique_ptr<loader> make_directory_loader(
    std::function<std::shared_ptr<transfer_thread>()> pick, const effective_provider& provider,
    folder_calls calls) {
  return std::make_unique<directory_loader>(std::move(pick), provider, std::move(calls));
}

} // namespace tributary::client
