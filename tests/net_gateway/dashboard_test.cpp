// The dashboard as the gateway serves it. What it does in a browser is not tested here.
#include "net/gateway/embedded.hpp"
#include "tests/net_gateway/gateway_fixture.hpp"

#include <doctest/doctest.h>

#include <regex>
#include <set>

using namespace tributary;
using namespace tributary::testing;

namespace {

/// What it names with this pattern's first group.
std::set<std::string> named_in(const std::string& text, const char* pattern) {
  const std::regex names{pattern};
  std::set<std::string> found;
  for (std::sregex_iterator at{text.begin(), text.end(), names}, end; at != end; ++at)
    found.insert((*at)[1]);
  return found;
}

} // namespace

TEST_CASE_FIXTURE(
    gateway_fixture, "dashboard: every file that the page and its scripts name is served, and no other") {
  const auto page = http_call(port(), "GET", "/");
  CHECK(page.status == 200);
  CHECK(page.header("Content-Type") == "text/html; charset=utf-8");
  auto pending = named_in(page.body, R"re((?:src|href)="/dashboard/([^"]+)")re");
  CHECK(pending == std::set<std::string>{"main.js", "style.css"});
  std::set<std::string> served{"index.html"};
  while (!pending.empty()) {
    const auto name = *pending.begin();
    pending.erase(pending.begin());
    CAPTURE(name);
    const auto reply = http_call(port(), "GET", "/dashboard/" + name);
    CHECK(reply.status == 200);
    CHECK(
        reply.header("Content-Type") ==
        (name.ends_with(".js") ? "text/javascript; charset=utf-8" : "text/css; charset=utf-8"));
    served.insert(name);
    for (const auto& import : named_in(reply.body, R"re(from "\./([^"]+)")re"))
      if (!served.contains(import))
        pending.insert(import);
  }
  for (const auto& file : gateway::embedded_files())
    if (constexpr std::string_view folder = "dashboard/"; file.name.starts_with(folder))
      CHECK(served.contains(std::string{file.name.substr(folder.size())}));
  for (const auto* other : {"nothing.js", "..%2Fopenapi%2Fjobs.json", "%2e%2e"})
    CHECK(http_call(port(), "GET", std::string{"/dashboard/"} + other).status == 404);
}

TEST_CASE_FIXTURE(gateway_fixture, "dashboard: nothing on it may run but its own scripts") {
  const auto page = http_call(port(), "GET", "/");
  const auto policy = page.header("Content-Security-Policy");
  CHECK(policy.starts_with("default-src 'none'"));
  CHECK(policy.find("script-src 'self'") != std::string::npos);
  CHECK(policy.find("unsafe") == std::string::npos);
  CHECK(policy.find("frame-ancestors 'none'") != std::string::npos);
  CHECK(page.header("X-Content-Type-Options") == "nosniff");
  // What the policy would refuse is not there in the first place, and foreign text never becomes markup.
  CHECK(named_in(page.body, R"re(<(style|script)>)re").empty());
  CHECK(named_in(page.body, R"re( (on[a-z]+|style)=)re").empty());
  for (const auto& file : gateway::embedded_files())
    if (file.name.ends_with(".js"))
      for (const auto* risky : {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("})
        CHECK(file.text.find(risky) == std::string_view::npos);
}

TEST_CASE_FIXTURE(gateway_fixture, "dashboard: every path that its scripts ask for is a route") {
  std::set<std::string> asked;
  for (const auto& file : gateway::embedded_files())
    if (file.name.ends_with(".js"))
      asked.merge(named_in(std::string{file.text}, R"re(["`](/api/[^"`?]*)["`?])re"));
  CHECK(asked.size() >= 6);
  for (auto path : asked) {
    path = std::regex_replace(path, std::regex{R"re(\$\{[^}]*\})re"}, "x");
    CAPTURE(path);
    const auto reply = http_call(port(), "OPTIONS", path);
    CHECK(reply.status == 405); // A known path with a method that it does not take.
  }
}
