// One detached thread per lookup under way; its answer is posted to the transfer thread while that is there.
#include "net/client/name_lookup.hpp"

#include <boost/asio/post.hpp>

#include <netdb.h>

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <system_error>
#include <thread>

namespace tributary::client {

/// Where a lookup's thread leaves its answer; empty once nobody is there to take it.
struct name_lookup::mailbox {
  std::mutex mutex;
  name_lookup* owner = nullptr;
};

namespace {

/// IPv6 and IPv4 in turn, each kind in the resolver's order: one broken kind then costs one attempt.
std::vector<asio::ip::address> interleave(const std::vector<asio::ip::address>& all) {
  std::vector<asio::ip::address> six, four, out;
  for (const auto& a : all)
    (a.is_v6() ? six : four).push_back(a);
  auto& first = !all.empty() && all.front().is_v4() ? four : six;
  auto& second = &first == &four ? six : four;
  for (std::size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
    if (i < first.size())
      out.push_back(first[i]);
    if (i < second.size())
      out.push_back(second[i]);
  }
  return out;
}

bool is_shortage(int code, int system_error) {
  const bool ours =
      system_error == EMFILE || system_error == ENFILE || system_error == ENOMEM || system_error == ENOBUFS;
  return code == EAI_MEMORY || ours; // glibc hides some of them behind EAI_AGAIN.
}

name_lookup::result ask_system(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  name_lookup::result out;
  errno = 0;
  if (auto code = ::getaddrinfo(host.c_str(), nullptr, &hints, &list); code != 0) {
    const auto system_error = errno;
    out.short_of_means = is_shortage(code, system_error);
    out.why = out.short_of_means && system_error != 0 ? std::generic_category().message(system_error)
                                                      : ::gai_strerror(code);
    return out;
  }
  std::vector<asio::ip::address> all;
  for (auto* at = list; at; at = at->ai_next) {
    asio::ip::tcp::endpoint e;
    if (at->ai_addrlen > e.capacity())
      continue;
    std::copy_n(
        reinterpret_cast<const char*>(at->ai_addr), at->ai_addrlen, reinterpret_cast<char*>(e.data()));
    all.push_back(e.address());
  }
  ::freeaddrinfo(list);
  out.addresses = interleave(all);
  if (out.addresses.empty())
    out.why = "no address";
  return out;
}

} // namespace

name_lookup::name_lookup(asio::io_context& io) : io_(io), mailbox_(std::make_shared<mailbox>()) {
  mailbox_->owner = this;
}

name_lookup::~name_lookup() {
  std::lock_guard lock{mailbox_->mutex};
  mailbox_->owner = nullptr;
}

task<name_lookup::result> name_lookup::find(activity& who, std::string host) {
  error_code not_literal;
  auto literal = asio::ip::make_address(host, not_literal);
  if (!not_literal)
    co_return result{{literal}, {}};
  auto& cached = entries_[host];
  if (!cached.running && std::chrono::steady_clock::now() < cached.until)
    co_return cached.found;
  waiter mine{io_};
  cached.waiters.push_back(&mine);
  if (!cached.running)
    begin(host);
  activity::waiting_for waiting{who, mine};
  error_code woken;
  co_await mine.timer.async_wait(asio::redirect_error(use_task, woken));
  if (auto at = entries_.find(host); at != entries_.end())
    std::erase(at->second.waiters, &mine); // Still there when broken off; the lookup goes on for others.
  co_return std::move(mine.found);
}

void name_lookup::begin(const std::string& host) {
  entries_[host].running = true;
  if (running_ >= lookups_max) {
    queue_.push_back(host);
    return;
  }
  ++running_;
  auto deliver = [box = mailbox_, host](result found) {
    std::lock_guard lock{box->mutex};
    if (box->owner)
      asio::post(box->owner->io_, [owner = box->owner, host, found = std::move(found)]() mutable {
        owner->finish(host, std::move(found));
      });
  };
  try {
    std::thread{[deliver, host] { deliver(ask_system(host)); }}.detach();
  } catch (const std::system_error& no_thread) {
    deliver({{}, no_thread.code().message(), true});
  }
}

void name_lookup::finish(const std::string& host, result found) {
  --running_;
  auto now = std::chrono::steady_clock::now();
  auto& e = entries_[host];
  e.running = false;
  e.until = found.addresses.empty() ? steady_time{} : now + lookup_kept;
  e.found = std::move(found);
  for (auto* w : std::exchange(e.waiters, {})) {
    w->found = e.found;
    w->timer.cancel();
  }
  if (entries_.size() > lookups_kept_max)
    forget_old(now);
  if (queue_.empty())
    return;
  auto next = std::move(queue_.front());
  queue_.pop_front();
  begin(next);
}

void name_lookup::forget_old(steady_time now) {
  std::erase_if(entries_, [now](const auto& x) { return !x.second.running && x.second.until <= now; });
}

} // namespace tributary::client
