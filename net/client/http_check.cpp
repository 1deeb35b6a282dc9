// Any answer below 500 passes: whoever says 401 or 404 is alive.
#include "net/client/http_check.hpp"

#include "net/client/header_values.hpp"
#include "net/client/launch.hpp"

namespace tributary::client {

http_check::http_check(
    std::shared_ptr<transfer_thread> thread, std::shared_ptr<const http_settings> settings,
    std::function<void(const check_result&)> done)
    : activity(thread->io),
      thread_(std::move(thread)),
      settings_(std::move(settings)),
      done_(std::move(done)) {}

void http_check::start() {
  if (launch(*thread_, std::static_pointer_cast<http_check>(shared_from_this())))
    return;
  result_.cause = fault::cancelled;
  result_.message = "the engine is stopping";
  done_(result_);
}

task<void> http_check::run() {
  thread_->active.insert(this);
  if (settings_->defect.empty()) {
    wait_until(std::chrono::steady_clock::now() + settings_->timeout);
    // A kept connection may work on where nobody gets in any more: that would be no news of the provider.
    auto a = co_await ask(*this, *thread_, settings_, check_address_of(*settings_), "0-0", connect_by::fresh);
    judge(a);
    release(*thread_, a);
  } else {
    result_.cause = fault::unsupported;
    result_.message = settings_->defect;
  }
  result_.message = without_secrets(std::move(result_.message), settings_->secrets);
  thread_->active.erase(this);
  end_waiting();
  std::exchange(done_, nullptr)(result_);
}

void http_check::judge(const answer& a) {
  auto d = client::judge({}, a.head);
  result_.status = a.head.status;
  if (over()) {
    result_.cause = cancelled() ? fault::cancelled : fault::connect_timeout;
    result_.message = cancelled() ? "cancelled" : "no answer from " + a.from.endpoint() + " in time";
  } else if (a.failed.cause != fault::none && (a.failed.cause != fault::status || a.by_proxy)) {
    result_.cause = a.failed.cause;
    result_.message = a.failed.message;
  } else if (!a.head.defect.empty() || a.head.status >= 500) {
    result_.cause = d.cause;
    result_.message = d.message + " from " + a.from.endpoint();
  } else {
    result_.passed = true;
    result_.ranges = a.head.status == 206;
    result_.strong_validator = !d.facts.identity.etag.empty();
    result_.validator = d.facts.identity.etag;
    result_.digest = !d.facts.identity.digest.empty();
  }
}

} // namespace tributary::client
