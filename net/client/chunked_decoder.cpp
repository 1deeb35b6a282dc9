// The state machine of the chunked coding, one byte of framing at a time, data in runs.
#include "net/client/chunked_decoder.hpp"

#include <algorithm>
#include <cstring>

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
  return after_size(c);
}

/// An extension (RFC 9112 section 7.1.1), or the end of the line: some servers pad their sizes with spaces.
chunked_decoder::place chunked_decoder::after_size(unsigned char c) noexcept {
  if (c == ' ' || c == '\t')
    return ++overhead_ > overhead_bytes_max ? place::bad : place::after_size;
  return c == '\r' ? place::size_lf : c == ';' ? place::extension : place::bad;
}

/// A byte of an extension or of a trailer's value.
chunked_decoder::place chunked_decoder::in_text(unsigned char c, place same, place end_of_line) noexcept {
  if (c == '\r')
    return end_of_line;
  auto control = (c < 0x20 && c != '\t') || c == 0x7F;
  return control || ++overhead_ > overhead_bytes_max ? place::bad : same;
}

/// A trailer's name, up to its colon (RFC 9110 section 5.6.2).
chunked_decoder::place chunked_decoder::in_name(unsigned char c) noexcept {
  if (c == ':' && place_ == place::trailer_name)
    return place::trailer;
  auto letter = (c >= '0' && c <= '9') || ((c | 0x20u) >= 'a' && (c | 0x20u) <= 'z');
  auto token = letter || (c != 0 && std::strchr("!#$%&'*+-.^_`|~", c));
  return !token || ++overhead_ > overhead_bytes_max ? place::bad : place::trailer_name;
}

chunked_decoder::place chunked_decoder::next(unsigned char c) noexcept {
  switch (place_) {
  case place::size:
    return in_size(c);
  case place::after_size:
    return after_size(c);
  case place::extension:
    return in_text(c, place::extension, place::size_lf);
  case place::size_lf:
    digits_ = 0;
    overhead_ = 0;
    return c != '\n' ? place::bad : left_ > 0 ? place::data : place::trailer_start;
  case place::data_cr:
    return c == '\r' ? place::data_lf : place::bad;
  case place::data_lf:
    return c == '\n' ? place::size : place::bad;
  case place::trailer_start:
    return c == '\r' ? place::end_lf : in_name(c);
  case place::trailer_name:
    return in_name(c);
  case place::trailer:
    return in_text(c, place::trailer, place::trailer_lf);
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
