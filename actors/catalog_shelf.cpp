#include "actors/catalog_shelf.hpp"

#include "net/client/catalog.hpp"

#include <utility>

namespace tributary {

catalog_shelf::next catalog_shelf::want(reader r, steady_time now) {
  if (fresh_until_ && now < *fresh_until_) {
    r({books_, last_, true});
    return next::nothing;
  }
  if (waiting_.size() >= catalog_readers_max)
    return next::full;
  waiting_.push_back(std::move(r));
  if (waiting_.size() > 1 && now < given_up_at_)
    return next::nothing;
  ++number_;
  given_up_at_ = now + catalog_reading_given_up;
  return next::read;
}

void catalog_shelf::took(std::uint64_t number, catalog_answer a, steady_time now) {
  if (number != number_ || waiting_.empty())
    return;
  fresh_until_.reset();
  copy told;
  if (a.result == outcome::ok && !a.fresh && !books_) {
    a.cause = fault::malformed;
    a.result = outcome::provider_fault;
    a.message = "it calls its catalogue unchanged, and has never shown one";
  }
  if (a.result == outcome::ok) {
    if (a.fresh)
      books_ = std::exchange(a.fresh, nullptr);
    told.books = books_;
    version_ = a.version;
  } else if (a.result == outcome::missing) {
    books_ = nullptr; // It was taken away.
    version_ = {};
  }
  if (a.result == outcome::ok || a.result == outcome::missing)
    fresh_until_ = now + catalog_kept;
  last_ = std::move(a);
  told.facts = last_;
  for (const auto& r : std::exchange(waiting_, {}))
    r(told);
}

bool catalog_shelf::forget() {
  books_ = nullptr;
  version_ = {};
  fresh_until_.reset();
  if (waiting_.empty())
    return false;
  ++number_;
  return true;
}

catalog_answer refusal(fault cause, std::string why) {
  catalog_answer a;
  a.cause = cause;
  a.result = verdict_of(cause, 0, false).result;
  a.message = std::move(why);
  return a;
}

catalog_reply reply_of(const catalog_shelf::copy& c, const catalog_query& q) {
  catalog_reply out;
  if (c.books) {
    out = c.books->answer(q);
  } else {
    out.result = c.facts.result;
    out.cause = c.facts.cause;
    out.message = c.facts.message;
  }
  out.from_cache = c.from_cache;
  if (c.from_cache)
    return out;
  out.status = c.facts.status;
  out.bytes = c.facts.bytes;
  out.connect = c.facts.connect;
  out.first_byte = c.facts.first_byte;
  return out;
}

transfer_result
failure_of(const catalog_shelf::copy& c, const catalog_reply& found, const transfer_request& request) {
  transfer_result r;
  if (found.result != outcome::ok) {
    r.cause = found.cause;
    r.message = found.message;
  } else {
    r.cause = fault::no_such_item;
    r.message = found.available
                    ? "its catalogue has seasons of " + request.item->key + ": a job must say which episode"
                    : "its catalogue does not have " + describe(*request.item);
  }
  r.status = c.facts.status;
  r.retry_after = c.facts.retry_after;
  r.result = verdict_of(r.cause, r.status, r.retry_after.has_value()).result;
  r.written_end = r.durable_end = request.offset;
  return r;
}

} // namespace tributary
