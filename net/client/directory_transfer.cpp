#include "net/client/directory_transfer.hpp"

#include <algorithm>
#include <utility>

namespace tributary::client {

directory_transfer::directory_transfer(
    std::shared_ptr<transfer_thread> thread, std::shared_ptr<const folder_settings> settings,
    folder_calls calls, std::shared_ptr<lane_count> lanes, std::shared_ptr<bandwidth> provider_limit,
    transfer_request request, std::shared_ptr<transfer_observer> observer)
    : part_transfer(
          std::move(thread), settings->timeout, std::move(provider_limit), std::move(request),
          std::move(observer)),
      settings_(std::move(settings)),
      lanes_(std::move(lanes)),
      reading_(std::make_shared<reading>(std::move(calls))) {}

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
  if (!open_target(size))
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

task<void> directory_transfer::copy(std::uint64_t size) {
  data_at_ = std::chrono::steady_clock::now();
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
  const auto turn = co_await take_turn();
  auto read = std::size_t{0};
  if (running())
    read = co_await read_turn(std::min(most, turn.bytes()), size);
  settle(turn, read);
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
  put(bytes);
  if (result_.cause == fault::none)
    report();
}

void directory_transfer::let_go() {
  if (lane_)
    lane_->release(std::exchange(reading_, nullptr));
  lane_.reset();
}

} // namespace tributary::client
