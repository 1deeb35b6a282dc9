// A small web server on loopback for the demo: serves made-up files with ranges and strong validators, as
// fast, as slowly or as badly as it is told. No Asio in this header.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace tributary {

/// Name (with its leading slash) -> size in bytes. The same name holds the same bytes at every origin.
using demo_files = std::map<std::string, std::uint64_t>;

/// Name (with its leading slash) -> text, served beside the files.
using demo_documents = std::map<std::string, std::string>;

struct demo_behaviour {
  std::optional<double> bytes_per_second; ///< Per connection.
  std::optional<std::uint64_t>
      breaks_after; ///< Drops the connection after so many body bytes of each answer.
};

class demo_origin {
public:
  /// Listens on a free loopback port and serves from a thread of its own. @throws std::exception when it
  /// cannot.
  demo_origin(demo_files files, demo_behaviour behaviour, demo_documents documents = {});
  ~demo_origin();
  demo_origin(const demo_origin&) = delete;
  demo_origin& operator=(const demo_origin&) = delete;

  [[nodiscard]] std::string url() const;

private:
  struct server;
  std::unique_ptr<server> server_;
};

/// The bytes [offset, offset + size) of a made-up file.
void fill_demo_bytes(const std::string& name, std::uint64_t offset, char* to, std::size_t size);

/// SHA-256 of a made-up file, lower-case hex.
[[nodiscard]] std::string demo_sha256(const std::string& name, std::uint64_t size);

} // namespace tributary
