// A file descriptor that closes itself, and how a failed file call is put into words.
#pragma once

#include "net/client/part_file.hpp"

#include <cerrno>
#include <string>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace tributary::client {

class descriptor {
public:
  descriptor() = default;
  explicit descriptor(int fd) noexcept : fd_(fd) {}
  ~descriptor() { reset(); }
  descriptor(descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  descriptor& operator=(descriptor&& other) noexcept {
    if (this != &other) {
      reset();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }

  [[nodiscard]] int get() const noexcept { return fd_; }
  [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }
  explicit operator bool() const noexcept { return fd_ >= 0; }

private:
  void reset() noexcept {
    if (fd_ >= 0)
      ::close(fd_);
    fd_ = -1;
  }
  int fd_ = -1;
};

/// "cannot <verb> <name>: <why>", from errno or the given code.
[[nodiscard]] inline file_error cannot(std::string_view verb, std::string_view name, int code = errno) {
  return {
      code,
      "cannot " + std::string(verb) + " " + std::string(name) + ": " + std::generic_category().message(code)};
}

} // namespace tributary::client
