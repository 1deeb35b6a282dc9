#include "app/cli/server.hpp"

#include "app/cli/failure.hpp"
#include "app/state_folder.hpp"
#include "net/client/url.hpp"

#include <boost/asio/ip/address.hpp>

#include <cstdlib>
#include <fstream>

namespace tributary::cli {

namespace {

std::string from_environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

/// A name that only begins like an address may lead anywhere.
bool is_this_machine(const std::string& url) {
  const auto parsed = client::parse_url(url);
  const auto* u = std::get_if<client::url>(&parsed);
  if (!u)
    return false;
  boost::system::error_code a_name;
  const auto address = boost::asio::ip::make_address(u->host, a_name);
  return a_name ? u->host == "localhost" : address.is_loopback();
}

std::string with_scheme(std::string url) {
  return url.find("://") == std::string::npos ? "http://" + url : url;
}

} // namespace

std::string read_token(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::string line;
  if (!in || !std::getline(in, line))
    throw failure(exit_usage, "cannot read a token from " + file.string());
  constexpr auto spaces = " \t\r";
  line.erase(line.find_last_not_of(spaces) + 1);
  line.erase(0, line.find_first_not_of(spaces));
  if (line.empty())
    throw failure(exit_usage, "the first line of " + file.string() + " should be a token; it is empty");
  return line;
}

api_endpoint find_server(const server_options& options) {
  const auto state = options.state.empty() ? default_state_folder() : options.state;
  const auto address = read_address(state);
  api_endpoint found;
  auto asked = options.url.empty() && options.state.empty() ? from_environment("TRIBUTARY_URL") : options.url;
  if (!asked.empty())
    found.url = with_scheme(std::move(asked));
  else if (address)
    found.url = *address;
  if (!options.ca_file.empty())
    found.ca_file = options.ca_file;

  if (!options.token_file.empty()) {
    found.token = read_token(options.token_file);
  } else if (auto token = from_environment("TRIBUTARY_TOKEN"); !token.empty()) {
    found.token = std::move(token);
  } else if (const auto file = state / "admin.token"; found.url == address || is_this_machine(found.url)) {
    std::error_code unreadable; // Another user's: then the engine says that it wants one.
    if (std::filesystem::exists(file, unreadable) && std::ifstream(file))
      found.token = read_token(file);
  }
  return found;
}

} // namespace tributary::cli
