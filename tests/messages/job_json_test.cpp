#include "messages/job_json.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

using namespace tributary;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

/// "POINTER MESSAGE" of each complaint, a line each; "" when the text is a good job.
std::string complaints_of(std::string_view text) {
  const auto read = parse_job_spec(json::parse(json::string_view{text.data(), text.size()}));
  std::string out;
  if (const auto* wrong = std::get_if<complaints>(&read))
    for (const auto& [pointer, message] : *wrong)
      out += pointer + " " + message + "\n";
  return out;
}

std::string pointers_of(std::string_view text) {
  const auto read = parse_job_spec(json::parse(json::string_view{text.data(), text.size()}));
  std::string out;
  if (const auto* wrong = std::get_if<complaints>(&read))
    for (const auto& c : *wrong)
      out += (out.empty() ? "" : " ") + c.pointer;
  return out;
}

job_spec good(std::string_view text) {
  auto read = parse_job_spec(json::parse(json::string_view{text.data(), text.size()}));
  REQUIRE(std::holds_alternative<job_spec>(read));
  return std::get<job_spec>(std::move(read));
}

bool mentions(const std::string& text, std::string_view words) {
  return text.find(words) != std::string::npos;
}

} // namespace

TEST_CASE("job_json: every field of a submission is read") {
  const auto spec = good(
      R"({"operation":"download","resource":{"path":"a/b.iso"},"output":"x/b.iso","sha256":")" +
      std::string(64, 'A') +
      R"(","size":12,"priority":9,"deadline_seconds":0.5,"max_attempts":3,"max_segments":2,)"
      R"("strategy":"fastest","on_conflict":"skip_if_same","providers":["alpha","beta"]})");
  CHECK(spec.resource.path == "a/b.iso");
  CHECK(spec.output == "x/b.iso");
  CHECK(spec.sha256 == std::string(64, 'a'));
  CHECK(spec.size == 12);
  CHECK(spec.priority == 9);
  CHECK(spec.deadline_seconds == 0.5);
  CHECK(spec.max_attempts == 3);
  CHECK(spec.max_segments == 2);
  CHECK(spec.strategy == strategy::fastest);
  CHECK(spec.on_conflict == on_conflict::skip_if_same);
  CHECK(spec.providers == std::vector<std::string>{"alpha", "beta"});
}

