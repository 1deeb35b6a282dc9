// The catalogue document: what is read, what is refused and where, and what the operations answer.
#include "net/client/catalog.hpp"

#include "config/json_source.hpp"
#include "tests/support/slowness.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <sys/resource.h>
#include <unistd.h>

using namespace tributary;

namespace {

catalog example() {
  auto read = parse_catalog(testing::read_file(TRIBUTARY_SOURCE_DIR "/examples/catalog.json"));
  if (const auto* wrong = std::get_if<complaints>(&read))
    FAIL(format_complaints(*wrong, "examples/catalog.json"));
  return std::get<catalog>(std::move(read));
}

/// "POINTER MESSAGE", a line each.
std::string complaints_of(std::string_view text) {
  const auto read = parse_catalog(text);
  const auto* wrong = std::get_if<complaints>(&read);
  std::string out;
  for (const auto& c : wrong ? *wrong : complaints{})
    out += c.pointer + " " + c.message + "\n";
  return out;
}

/// A document with one item of these members.
std::string with_item(const std::string& members) {
  return R"({"version": 1, "items": [{)" + members + "}]}";
}
const std::string film = R"("key": "film", "title": "Film", "languages": ["en"], "files": {"en": "a.mkv"})";

catalog_query about(catalog_operation what, catalog_ref item) {
  return {what, {}, std::move(item)};
}
catalog_reply language_of(const catalog& c, catalog_ref item) {
  return c.answer(about(catalog_operation::is_language, std::move(item)));
}
std::vector<std::string> keys(const catalog_reply& r) {
  std::vector<std::string> out;
  for (const auto& t : r.items)
    out.push_back(t.key);
  return out;
}

/// While it lives, this process may take so many bytes more than it has; std::bad_alloc beyond.
class address_space_limit {
public:
  explicit address_space_limit(std::size_t more) {
    std::size_t pages = 0;
    std::ifstream{"/proc/self/statm"} >> pages;
    REQUIRE(::getrlimit(RLIMIT_AS, &before_) == 0);
    const rlimit limit{pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) + more, before_.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_AS, &limit) == 0);
  }
  ~address_space_limit() { ::setrlimit(RLIMIT_AS, &before_); }
  address_space_limit(const address_space_limit&) = delete;
  address_space_limit& operator=(const address_space_limit&) = delete;

private:
  rlimit before_{};
};

} // namespace

TEST_CASE("catalog: the shipped example holds what its documentation says") {
  const auto c = example();
  CHECK(c.size() == 2);
  const auto title = c.answer(about(catalog_operation::get_title, {"handbook", {}, {}, {}}));
  REQUIRE(title.result == outcome::ok);
  CHECK(title.items == std::vector<catalog_title>{{"handbook", "The Sailor's Handbook", {"en", "pt-br"}}});
  const auto counts =
      c.answer(about(catalog_operation::get_season_episode_count, {"tidal-stories", {}, {}, {}}));
  CHECK(counts.seasons == std::vector<season_count>{{1, 2}, {2, 1}});
  const auto none = c.answer(about(catalog_operation::get_season_episode_count, {"handbook", {}, {}, {}}));
  CHECK(none.result == outcome::ok);
  CHECK(none.seasons.empty());
}

TEST_CASE("catalog: a place leads to its path, in the language asked for or the item's first") {
  const auto c = example();
  const auto german = language_of(c, {"tidal-stories", 1, 1, "de"});
  CHECK(german.available);
  CHECK(german.path == "tidal-stories/s01e01.de.mkv");
  const auto any = language_of(c, {"tidal-stories", 1, 1, ""});
  CHECK(any.language == "en");
  CHECK(any.path == "tidal-stories/s01e01.en.mkv");
  const auto absent = language_of(c, {"tidal-stories", 1, 2, "de"});
  CHECK(absent.result == outcome::ok);
  CHECK_FALSE(absent.available);
  CHECK(absent.path.empty());
  CHECK(language_of(c, {"handbook", {}, {}, "pt-br"}).path == "books/handbook.pt-br.pdf");
}

TEST_CASE("catalog: without an episode a series answers for its languages, and leads nowhere") {
  const auto c = example();
  const auto german = language_of(c, {"tidal-stories", {}, {}, "de"});
  CHECK(german.available);
  CHECK(german.path.empty());
  CHECK_FALSE(language_of(c, {"tidal-stories", {}, {}, "fr"}).available);
}

