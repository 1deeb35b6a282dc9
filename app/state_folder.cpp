#include "app/state_folder.hpp"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace tributary {

namespace {

constexpr auto address_file = "address";

std::string reason(int code) {
  return std::generic_category().message(code);
}

std::string holder(int lock) {
  char text[32] = {};
  const auto n = ::pread(lock, text, sizeof text - 1, 0);
  return n > 0 ? " (process " + std::string(text, static_cast<std::size_t>(n)) + ")" : "";
}

} // namespace

std::filesystem::path default_state_folder() {
  if (const char* base = std::getenv("XDG_STATE_HOME"); base && *base)
    return std::filesystem::path(base) / "tributary";
  const char* home = std::getenv("HOME");
  return std::filesystem::path(home && *home ? home : "/var/lib") / ".local/state/tributary";
}

std::optional<std::string> read_address(const std::filesystem::path& folder) {
  std::ifstream in(folder / address_file);
  std::string url;
  return std::getline(in, url) && !url.empty() ? std::optional{url} : std::nullopt;
}

std::optional<start_error> make_state_folder(const std::filesystem::path& path) {
  std::error_code made;
  const bool fresh = std::filesystem::create_directories(path, made);
  if (made)
    return start_error{
        exit_bad_folder, "cannot make the state folder " + path.string() + ": " + made.message()};
  if (fresh && ::chmod(path.c_str(), 0700) != 0)
    return start_error{
        exit_bad_folder, "cannot protect the state folder " + path.string() + ": " + reason(errno)};
  return std::nullopt;
}

std::variant<std::unique_ptr<state_folder>, start_error>
state_folder::open(const std::filesystem::path& path) {
  if (auto why = make_state_folder(path))
    return *why;
  const auto file = path / "engine.lock";
  const int lock = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0)
    return start_error{
        exit_bad_folder, "cannot write to the state folder " + path.string() + ": " + reason(errno)};
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
    const int why = errno;
    const auto who = holder(lock);
    ::close(lock);
    if (why == EWOULDBLOCK)
      return start_error{
          exit_state_in_use, "the state folder " + path.string() + " is in use by another engine" + who +
                                 "; stop it or choose another --state"};
    return start_error{exit_bad_folder, "cannot lock " + file.string() + ": " + reason(why)};
  }
  const auto pid = std::to_string(::getpid());
  if (::ftruncate(lock, 0) != 0 || ::pwrite(lock, pid.data(), pid.size(), 0) < 0) {
    const int why = errno;
    ::close(lock);
    return start_error{exit_bad_folder, "cannot write " + file.string() + ": " + reason(why)};
  }
  std::unique_ptr<state_folder> made(new state_folder(path, lock));
  made->withdraw(); // Of an engine that was killed.
  return made;
}

std::string state_folder::announce(const std::string& url) {
  const auto file = path_ / address_file, fresh = path_ / (std::string{address_file} + ".new");
  std::ofstream out(fresh);
  out << url << '\n';
  if (!out.flush())
    return "cannot write " + fresh.string();
  std::error_code why;
  std::filesystem::rename(fresh, file, why); // Readers see a whole address or none.
  return why ? "cannot write " + file.string() + ": " + why.message() : "";
}

void state_folder::withdraw() {
  std::error_code gone_already;
  std::filesystem::remove(path_ / address_file, gone_already);
}

state_folder::~state_folder() {
  withdraw();
  ::close(lock_);
}

} // namespace tributary
