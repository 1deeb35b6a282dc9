// The dashboard: its files as they stand in net/gateway/dashboard, built into the program. They hold nothing
// of this engine; what the page shows it asks for with the token of whoever signs in.
#include "net/gateway/embedded.hpp"
#include "net/gateway/handlers.hpp"

#include <algorithm>

namespace tributary::gateway {

namespace {

/// Only what this server itself sends is run, shown or asked.
constexpr auto page_policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
                             "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

std::string_view type_of(std::string_view name) {
  if (name.ends_with(".js"))
    return "text/javascript; charset=utf-8";
  return name.ends_with(".css") ? "text/css; charset=utf-8" : "text/html; charset=utf-8";
}

void answer_file(const call_ptr& c, const std::string& name) {
  const auto files = embedded_files();
  const auto file = std::ranges::find(files, "dashboard/" + name, &embedded_file::name);
  if (file == files.end())
    return answer(c, problem{kinds::no_such_route, "The dashboard has no such file."});
  header_list headers{{"Content-Security-Policy", page_policy}, {"Referrer-Policy", "no-referrer"}};
  c->answer({200, std::string{type_of(name)}, std::move(headers), std::string{file->text}});
}

} // namespace

void show_dashboard(gateway_self, const call_ptr& c) {
  answer_file(c, "index.html");
}
void show_dashboard_file(gateway_self, const call_ptr& c) {
  answer_file(c, c->asked.params.front());
}

} // namespace tributary::gateway
