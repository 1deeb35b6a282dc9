// /api/providers/config/.. over real sockets: what is handed to the config manager, and what comes back.
#include "tests/net_gateway/gateway_fixture.hpp"

#include <doctest/doctest.h>

using namespace tributary;
using namespace tributary::testing;
namespace json = boost::json;

namespace {

settings_outcome outcome_of(settings_snapshot s, settings_diff changes = {}) {
  return {std::make_shared<const settings_snapshot>(std::move(s)), std::move(changes)};
}

} // namespace

TEST_CASE_FIXTURE(gateway_fixture, "GET /api/providers/config: effective settings, the revision as ETag") {
  const auto all = call("GET", "/api/providers/config");
  CHECK(all.status == 200);
  CHECK(all.header("ETag") == "\"7\"");
  const auto document = body_of(all);
  CHECK(document.at("version") == 1);
  CHECK(document.at("global").at("failure_threshold") == 3);
  CHECK(document.at("providers").at("beta").at("base_url") == "http://127.0.0.1:2/");
  CHECK_FALSE(document.contains("failover")); // The chain is implicit.

  const auto global = call("GET", "/api/providers/config/global");
  CHECK(global.header("ETag") == "\"7\"");
  CHECK(body_of(global) == document.at("global"));
  const auto alpha = call("GET", "/api/providers/config/alpha");
  CHECK(alpha.header("ETag") == "\"7\"");
  CHECK(body_of(alpha).at("timeout_seconds") == 30);
  CHECK(code_of(call("GET", "/api/providers/config/gamma")) == "unknown_provider");

  script->get_settings = [] {
    auto s = *example_settings();
    s.document.chain = {"beta"};
    return std::make_shared<const settings_snapshot>(s);
  };
  CHECK(body_of(call("GET", "/api/providers/config")).at("failover") == json::object{{"chain", {"beta"}}});
}

TEST_CASE_FIXTURE(
    gateway_fixture, "PUT /api/providers/config: the patch, its author and its condition are handed on") {
  std::string author;
  settings_change seen;
  script->change = [&](const std::string& who, const settings_change& c) {
    author = who;
    seen = c;
    auto s = *example_settings();
    s.revision = 8;
    s.document.providers["alpha"].priority = 3;
    s.document.global.rise = 4;
    return outcome_of(s);
  };
  const auto alpha = call("PUT", "/api/providers/config/alpha", R"({"priority":3})", {{"If-Match", "\"7\""}});
  CHECK(alpha.status == 200);
  CHECK(alpha.header("ETag") == "\"8\"");
  CHECK(body_of(alpha).at("priority") == 3);
  CHECK(author == "admin");
  const auto one = std::get<patch_one_provider>(seen.edit);
  CHECK(one.provider == "alpha");
  CHECK(one.patch == R"({"priority":3})");
  CHECK(seen.if_revision == 7);

  const auto global = call("PUT", "/api/providers/config/global", R"({"rise":4})");
  CHECK(global.status == 200);
  CHECK(body_of(global).at("rise") == 4);
  CHECK(std::get<patch_global_section>(seen.edit).patch == R"({"rise":4})");
  CHECK_FALSE(seen.if_revision);
  CHECK(call("PUT", "/api/providers/config/global", R"({"rise":4})", {{"If-Match", " * "}}).status == 200);
  CHECK_FALSE(seen.if_revision);
}

TEST_CASE_FIXTURE(
    gateway_fixture, "PUT /api/providers/config: a condition that cannot hold changes nothing") {
  int changes = 0;
  script->change = [&](const std::string&, const settings_change& c) -> caf::result<settings_outcome> {
    ++changes;
    if (c.if_revision != 7u)
      return caf::make_error(errc::stale);
    return outcome_of(*example_settings());
  };
  const auto put = [&](const std::string& tag) {
    return code_of(call("PUT", "/api/providers/config/global", "{}", {{"If-Match", tag}}));
  };
  CHECK(put("\"6\"") == "stale");
  CHECK(changes == 1);
  CHECK(put("\"abc\"") == "stale");
  CHECK(put("\"\"") == "stale");
  for (const auto* tag : {"7", "W/\"7\"", "\"6\", \"7\"", "\""}) {
    CAPTURE(tag);
    CHECK(put(tag) == "malformed_request");
  }
  CHECK(changes == 1);
  CHECK(call("PUT", "/api/providers/config/global", "{}", {{"If-Match", "\"6\""}}).status == 412);
}