TEST_CASE("catalog: what it has not got is missing, in words") {
  const auto c = example();
  for (const auto& ref :
       {catalog_ref{"absent", {}, {}, "en"}, catalog_ref{"tidal-stories", 3, 1, "en"},
        catalog_ref{"tidal-stories", 1, 3, "en"}, catalog_ref{"handbook", 1, 1, "en"}}) {
    const auto r = language_of(c, ref);
    CAPTURE(describe(ref));
    CHECK(r.result == outcome::missing);
    CHECK(r.cause == fault::no_such_item);
    CHECK(r.message.find(ref.key) != std::string::npos);
  }
  CHECK(c.answer(about(catalog_operation::get_title, {"Handbook", {}, {}, {}})).result == outcome::missing);
}

TEST_CASE("catalog: a search finds all words in title or key, in any case, ordered by title") {
  const auto c = example();
  const auto found = [&](const std::string& text) {
    return keys(c.answer({catalog_operation::search, text, {}}));
  };
  CHECK(found("STORIES tidal") == std::vector<std::string>{"tidal-stories"});
  CHECK(found("dal-st") == std::vector<std::string>{"tidal-stories"});
  CHECK(found("a") == std::vector<std::string>{"handbook", "tidal-stories"});
  CHECK(found("tidal handbook").empty());
  CHECK(c.answer({catalog_operation::search, "nothing", {}}).result == outcome::ok);
}

TEST_CASE("catalog: a search is cut at its limit, and says so") {
  std::vector<catalog_item> items;
  for (std::size_t i = 0; i < search_results_max; ++i)
    items.push_back({{"key" + std::to_string(i), "Same", {"en"}}, {}, {{"en", "p"}}});
  const auto exactly = catalog{items}.answer({catalog_operation::search, "same", {}});
  CHECK(exactly.items.size() == search_results_max);
  CHECK_FALSE(exactly.more);
  items.push_back({{"one more", "Same", {"en"}}, {}, {{"en", "p"}}});
  const auto over = catalog{items}.answer({catalog_operation::search, "same", {}});
  CHECK(over.items.size() == search_results_max);
  CHECK(over.more);
}

TEST_CASE("parse_catalog: members that version 1 does not know are ignored") {
  CHECK(complaints_of(R"({"version": 1, "generator": "x", "items": [{)" + film + R"(, "rating": 5}]})")
            .empty());
  CHECK(complaints_of(R"({"version": 1, "items": []})").empty());
}

