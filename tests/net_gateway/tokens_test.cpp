#include "net/gateway/auth.hpp"
#include "net/gateway/tokens.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace tributary;
using namespace tributary::gateway;
using tributary::testing::read_file;
using tributary::testing::temp_dir;
using tributary::testing::write_file;

namespace {

constexpr wall_time then = std::chrono::sys_days{std::chrono::year{2026} / 1 / 2};

unsigned mode_of(const std::filesystem::path& file) {
  struct ::stat s {};
  REQUIRE(::stat(file.c_str(), &s) == 0);
  return s.st_mode & 0777u;
}

token_list loaded(const std::filesystem::path& dir) {
  auto tokens = load_tokens(dir);
  if (auto* why = std::get_if<std::string>(&tokens))
    FAIL(*why);
  return std::get<token_list>(tokens);
}

std::string added(const std::filesystem::path& dir, const std::string& name, scope may) {
  auto made = add_token(dir, name, may, then);
  if (auto* why = std::get_if<std::string>(&made))
    FAIL(*why);
  return std::get<new_token>(made).text;
}

int status_of(const authenticator& auth, const std::string& header, scope needed) {
  const auto checked = auth.check(header, needed);
  const auto* refused = std::get_if<problem>(&checked);
  return refused ? refused->kind.status : 200;
}

} // namespace

TEST_CASE("tokens: the first start makes an admin token in a private file, later ones leave it") {
  temp_dir dir;
  const auto first = std::get<admin_token>(ensure_admin(dir.path(), then));
  CHECK(first.created);
  CHECK(first.file == dir / "admin.token");
  CHECK(mode_of(first.file) == 0600);
  CHECK(mode_of(dir / "tokens.json") == 0600);
  const auto text = read_file(first.file);
  CHECK(text.size() == 43 + 1); // 32 bytes in base64url, and a newline.

  CHECK_FALSE(std::get<admin_token>(ensure_admin(dir.path(), then)).created);
  CHECK(read_file(first.file) == text);
  const auto tokens = loaded(dir.path());
  REQUIRE(tokens.size() == 1);
  CHECK(tokens[0].name == "admin");
  CHECK(tokens[0].may == scope::admin);
  CHECK(tokens[0].created_at == then);
  CHECK(tokens[0].digest == sha256_of(text.substr(0, 43)));
  CHECK(read_file(dir / "tokens.json").find(text.substr(0, 43)) == std::string::npos);
}

TEST_CASE("tokens: a start that was cut off between the two files begins anew") {
  temp_dir dir;
  write_file(dir / "admin.token", "half\n");
  CHECK(std::get<admin_token>(ensure_admin(dir.path(), then)).created);
  CHECK(loaded(dir.path())[0].digest == sha256_of(read_file(dir / "admin.token").substr(0, 43)));
}

TEST_CASE("tokens: each is new, and names are unique") {
  temp_dir dir;
  const auto a = added(dir.path(), "a", scope::read);
  const auto b = added(dir.path(), "b", scope::operate);
  CHECK(a != b);
  CHECK(
      a.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") ==
      std::string::npos);
  CHECK(std::holds_alternative<std::string>(add_token(dir.path(), "a", scope::read, then)));
  CHECK(std::holds_alternative<std::string>(add_token(dir.path(), "", scope::read, then)));
  CHECK(loaded(dir.path()).size() == 2);
}

TEST_CASE("tokens: a damaged file is refused and left alone") {
  temp_dir dir;
  const auto file = dir / "tokens.json";
  const std::string digest(64, 'a');
  const auto entry = [](const std::string& sha256, const std::string& may) {
    return R"([{"name":"x","sha256":")" + sha256 + R"(","scope":")" + may +
           R"(","created_at":"2026-01-02T00:00:00.000Z"}])";
  };
  write_file(file, entry(digest, "read"));
  CHECK(loaded(dir.path()).size() == 1);
  for (const auto& text :
       {std::string{"["}, std::string{"{}"}, std::string{"[1]"}, entry(digest + "a", "read"),
        entry("x" + digest.substr(1), "read"), entry(digest, "root")}) {
    CAPTURE(text);
    write_file(file, text);
    const auto tokens = load_tokens(dir.path());
    REQUIRE(std::holds_alternative<std::string>(tokens));
    CHECK(std::get<std::string>(tokens).find(file.string()) != std::string::npos);
    CHECK(std::holds_alternative<std::string>(add_token(dir.path(), "b", scope::read, then)));
    CHECK(read_file(file) == text);
  }
}

TEST_CASE("tokens: a folder that cannot be written is an error for people") {
  const std::filesystem::path nowhere = "/nonexistent-folder-of-this-test";
  const auto made = ensure_admin(nowhere, then);
  REQUIRE(std::holds_alternative<std::string>(made));
  CHECK(std::get<std::string>(made).find("No such file") != std::string::npos);
}

TEST_CASE("auth: scopes include the lower ones") {
  temp_dir dir;
  const auto read = "Bearer " + added(dir.path(), "r", scope::read);
  const auto operate = "bearer  " + added(dir.path(), "o", scope::operate) + " "; // The scheme has no case.
  const auto admin = "BEARER " + added(dir.path(), "a", scope::admin);
  const authenticator auth{loaded(dir.path())};
  CHECK(status_of(auth, read, scope::read) == 200);
  CHECK(status_of(auth, read, scope::operate) == 403);
  CHECK(status_of(auth, operate, scope::operate) == 200);
  CHECK(status_of(auth, operate, scope::admin) == 403);
  CHECK(status_of(auth, admin, scope::read) == 200);
  CHECK(status_of(auth, admin, scope::admin) == 200);
}

TEST_CASE("auth: what is no known token is 401") {
  temp_dir dir;
  const auto token = added(dir.path(), "r", scope::admin);
  const authenticator auth{loaded(dir.path())};
  auto changed = token;
  changed.back() = changed.back() == 'A' ? 'B' : 'A';
  for (const auto& header :
       {std::string{}, std::string{"Bearer"}, std::string{"Bearer "}, "Basic " + token, token,
        "Bearer " + changed, "Bearer " + token.substr(1), "Bearer " + token + token,
        "Bearer " + std::string(100'000, 'x')}) {
    CAPTURE(header.substr(0, 60));
    CHECK(status_of(auth, header, scope::read) == 401);
  }
  CHECK(status_of(authenticator{{}}, "Bearer " + token, scope::read) == 401);
}
