// See part_transfer.hpp: the flow of a transfer, and its books.
#include "net/client/part_transfer.hpp"

#include "net/client/launch.hpp"
#include "net/client/part_file.hpp"

#include <utility>

namespace tributary::client {

part_transfer::part_transfer(
    std::shared_ptr<transfer_thread> thread, milliseconds answer_within,
    std::shared_ptr<bandwidth> provider_limit, transfer_request request,
    std::shared_ptr<transfer_observer> observer)
    : activity(thread->io),
      thread_(std::move(thread)),
      provider_limit_(std::move(provider_limit)),
      request_(std::move(request)),
      observer_(std::move(observer)),
      answer_within_(answer_within) {
  result_.written_end = result_.durable_end = reported_end_ = request_.offset;
  if (!request_.window)
    request_.window = std::make_shared<transfer_window>(request_.offset);
}

void part_transfer::start() {
  if (launch(*thread_, std::static_pointer_cast<part_transfer>(shared_from_this())))
    return;
  result_.cause = fault::cancelled;
  result_.result = outcome::cancelled;
  result_.message = "the engine is stopping";
  std::exchange(observer_, nullptr)->ended(result_);
}

void part_transfer::cancel() {
  thread_->post([self = shared_from_this()] { self->cancel_here(); });
}

task<void> part_transfer::run() {
  thread_->active.insert(this);
  begun_ = std::chrono::steady_clock::now();
  wait_until(begun_ + answer_within_);
  co_await transfer();
  if (flusher_) { // Also after a failure: what is durable need not be fetched again.
    if (request_.flush_end || !complete_)
      flusher_->request(result_.written_end);
    co_await flusher_->settle();
    if (flusher_->failed() && complete_)
      fail(fault::disk, flusher_->failed().what);
  } else if (complete_) {
    request_.target->settle();
  }
  finish();
}

bool part_transfer::open_target(std::uint64_t end) {
  auto& target = *request_.target;
  auto failed = target.open();
  if (!failed && end >= request_.offset + reserve_from_bytes)
    failed = target.reserve(end);
  if (failed) {
    fail(fault::disk, failed.what);
    return false;
  }
  if (request_.flush)
    flusher_ = std::make_unique<flusher>(
        thread_->io, thread_->commons->files, request_.target, request_.offset, [this] {
          observer_->progress({result_.written_end, durable_end()});
        });
  reported_at_ = std::chrono::steady_clock::now();
  return true;
}

void part_transfer::put(std::span<const std::byte> bytes) {
  const auto mine = bytes.first(request_.window->claim(bytes.size()));
  if (auto failed = request_.target->write(result_.written_end, mine))
    fail(fault::disk, failed.what);
  else
    result_.written_end += mine.size();
}

void part_transfer::report() {
  const auto end = result_.written_end;
  const auto piece = std::max<std::uint64_t>(request_.piece_bytes, 1);
  const bool border = end / piece != reported_end_ / piece;
  if (!border && (end == reported_end_ || data_at_ - reported_at_ < progress_interval))
    return;
  reported_at_ = data_at_;
  reported_end_ = end;
  if (border && flusher_) {
    if (flusher_->failed()) {
      fail(fault::disk, flusher_->failed().what);
      return;
    }
    flusher_->request(end / piece * piece);
  }
  observer_->progress({end, durable_end()});
}

std::uint64_t part_transfer::durable_end() const {
  return flusher_ ? flusher_->durable_end() : result_.written_end;
}

void part_transfer::fail(fault cause, std::string message) {
  complete_ = false;
  result_.cause = cause;
  result_.message = std::move(message);
}

bool part_transfer::limited() const noexcept {
  return provider_limit_->limited() || thread_->commons->limit.limited();
}

task<part_transfer::both_turns> part_transfer::take_turn() {
  auto& engine_limit = thread_->commons->limit;
  auto now = std::chrono::steady_clock::now();
  both_turns turn{provider_limit_->book(now), engine_limit.book(now)};
  while (!over()) {
    now = std::chrono::steady_clock::now();
    const auto wait = std::max(provider_limit_->wait(turn.own, now), engine_limit.wait(turn.whole, now));
    if (wait <= nanoseconds::zero())
      break;
    co_await pause(wait);
  }
  co_return turn;
}

void part_transfer::settle(const both_turns& turn, std::size_t received) {
  provider_limit_->settle(turn.own, received);
  thread_->commons->limit.settle(turn.whole, received);
}

void part_transfer::finish() {
  result_.result = verdict_of(result_.cause, result_.status, result_.retry_after.has_value()).result;
  result_.durable_end = durable_end();
  result_.total = std::chrono::steady_clock::now() - begun_;
  thread_->active.erase(this);
  end_waiting();
  flusher_.reset();
  let_go();
  request_.target.reset(); // A handle may be kept for long; the file must not stay open with it.
  std::exchange(observer_, nullptr)->ended(result_);
}

} // namespace tributary::client
