#include "net/client/directory_transfer.hpp"

#include "net/client/launch.hpp"
#include "net/client/part_file.hpp"

#include <algorithm>

namespace tributary::client {
namespace {

constexpr milliseconds report_interval{250};
constexpr std::uint64_t room_set_aside_from = 1u << 20;

} // namespace

directory_transfer::directory_transfer(
    std::shared_ptr<transfer_thread> thread, std::shared_ptr<const folder_settings> settings,
    folder_calls calls, std::shared_ptr<lane_count> lanes, std::shared_ptr<bandwidth> provider_limit,
    transfer_request request, std::shared_ptr<transfer_observer> observer)
    : activity(thread->io),
      thread_(std::move(thread)),
      settings_(std::move(settings)),
      lanes_(std::move(lanes)),
      provider_limit_(std::move(provider_limit)),
      request_(std::move(request)),
      observer_(std::move(observer)),
      reading_(std::make_shared<reading>(std::move(calls))) {
  result_.written_end = result_.durable_end = reported_end_ = request_.offset;
  if (!request_.window)
    request_.window = std::make_shared<transfer_window>(request_.offset);
}

void directory_transfer::start() {
  if (launch(*thread_, std::static_pointer_cast<directory_transfer>(shared_from_this())))
    return;
  result_.cause = fault::cancelled;
  result_.result = outcome::cancelled;
  result_.message = "the engine is stopping";
  std::exchange(observer_, nullptr)->ended(result_);
}

void directory_transfer::cancel() {
  thread_->post([self = shared_from_this()] { self->cancel_here(); });
}

task<void> directory_transfer::run() {
  thread_->active.insert(this);
  begun_ = std::chrono::steady_clock::now();
  wait_until(begun_ + settings_->timeout);
  co_await transfer();
  if (flusher_) { // Also after a failure: what is durable need not be fetched again.
    if (request_.flush_end || !complete_)
      flusher_->request(result_.written_end);
    co_await flusher_->settle();
    if (flusher_->failed() && complete_)
      fail(fault::disk, flusher_->failed().what);
  }
  finish();
}

/// False: the transfer has failed, be it that the lane did not come back in time.
task<bool> directory_transfer::on_lane(on_lane_call work) {
  reading_->failed = {};
  std::function<void()> call = [on = reading_, work = std::move(work)] { work(*on); };
  auto came_back = co_await lane_->run(*this, std::move(call));
  if (!came_back && opened_ && request_.window->is_full())
    complete_ = true; // Its end was drawn in to where it stands.
  else if (!came_back)
    fail(
        cancelled() ? fault::cancelled : (opened_ ? fault::stalled : fault::connect_timeout),
        cancelled() ? "cancelled"
                    : "the folder " + settings_->folder + " does not answer: " +
                          (opened_ ? "nothing came after " + std::to_string(result_.written_end) + " bytes"
                                   : "the file was not opened in time"));
  else if (reading_->failed)
    fail(reading_->failed.cause, reading_->failed.message);
  const bool fine = came_back && running();
  co_return fine;
}

task<void> directory_transfer::transfer() {
  if (!request_.url.empty()) {
    fail(fault::unsupported, "a folder cannot be asked for a URL");
    co_return;
  }
  lane_ = blocking_lane::open(thread_, lanes_);
  if (!lane_) {
    fail(
        fault::stalled, std::to_string(lanes_->stuck.load()) + " calls hang in the folder " +
                            settings_->folder + ": no further one is begun");
    co_return;
  }
  on_lane_call open = [folder = settings_->folder, path = request_.path](reading& r) {
    r.failed = r.source.open(folder, path);
  };
  auto opened = co_await on_lane(std::move(open));
  if (!opened)
    co_return;
  opened_ = true;
  result_.facts.identity = reading_->source.identity();
  result_.facts.ranges = true;
  auto size = *result_.facts.identity.size;
  if (!judge())
    co_return;
  observer_->opened(result_.facts);
  if (!prepare_target(size))
    co_return;
  co_await copy(size);
  complete_ = result_.cause == fault::none;
}

/// May the file's bytes follow those at hand?
bool directory_transfer::judge() {
  const auto& offered = result_.facts.identity;
  const auto& expected = request_.expected;
  auto verdict =
      expected ? compare(*expected, offered, request_.digest_known, request_.expected_by) : mixing::same;
  if (verdict == mixing::different)
    fail(fault::other_identity, "the file on offer is not the one begun with");
  else if (verdict == mixing::unproven)
    fail(fault::unproven, "nothing proves that the file on offer is the one begun with");
  else if (request_.offset > *offered.size)
    fail(fault::range_refused, "nothing to send from byte " + std::to_string(request_.offset) + " on");
  return running();
}

bool directory_transfer::prepare_target(std::uint64_t size) {
  auto& target = *request_.target;
  auto failed = target.open();
  if (!failed && size >= request_.offset + room_set_aside_from)
    failed = target.reserve(size);
  if (failed) {
    fail(fault::disk, failed.what);
    return false;
  }
  if (request_.flush)
    flusher_ = std::make_unique<flusher>(
        thread_->io, thread_->commons->files, request_.target, request_.offset, [this] {
          observer_->progress({result_.written_end, durable_end()});
        });
  return true;
}

task<void> directory_transfer::copy(std::uint64_t size) {
  data_at_ = reported_at_ = std::chrono::steady_clock::now();
  while (running() && result_.written_end < size && !request_.window->is_full()) {
    const auto end = std::min(size, request_.window->end());
    const auto left =
        static_cast<std::size_t>(std::min<std::uint64_t>(end - result_.written_end, folder_read_bytes));
    if (limited())
      co_await limited_turn(left, size);
    else
      co_await read_turn(left, size);
  }
}

/// Reads in its turn by both limits.
task<void> directory_transfer::limited_turn(std::size_t most, std::uint64_t size) {
  auto& whole = thread_->commons->limit;
  auto now = std::chrono::steady_clock::now();
  auto own_turn = provider_limit_->book(now), whole_turn = whole.book(now);
  while (!over()) {
    now = std::chrono::steady_clock::now();
    const auto wait = std::max(provider_limit_->wait(own_turn, now), whole.wait(whole_turn, now));
    if (wait <= nanoseconds::zero())
      break;
    co_await pause(wait);
  }
  auto read = std::size_t{0};
  const auto turn = std::min(most, std::min(own_turn.bytes, whole_turn.bytes));
  if (running())
    read = co_await read_turn(turn, size);
  provider_limit_->settle(own_turn, read);
  whole.settle(whole_turn, read);
}

/// One read of at most so many bytes, from when on the source may stall; how many came.
task<std::size_t> directory_transfer::read_turn(std::size_t most, std::uint64_t size) {
  data_at_ = std::chrono::steady_clock::now();
  wait_until(data_at_ + request_.stall_timeout);
  on_lane_call read = [at = result_.written_end, most](reading& r) {
    r.buffer.resize(most);
    r.failed = r.source.read(at, r.buffer, r.got);
    if (!r.failed)
      r.failed = r.source.check_unchanged(); // Before any of it is written.
  };
  auto came = co_await on_lane(std::move(read));
  if (!came)
    co_return 0;
  data_at_ = std::chrono::steady_clock::now();
  if (!result_.first_byte)
    result_.first_byte = data_at_ - begun_;
  const auto got = reading_->got;
  if (got == 0)
    fail(
        fault::truncated, request_.path + " ended after " + std::to_string(result_.written_end) + " of " +
                              std::to_string(size) + " bytes");
  else
    take(std::span(reading_->buffer).first(got));
  co_return got;
}

void directory_transfer::take(std::span<const std::byte> bytes) {
  result_.bytes += bytes.size();
  const auto mine = bytes.first(request_.window->claim(bytes.size()));
  if (auto failed = request_.target->write(result_.written_end, mine)) {
    fail(fault::disk, failed.what);
    return;
  }
  result_.written_end += mine.size();
  report();
}

bool directory_transfer::limited() const noexcept {
  return provider_limit_->limited() || thread_->commons->limit.limited();
}

void directory_transfer::report() {
  auto end = result_.written_end;
  auto piece = std::max<std::uint64_t>(request_.piece_bytes, 1);
  auto border = end / piece != reported_end_ / piece;
  if (!border && (end == reported_end_ || data_at_ - reported_at_ < report_interval))
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

std::uint64_t directory_transfer::durable_end() const {
  return flusher_ ? flusher_->durable_end() : result_.written_end;
}

void directory_transfer::fail(fault cause, std::string message) {
  complete_ = false;
  result_.cause = cause;
  result_.message = std::move(message);
}

void directory_transfer::finish() {
  result_.result = verdict_of(result_.cause, 0, false).result;
  result_.durable_end = durable_end();
  result_.total = std::chrono::steady_clock::now() - begun_;
  thread_->active.erase(this);
  end_waiting();
  flusher_.reset();
  if (lane_)
    lane_->release(std::exchange(reading_, nullptr));
  lane_.reset();
  request_.target.reset(); // A handle may be kept for long; the file must not stay open with it.
  std::exchange(observer_, nullptr)->ended(result_);
}

} // namespace tributary::client
