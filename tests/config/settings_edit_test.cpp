#include "config/settings_edit.hpp"

#include "config/settings_diff.hpp"
#include "config/settings_json.hpp"

#include <doctest/doctest.h>

using namespace tributary;

namespace {

settings document(std::string_view chain = "") {
  std::string text = R"({"providers": {"a": {"kind": "http", "base_url": "http://a", "priority": 2},)"
                     R"("b": {"kind": "http", "base_url": "http://b", "priority": 1},)"
                     R"("off": {"kind": "http", "base_url": "http://off", "enabled": false}})";
  if (!chain.empty())
    text += R"(, "failover": {"chain": )" + std::string{chain} + "}";
  return std::get<settings>(parse_settings(text + "}"));
}

using chain_names = std::vector<std::string>;

settings done(const settings& base, const settings_edit& edit) {
  auto result = apply(base, edit);
  if (const auto* wrong = std::get_if<complaints>(&result))
    FAIL(format_complaints(*wrong, "edit"));
  REQUIRE(std::holds_alternative<settings>(result));
  return std::get<settings>(std::move(result));
}

edit_error refused(const settings& base, const settings_edit& edit) {
  const auto result = apply(base, edit);
  REQUIRE(std::holds_alternative<edit_error>(result));
  return std::get<edit_error>(result);
}

complaints wrong(const settings& base, const settings_edit& edit) {
  const auto result = apply(base, edit);
  REQUIRE(std::holds_alternative<complaints>(result));
  return std::get<complaints>(result);
}

} // namespace

TEST_CASE("settings_edit: a provider is added, and joins an explicit chain at its end") {
  const add_provider gamma{"gamma", R"({"kind": "http", "base_url": "http://g"})"};
  const auto implicit = done(document(), gamma);
  CHECK(implicit.providers.at("gamma").base_url == "http://g");
  CHECK_FALSE(implicit.chain);
  CHECK(done(document(R"(["b"])"), gamma).chain == chain_names{"b", "gamma"});
}

TEST_CASE("settings_edit: a provider that cannot be added says why, with pointers into what was given") {
  const auto base = document();
  CHECK(refused(base, add_provider{"a", "{}"}) == edit_error::provider_exists);
  CHECK(wrong(base, add_provider{"health", "{}"}).at(0).pointer == "/name");
  CHECK(wrong(base, add_provider{"-x", "{}"}).at(0).pointer == "/name");
  const auto missing = wrong(base, add_provider{"g", "{}"});
  REQUIRE(missing.size() == 2);
  CHECK(missing[0].message.find("`kind` is required") == 0);
  CHECK(missing[1].pointer == "/base_url");
  CHECK(
      wrong(base, add_provider{"g", R"({"kind":"http","base_url":"http://g","priorty":1})"}).at(0).pointer ==
      "/priorty");
  CHECK(wrong(base, add_provider{"g", "[]"}).at(0).pointer.empty());
  CHECK(wrong(base, add_provider{"g", "{"}).size() == 1);
}

TEST_CASE("settings_edit: a removed provider leaves the chain, too") {
  const auto next = done(document(R"(["b", "a"])"), remove_provider{"b"});
  CHECK_FALSE(next.providers.contains("b"));
  CHECK(next.chain == chain_names{"a"});
  CHECK(refused(document(), remove_provider{"nobody"}) == edit_error::unknown_provider);
}

TEST_CASE("settings_edit: the chain is replaced, or made implicit again") {
  CHECK(done(document(), replace_chain{R"({"chain": ["a", "b"]})"}).chain == chain_names{"a", "b"});
  CHECK_FALSE(done(document(R"(["a"])"), replace_chain{R"({"chain": null})"}).chain);
  CHECK(done(document(), replace_chain{R"({"chain": []})"}).chain == chain_names{});
  const auto twice = wrong(document(), replace_chain{R"({"chain": ["a", "nobody", "a"]})"});
  REQUIRE(twice.size() == 2);
  CHECK(twice[0].pointer == "/chain/1");
  CHECK(twice[1].pointer == "/chain/2");
  CHECK(wrong(document(), replace_chain{R"({"order": []})"}).at(0).pointer == "/order");
}

TEST_CASE("settings_edit: membership makes the chain explicit, from what holds now") {
  CHECK(done(document(), add_to_chain{"off", {}}).chain == chain_names{"b", "a", "off"});
  CHECK(done(document(), add_to_chain{"off", 0}).chain == chain_names{"off", "b", "a"});
  CHECK(done(document(), add_to_chain{"off", 2}).chain == chain_names{"b", "a", "off"});
  CHECK(done(document(), remove_from_chain{"b"}).chain == chain_names{"a"});
  CHECK(done(document(), add_to_chain{"a", {}}).chain == chain_names{"b", "a"}); // Stays where it is.
  CHECK(done(document(), add_to_chain{"a", 0}).chain == chain_names{"a", "b"});  // Moves.
  CHECK(wrong(document(), add_to_chain{"off", 3}).at(0).pointer == "/position");
  CHECK(wrong(document(), add_to_chain{"a", 2}).at(0).pointer == "/position"); // It is taken out first.
  CHECK(refused(document(), add_to_chain{"nobody", {}}) == edit_error::unknown_provider);
  CHECK(refused(document(), remove_from_chain{"off"}) == edit_error::not_in_chain);
  CHECK(refused(document(), remove_from_chain{"nobody"}) == edit_error::unknown_provider);
}

TEST_CASE("settings_diff: names each value that differs, in the order of the document") {
  auto after = document();
  after.global.rise = 5;
  after.providers.erase("off");
  after.providers.at("a").custom_headers = {{"X-One", "1"}};
  after.providers.at("a").timeout_seconds = 0.5;
  after.chain = chain_names{"a"};
  const auto diff = diff_of(document(), after);
  REQUIRE(diff.size() == 5);
  CHECK(diff[0] == settings_difference{"/providers/a/timeout_seconds", {}, "0.5"});
  CHECK(diff[1] == settings_difference{"/providers/a/custom_headers", {}, R"({"X-One":"1"})"});
  CHECK(diff[2].pointer == "/providers/off");
  CHECK_FALSE(diff[2].after);
  CHECK(diff[3] == settings_difference{"/global/rise", {}, "5"});
  CHECK(diff[4] == settings_difference{"/failover/chain", {}, R"(["a"])"});
  CHECK(diff_of(after, after).empty());

  auto later = after;
  later.providers.at("a").custom_headers = {{"X-One", "2"}, {"a/b", "~"}};
  const auto entries = diff_of(after, later);
  REQUIRE(entries.size() == 2);
  CHECK(entries[0] == settings_difference{"/providers/a/custom_headers/X-One", "\"1\"", "\"2\""});
  CHECK(entries[1].pointer == "/providers/a/custom_headers/a~1b");
  CHECK(
      to_text(diff_of(after, document()))
          .find(R"({"pointer":"/failover/chain","before":["a"],"after":null})") != std::string::npos);
}
