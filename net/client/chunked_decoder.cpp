// The state machine of the chunked coding, one byte of framing at a time, data in runs.
#include "net/client/chunked_decoder.hpp"

#include <algorithm>

namespace tributary::client {

constexpr unsigned size_digits_max = 15;          // 2^60: no sum of offsets can wrap.
constexpr std::size_t overhead_bytes_max = 8'192; // Of one chunk's extensions, and of all trailers.

chunked_decoder::state chunked_decoder::at() const noexcept {
  return place_ == place::done ? state::done : place_ == place::bad ? state::bad : state::more;
}

chunked_decoder::step chunked_decoder::feed(std::span<const std::byte> bytes) noexcept {
  std::size_t i = 0;
  while (i < bytes.size() && at() == state::more) {
    if (place_ == place::data) {
      auto n = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size() - i));
      left_ -= n;
      if (left_ == 0)
        place_ = place::data_cr;
      return {i + n, bytes.subspan(i, n)};
    }
    place_ = next(std::to_integer<unsigned char>(bytes[i++]));
  }
  return {i, {}};
}

chunked_decoder::place chunked_decoder::in_size(unsigned char c) noexcept {
  unsigned value = 16;
  if (c >= '0' && c <= '9')
    value = c - '0';
  else if ((c | 0x20u) >= 'a' && (c | 0x20u) <= 'f')
    value = (c | 0x20u) - 'a' + 10;
  if (value < 16) {
    left_ = left_ * 16 + value;
    return ++digits_ > size_digits_max ? place::bad : place::size;
  }
  if (digits_ == 0)
    return place::bad;
  return c == '\r' ? place::size_lf : c == ';' || c == ' ' || c == '\t' ? place::extension : place::bad;
}

chunked_decoder::place chunked_decoder::next(unsigned char c) noexcept {
  switch (place_) {
  case place::size:
    return in_size(c);
  case place::extension:
    if (c == '\r')
      return place::size_lf;
    return c == '\n' || ++overhead_ > overhead_bytes_max ? place::bad : place::extension;
  case place::size_lf:
    digits_ = 0;
    overhead_ = 0;
    return c != '\n' ? place::bad : left_ > 0 ? place::data : place::trailer_start;
  case place::data_cr:
    return c == '\r' ? place::data_lf : place::bad;
  case place::data_lf:
    return c == '\n' ? place::size : place::bad;
  case place::trailer_start:
    if (c == '\r')
      return place::end_lf;
    [[fallthrough]];
  case place::trailer:
    if (c == '\r')
      return place::trailer_lf;
    return c == '\n' || ++overhead_ > overhead_bytes_max ? place::bad : place::trailer;
  case place::trailer_lf:
    return c == '\n' ? place::trailer_start : place::bad;
  case place::end_lf:
    return c == '\n' ? place::done : place::bad;
  case place::data:
  case place::done:
  case place::bad:
    break;
  }
  return place_;
}

} // namespace tributary::client
