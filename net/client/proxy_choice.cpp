// The variables are those that curl and others read; where they differ, the more careful reading holds.
#include "net/client/proxy_choice.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <openssl/evp.h>

#include <algorithm>
#include <array>

namespace tributary::client {
namespace {

namespace ip = boost::asio::ip;

struct variable {
  std::string name, value;
};

variable first_of(const proxy_environment::variables& read, const std::vector<const char*>& names) {
  for (const auto* name : names)
    if (const auto* value = read(name); value && *value)
      return {name, value};
  return {};
}

proxy_choice parsed(const variable& v) {
  if (v.value.empty())
    return {};
  auto proxy = parse_proxy(v.value);
  if (auto* why = std::get_if<std::string>(&proxy))
    return "the environment variable " + v.name + " " + *why;
  return std::make_shared<const proxy_address>(std::get<proxy_address>(std::move(proxy)));
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    auto end = std::min(text.find_first_of(", \t"), text.size());
    if (end > 0)
      out.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  for (auto& word : out)
    std::ranges::transform(
        word, word.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  return out;
}

std::optional<ip::address> address_in(const std::string& text) {
  boost::system::error_code not_one;
  auto out = ip::make_address(text, not_one);
  return not_one ? std::nullopt : std::optional{out};
}

bool is_loopback(const std::string& host) {
  if (host == "localhost" || host.ends_with(".localhost"))
    return true;
  auto address = address_in(host);
  return address && address->is_loopback();
}

bool lies_within(const ip::address& host, const std::string& network) {
  boost::system::error_code not_one;
  if (host.is_v4()) {
    auto net = ip::make_network_v4(network, not_one);
    return !not_one && net.canonical() == ip::network_v4(host.to_v4(), net.prefix_length()).canonical();
  }
  auto net = ip::make_network_v6(network, not_one);
  return !not_one && net.canonical() == ip::network_v6(host.to_v6(), net.prefix_length()).canonical();
}

/// "host:port" and "[v6]:port" taken apart; a bare IPv6 address has no port.
std::pair<std::string, std::string> split_port(const std::string& entry) {
  if (entry.starts_with('[')) {
    auto end = std::min(entry.find(']'), entry.size() - 1);
    auto rest = entry.substr(end + 1);
    return {entry.substr(1, end - 1), rest.starts_with(':') ? rest.substr(1) : ""};
  }
  auto colon = entry.find(':');
  if (colon == std::string::npos || entry.find(':', colon + 1) != std::string::npos)
    return {entry, ""};
  return {entry.substr(0, colon), entry.substr(colon + 1)};
}

bool names(const std::string& entry, const url& target) {
  if (entry == "*")
    return true;
  auto [host, port] = split_port(entry);
  if (!port.empty() && port != target.port)
    return false;
  if (auto address = address_in(target.host))
    return host.find('/') != std::string::npos ? lies_within(*address, host) : address_in(host) == address;
  while (host.starts_with('.'))
    host.erase(0, 1);
  return !host.empty() && (target.host == host || target.host.ends_with("." + host));
}

} // namespace

proxy_environment::proxy_environment(const variables& read) {
  auto any = first_of(read, {"all_proxy", "ALL_PROXY"});
  auto plain = first_of(
      read, first_of(read, {"REQUEST_METHOD"}).value.empty()
                ? std::vector<const char*>{"http_proxy", "HTTP_PROXY"}
                : std::vector<const char*>{"http_proxy"});
  auto secure = first_of(read, {"https_proxy", "HTTPS_PROXY"});
  for_http_ = parsed(plain.value.empty() ? any : plain);
  for_https_ = parsed(secure.value.empty() ? any : secure);
  excepted_ = words_of(first_of(read, {"no_proxy", "NO_PROXY"}).value);
}

bool proxy_environment::is_excepted(const url& target) const {
  return is_loopback(target.host) ||
         std::ranges::any_of(excepted_, [&](const std::string& entry) { return names(entry, target); });
}

proxy_choice proxy_environment::choose(const url& target) const {
  const auto& set = target.tls() ? for_https_ : for_http_;
  const auto* proxy = std::get_if<std::shared_ptr<const proxy_address>>(&set);
  if ((proxy && !*proxy) || is_excepted(target))
    return {};
  return set;
}

std::string proxy_authorization(const proxy_address& proxy) {
  if (!proxy.has_credentials)
    return {};
  const auto plain = proxy.user + ":" + proxy.password;
  std::array<unsigned char, 1024> coded{}; // At most 511 bytes come in: 684 go out.
  const auto size = EVP_EncodeBlock(
      coded.data(), reinterpret_cast<const unsigned char*>(plain.data()), static_cast<int>(plain.size()));
  return "Proxy-Authorization: Basic " +
         std::string(reinterpret_cast<const char*>(coded.data()), static_cast<std::size_t>(size)) + "\r\n";
}

} // namespace tributary::client
