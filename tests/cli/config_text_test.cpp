#include "app/cli/config_text.hpp"

#include "app/cli/failure.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

using namespace tributary;
using namespace tributary::cli;
namespace json = boost::json;

namespace {

std::string change(const std::vector<std::string>& words) {
  return json::serialize(settings_from_words(words));
}

} // namespace

TEST_CASE("config_text: words become JSON values") {
  CHECK(change({"priority=3", "enabled=false"}) == R"({"priority":3,"enabled":false})");
  CHECK(change({"max_retries=null"}) == R"({"max_retries":null})");
  CHECK(change({"strategy=best"}) == R"({"strategy":"best"})");
  CHECK(change({"base_url=http://h/?a=b"}) == R"({"base_url":"http://h/?a=b"})");
}

TEST_CASE("config_text: settings that are texts stay texts") {
  CHECK(change({"region=7"}) == R"({"region":"7"})");
  CHECK(change({"region=null"}) == R"({"region":null})");
  CHECK(change({R"(region="null")"}) == R"({"region":"null"})");
}

TEST_CASE("config_text: a dotted key is one entry of a map") {
  CHECK(
      change({"custom_headers.X-A=1", "custom_headers.X-B=secret://b"}) ==
      R"({"custom_headers":{"X-A":"1","X-B":"secret://b"}})");
}

TEST_CASE("config_text: what is no setting, or is given twice, is refused with the word") {
  for (const auto& words : std::vector<std::vector<std::string>>{
           {"priority"}, {"=3"}, {"a=1", "a=2"}, {"a.b=1", "a.b=2"}, {"a=1", "a.b=2"}}) {
    CAPTURE(words.back());
    CHECK_THROWS_AS(settings_from_words(words), failure);
  }
}

TEST_CASE("config_text: a document is shown in sections, one setting a line") {
  const auto document = json::parse(
      R"({"version":1,"global":{"rise":2},"providers":{"nas":{"region":null,"custom_headers":{"a":"b"}}}})");
  CHECK(
      document_text(document) == "[global]\nrise = 2\n\n[providers.nas]\nregion = null\n"
                                 "custom_headers = {\"a\":\"b\"}\n");
}
