#include "tests/support/nginx.hpp"

#include "tests/support/loopback_listener.hpp"

#include <unistd.h>

namespace tributary::testing {

namespace {

std::string configuration(std::uint16_t port, const std::filesystem::path& root, const nginx::options& o) {
  std::string text = ::geteuid() == 0 ? "user root;\n" : "";
  text += "daemon off; worker_processes 1; pid nginx.pid; error_log error.log warn;\n"
          "events { worker_connections 1024; }\n"
          "http {\n"
          "  log_format seen '$status $body_bytes_sent \"$http_range\" $request_uri';\n"
          "  access_log access.log seen; sendfile on; default_type application/octet-stream;\n"
          "  client_body_temp_path b; proxy_temp_path p; fastcgi_temp_path f; uwsgi_temp_path u; "
          "scgi_temp_path s;\n"
          "  server { listen 127.0.0.1:";
  text += std::to_string(port);
  if (!o.certificate_file.empty())
    text += " ssl; ssl_certificate " + o.certificate_file + "; ssl_certificate_key " + o.key_file;
  text += "; root " + root.string() + "; location / { " + o.location + " } }\n}\n";
  return text;
}

} // namespace

nginx::nginx(std::filesystem::path root) : nginx(std::move(root), options{}) {}

nginx::nginx(std::filesystem::path root, options o) : tls_(!o.certificate_file.empty()) {
  const int listening = listen_on_loopback(port_);
  write_file(folder_ / "nginx.conf", configuration(port_, root, o));
  process::options handed;
  handed.inherit_fd = listening;
  handed.environment["NGINX"] =
      "3;"; // nginx takes over the descriptors named here, as in its own binary upgrade.
  const auto error_log = (folder_ / "error.log").string();
  server_ = std::make_unique<process>(
      std::vector<std::string>{
          "/usr/sbin/nginx", "-e", error_log, "-p", folder_.path().string() + "/", "-c", "nginx.conf"},
      handed);
  ::close(listening);
}

} // namespace tributary::testing
