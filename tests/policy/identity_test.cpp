#include "policy/identity.hpp"

#include <doctest/doctest.h>

using namespace tributary;

namespace {

file_identity file(std::optional<std::uint64_t> size, std::string etag = {}, std::string digest = {}) {
  file_identity x;
  x.size = size;
  x.etag = std::move(etag);
  x.digest = std::move(digest);
  return x;
}

struct row {
  const char* what;
  file_identity have, offered;
  mixing plain, with_digest;
};

constexpr auto same = mixing::same;
constexpr auto different = mixing::different;
constexpr auto unproven = mixing::unproven;

} // namespace

TEST_CASE("identity: the gate's table, both ways round") {
  const row rows[]{
      {"nothing known", file({}), file({}), unproven, unproven},
      {"one size unknown", file(5), file({}), unproven, unproven},
      {"equal sizes alone", file(5), file(5), unproven, same},
      {"sizes differ", file(5), file(6), different, different},
      {"sizes differ, tags agree", file(5, "\"a\""), file(6, "\"a\""), different, different},
      {"sizes differ, digests agree", file(5, "", "sha-256=1"), file(6, "", "sha-256=1"), different,
       different},
      {"empty files", file(0), file(0), unproven, same},
      {"equal sizes and tags", file(5, "\"a\""), file(5, "\"a\""), same, same},
      {"equal tags, size unknown", file({}, "\"a\""), file(5, "\"a\""), unproven, unproven},
      {"tags differ", file(5, "\"a\""), file(5, "\"b\""), different, same},
      {"tags differ, size unknown", file({}, "\"a\""), file(5, "\"b\""), different, unproven},
      {"only one has a tag", file(5, "\"a\""), file(5), unproven, same},
      {"equal digests", file(5, "", "sha-256=1"), file(5, "", "sha-256=1"), same, same},
      {"equal digests outweigh other tags", file(5, "\"a\"", "sha-256=1"), file(5, "\"b\"", "sha-256=1"),
       same, same},
      {"digests differ", file(5, "\"a\"", "sha-256=1"), file(5, "\"a\"", "sha-256=2"), different, different},
      {"only one has a digest", file(5, "", "sha-256=1"), file(5), unproven, same},
  };
  for (const auto& r : rows) {
    CAPTURE(r.what);
    CHECK(compare(r.have, r.offered, false) == r.plain);
    CHECK(compare(r.offered, r.have, false) == r.plain);
    CHECK(compare(r.have, r.offered, true) == r.with_digest);
    CHECK(compare(r.offered, r.have, true) == r.with_digest);
  }
}

TEST_CASE("identity: the date proves nothing, neither way") {
  auto monday = file(5), tuesday = file(5);
  monday.last_modified = "Mon, 01 Jun 2026 00:00:00 GMT";
  tuesday.last_modified = "Tue, 02 Jun 2026 00:00:00 GMT";
  CHECK(compare(monday, monday, false) == unproven);
  CHECK(compare(monday, tuesday, false) == unproven);
  CHECK(compare(monday, tuesday, true) == same);
}

TEST_CASE("identity: another server's tags prove equality, never difference") {
  const auto elsewhere = identity_origin::another_source;
  CHECK(compare(file(5, "\"a\""), file(5, "\"b\""), false, elsewhere) == unproven);
  CHECK(compare(file(5, "\"a\""), file(5, "\"a\""), false, elsewhere) == same);
  CHECK(compare(file(5, "\"a\""), file(6, "\"b\""), false, elsewhere) == different);
  CHECK(compare(file(5, "", "sha-256=1"), file(5, "", "sha-256=2"), false, elsewhere) == different);
}

TEST_CASE("identity: once its bytes were compared, a source needs no tag, but may not change it") {
  const auto compared = identity_origin::compared;
  CHECK(compare(file(5), file(5), false, compared) == same);
  CHECK(compare(file(5, "\"a\""), file(5), false, compared) == same);
  CHECK(compare(file(5, "\"a\""), file(5, "\"b\""), false, compared) == different);
  CHECK(compare(file(5), file({}), false, compared) == unproven);
  auto monday = file(5), tuesday = file(5);
  monday.last_modified = "Mon, 01 Jun 2026 00:00:00 GMT";
  tuesday.last_modified = "Tue, 02 Jun 2026 00:00:00 GMT";
  CHECK(compare(monday, tuesday, false, compared) == different);
}
