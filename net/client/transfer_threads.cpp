// The loaders and the threads behind them.
#include "net/client/transfer_threads.hpp"

#include "net/client/directory_loader.hpp"
#include "net/client/http_catalog.hpp"
#include "net/client/http_check.hpp"
#include "net/client/http_transfer.hpp"
#include "net/client/tls_contexts.hpp"
#include "net/client/transfer_thread.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>

namespace tributary {

using namespace client;

struct transfer_threads::impl {
  std::shared_ptr<transfer_commons> commons = std::make_shared<transfer_commons>();
  std::vector<std::shared_ptr<transfer_thread>> threads;
  std::atomic<std::size_t> next{0};

  /// In turn: transfers are long, or many.
  const std::shared_ptr<transfer_thread>& pick() { return threads[next++ % threads.size()]; }
};

namespace {

wall_time system_wall_time() {
  return std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
}

const char* process_variable(const char* name) {
  return std::getenv(name);
}

class http_loader final : public loader {
public:
  http_loader(
      std::shared_ptr<transfer_threads::impl> threads, secret_source secrets,
      const effective_provider& provider)
      : threads_(std::move(threads)),
        secrets_(std::move(secrets)),
        provider_(provider),
        settings_(prepare(provider_, secrets_)),
        limit_(std::make_shared<bandwidth>(settings_->bandwidth_limit_mbps)) {}

  std::shared_ptr<transfer_handle>
  start(transfer_request request, std::shared_ptr<transfer_observer> observer) override {
    auto transfer = std::make_shared<http_transfer>(
        threads_->pick(), settings(), limit_, std::move(request), std::move(observer));
    transfer->start();
    return transfer;
  }

  void check(std::function<void(const check_result&)> done) override {
    std::make_shared<http_check>(threads_->pick(), settings(), std::move(done))->start();
  }

  void read_catalog(document_version known, std::function<void(catalog_answer)> done) override {
    std::make_shared<http_catalog>(threads_->pick(), settings(), std::move(known), std::move(done))->start();
  }

  void configure(const effective_provider& provider) override {
    auto fresh = prepare(provider, secrets_);
    limit_->limit(fresh->bandwidth_limit_mbps, std::chrono::steady_clock::now());
    std::lock_guard lock{mutex_};
    provider_ = provider;
    settings_ = std::move(fresh);
  }

private:
  /// A secret that was exchanged counts from the next request on, without anybody being told.
  std::shared_ptr<const http_settings> settings() {
    std::lock_guard lock{mutex_};
    if (has_secrets(provider_))
      settings_ = prepare(provider_, secrets_);
    return settings_;
  }

  std::shared_ptr<transfer_threads::impl> threads_;
  secret_source secrets_;
  std::mutex mutex_;
  effective_provider provider_;
  std::shared_ptr<const http_settings> settings_;
  std::shared_ptr<bandwidth> limit_;
};

} // namespace

transfer_threads::transfer_threads(
    std::shared_ptr<file_worker> files, unsigned threads, std::function<wall_time()> wall,
    std::function<const char*(const char*)> environment)
    : impl_(std::make_shared<impl>()) {
  impl_->commons->files = std::move(files);
  impl_->commons->wall = wall ? std::move(wall) : system_wall_time;
  impl_->commons->tls = std::make_shared<tls_contexts>();
  impl_->commons->proxies = proxy_environment(environment ? std::move(environment) : process_variable);
  for (unsigned i = 0; i < std::max(threads, 1u); ++i)
    impl_->threads.push_back(std::make_shared<transfer_thread>(impl_->commons));
}

transfer_threads::~transfer_threads() {
  stop();
}

void transfer_threads::limit_bandwidth(std::optional<double> mbps) {
  impl_->commons->limit.limit(mbps, std::chrono::steady_clock::now());
}

void transfer_threads::stop() {
  for (auto& t : impl_->threads)
    t->close();
  for (auto& t : impl_->threads)
    t->join();
}

loader_factory transfer_threads::http_loaders(secret_source secrets) {
  return [threads = impl_, secrets = std::move(secrets)](const effective_provider& provider) {
    return std::make_unique<http_loader>(threads, secrets, provider);
  };
}

loader_factory transfer_threads::directory_loaders() {
  return directory_loaders(system_folder_calls());
}

loader_factory transfer_threads::directory_loaders(folder_calls calls) {
  return [threads = impl_, calls = std::move(calls)](const effective_provider& provider) {
    return make_directory_loader([threads] { return threads->pick(); }, provider, calls);
  };
}

loader_factory transfer_threads::loaders(secret_source secrets) {
  return [http = http_loaders(std::move(secrets)),
          directory = directory_loaders()](const effective_provider& provider) {
    return provider.own.kind == provider_kind::directory ? directory(provider) : http(provider);
  };
}

} // namespace tributary