TEST_CASE_FIXTURE(gateway_fixture, "PUT /api/providers/config: bad bodies and errors of the manager") {
  script->change = [](const std::string&, const settings_change&) -> caf::result<settings_outcome> {
    return caf::make_error(errc::invalid_settings, complaints{{"/priority", "must be 0-10000"}});
  };
  const auto put = [&](std::string_view body) { return call("PUT", "/api/providers/config/alpha", body); };
  CHECK(put("{").status == 400);
  CHECK(put("").status == 400);
  CHECK(put(R"({"priority":1,"priority":2})").status == 400);
  CHECK(put("[]").status == 422);
  CHECK(put("null").status == 422);
  const auto reply = put(R"({"priority":-1})");
  CHECK(reply.status == 422);
  CHECK(code_of(reply) == "invalid_settings");
  CHECK(body_of(reply).at("errors").at(0).at("pointer") == "/priority");
  script->change = [](const std::string&, const settings_change&) -> caf::result<settings_outcome> {
    return caf::make_error(errc::unknown_provider);
  };
  CHECK(put("{}").status == 404);
  script->change = [](const std::string&, const settings_change&) -> caf::result<settings_outcome> {
    return caf::make_error(errc::io_failed, std::string{"no space left"});
  };
  CHECK(put("{}").status == 500);
}

TEST_CASE_FIXTURE(gateway_fixture, "POST enable and disable: one field, 200 with the settings") {
  settings_change seen;
  script->change = [&](const std::string&, const settings_change& c) -> caf::result<settings_outcome> {
    seen = c;
    if (std::get<patch_one_provider>(c.edit).provider == "gamma")
      return errc::unknown_provider;
    auto s = *example_settings();
    s.document.providers["alpha"].enabled = false;
    return outcome_of(s);
  };
  const auto off = call("POST", "/api/providers/config/alpha/disable", "", {{"If-Match", "\"7\""}});
  CHECK(off.status == 200);
  CHECK(body_of(off).at("enabled") == false);
  CHECK(off.header("ETag") == "\"7\"");
  CHECK(std::get<patch_one_provider>(seen.edit).patch == R"({"enabled":false})");
  CHECK(seen.if_revision == 7);
  CHECK(call("POST", "/api/providers/config/beta/enable").status == 200);
  CHECK(std::get<patch_one_provider>(seen.edit).patch == R"({"enabled":true})");
  CHECK(code_of(call("POST", "/api/providers/config/gamma/enable")) == "unknown_provider");
}

TEST_CASE_FIXTURE(gateway_fixture, "GET export: the document as the file has it, to be saved") {
  const auto reply = call("GET", "/api/providers/config/export");
  CHECK(reply.status == 200);
  CHECK(reply.header("ETag") == "\"7\"");
  CHECK(reply.header("Content-Disposition") == "attachment; filename=\"settings.json\"");
  const auto document = body_of(reply);
  CHECK(document.at("version") == 1);
  CHECK(
      document.at("providers").at("alpha") ==
      json::object{{"kind", "http"}, {"base_url", "http://127.0.0.1:1/"}});
  CHECK_FALSE(document.contains("global")); // Nothing of it was set.
}

TEST_CASE_FIXTURE(gateway_fixture, "POST import: the whole text, dry or not, answers the difference") {
  const settings_diff changes{{"/global/rise", {}, "5"}, {"/providers/beta", R"({"kind":"http"})", {}}};
  std::string imported, previewed;
  script->change = [&](const std::string&, const settings_change& c) {
    imported = std::get<replace_document>(c.edit).text;
    auto s = *example_settings();
    s.revision = 8;
    return outcome_of(s, changes);
  };
  script->preview = [&](const settings_change& c) {
    previewed = std::get<replace_document>(c.edit).text;
    return outcome_of(*example_settings(), changes);
  };
  const json::array told{
      json::object{{"pointer", "/global/rise"}, {"before", nullptr}, {"after", 5}},
      json::object{
          {"pointer", "/providers/beta"}, {"before", json::object{{"kind", "http"}}}, {"after", nullptr}}};
  const auto dry = call("POST", "/api/providers/config/import?dry_run=true", R"({"version":1})");
  CHECK(dry.status == 200);
  CHECK(body_of(dry) == json::object{{"dry_run", true}, {"revision", 7}, {"changes", told}});
  CHECK(previewed == R"({"version":1})");
  CHECK(imported.empty());

  const auto wet = call("POST", "/api/providers/config/import?dry_run=false", R"({"version": 1})");
  CHECK(wet.status == 200);
  CHECK(wet.header("ETag") == "\"8\"");
  CHECK(body_of(wet) == json::object{{"dry_run", false}, {"revision", 8}, {"changes", told}});
  CHECK(imported == R"({"version": 1})");

  imported.clear();
  CHECK(code_of(call("POST", "/api/providers/config/import?dry_run=perhaps", "{}")) == "bad_query");
  CHECK(code_of(call("POST", "/api/providers/config/import", "{")) == "malformed_json");
  CHECK(code_of(call("POST", "/api/providers/config/import", "")) == "malformed_json");
  CHECK(code_of(call("POST", "/api/providers/config/import", "[]")) == "invalid_settings");
  CHECK(
      code_of(call("POST", "/api/providers/config/import", "{}", {{"If-Match", "7"}})) ==
      "malformed_request");
  CHECK(imported.empty());
  script->change = [](const std::string&, const settings_change&) -> caf::result<settings_outcome> {
    return caf::make_error(errc::invalid_settings, complaints{{"/providers/a/priority", "is odd"}});
  };
  const auto wrong = call("POST", "/api/providers/config/import", "{}");
  CHECK(wrong.status == 422);
  CHECK(body_of(wrong).at("errors").at(0).at("pointer") == "/providers/a/priority");
}

