// Its configuration, and the handing over of the socket.
#include "tests/support/lighttpd.hpp"

#include "tests/support/loopback_listener.hpp"

#include <unistd.h>

namespace tributary::testing {

lighttpd::lighttpd(std::filesystem::path root, unsigned kib_per_second) {
  const int listening = listen_on_loopback(port_);
  const auto conf = (folder_ / "lighttpd.conf").string();
  write_file(
      conf, "server.document-root = \"" + root.string() + "\"\nserver.bind = \"127.0.0.1\"\nserver.port = " +
                std::to_string(port_) + "\nserver.errorlog = \"" + (folder_ / "error.log").string() +
                "\"\nserver.systemd-socket-activation = \"enable\"\nconnection.kbytes-per-second = " +
                std::to_string(kib_per_second) +
                "\nmimetype.assign = (\"\" => \"application/octet-stream\")\n");
  process::options handed;
  handed.inherit_fd = listening;
  handed.environment["LISTEN_FDS"] =
      "1"; // Socket activation as systemd does it, for the process that it names.
  server_ = std::make_unique<process>(
      std::vector<std::string>{"/bin/sh", "-c", "LISTEN_PID=$$ exec /usr/sbin/lighttpd -D -f \"$0\"", conf},
      handed);
  ::close(listening);
}

} // namespace tributary::testing
