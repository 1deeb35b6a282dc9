// URLs and the resolution of references against them: the input is a base, a line feed, and a reference.
#include "tests/fuzz/property.hpp"

#include "net/client/url.hpp"

#include <string>

using namespace tributary::client;
using tributary::fuzz::must;

namespace {

const url* check(const std::variant<url, std::string>& parsed) {
  const auto* u = std::get_if<url>(&parsed);
  if (!u) {
    must(!std::get<std::string>(parsed).empty(), "a refused URL says why");
    return nullptr;
  }
  must(u->scheme == "http" || u->scheme == "https", "http or https");
  must(!u->host.empty(), "a host");
  must(u->target.starts_with('/'), "a target begins with a slash");
  for (const auto* part : {&u->host, &u->port, &u->target})
    for (auto c : *part)
      must(c > ' ' && c < 0x7F, "nothing in it can end or split a request line");
  must(u->target.find('#') == std::string::npos, "no fragment is sent");
  auto port = std::stoul(u->port);
  must(port >= 1 && port <= 65'535, "a port that exists");
  auto again = parse_url(u->origin() + u->target);
  const auto* same = std::get_if<url>(&again);
  must(same && same->origin() == u->origin() && same->target == u->target, "written anew it is the same URL");
  return u;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto text = tributary::fuzz::text_of(data, size);
  auto line = text.find('\n');
  auto base_text = text.substr(0, line);
  auto reference = line == std::string_view::npos ? std::string_view{} : text.substr(line + 1);

  auto mended = mend_reference(reference);
  must(mend_reference(mended) == mended, "mending twice changes nothing");
  auto parsed = parse_url(base_text);
  const auto* base = check(parsed);
  if (!base)
    return 0;
  auto resolved = resolve_reference(base->origin() + base->target, mended);
  if (!resolved)
    return 0;
  auto target = parse_url(*resolved);
  const auto* u = check(target);
  if (u && mended.find_first_not_of("?#") == 0) { // Without a path of its own it has the base's, as that is.
    auto path = u->target.substr(0, u->target.find('?'));
    must(
        (path + "/").find("/../") == std::string::npos && (path + "/").find("/./") == std::string::npos,
        "a resolved path has no dot segments");
  }
  check(parse_url(with_params(beneath_base(*base, reference), {{"k", std::string(reference)}}).shown()));
  return 0;
}
