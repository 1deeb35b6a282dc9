// Certificates that openssl makes for this run: one authority, and servers that it vouches for or not.
#pragma once

#include "tests/support/temp_dir.hpp"

#include <string>

namespace tributary::testing {

/// Keys and certificates in a folder; made once a process.
class test_authority {
public:
  static const test_authority& shared() {
    static const test_authority made;
    return made;
  }

  /// "ca.pem", "stranger-ca.pem"; for each of "good" (127.0.0.1, localhost), "other-host", "expired",
  /// "stranger" and "self-signed" a ".pem" and a ".key".
  [[nodiscard]] std::string file(const std::string& name) const { return folder_ / name; }

private:
  test_authority() {
    root("ca", "/CN=Test CA");
    root("stranger-ca", "/CN=Somebody else");
    root("self-signed", "/CN=127.0.0.1");
    certificate("good", "ca", "IP:127.0.0.1,DNS:localhost", "-days 2");
    certificate("other-host", "ca", "IP:127.0.0.9,DNS:example.org", "-days 2");
    certificate("expired", "ca", "IP:127.0.0.1", "-days -1");
    certificate("stranger", "stranger-ca", "IP:127.0.0.1", "-days 2");
  }

  void run(const std::string& command) {
    auto quiet = "cd '" + folder_.path().string() + "' && openssl " + command + " >>log 2>&1";
    if (std::system(quiet.c_str()) != 0)
      throw std::runtime_error("openssl failed: " + read_file(folder_ / "log"));
  }

  void root(const std::string& name, const std::string& subject) {
    run("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj '" + subject +
        "' -keyout " + name + ".key -out " + name + ".pem");
  }

  void certificate(
      const std::string& name, const std::string& by, const std::string& hosts, const std::string& days) {
    run("req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=" + name + " -keyout " + name +
        ".key -out " + name + ".csr");
    write_file(folder_ / (name + ".ext"), "subjectAltName=" + hosts + "\n");
    run("x509 -req -in " + name + ".csr -CA " + by + ".pem -CAkey " + by + ".key -CAcreateserial " + days +
        " -extfile " + name + ".ext -out " + name + ".pem");
  }

  temp_dir folder_;
};

} // namespace tributary::testing
