// Active checks of a folder, and reading its catalogue.
#include "net/client/catalog.hpp"
#include "tests/net/directory_fixture.hpp"

#include <future>

using namespace tributary;
using namespace tributary::testing;

namespace {

const std::string text =
    R"({"version": 1, "items": [{"key": "film", "title": "Film", "languages": ["en"], "files": {"en": "a.mkv"}}]})";

struct fixture : directory_fixture {
  check_result check() {
    std::promise<check_result> told;
    make_source()->check([&](const check_result& r) { told.set_value(r); });
    auto answer = told.get_future();
    REQUIRE(answer.wait_for(patience) == std::future_status::ready);
    return answer.get();
  }
  catalog_answer read(document_version known = {}) {
    std::promise<catalog_answer> told;
    make_source()->read_catalog(std::move(known), [&](catalog_answer a) { told.set_value(std::move(a)); });
    auto answer = told.get_future();
    REQUIRE(answer.wait_for(patience) == std::future_status::ready);
    return answer.get();
  }
};

} // namespace

TEST_CASE_FIXTURE(
    fixture, "directory check: a folder that is there passes, and can do ranges and strong tags") {
  const auto r = check();
  CHECK(r.passed);
  CHECK(r.ranges);
  CHECK(r.strong_validator);
  CHECK_FALSE(r.digest);
  CHECK(r.message == "");
  provider.own.directory = shelf / "gone";
  const auto gone = check();
  CHECK_FALSE(gone.passed);
  CHECK(gone.message.find("No such file or directory") != std::string::npos);
}

TEST_CASE_FIXTURE(
    fixture, "directory check: the file of the health path must be readable: an empty mount point fails") {
  provider.own.health_check_path = "/mounted";
  CHECK_FALSE(check().passed);
  serve("mounted", 1);
  CHECK(check().passed);
}

TEST_CASE_FIXTURE(fixture, "directory check: a folder that hangs fails in time") {
  provider.own.timeout_seconds = 0.1;
  calls.open_folder = [gate = gate](const std::string&) {
    gate->wait();
    return -1;
  };
  const auto r = check();
  CHECK_FALSE(r.passed);
  CHECK(r.cause == fault::connect_timeout);
  CHECK(r.message.find("does not answer") != std::string::npos);
}

TEST_CASE_FIXTURE(fixture, "directory catalog: it is read once, and again only when it changed") {
  CHECK(read().result == outcome::missing);
  write_file(shelf / "catalog.json", text);
  const auto first = read();
  CHECK(first.result == outcome::ok);
  REQUIRE(first.fresh);
  CHECK(first.fresh->size() == 1);
  CHECK(first.bytes == text.size());
  const auto same = read(first.version);
  CHECK(same.result == outcome::ok);
  CHECK_FALSE(same.fresh);
  CHECK(same.bytes == 0);
  write_file(shelf / "catalog.json", text + "\n");
  CHECK(read(first.version).fresh);
}

TEST_CASE_FIXTURE(fixture, "directory catalog: what is wrong with it is the provider's fault") {
  write_file(shelf / "catalog.json", "{}");
  const auto bad = read();
  CHECK(bad.result == outcome::provider_fault);
  CHECK(bad.cause == fault::malformed);
  CHECK(bad.message.find("/version must be 1") != std::string::npos);
  write_file(shelf / "catalog.json", text + std::string(catalog_bytes_max - text.size(), ' '));
  CHECK(read().fresh);
  write_file(shelf / "catalog.json", text + std::string(catalog_bytes_max - text.size() + 1, ' '));
  CHECK(read().message == "its catalogue is larger than 8 MiB");
}

TEST_CASE_FIXTURE(fixture, "directory catalog: a folder that hangs is late") {
  write_file(shelf / "catalog.json", text);
  provider.own.timeout_seconds = 0.1;
  hang_reads_from(0);
  const auto a = read();
  CHECK(a.result == outcome::provider_fault);
  CHECK(a.cause == fault::connect_timeout);
}

TEST_CASE_FIXTURE(fixture, "loaders: the kind of the settings decides") {
  serve("f", 5);
  CHECK(fetch(*threads.loaders()(provider), request("f")).result == outcome::ok);
  origin.serve("/g", {"hello"});
  CHECK(fetch(*threads.loaders()(provider_at(origin.url())), request("g")).result == outcome::ok);
  CHECK(fetched() == "hello");
}