TEST_CASE("parse_catalog: what is wrong is said with its place") {
  struct row {
    std::string text;
    const char* pointer;
    const char* words;
  };
  const row rows[]{
      {"", "", "is empty"},
      {"{", "", "ends too early"},
      {"[]", "", "must be an object, found an array"},
      {R"({"items": []})", "/version", "must be 1"},
      {R"({"version": 2, "items": []})", "/version", "must be 1"},
      {R"({"version": "1", "items": []})", "/version", "must be 1"},
      {R"({"version": 1})", "/items", "is needed"},
      {R"({"version": 1, "items": {}})", "/items", "must be a list"},
      {R"({"version": 1, "items": [7]})", "/items/0", "must be an object, found a whole number"},
      {R"({"version": 1, "version": 1, "items": []})", "/version", "repeated key"},
      {with_item(R"("title": "T", "languages": ["en"], "files": {"en": "a"})"), "/items/0/key", "is needed"},
      {with_item(R"("key": 5, "title": "T", "languages": ["en"], "files": {"en": "a"})"), "/items/0/key",
       "must be a string"},
      {with_item(R"("key": "", "title": "T", "languages": ["en"], "files": {"en": "a"})"), "/items/0/key",
       "must not be empty"},
      {with_item(R"("key": "search", "title": "T", "languages": ["en"], "files": {"en": "a"})"),
       "/items/0/key", "a path of the API"},
      {with_item(
           R"("key": ")" + std::string(catalog_key_bytes_max + 1, 'k') +
           R"(", "title": "T", "languages": ["en"], "files": {"en": "a"})"),
       "/items/0/key", "must not be longer than 200 bytes"},
      {R"({"version": 1, "items": [{)" + film + "}, {" + film + "}]}", "/items/1/key", "twice: `film`"},
      {with_item(R"("key": "k", "title": " ", "languages": ["en"], "files": {"en": "a"})"), "/items/0/title",
       "must not be empty"},
      {with_item(R"("key": "k", "title": "T", "files": {"en": "a"})"), "/items/0/languages",
       "at least one language"},
      {with_item(R"("key": "k", "title": "T", "languages": [], "files": {"en": "a"})"), "/items/0/languages",
       "at least one language"},
      {with_item(R"("key": "k", "title": "T", "languages": ["e n"], "files": {"en": "a"})"),
       "/items/0/languages/0", "must be a language tag"},
      {with_item(R"("key": "k", "title": "T", "languages": ["en", "EN"], "files": {"en": "a"})"),
       "/items/0/languages/1", "twice"},
      {with_item(R"("key": "k", "title": "T", "languages": ["en"])"), "/items/0",
       "either `seasons` or `files`"},
      {with_item(film + R"(, "seasons": {"1": {"1": {"en": "a"}}})"), "/items/0",
       "either `seasons` or `files`"},
      {with_item(R"("key": "k", "title": "T", "languages": ["en"], "files": {})"), "/items/0/files",
       "at least one language"},
      {with_item(R"("key": "k", "title": "T", "languages": ["en"], "files": {"de": "a"})"),
       "/items/0/files/de", "not one of the item's `languages`"},
      {with_item(R"("key": "k", "title": "T", "languages": ["en"], "files": {"en": "a", "EN": "b"})"),
       "/items/0/files/EN", "twice"},
      {with_item(R"("key": "k", "title": "T", "languages": ["en"], "files": {"en": "/etc/passwd"})"),
       "/items/0/files/en", "must be relative"},
      {with_item(R"("key": "k", "title": "T", "languages": ["en"], "files": {"en": "a/../../b"})"),
       "/items/0/files/en", "'..' segment"},
      {with_item(R"("key": "k", "title": "T", "languages": ["en"], "files": {"en": ["a"]})"),
       "/items/0/files/en", "must be a string, found an array"},
      {with_item(R"("key": "k", "title": "T", "languages": ["en"], "seasons": [])"), "/items/0/seasons",
       "at least one season"},
      {with_item(R"("key": "k", "title": "T", "languages": ["en"], "seasons": {"1": {}})"),
       "/items/0/seasons/1", "at least one episode"},
      {with_item(R"("key": "k", "title": "T", "languages": ["en"], "seasons": {"01": {"1": {"en": "a"}}})"),
       "/items/0/seasons/01", "a number from 0 to 99999"},
      {with_item(
           R"("key": "k", "title": "T", "languages": ["en"], "seasons": {"1": {"100000": {"en": "a"}}})"),
       "/items/0/seasons/1/100000", "a number from 0 to 99999"},
  };
  for (const auto& r : rows) {
    CAPTURE(r.text);
    const auto said = complaints_of(r.text);
    CAPTURE(said);
    CHECK(said.starts_with(std::string{r.pointer} + " "));
    CHECK(said.find(r.words) != std::string::npos);
    CHECK(std::count(said.begin(), said.end(), '\n') == 1);
    if (!r.text.empty())
      CHECK(said.find("(line ") != std::string::npos);
  }
}

TEST_CASE("parse_catalog: depth and the number of complaints are bounded") {
  std::string deep;
  for (int i = 0; i < 40; ++i)
    deep += "[";
  CHECK(complaints_of(deep).find("nested deeper than 32") != std::string::npos);
  std::string many = R"({"version": 1, "items": [1)";
  for (std::size_t i = 1; i < catalog_complaints_max + 5; ++i)
    many += ", 1";
  const auto said = complaints_of(many + "]}");
  CHECK(static_cast<std::size_t>(std::count(said.begin(), said.end(), '\n')) == catalog_complaints_max);
}

TEST_CASE("parse_catalog: a document of just the largest size is read, one more byte is refused") {
  std::string text = with_item(film);
  text.resize(catalog_bytes_max, ' ');
  CHECK(complaints_of(text).empty());
  text += ' ';
  CHECK(complaints_of(text) == " is larger than 8 MiB\n");
}

// A list of single digits has as many values as a document can have: half its bytes.
TEST_CASE("catalog: the largest list of nothing is refused at its places, for little memory") {
  const std::string begin = R"({"version": 1, "items": [)", end = "\n0]}";
  std::string text = begin;
  while (text.size() + 2 + end.size() <= catalog_bytes_max)
    text += "0,";
  text += end;
  std::optional<address_space_limit> no_more_than;
  if (testing::slowness == 1) // Sanitizers keep books of all memory.
    no_more_than.emplace(400u << 20);
  const auto read = parse_catalog(text);
  no_more_than.reset();
  const auto* wrong = std::get_if<complaints>(&read);
  REQUIRE(wrong);
  REQUIRE(wrong->size() == catalog_complaints_max);
  for (std::size_t i = 0; i < catalog_complaints_max; ++i) {
    CHECK(wrong->at(i).pointer == "/items/" + std::to_string(i));
    CHECK(
        wrong->at(i).message ==
        "must be an object, found a whole number" + at_position(text, begin.size() + 2 * i));
  }
}
