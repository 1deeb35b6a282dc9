#include "tests/support/process.hpp"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <stdexcept>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tributary::testing {

namespace {

using clock = std::chrono::steady_clock;

int milliseconds_left(clock::time_point until) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - clock::now()).count();
  return static_cast<int>(std::clamp<long>(left, 0, 1'000'000));
}

[[noreturn]] void
become(const std::vector<std::string>& command, const process::options& o, int out, int err) {
  ::setpgid(0, 0); // kill() ends its own children with it.
  ::dup2(out, 1);
  ::dup2(err, 2);
  if (o.inherit_fd)
    ::dup2(*o.inherit_fd, 3);
  for (const auto& [name, value] : o.environment)
    ::setenv(name.c_str(), value.c_str(), 1);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  std::vector<char*> argv;
  for (const auto& word : command)
    argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  ::execvp(argv[0], argv.data());
  ::_exit(127);
}

/// Moves what can be read to `to`; false at the end of the pipe.
bool drain(int fd, std::string& to) {
  char buffer[4096];
  const auto n = ::read(fd, buffer, sizeof buffer);
  if (n > 0)
    to.append(buffer, static_cast<std::size_t>(n));
  return n > 0;
}

} // namespace

process::process(std::vector<std::string> command) : process(std::move(command), options{}) {}

process::process(std::vector<std::string> command, options o) {
  int out[2], err[2];
  if (::pipe2(out, O_CLOEXEC) != 0 || ::pipe2(err, O_CLOEXEC) != 0)
    throw std::runtime_error("no pipe");
  pid_ = ::fork();
  if (pid_ < 0)
    throw std::runtime_error("no process");
  if (pid_ == 0)
    become(command, o, out[1], err[1]);
  ::close(out[1]);
  ::close(err[1]);
  out_ = out[0];
  err_ = err[0];
}

process::~process() {
  kill();
  for (int fd : {out_, err_})
    if (fd >= 0)
      ::close(fd);
}

bool process::pump(clock::time_point until) {
  pollfd fds[2] = {{out_, POLLIN, 0}, {err_, POLLIN, 0}}; // poll() passes over negative descriptors.
  if ((out_ < 0 && err_ < 0) || ::poll(fds, 2, milliseconds_left(until)) <= 0)
    return false;
  if (fds[0].revents && !drain(out_, output_)) {
    ::close(out_);
    out_ = -1;
  }
  if (fds[1].revents && !drain(err_, errors_)) {
    ::close(err_);
    err_ = -1;
  }
  return true;
}

std::optional<std::string>
process::wait_for_line(const std::string& prefix, std::chrono::milliseconds at_most) {
  const auto until = clock::now() + at_most;
  do {
    for (auto end = output_.find('\n', scanned_); end != std::string::npos;
         end = output_.find('\n', scanned_)) {
      const auto line = output_.substr(scanned_, end - scanned_);
      scanned_ = end + 1;
      if (line.starts_with(prefix))
        return line;
    }
  } while (pump(until));
  return std::nullopt;
}

void process::signal(int number) const {
  if (!status_)
    ::kill(pid_, number);
}

std::optional<int> process::wait(std::chrono::milliseconds at_most) {
  const auto until = clock::now() + at_most;
  const int end = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
  while (!status_) {
    int raw = 0;
    if (::waitpid(pid_, &raw, WNOHANG) == pid_) {
      status_ = WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
      break;
    }
    if (clock::now() >= until)
      break;
    pollfd fds[3] = {{out_, POLLIN, 0}, {err_, POLLIN, 0}, {end, POLLIN, 0}};
    ::poll(fds, 3, milliseconds_left(until));
    if (fds[0].revents || fds[1].revents)
      pump(clock::now());
  }
  ::close(end);
  while (status_ && pump(clock::now())) { // What it said last.
  }
  return status_;
}

void process::kill() {
  if (!status_)
    ::kill(-pid_, SIGKILL);
  signal(SIGKILL); // In the instant before it has its own group.
  wait(std::chrono::seconds(30));
}

void let_others_work() {
  ::poll(nullptr, 0, 5);
}

} // namespace tributary::testing
