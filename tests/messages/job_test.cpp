#include "messages/job.hpp"
#include "messages/store.hpp"

#include <doctest/doctest.h>

#include <limits>

using namespace tributary;

namespace {

job_spec path_job(std::string path = "a/b.iso") {
  job_spec spec;
  spec.resource.path = std::move(path);
  return spec;
}

job_spec url_job(std::string url) {
  job_spec spec;
  spec.resource.urls = {std::move(url)};
  return spec;
}

/// The pointers of all complaints, joined by spaces; "" when there are none.
std::string wrong(job_spec spec) {
  std::string out;
  for (const auto& c : check_and_complete(spec))
    out += (out.empty() ? "" : " ") + c.pointer;
  return out;
}

template <class Change>
std::string wrong_with(Change change) {
  auto spec = path_job();
  change(spec);
  return wrong(std::move(spec));
}

} // namespace

TEST_CASE("job: every state has a name that reads back") {
  for (int i = 0; i <= static_cast<int>(job_state::cancelled); ++i) {
    const auto state = static_cast<job_state>(i);
    CHECK(job_state_from(to_string(state)) == state);
  }
  CHECK_FALSE(job_state_from("done"));
  CHECK(is_final(job_state::succeeded));
  CHECK(is_final(job_state::failed));
  CHECK(is_final(job_state::cancelled));
  CHECK_FALSE(is_final(job_state::publishing));
}

TEST_CASE("job: exactly one of path and urls") {
  CHECK(wrong(path_job()).empty());
  CHECK(wrong(url_job("http://example.org/b.iso")).empty());
  CHECK(wrong({}) == "/resource");
  auto both = path_job();
  both.resource.urls = {"http://example.org/b.iso"};
  CHECK(wrong(both) == "/resource");
}

TEST_CASE("job: a path stays below the base") {
  for (const std::string path : {"b", "a/b", "a//b", "a/...", "..a/b", "a b/ü?#%", "dir/b.iso"})
    CHECK_MESSAGE(wrong(path_job(path)).empty(), path);
  for (const std::string path :
       {"/a", "..", "../a", "a/../b", "a/..", ".", "./a", "a/./b", "a\nb", "a\x7f", "\xff"})
    CHECK_MESSAGE(wrong(path_job(path)) == "/resource/path", path);
  CHECK(wrong(path_job(std::string("a\0b", 3))) == "/resource/path");
  CHECK(wrong(path_job("d/" + std::string(4094, 'x'))).empty());
  CHECK(wrong(path_job("d/" + std::string(4095, 'x'))) == "/resource/path");
}

TEST_CASE("job: from one to 32 URLs, each judged by itself") {
  job_spec spec;
  spec.resource.urls.assign(32, "http://example.org/b.iso");
  CHECK(wrong(spec).empty());
  spec.resource.urls[31] = "ftp://example.org/b.iso";
  spec.resource.urls[2] = "nonsense";
  CHECK(wrong(spec) == "/resource/urls/2 /resource/urls/31");
  spec.resource.urls.assign(33, "http://example.org/b.iso");
  CHECK(wrong(spec) == "/resource/urls");
  CHECK(
      check_and_complete(spec = url_job("ftp://x/y")).at(0).message ==
      "ftp is not supported; use http or https");
}

TEST_CASE("job: the output is the resource's last name when none is given") {
  auto spec = path_job("dir/My File.iso");
  CHECK(check_and_complete(spec).empty());
  CHECK(spec.output == "My File.iso");
  spec = url_job("https://example.org/x/My%20File.iso?token=1");
  CHECK(check_and_complete(spec).empty());
  CHECK(spec.output == "My File.iso");
  spec.output = "kept/name.bin";
  CHECK(check_and_complete(spec).empty());
  CHECK(spec.output == "kept/name.bin");
}

TEST_CASE("job: an output is asked for where the resource suggests none") {
  for (auto spec : {path_job("dir/"), path_job("x.part")}) {
    const auto found = check_and_complete(spec);
    REQUIRE(found.size() == 1);
    CHECK(found[0].pointer == "/output");
    CHECK(found[0].message.starts_with("is needed"));
  }
}

TEST_CASE("job: where a URL suggests no name the source may tell one") {
  for (auto spec : {url_job("http://example.org/"), url_job("http://example.org")}) {
    CHECK(check_and_complete(spec).empty());
    CHECK(spec.output.empty());
  }
}

TEST_CASE("job: an output stays in the download folder") {
  for (const std::string output : {"/abs", "../up", "a/../b", "a/", "a//b", "x.part", "a\xe2\x80\xae"})
    CHECK_MESSAGE(wrong_with([&](job_spec& s) { s.output = output; }) == "/output", output);
}

TEST_CASE("job: a digest is 64 hexadecimal digits and becomes lower case") {
  auto spec = path_job();
  spec.sha256 = std::string(32, 'A') + "0123456789abcdefABCDEF0123456789";
  CHECK(check_and_complete(spec).empty());
  CHECK(*spec.sha256 == std::string(32, 'a') + "0123456789abcdefabcdef0123456789");
  for (const auto& digest :
       {std::string{}, std::string(63, '0'), std::string(65, '0'), std::string(63, '0') + "g"}) {
    spec.sha256 = digest;
    const auto found = check_and_complete(spec);
    REQUIRE(found.size() == 1);
    CHECK(found[0].pointer == "/sha256");
    CHECK(found[0].message.starts_with("bad digest"));
  }
}

