// The three framings of RFC 9112 section 6.3 that a GET can meet.
#include "net/client/body_framing.hpp"

#include <algorithm>
#include <cstring>

namespace tributary::client {

body_framing::body_framing(const response_head& head)
    : kind_(
          head.chunked          ? kind::chunked
          : head.content_length ? kind::length
                                : kind::until_close),
      left_(head.content_length.value_or(0)) {}

body_framing::state body_framing::at() const noexcept {
  switch (kind_) {
  case kind::length:
    return left_ == 0 ? state::done : state::more;
  case kind::until_close:
    return state::more;
  case kind::chunked:
    break;
  }
  switch (chunks_.at()) {
  case chunked_decoder::state::done:
    return state::done;
  case chunked_decoder::state::bad:
    return state::bad;
  case chunked_decoder::state::more:
    break;
  }
  return state::more;
}

body_framing::step body_framing::take(std::span<std::byte> bytes) noexcept {
  if (kind_ == kind::until_close)
    return {bytes.size(), bytes.size()};
  if (kind_ == kind::length) {
    auto n = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
    left_ -= n;
    return {n, n};
  }
  step out;
  while (out.consumed < bytes.size() && chunks_.at() == chunked_decoder::state::more) {
    auto [consumed, data] = chunks_.feed(bytes.subspan(out.consumed));
    if (!data.empty() && data.data() != bytes.data() + out.body)
      std::memmove(bytes.data() + out.body, data.data(), data.size());
    out.body += data.size();
    out.consumed += consumed;
  }
  return out;
}

} // namespace tributary::client
