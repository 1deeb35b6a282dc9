// Sorted by who is to blame: the provider, the network between, or this machine.
#include "net/client/socket_errors.hpp"

#include <boost/asio/error.hpp>

#include <cerrno>

namespace tributary::client {

failure connect_failure(const error_code& why, const std::string& endpoint) {
  switch (why.value()) {
  case ECONNREFUSED:
    return {fault::refused, "connection to " + endpoint + " refused"};
  case ETIMEDOUT:
    return {fault::connect_timeout, "no connection to " + endpoint + ": " + why.message()};
  case ENETUNREACH:
  case EHOSTUNREACH:
  case ENETDOWN:
  case EHOSTDOWN:
  case EADDRNOTAVAIL:
  case EACCES:
  case EPERM:
    return {fault::network_unreachable, "no way to " + endpoint + ": " + why.message()};
  case EMFILE:
  case ENFILE:
  case ENOBUFS:
  case ENOMEM: // Ours: the one fault that blames nobody and holds the job.
    return {fault::disk, "cannot open a connection: " + why.message()};
  default:
    return {fault::reset, "connection to " + endpoint + " failed: " + why.message()};
  }
}

} // namespace tributary::client