TEST_CASE("job: numbers are held to their ranges, both ends included") {
  const auto with = [](auto member, auto value) {
    return wrong_with([&](job_spec& s) { s.*member = value; });
  };
  for (const auto& [good, bad] : {std::pair{0, -1}, std::pair{9, 10}}) {
    CHECK(with(&job_spec::priority, good).empty());
    CHECK(with(&job_spec::priority, bad) == "/priority");
  }
  for (const auto& [good, bad] : {std::pair{1, 0}, std::pair{1000, 1001}}) {
    CHECK(with(&job_spec::max_attempts, good).empty());
    CHECK(with(&job_spec::max_attempts, bad) == "/max_attempts");
  }
  for (const auto& [good, bad] : {std::pair{1, 0}, std::pair{64, 65}}) {
    CHECK(with(&job_spec::max_segments, good).empty());
    CHECK(with(&job_spec::max_segments, bad) == "/max_segments");
  }
  CHECK(with(&job_spec::size, std::uint64_t{0}).empty());
  CHECK(with(&job_spec::size, std::uint64_t{0x7fff'ffff'ffff'ffff}).empty());
  CHECK(with(&job_spec::size, std::uint64_t{0x8000'0000'0000'0000}) == "/size");
}

TEST_CASE("job: a deadline is more than nothing and at most a year") {
  const auto with = [](double seconds) {
    return wrong_with([&](job_spec& s) { s.deadline_seconds = seconds; });
  };
  CHECK(with(0.001).empty());
  CHECK(with(31'536'000).empty());
  for (const double bad :
       {0.0, -1.0, 31'536'000.5, std::numeric_limits<double>::infinity(),
        std::numeric_limits<double>::quiet_NaN()})
    CHECK(with(bad) == "/deadline_seconds");
}

TEST_CASE("job: providers are names, each once") {
  const auto with = [](std::vector<std::string> names) {
    return wrong_with([&](job_spec& s) { s.providers = names; });
  };
  CHECK(with({"alpha", "beta-2"}).empty());
  CHECK(with({"alpha", "be ta", "alpha"}) == "/providers/1 /providers/2");
  CHECK(with({"health"}) == "/providers/0");
  std::vector<std::string> many;
  for (int i = 0; i < 1000; ++i)
    many.push_back("p" + std::to_string(i));
  CHECK(with(many).empty());
  many.push_back("one-more");
  CHECK(with(many) == "/providers");
}

TEST_CASE("job: everything that is wrong is said at once") {
  auto spec = path_job("../x");
  spec.output = "/abs";
  spec.sha256 = "short";
  spec.priority = 99;
  CHECK(wrong(spec) == "/resource/path /output /sha256 /priority");
}

TEST_CASE("fingerprint: resource, output, digest and size make a request, nothing else does") {
  auto spec = path_job();
  spec.output = "b.iso";
  const auto base = fingerprint_of(spec);
  auto same = spec;
  same.priority = 9;
  same.max_attempts = 3;
  same.providers = {"alpha"};
  CHECK(fingerprint_of(same) == base);
  for (const auto& change : std::initializer_list<void (*)(job_spec&)>{
           [](job_spec& s) { s.resource.path = "a/c.iso"; }, [](job_spec& s) { s.output = "c.iso"; },
           [](job_spec& s) { s.sha256 = std::string(64, '0'); }, [](job_spec& s) { s.size = 0; },
           [](job_spec& s) {
             s.resource = {"", {"a/b.iso"}, {}};
           },
           [](job_spec& s) {
             s.resource = {"", {}, catalog_ref{"a/b.iso", {}, {}, ""}};
           }}) {
    auto other = spec;
    change(other);
    CHECK(fingerprint_of(other) != base);
  }
}

TEST_CASE("fingerprint: texts do not run into one another") {
  job_spec one, other;
  one.resource.urls = {"ab", "c"};
  other.resource.urls = {"a", "bc"};
  CHECK(fingerprint_of(one) != fingerprint_of(other));
  job_spec left = path_job("ab"), right = path_job("a");
  left.output = "c";
  right.output = "bc";
  CHECK(fingerprint_of(left) != fingerprint_of(right));
}

TEST_CASE("fingerprint: every part of a catalogue item counts") {
  const auto of = [](catalog_ref item) {
    job_spec s;
    s.resource.item = std::move(item);
    return fingerprint_of(s);
  };
  const auto base = of({"k", 1, 2, "en"});
  for (const auto& other :
       {catalog_ref{"j", 1, 2, "en"}, catalog_ref{"k", 12, 2, "en"}, catalog_ref{"k", 1, 3, "en"},
        catalog_ref{"k", 1, 2, "de"}, catalog_ref{"k", {}, {}, "en"}})
    CHECK(of(other) != base);
  CHECK(of({"k", 1, 2, "en"}) == base);
}

TEST_CASE("fingerprint: the stored number never changes") {
  auto spec = path_job("a/b.iso");
  spec.output = "b.iso";
  CHECK(fingerprint_of(spec) == 5209083249324968186u); // Journals hold it: another value needs a migration.
}
