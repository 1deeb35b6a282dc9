#include "net/client/answer_rules.hpp"

#include "messages/job_limits.hpp"

#include <doctest/doctest.h>

using namespace tributary;
using namespace tributary::client;

namespace {

using kind = ruling::kind;

response_head whole(std::uint64_t size, std::string etag = "\"v1\"") {
  response_head out;
  out.status = 200;
  out.content_length = size;
  out.etag = std::move(etag);
  return out;
}

response_head part(std::string range, std::uint64_t length, std::string etag = "\"v1\"") {
  auto out = whole(length, std::move(etag));
  out.status = 206;
  out.content_range = std::move(range);
  return out;
}

response_head unsatisfiable(std::string range) {
  response_head out;
  out.status = 416;
  out.content_range = std::move(range);
  return out;
}

question from(std::uint64_t offset, std::uint64_t size = 100, std::string etag = "\"v1\"") {
  question out;
  out.offset = offset;
  out.expected.emplace();
  out.expected->size = size;
  out.expected->etag = std::move(etag);
  return out;
}

} // namespace

TEST_CASE("answer_rules: a whole file is taken from the start") {
  auto r = judge({}, whole(100));
  CHECK(r.what == kind::take);
  CHECK(r.skip == 0);
  CHECK(r.body_end == 100);
  CHECK(r.facts.identity.size == 100);
  CHECK(r.facts.identity.etag == "\"v1\"");
  CHECK_FALSE(r.facts.ranges);
}

TEST_CASE("answer_rules: a 206 from the offset on is taken as it is") {
  auto r = judge(from(40), part("bytes 40-99/100", 60));
  CHECK(r.what == kind::take);
  CHECK(r.skip == 0);
  CHECK(r.body_end == 100);
  CHECK(r.facts.identity.size == 100);
  CHECK(r.facts.ranges);
}

TEST_CASE("answer_rules: a 206 that is not the range asked for is false") {
  for (auto [range, length] :
       {std::pair{"bytes 0-99/100", 100},
        {"bytes 41-99/100", 59},
        {"bytes 39-99/100", 61},
        {"bytes 40-99/100", 59},
        {"bytes 40-100/100", 61},
        {"", 60},
        {"bytes */100", 60}}) {
    CAPTURE(range);
    auto r = judge(from(40), part(range, static_cast<std::uint64_t>(length)));
    CHECK(r.what == kind::fail);
    CHECK(r.cause == fault::false_range);
  }
}

TEST_CASE("answer_rules: bytes of another file, or of one that nothing proves the same, are never mixed") {
  const auto refuses = [](const question& q, const response_head& head, fault as) {
    CAPTURE(head.content_range);
    CAPTURE(head.etag);
    auto r = judge(q, head);
    CHECK(r.what == kind::fail);
    CHECK(r.cause == as);
  };
  for (const auto& head :
       {part("bytes 40-100/101", 61), part("bytes 40-99/100", 60, "\"v2\""), whole(101),
        whole(100, "\"v2\"")})
    refuses(from(40), head, fault::other_identity);
  for (const auto& head :
       {part("bytes 40-99/100", 60, ""), part("bytes 40-99/*", 60), part("bytes 40-99/100", 60, "W/\"v1\"")})
    refuses(from(40), head, fault::unproven);
  auto elsewhere = from(40);
  elsewhere.expected_by = identity_origin::another_source;
  refuses(elsewhere, part("bytes 40-99/100", 60, "\"v2\""), fault::unproven);
  refuses(elsewhere, part("bytes 40-100/101", 61, "\"v2\""), fault::other_identity);
}

TEST_CASE("answer_rules: a source whose bytes were compared needs no tag, but may have no other one") {
  auto q = from(40);
  q.expected_by = identity_origin::compared;
  CHECK(judge(q, part("bytes 40-99/100", 60, "")).what == kind::take);
  CHECK(judge(q, part("bytes 40-99/100", 60, "\"v2\"")).cause == fault::other_identity);
}

TEST_CASE("answer_rules: a range with an end is not exceeded; less than asked for may come") {
  auto q = from(40);
  q.end = 60;
  CHECK(judge(q, part("bytes 40-59/100", 20)).body_end == 60);
  CHECK(judge(q, part("bytes 40-49/100", 10)).body_end == 50);
  CHECK(judge(q, part("bytes 40-60/100", 21)).cause == fault::false_range);
  CHECK(judge(q, part("bytes 40-99/100", 60)).cause == fault::false_range);
  CHECK(judge(q, whole(100)).what == kind::take); // It knows no ranges: goes on as a single stream.
}

TEST_CASE("answer_rules: a part without the file's size is no file: it may end anywhere") {
  auto r = judge({}, part("bytes 0-99/*", 100));
  CHECK(r.cause == fault::false_range);
  CHECK(r.message == "a part was sent without the size of the whole file");
  question some; // Of a range with an end, the end shows.
  some.end = 100;
  CHECK(judge(some, part("bytes 0-99/*", 100)).body_end == 100);
  question again;
  again.offset = 40;
  again.expected.emplace(); // Begun with a source that told no size either.
  again.expected->etag = "\"v1\"";
  CHECK(judge(again, part("bytes 40-99/*", 60)).what == kind::fail);
}