TEST_CASE("job_json: only the resource is needed, null counts as absent") {
  const auto spec =
      good(R"({"resource":{"urls":["http://example.org/b.iso"]},"output":null,"sha256":null,"size":null,
    "priority":null,"deadline_seconds":null,"max_attempts":null,"max_segments":null,"strategy":null,"on_conflict":null,
    "providers":null,"operation":null})");
  CHECK(spec.output == "b.iso");
  CHECK(spec.priority == 5);
  CHECK_FALSE(spec.sha256);
  CHECK_FALSE(spec.size);
  CHECK_FALSE(spec.strategy);
  CHECK(spec.providers.empty());
  CHECK(pointers_of("{}") == "/resource");
  CHECK(pointers_of(R"({"resource":null})") == "/resource");
  CHECK(pointers_of(R"({"resource":{}})") == "/resource");
  CHECK(pointers_of(R"({"resource":{"path":""}})") == "/resource");
  CHECK(pointers_of(R"({"resource":{"urls":[]}})") == "/resource");
  CHECK(pointers_of(R"({"resource":{"path":"a","urls":["http://x/y"]}})") == "/resource");
}

TEST_CASE("job_json: what is no object is no job") {
  for (const auto* text : {"[]", "null", "1", "\"x\""})
    CHECK(complaints_of(text) == " a job must be an object\n");
}

TEST_CASE("job_json: an unknown key is named, with what was meant") {
  const auto said = complaints_of(R"({"resource":{"path":"a","pth":"b"},"priorty":1,"colour":2})");
  CHECK(mentions(said, "/resource/pth "));
  CHECK(mentions(said, "path"));
  CHECK(mentions(said, "/priorty "));
  CHECK(mentions(said, "did you mean"));
  CHECK(mentions(said, "priority"));
  CHECK(mentions(said, "/colour "));
  CHECK(pointers_of(R"({"resource":{"path":"a"},"a/b~c":1})") == "/a~1b~0c");
}

TEST_CASE("job_json: a catalogue item is read, and judged by its parts") {
  const auto spec = good(R"({"resource":{"key":"k","season":1,"episode":2.0,"language":"pt-BR"}})");
  CHECK(spec.resource.item == catalog_ref{"k", 1, 2, "pt-br"});
  CHECK(spec.output.empty()); // A catalogue will name it.
  CHECK(
      good(R"({"resource":{"key":"k","season":null},"output":"x"})").resource.item ==
      catalog_ref{"k", {}, {}, ""});
  CHECK(pointers_of(R"({"resource":{"season":1,"episode":2}})") == "/resource/key");
  CHECK(pointers_of(R"({"resource":{"key":7}})") == "/resource/key");
  CHECK(pointers_of(R"({"resource":{"key":"k","season":1}})") == "/resource/episode");
  CHECK(
      pointers_of(R"({"resource":{"key":"k","season":"1","episode":1.5}})") ==
      "/resource/season /resource/episode");
  CHECK(pointers_of(R"({"resource":{"key":"","language":"?"}})") == "/resource/key /resource/language");
  CHECK(pointers_of(R"({"resource":{"key":"k","path":"a"}})") == "/resource");
  CHECK(pointers_of(R"({"resource":{"path":"a","season":1}})") == "/resource/key");
}

TEST_CASE("job_json: a catalogue item survives the journal's text") {
  for (const auto& item : {catalog_ref{"k", {}, {}, ""}, catalog_ref{"k", 0, 12, "en"}}) {
    job_spec spec;
    spec.resource.item = item;
    CHECK(spec_from_json(to_json(spec)).resource == spec.resource);
  }
}

TEST_CASE("job_json: only downloads are jobs") {
  CHECK(pointers_of(R"({"operation":"download","resource":{"path":"a"}})").empty());
  CHECK(pointers_of(R"({"operation":"search","resource":{"path":"a"}})") == "/operation");
  CHECK(pointers_of(R"({"operation":7,"resource":{"path":"a"}})") == "/operation");
}

TEST_CASE("job_json: a wrong type is one complaint at its place") {
  CHECK(pointers_of(R"({"resource":"a"})") == "/resource");
  CHECK(pointers_of(R"({"resource":{"path":1}})") == "/resource/path");
  CHECK(pointers_of(R"({"resource":{"urls":"http://x/y"}})") == "/resource/urls");
  CHECK(pointers_of(R"({"resource":{"urls":["http://x/y",2]}})") == "/resource/urls/1");
  for (const auto* key : {"output", "sha256", "strategy", "on_conflict"})
    CHECK(
        pointers_of(R"({"resource":{"path":"a"},")" + std::string{key} + R"(":5})") ==
        std::string{"/"} + key);
  for (const auto* key :
       {"size", "priority", "deadline_seconds", "max_attempts", "max_segments", "providers"})
    for (const auto* value : {"\"5\"", "true", "{}"})
      CHECK(
          pointers_of(R"({"resource":{"path":"a"},")" + std::string{key} + "\":" + value + "}") ==
          std::string{"/"} + key);
  CHECK(pointers_of(R"({"resource":{"path":"a"},"providers":["alpha",1]})") == "/providers/1");
}

TEST_CASE("job_json: whole numbers are whole and in range") {
  const auto with = [](const std::string& member) {
    return pointers_of(R"({"resource":{"path":"a"},)" + member + "}");
  };
  CHECK(with(R"("priority":5.0)").empty());
  CHECK(with(R"("priority":5.5)") == "/priority");
  CHECK(with(R"("priority":-1)") == "/priority");
  CHECK(with(R"("priority":4294967297)") == "/priority");
  CHECK(with(R"("size":0)").empty());
  CHECK(with(R"("size":-1)") == "/size");
  CHECK(with(R"("size":1.5)") == "/size");
  CHECK(with(R"("size":18446744073709551616)") == "/size");
  CHECK(with(R"("deadline_seconds":0)") == "/deadline_seconds");
  CHECK(with(R"("deadline_seconds":1)").empty());
}

TEST_CASE("job_json: a misspelt choice lists what there is") {
  const auto said =
      complaints_of(R"({"resource":{"path":"a"},"strategy":"fastets","on_conflict":"overwrite"})");
  CHECK(mentions(said, "/strategy must be one of 'priority', 'best', 'fastest'"));
  CHECK(mentions(said, "fastest`?"));
  CHECK(mentions(said, "/on_conflict must be one of 'error', 'rename', 'replace', 'skip_if_same'"));
}

TEST_CASE("job_json: all complaints come at once") {
  CHECK(
      pointers_of(R"({"resource":{"urls":["ftp://x/y"]},"sha256":"zz","size":-1,"priority":77,"extra":1})") ==
      "/extra /size /resource/urls/0 /sha256 /priority");
}

TEST_CASE("job_json: a fresh job shows null for what is not known") {
  job_view view;
  view.row.id = 42;
  view.row.spec.resource.path = "a/b.iso";
  view.row.spec.output = "b.iso";
  view.row.created_at = wall_time{1'700'000'000'123ms};
  const auto expected =
      json::parse(R"({"id":"42","operation":"download","resource":{"path":"a/b.iso"},"state":"queued",
    "output":"b.iso","size":null,"bytes_done":0,"rate_mbps":null,"eta_seconds":null,"provider":null,"providers_tried":[],
    "attempts":0,"next_attempt_at":null,"sha256":null,"error":null,"created_at":"2023-11-14T22:13:20.123Z",
    "started_at":null,"finished_at":null})");
  CHECK(json::value(to_json(view)) == expected);
}

TEST_CASE("job_json: a failed job shows its error, what was tried, and the times") {
  job_view view;
  auto& row = view.row;
  row.id = 18'446'744'073'709'551'615u;
  row.spec.resource.urls = {"http://x/y"};
  row.spec.output = "y";
  row.spec.sha256 = std::string(64, 'a');
  row.spec.size = 5;
  row.identity.size = 7;
  row.state = job_state::failed;
  row.target = "y (1)";
  row.bytes_done = 3;
  row.provider = "alpha";
  row.attempts = 4;
  row.error = job_error{outcome::throttled, "try later", "beta", 12.5};
  row.created_at = row.next_attempt_at.emplace(1000ms);
  row.started_at = wall_time{2000ms};
  row.finished_at = wall_time{3000ms};
  view.rate_mbps = 1.5;
  view.eta_seconds = 2.5;
  view.providers_tried = {"alpha", "beta"};
  const auto got = json::value(to_json(view));
  CHECK(got.at("id") == "18446744073709551615");
  CHECK(got.at("state") == "failed");
  CHECK(got.at("output") == "y (1)");
  CHECK(got.at("size") == 7);
  CHECK(got.at("sha256") == json::value(std::string(64, 'a')));
  CHECK(got.at("rate_mbps") == 1.5);
  CHECK(got.at("eta_seconds") == 2.5);
  CHECK(got.at("providers_tried") == json::value({"alpha", "beta"}));
  CHECK(
      got.at("error") == json::value(
                             {{"class", "throttled"},
                              {"message", "try later"},
                              {"provider", "beta"},
                              {"retry_after_seconds", 12.5}}));
  CHECK(got.at("next_attempt_at") == "1970-01-01T00:00:01.000Z");
  CHECK(got.at("finished_at") == "1970-01-01T00:00:03.000Z");
}

TEST_CASE("job_json: text from outside cannot break the JSON") {
  job_view view;
  view.row.spec.resource.path = "a";
  view.row.error = job_error{outcome::provider_fault, "bad \xff byte and \"quote\"\n", "", {}};
  const auto text = json::serialize(to_json(view));
  CHECK(json::parse(text).at("error").at("message") == "bad \xef\xbf\xbd byte and \"quote\"\n");
  CHECK(json::parse(text).at("error").at("provider").is_null());
}
