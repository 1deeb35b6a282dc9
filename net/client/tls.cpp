// Read-ahead is on: OpenSSL then takes many records with one recv and hands them out one by one.
#include "net/client/tls.hpp"

#include <boost/asio/error.hpp>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <new>

namespace tributary::client {
namespace {

constexpr std::size_t read_ahead_bytes = 64 * 1024; // Held only while records are in it; more gains nothing.

std::string last_error() {
  auto code = ERR_get_error();
  ERR_clear_error();
  const auto* text = code ? ERR_reason_error_string(code) : nullptr;
  return text ? text : "unknown reason";
}

int descriptor_of(BIO* bio) {
  return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio)));
}

bool again() {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

int bio_write(BIO* bio, const char* data, int size) {
  BIO_clear_retry_flags(bio);
  auto n = ::send(descriptor_of(bio), data, static_cast<std::size_t>(size), MSG_NOSIGNAL);
  if (n < 0 && again())
    BIO_set_retry_write(bio);
  return static_cast<int>(n);
}

int bio_read(BIO* bio, char* data, int size) {
  BIO_clear_retry_flags(bio);
  auto n = ::recv(descriptor_of(bio), data, static_cast<std::size_t>(size), 0);
  if (n < 0 && again())
    BIO_set_retry_read(bio);
  if (n == 0)
    BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  return static_cast<int>(n);
}

long bio_control(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_EOF)
    return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0;
  return command == BIO_CTRL_FLUSH;
}

/// OpenSSL's own socket BIO writes without MSG_NOSIGNAL: a peer that is gone would kill the process.
const BIO_METHOD* socket_method() {
  static const BIO_METHOD* const method = [] {
    auto* m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket without signals");
    if (!m)
      throw std::bad_alloc();
    BIO_meth_set_write(m, bio_write);
    BIO_meth_set_read(m, bio_read);
    BIO_meth_set_ctrl(m, bio_control);
    return m;
  }();
  return method;
}

/// What to do about a certificate by somebody whom we do not know.
const char* way_to_trust(long verdict) {
  switch (verdict) {
  case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
  case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
  case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
  case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    return " (to trust its issuer, name a file with the issuer's certificate in `ca_file`)";
  default:
    return "";
  }
}

/// SSL_set_tlsext_host_name, which is a macro with a C cast.
bool indicate_name(SSL* session, std::string host) {
  return SSL_ctrl(session, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, host.data()) == 1;
}

} // namespace

void tls_context::release::operator()(ssl_ctx_st* context) const noexcept {
  SSL_CTX_free(context);
}
void tls_session::release::operator()(ssl_st* session) const noexcept {
  SSL_free(session);
}

std::variant<std::shared_ptr<const tls_context>, std::string>
tls_context::make(const std::optional<std::string>& ca_file) {
  auto out = std::make_shared<tls_context>();
  out->context_.reset(SSL_CTX_new(TLS_client_method()));
  auto* context = out->context_.get();
  if (!context)
    throw std::bad_alloc();
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_default_read_buffer_len(context, read_ahead_bytes);
  SSL_CTX_set_mode(
      context,
      SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  auto loaded = ca_file ? SSL_CTX_load_verify_file(context, ca_file->c_str())
                        : SSL_CTX_set_default_verify_paths(context);
  if (loaded != 1)
    return (ca_file ? "cannot read the certificates in " + *ca_file
                    : "cannot read the system's certificates") +
           ": " + last_error();
  return out;
}

tls_session::tls_session(const tls_context& context, int fd, const std::string& host)
    : session_(SSL_new(context.get())) {
  auto* bio = session_ ? BIO_new(socket_method()) : nullptr;
  if (!bio)
    throw std::bad_alloc();
  BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(fd)));
  BIO_set_init(bio, 1);
  SSL_set_bio(session_.get(), bio, bio); // Owned by the session from here on.
  SSL_set_connect_state(session_.get());
  auto* rules = SSL_get0_param(session_.get());
  if (X509_VERIFY_PARAM_set1_ip_asc(rules, host.c_str()) == 1)
    return; // An address: checked as such, and no name to indicate.
  X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (X509_VERIFY_PARAM_set1_host(rules, host.c_str(), host.size()) != 1 ||
      !indicate_name(session_.get(), host))
    throw std::bad_alloc();
}

error_code tls_session::explain(int result) {
  switch (SSL_get_error(session_.get(), result)) {
  case SSL_ERROR_WANT_READ:
    wants_write_ = false;
    return asio::error::would_block;
  case SSL_ERROR_WANT_WRITE:
    wants_write_ = true;
    return asio::error::would_block;
  case SSL_ERROR_ZERO_RETURN:
    return asio::error::eof;
  default:
    detail_ = last_error();
    return asio::error::connection_reset; // Also an end without close_notify: it may be an attacker's.
  }
}

error_code tls_session::shake_hands() {
  ERR_clear_error();
  auto result = SSL_do_handshake(session_.get());
  return result == 1 ? error_code{} : explain(result);
}

failure tls_session::why_refused(const std::string& endpoint) const {
  if (auto verdict = SSL_get_verify_result(session_.get()); verdict != X509_V_OK)
    return {
        fault::certificate, "certificate of " + endpoint + " refused: " +
                                X509_verify_cert_error_string(verdict) + way_to_trust(verdict)};
  return {fault::tls, "TLS with " + endpoint + " failed: " + detail_};
}

std::size_t tls_session::receive(std::span<std::byte> into, error_code& why) {
  std::size_t total = 0;
  why = {};
  ERR_clear_error();
  while (total < into.size()) {
    std::size_t n = 0;
    auto result = SSL_read_ex(session_.get(), into.data() + total, into.size() - total, &n);
    if (result != 1) {
      why = explain(result);
      break;
    }
    total += n;
  }
  return total;
}

std::size_t tls_session::send(std::string_view text, error_code& why) {
  std::size_t n = 0;
  ERR_clear_error();
  auto result = SSL_write_ex(session_.get(), text.data(), text.size(), &n);
  why = result == 1 ? error_code{} : explain(result);
  return n;
}

} // namespace tributary::client
