#include "messages/catalog.hpp"

#include "messages/output_name.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace tributary;

namespace {

std::string wrong(catalog_ref ref) {
  std::string out;
  for (const auto& c : check_and_lower(ref))
    out += (out.empty() ? "" : " ") + c.pointer;
  return out;
}

} // namespace

TEST_CASE("catalog_ref: a key is enough; season and episode come together") {
  CHECK(wrong({"k", {}, {}, ""}).empty());
  CHECK(wrong({"k", 0, 0, "en"}).empty());
  CHECK(wrong({"k", 1, {}, ""}) == "/episode");
  CHECK(wrong({"k", {}, 1, ""}) == "/season");
  CHECK(wrong({"k", -1, catalog_number_max + 1, ""}) == "/season /episode");
  CHECK(wrong({"k", catalog_number_max, catalog_number_max, ""}).empty());
  CHECK(wrong({"", -1, 1, "?"}) == "/key /season /language");
}

TEST_CASE("catalog_ref: the language is lowered") {
  catalog_ref ref{"k", {}, {}, "pt-BR"};
  CHECK(check_and_lower(ref).empty());
  CHECK(ref.language == "pt-br");
}

TEST_CASE("catalog: keys, on both sides of each rule") {
  CHECK(catalog_key_error(std::string(catalog_key_bytes_max, 'k')).empty());
  CHECK_FALSE(catalog_key_error(std::string(catalog_key_bytes_max + 1, 'k')).empty());
  CHECK(catalog_key_error("a/b c \xC3\xA4").empty());
  CHECK_FALSE(catalog_key_error("").empty());
  CHECK_FALSE(catalog_key_error("search").empty());
  CHECK(catalog_key_error("searches").empty());
  CHECK_FALSE(catalog_key_error("a\nb").empty());
  CHECK_FALSE(catalog_key_error("\xFF").empty());
}

TEST_CASE("catalog: language tags, on both sides of each rule") {
  for (const char* good : {"en", "pt-BR", "zh-Hant-TW", "x", "es-419", "abcdefgh"})
    CHECK_MESSAGE(language_error(good).empty(), good);
  for (const char* bad : {"", "-", "en-", "-en", "en--us", "e n", "en_US", "abcdefghi", "\xC3\xA4"})
    CHECK_MESSAGE(!language_error(bad).empty(), bad);
  CHECK(language_error("12345678-12345678-12345678-12345678").size() == 0); // 35 bytes
  CHECK_FALSE(language_error("12345678-12345678-12345678-12345678-1").empty());
}

TEST_CASE("catalog: a search has a word and a limit") {
  CHECK(search_text_error("x").empty());
  CHECK(search_text_error(std::string(search_text_bytes_max, 'x')).empty());
  CHECK_FALSE(search_text_error(std::string(search_text_bytes_max + 1, 'x')).empty());
  CHECK_FALSE(search_text_error("").empty());
  CHECK_FALSE(search_text_error("   ").empty());
  CHECK_FALSE(search_text_error("a\tb").empty());
}

TEST_CASE("catalog_operation: every one has a name of its own") {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(catalog_operation::get_season_episode_count); ++i)
    names.insert(to_string(static_cast<catalog_operation>(i)));
  CHECK(names.size() == 4);
}

TEST_CASE("output_name: an item is called by its path, else its title, else its key") {
  const catalog_ref film{"film", {}, {}, "en"}, episode{"series", 1, 12, ""};
  CHECK(suggested_name_of_item(film, "a/b/film.mkv", "Film") == "film.mkv");
  CHECK(suggested_name_of_item(film, "", "Film: 1/2") == "Film: 1_2.en");
  CHECK(suggested_name_of_item(film, "a/x.part", "Film") == "Film.en");
  CHECK(suggested_name_of_item(episode, "", "Series") == "Series S01E12");
  CHECK(suggested_name_of_item(episode, "", "") == "series S01E12");
  CHECK(suggested_name_of_item({"..", {}, {}, ""}, "", "") == "");
}
