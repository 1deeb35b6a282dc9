#include "app/demo_origin.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <openssl/evp.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <span>
#include <thread>
#include <vector>

namespace tributary {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;

namespace {

constexpr std::size_t chunk_bytes = 64 * 1024;

/// Where an answer begins, from "bytes=N-" (the only form that the engine sends, plus "bytes=N-M" of its
/// checks).
struct byte_range {
  std::uint64_t first = 0, last = 0;
  bool asked = false;
};

std::optional<byte_range> range_of(std::string_view header, std::uint64_t size) {
  byte_range r{0, size == 0 ? 0 : size - 1, false};
  constexpr std::string_view unit = "bytes=";
  if (!header.starts_with(unit))
    return r;
  const char* end = header.data() + header.size();
  auto [dash, why] = std::from_chars(header.data() + unit.size(), end, r.first);
  if (why != std::errc{} || dash == end || *dash != '-')
    return byte_range{0, r.last, false};
  if (dash + 1 != end) {
    std::uint64_t last = 0;
    if (std::from_chars(dash + 1, end, last).ec == std::errc{})
      r.last = std::min(r.last, last);
  }
  r.asked = true;
  return r.first > r.last || r.first >= size ? std::nullopt : std::optional{r};
}

} // namespace

void fill_demo_bytes(const std::string& name, std::uint64_t offset, char* to, std::size_t size) {
  const std::uint64_t seed = std::hash<std::string>{}(name);
  for (std::size_t i = 0; i < size; ++i) {
    const auto at = offset + i;
    to[i] = static_cast<char>((seed + at / 64 * 0x9E3779B97F4A7C15ull) >> (at % 8 * 8));
  }
}

std::string demo_sha256(const std::string& name, std::uint64_t size) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
  EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr);
  std::vector<char> chunk(chunk_bytes);
  for (std::uint64_t at = 0; at < size; at += chunk.size()) {
    const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(chunk.size(), size - at));
    fill_demo_bytes(name, at, chunk.data(), n);
    EVP_DigestUpdate(context.get(), chunk.data(), n);
  }
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  EVP_DigestFinal_ex(context.get(), digest, &length);
  constexpr std::string_view digits = "0123456789abcdef";
  std::string hex;
  for (unsigned i = 0; i < length; ++i) {
    hex += digits[digest[i] >> 4];
    hex += digits[digest[i] & 15];
  }
  return hex;
}

struct demo_origin::server {
  server(demo_files f, demo_behaviour b, demo_documents d)
      : files(std::move(f)), documents(std::move(d)), behaviour(b) {}

  asio::awaitable<void> accept_all() {
    for (;;) {
      auto socket = co_await acceptor.async_accept(asio::use_awaitable);
      asio::co_spawn(
          io, serve(std::move(socket)), asio::detached); // A client that goes away ends only its own.
    }
  }

  asio::awaitable<void> serve(tcp::socket socket) {
    boost::beast::flat_buffer buffer;
    for (bool more = true; more;) {
      http::request<http::empty_body> request;
      co_await http::async_read(socket, buffer, request, asio::use_awaitable);
      more = co_await answer(socket, request);
    }
  }

  /// False: the connection is dropped.
  asio::awaitable<bool> answer(tcp::socket& socket, const http::request<http::empty_body>& request) {
    const std::string name(request.target());
    const auto found = size_of(name);
    if (!found) {
      co_await send_header(socket, "404 Not Found", "Content-Length: 0\r\n");
      co_return true;
    }
    const auto size = *found;
    const auto range = range_of(std::string_view(request[http::field::range]), size);
    if (!range && size > 0) {
      co_await send_header(
          socket, "416 Range Not Satisfiable",
          "Content-Range: bytes */" + std::to_string(size) + "\r\nContent-Length: 0\r\n");
      co_return true;
    }
    const auto length = size == 0 ? 0 : range->last - range->first + 1;
    std::string fields = "Accept-Ranges: bytes\r\nETag: \"" + std::to_string(size) +
                         "\"\r\nContent-Length: " + std::to_string(length) + "\r\n";
    if (range && range->asked)
      fields += "Content-Range: bytes " + std::to_string(range->first) + "-" + std::to_string(range->last) +
                "/" + std::to_string(size) + "\r\n";
    co_await send_header(socket, range && range->asked ? "206 Partial Content" : "200 OK", fields);
    co_return length == 0 || co_await send_body(socket, name, range->first, length);
  }

  /// None: there is nothing of that name. "/" is there, and empty.
  [[nodiscard]] std::optional<std::uint64_t> size_of(const std::string& name) const {
    if (const auto document = documents.find(name); document != documents.end())
      return document->second.size();
    const auto file = files.find(name);
    if (file == files.end())
      return name == "/" ? std::optional<std::uint64_t>{0} : std::nullopt;
    return file->second;
  }

  void fill(const std::string& name, std::uint64_t offset, std::span<char> to) const {
    if (const auto document = documents.find(name); document != documents.end())
      document->second.copy(to.data(), to.size(), static_cast<std::size_t>(offset));
    else
      fill_demo_bytes(name, offset, to.data(), to.size());
  }

  asio::awaitable<void>
  send_header(tcp::socket& socket, const std::string& status, const std::string& fields) {
    const auto text = "HTTP/1.1 " + status + "\r\n" + fields + "\r\n";
    co_await asio::async_write(socket, asio::buffer(text), asio::use_awaitable);
  }

  asio::awaitable<bool>
  send_body(tcp::socket& socket, const std::string& name, std::uint64_t offset, std::uint64_t length) {
    std::vector<char> chunk(chunk_bytes);
    asio::steady_timer pace{io};
    for (std::uint64_t sent = 0; sent < length;) {
      if (behaviour.breaks_after && sent >= *behaviour.breaks_after)
        co_return false;
      const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(chunk.size(), length - sent));
      fill(name, offset + sent, std::span(chunk).first(n));
      co_await asio::async_write(socket, asio::buffer(chunk.data(), n), asio::use_awaitable);
      sent += n;
      if (behaviour.bytes_per_second) {
        const std::chrono::duration<double> wait{static_cast<double>(n) / *behaviour.bytes_per_second};
        pace.expires_after(std::chrono::duration_cast<std::chrono::nanoseconds>(wait));
        co_await pace.async_wait(asio::use_awaitable);
      }
    }
    co_return true;
  }

  demo_files files;
  demo_documents documents;
  demo_behaviour behaviour;
  asio::io_context io{1};
  tcp::acceptor acceptor{io, {asio::ip::address_v4::loopback(), 0}};
  std::thread thread;
};

demo_origin::demo_origin(demo_files files, demo_behaviour behaviour, demo_documents documents)
    : server_(std::make_unique<server>(std::move(files), behaviour, std::move(documents))) {
  asio::co_spawn(server_->io, server_->accept_all(), asio::detached);
  server_->thread = std::thread([s = server_.get()] { s->io.run(); });
}

demo_origin::~demo_origin() {
  server_->io.stop();
  server_->thread.join();
}

std::string demo_origin::url() const {
  return "http://127.0.0.1:" + std::to_string(server_->acceptor.local_endpoint().port());
}

} // namespace tributary
