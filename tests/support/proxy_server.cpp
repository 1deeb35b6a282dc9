#include "tests/support/proxy_server.hpp"

#include <arpa/inet.h>
#include <csignal>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace tributary::testing {

namespace {

constexpr int tries = 10; // Somebody else may take a free port first.

sockaddr_in on_loopback(std::uint16_t port) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  at.sin_port = htons(port);
  return at;
}

std::uint16_t free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  auto at = on_loopback(0);
  socklen_t size = sizeof at;
  const auto fine = fd >= 0 && ::bind(fd, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0 &&
                    ::getsockname(fd, reinterpret_cast<sockaddr*>(&at), &size) == 0;
  ::close(fd);
  if (!fine)
    throw std::runtime_error("no free port");
  return ntohs(at.sin_port);
}

bool accepts(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  auto at = on_loopback(port);
  const auto connected = ::connect(fd, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0;
  ::close(fd);
  return connected;
}

} // namespace

proxy_server::proxy_server(kind speaks, const std::string& user, const std::string& password)
    : speaks_(speaks) {
  for (int i = 0; i < tries; ++i) {
    port_ = free_port();
    server_ = std::make_unique<process>(command(user, password));
    const auto ready = eventually(
        std::chrono::seconds(20), [this] { return accepts(port_) || server_->wait({}).has_value(); });
    if (ready && !server_->wait({}))
      return;
  }
  throw std::runtime_error("the proxy does not start: " + server_->output() + server_->errors());
}

std::vector<std::string> proxy_server::command(const std::string& user, const std::string& password) const {
  if (speaks_ == kind::socks5) {
    std::vector<std::string> out{"microsocks", "-i", "127.0.0.1", "-p", std::to_string(port_)};
    if (!user.empty())
      out.insert(out.end(), {"-u", user, "-P", password});
    return out;
  }
  write_file(
      folder_ / "tinyproxy.conf", "Port " + std::to_string(port_) +
                                      "\nListen 127.0.0.1\nTimeout 30\nMaxClients 50\nLogLevel Connect\n" +
                                      (user.empty() ? "" : "BasicAuth " + user + " " + password + "\n"));
  return {"tinyproxy", "-d", "-c", folder_ / "tinyproxy.conf"};
}

std::string proxy_server::address(const std::string& credentials) const {
  return (speaks_ == kind::socks5 ? "socks5://" : "http://") + credentials + endpoint();
}

std::string proxy_server::end_and_read_log() {
  server_->signal(SIGTERM);
  if (!server_->wait(std::chrono::seconds(10)))
    server_->kill();
  return server_->output() + server_->errors();
}

} // namespace tributary::testing