TEST_CASE_FIXTURE(gateway_fixture, "POST rollback: the revision in the path; unknown ones are 404") {
  script->change = [](const std::string&, const settings_change& c) -> caf::result<settings_outcome> {
    if (std::get<roll_back>(c.edit).revision != 5)
      return errc::unknown_revision;
    auto s = *example_settings();
    s.revision = 8;
    return outcome_of(s, {{"/global/rise", "5", {}}});
  };
  const auto back = call("POST", "/api/providers/config/rollback/5");
  CHECK(back.status == 200);
  CHECK(back.header("ETag") == "\"8\"");
  CHECK(body_of(back).at("rolled_back_to") == 5);
  CHECK(body_of(back).at("revision") == 8);
  CHECK(body_of(back).at("changes").at(0).at("before") == 5);
  for (const auto* bad : {"4", "x", "-1", "99999999999999999999"}) {
    const auto reply = call("POST", std::string{"/api/providers/config/rollback/"} + bad);
    CHECK(reply.status == 404);
    CHECK(code_of(reply) == "unknown_revision");
  }
}

TEST_CASE_FIXTURE(gateway_fixture, "GET history: the revisions, newest first, page by page") {
  std::uint64_t before = 0;
  std::uint32_t limit = 0;
  script->revisions = [&](std::uint64_t b, std::uint32_t l) {
    before = b;
    limit = l;
    return std::vector<settings_revision>{
        {9, noon, "admin", "change provider alpha", R"([{"pointer":"/a","before":null,"after":1}])", ""},
        {8, noon, "file", "read the file again", "[]", ""}};
  };
  const auto all = body_of(call("GET", "/api/providers/config/history"));
  CHECK(limit == 51); // One more tells whether there is a next page.
  CHECK(all.at("next").is_null());
  const auto& newest = all.at("revisions").at(0);
  CHECK(newest.at("revision") == 9);
  CHECK(newest.at("at") == "2026-11-23T12:00:00.000Z");
  CHECK(newest.at("author") == "admin");
  CHECK(newest.at("change") == "change provider alpha");
  CHECK(newest.at("changes").at(0).at("after") == 1);
  const auto page = body_of(call("GET", "/api/providers/config/history?limit=1&cursor=12"));
  CHECK(before == 12);
  CHECK(limit == 2);
  CHECK(page.at("revisions").as_array().size() == 1);
  CHECK(page.at("next") == "9");
  for (const auto* query : {"limit=0", "limit=501", "limit=x", "cursor=x", "before=1"})
    CHECK(call("GET", std::string{"/api/providers/config/history?"} + query).status == 400);
}

TEST_CASE_FIXTURE(
    gateway_fixture, "a settings file that was edited and is broken is a conflict that says where") {
  script->change = [](const std::string&, const settings_change&) -> caf::result<settings_outcome> {
    return caf::make_error(errc::file_changed, std::string{"settings.json:/global/rise: is 0"});
  };
  const auto reply = call("PUT", "/api/providers/config/global", "{}");
  CHECK(reply.status == 409);
  CHECK(code_of(reply) == "file_changed");
  CHECK(reply.body.find("/global/rise") != std::string::npos);
}