TEST_CASE("answer_rules: where a part is silent about the file's size, the job's holds") {
  question q;
  q.size = 100;
  auto r = judge(q, part("bytes 0-99/*", 100));
  CHECK(r.what == kind::take);
  CHECK(r.facts.identity.size == 100);
  CHECK(judge(q, part("bytes 0-49/*", 50)).facts.identity.size == 100); // The rest is missed.
  CHECK(judge(q, part("bytes 0-100/*", 101)).cause == fault::false_range);
  CHECK(judge(q, part("bytes 0-98/99", 99)).facts.identity.size == 99);
  auto resumed = from(40);
  resumed.size = 100;
  CHECK(judge(resumed, part("bytes 40-99/*", 60)).what == kind::take);
  CHECK(judge(resumed, part("bytes 40-99/*", 60, "\"v2\"")).cause == fault::other_identity);
}

TEST_CASE("answer_rules: a size that no file can have is malformed") {
  const auto most = resource_bytes_max;
  CHECK(judge({}, whole(most)).what == kind::take);
  CHECK(judge({}, whole(most + 1)).cause == fault::malformed);
  CHECK(judge({}, part("bytes 0-9/" + std::to_string(most), 10)).what == kind::take);
  CHECK(judge({}, part("bytes 0-9/" + std::to_string(most + 1), 10)).cause == fault::malformed);
}

TEST_CASE("answer_rules: with a digest of the whole file known, equal sizes do") {
  auto q = from(40, 100, "");
  q.digest_known = true;
  CHECK(judge(q, part("bytes 40-99/100", 60, "")).what == kind::take);
  CHECK(judge(q, part("bytes 40-100/101", 61, "")).cause == fault::other_identity);
}

TEST_CASE("answer_rules: a 200 to a range request of the same file is skipped up to the offset") {
  auto r = judge(from(40), whole(100));
  CHECK(r.what == kind::take);
  CHECK(r.skip == 40);
  CHECK(r.body_end == 100);
}

TEST_CASE("answer_rules: the identity matters whenever there is one, also from the start on") {
  CHECK(judge({}, whole(100)).what == kind::take);
  CHECK(judge(from(0, 5, "\"old\""), whole(100)).cause == fault::other_identity);
}

TEST_CASE("answer_rules: 416 at exactly the file's size means complete") {
  CHECK(judge(from(100), unsatisfiable("bytes */100")).what == kind::complete);
  CHECK(judge({}, unsatisfiable("bytes */0")).what == kind::complete);
  CHECK(judge(from(100), unsatisfiable("bytes */100")).facts.identity.size == 100);
}

TEST_CASE("answer_rules: any other 416 tells the size and fails") {
  auto r = judge(from(100), unsatisfiable("bytes */99"));
  CHECK(r.cause == fault::range_refused);
  CHECK(r.facts.identity.size == 99);
  CHECK(judge(from(100), unsatisfiable("")).cause == fault::range_refused);
  CHECK(judge(from(50, 100), unsatisfiable("bytes */50")).cause == fault::other_identity);
}

TEST_CASE("answer_rules: other statuses fail with their number and phrase") {
  response_head head;
  head.status = 404;
  auto r = judge({}, head);
  CHECK(r.cause == fault::status);
  CHECK(r.message == "HTTP 404 Not Found");
  CHECK(r.facts.status == 404);
  head.status = 599;
  CHECK(judge({}, head).message == "HTTP 599");
  head.status = 204;
  CHECK(judge({}, head).cause == fault::status);
}

TEST_CASE("answer_rules: a header with a defect is malformed whatever its status") {
  auto head = whole(100);
  head.defect = "Content-Length is there twice";
  CHECK(judge({}, head).cause == fault::malformed);
}

TEST_CASE("answer_rules: a redirect has one of five statuses and a Location") {
  response_head head;
  head.location = "/x";
  for (int status = 300; status <= 310; ++status) {
    head.status = status;
    CHECK(
        is_redirect(head) ==
        (status == 301 || status == 302 || status == 303 || status == 307 || status == 308));
  }
  head.status = 302;
  head.location.clear();
  CHECK_FALSE(is_redirect(head));
}

TEST_CASE("answer_rules: Content-Digest speaks of the file only when the body is the whole of it") {
  constexpr auto digest = "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:";
  auto head = whole(100);
  head.content_digest = digest;
  CHECK_FALSE(judge({}, head).facts.identity.digest.empty());
  auto some = part("bytes 0-99/100", 100);
  some.content_digest = digest;
  CHECK(judge({}, some).facts.identity.digest.empty());
  some.repr_digest = digest;
  CHECK_FALSE(judge({}, some).facts.identity.digest.empty());
}
