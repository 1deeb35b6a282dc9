// What a SOCKS5 proxy may answer, and the proxy addresses that people write. The first byte chooses: even, a
// dialogue with the rest as the proxy's bytes; odd, the rest as an address.
#include "tests/fuzz/property.hpp"

#include "net/client/proxy_choice.hpp"
#include "net/client/socks5.hpp"

#include <string>

using namespace tributary;
using namespace tributary::client;
using tributary::fuzz::must;

namespace {

void converse(std::string_view answers) {
  proxy_address proxy;
  proxy.speaks = proxy_address::kind::socks5;
  proxy.has_credentials = answers.size() % 2 == 0;
  proxy.user = "user";
  proxy.password = "password";
  socks5_dialogue dialogue{proxy, std::get<url>(parse_url("https://example.org/"))};
  auto bytes = std::as_bytes(std::span(answers));
  for (int rounds = 0; dialogue.at() == socks5_dialogue::state::more; ++rounds) {
    must(rounds < 6, "a dialogue ends after a few answers");
    (void)dialogue.take_outgoing();
    must(dialogue.wanted() >= 1 && dialogue.wanted() <= 257, "a part has 1 to 257 bytes");
    if (bytes.size() < dialogue.wanted())
      return;
    auto part = bytes.first(dialogue.wanted());
    bytes = bytes.subspan(part.size());
    dialogue.feed(part);
  }
  auto failed = dialogue.at() == socks5_dialogue::state::failed;
  must(failed == (dialogue.cause() != fault::none), "a failure has a cause");
  must(failed != dialogue.why().empty(), "and words");
}

/// As a list of exceptions any text at all is fine.
void exclude(const std::string& text) {
  proxy_environment environment{[&](const char* name) -> const char* {
    auto asked = std::string_view(name);
    return asked == "no_proxy" ? text.c_str() : asked == "all_proxy" ? "p" : nullptr;
  }};
  for (const auto* target : {"http://example.org:8080/", "http://[fd00::1]/", "http://10.1.2.3/"})
    must(
        std::holds_alternative<std::shared_ptr<const proxy_address>>(
            environment.choose(std::get<url>(parse_url(target)))),
        "a list of exceptions breaks nothing");
}

void read_address(const std::string& text) {
  exclude(text);
  auto parsed = parse_proxy(text);
  if (auto* why = std::get_if<std::string>(&parsed)) {
    must(!why->empty(), "a refused address says why");
    return;
  }
  const auto& proxy = std::get<proxy_address>(parsed);
  must(!proxy.host.empty() && proxy.port != 0, "a host and a port");
  must(proxy.user.size() <= 255 && proxy.password.size() <= 255, "credentials that SOCKS5 can carry");
  auto line = proxy_authorization(proxy);
  must(line.empty() || line.find('\n') == line.size() - 1, "one header line");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0)
    return 0;
  auto rest = fuzz::text_of(data + 1, size - 1);
  if (data[0] % 2 == 0)
    converse(rest);
  else
    read_address(std::string(rest));
  return 0;
}
