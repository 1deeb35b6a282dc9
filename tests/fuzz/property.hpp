// What a fuzz target checks besides not crashing, and how it cuts its input up.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace tributary::fuzz {

/// Ends the program where a property does not hold: libFuzzer then keeps the input, the replay names it.
inline void must(bool holds, const char* property) {
  if (holds)
    return;
  std::fprintf(stderr, "PROPERTY BROKEN: %s\n", property);
  std::abort();
}

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// Takes the first byte as the size of the pieces (1-255) that the rest arrives in; 0: all at once.
struct piecewise {
  std::size_t piece = SIZE_MAX;
  std::string_view text;

  piecewise(const std::uint8_t* data, std::size_t size) : text(text_of(data, size)) {
    if (text.empty())
      return;
    if (data[0] != 0)
      piece = data[0];
    text.remove_prefix(1);
  }

  [[nodiscard]] std::string_view next() {
    auto out = text.substr(0, piece);
    text.remove_prefix(out.size());
    return out;
  }
};

} // namespace tributary::fuzz
