// Reading a provider's catalogue over HTTP: validators, limits, and what each answer comes to.
#include "tests/net/client_fixture.hpp"

#include "net/client/catalog.hpp"

#include <future>

using namespace tributary;
using namespace tributary::testing;

namespace {

const std::string text =
    R"({"version": 1, "items": [{"key": "film", "title": "Film", "languages": ["en"], "files": {"en": "a.mkv"}}]})";

struct catalog_fixture : client_fixture {
  catalog_answer read(document_version known = {}) {
    std::promise<catalog_answer> told;
    auto source = make_loader();
    source->read_catalog(std::move(known), [&](catalog_answer a) { told.set_value(std::move(a)); });
    auto answer = told.get_future();
    REQUIRE(answer.wait_for(patience) == std::future_status::ready);
    return answer.get();
  }
};

} // namespace

TEST_CASE_FIXTURE(catalog_fixture, "http catalog: catalog.json beneath the base is read and parsed") {
  origin.serve("/files/catalog.json", {text, "\"c1\""});
  provider.own.base_url = origin.url("/files");
  provider.own.custom_headers["X-Key"] = "k";
  const auto a = read();
  CHECK(a.result == outcome::ok);
  CHECK(a.message == "");
  REQUIRE(a.fresh);
  CHECK(a.fresh->size() == 1);
  CHECK(a.version.etag == "\"c1\"");
  CHECK(a.bytes == text.size());
  CHECK(a.first_byte);
  const auto asked = origin.requests().at(0);
  CHECK(asked.target == "/files/catalog.json");
  CHECK(asked.header("x-key") == "k");
  CHECK(asked.header("if-none-match") == "");
}

TEST_CASE_FIXTURE(
    catalog_fixture, "http catalog: a known version is asked for conditionally, and 304 keeps it") {
  origin.serve("/catalog.json", {text});
  reply unchanged;
  unchanged.status = 304;
  unchanged.file = served_file{"", "\"c1\""};
  origin.next(unchanged);
  const auto a = read({"\"c1\"", "Mon, 01 Jan 2024 00:00:00 GMT"});
  CHECK(a.result == outcome::ok);
  CHECK_FALSE(a.fresh);
  CHECK(a.version.etag == "\"c1\"");
  CHECK(origin.requests().at(0).header("if-none-match") == "\"c1\"");
  CHECK(origin.requests().at(0).header("if-modified-since") == "");

  const auto changed = read({"", "Mon, 01 Jan 2024 00:00:00 GMT"});
  CHECK(changed.fresh);
  CHECK(origin.requests().at(1).header("if-modified-since") == "Mon, 01 Jan 2024 00:00:00 GMT");
}

TEST_CASE_FIXTURE(catalog_fixture, "http catalog: 304 to an unconditional request is no answer") {
  reply unchanged;
  unchanged.status = 304;
  origin.next(unchanged);
  const auto a = read();
  CHECK(a.result != outcome::ok);
  CHECK_FALSE(a.fresh);
}

TEST_CASE_FIXTURE(catalog_fixture, "http catalog: each failure has its class") {
  CHECK(read().result == outcome::missing); // 404
  const auto with = [&](int status) {
    reply r;
    r.status = status;
    origin.next(r);
    return read();
  };
  CHECK(with(500).result == outcome::provider_fault);
  CHECK(with(403).result == outcome::auth);
  CHECK(with(429).result == outcome::throttled);
  CHECK(with(403).message.find("403") != std::string::npos);

  origin.serve("/catalog.json", {R"({"version": 1, "items": [{"key": ""}]})"});
  const auto bad = read();
  CHECK(bad.result == outcome::provider_fault);
  CHECK(bad.cause == fault::malformed);
  CHECK(bad.message.find("/items/0/key must not be empty (line 1") != std::string::npos);
  origin.serve("/catalog.json", {""});
  CHECK(read().cause == fault::malformed);

  provider.own.base_url = "http://127.0.0.1:1";
  CHECK(read().cause == fault::refused);
}

TEST_CASE_FIXTURE(catalog_fixture, "http catalog: a body that breaks off or stalls is a fault") {
  origin.serve("/catalog.json", {text});
  reply cut;
  cut.close_after = 10;
  origin.next(cut);
  CHECK(read().cause == fault::truncated);
  provider.own.timeout_seconds = 0.2;
  reply silent;
  silent.stall_after = 10;
  origin.next(silent);
  CHECK(read().cause == fault::stalled);
  reply mute;
  mute.stall_at_once = true;
  origin.next(mute);
  CHECK(read().cause == fault::connect_timeout);
}

TEST_CASE_FIXTURE(
    catalog_fixture, "http catalog: what is larger than allowed is refused, however it is sent") {
  auto large = text;
  large.resize(catalog_bytes_max, ' ');
  origin.serve("/catalog.json", {large});
  CHECK(read().fresh);
  origin.serve("/catalog.json", {large + " "});
  for (const bool chunked : {false, true}) {
    reply r;
    r.chunked = chunked;
    origin.next(r);
    const auto a = read();
    CHECK(a.cause == fault::malformed);
    CHECK(a.message == "its catalogue is larger than 8 MiB");
  }
}

TEST_CASE_FIXTURE(
    catalog_fixture, "http catalog: after the threads have stopped it is answered as cancelled") {
  auto source = make_loader();
  threads.stop();
  int answers = 0;
  catalog_answer told;
  source->read_catalog({}, [&](catalog_answer a) {
    ++answers;
    told = std::move(a);
  });
  CHECK(answers == 1);
  CHECK(told.result == outcome::cancelled);
}

TEST_CASE("loader: one that knows nothing of catalogues has none") {
  struct plain final : loader {
    std::shared_ptr<transfer_handle> start(transfer_request, std::shared_ptr<transfer_observer>) override {
      return nullptr;
    }
    void check(std::function<void(const check_result&)>) override {}
    void configure(const effective_provider&) override {}
  } mine;
  catalog_answer told;
  mine.read_catalog({}, [&](catalog_answer a) { told = std::move(a); });
  CHECK(told.result == outcome::missing);
  CHECK(told.message == "it keeps no catalogue");
}
