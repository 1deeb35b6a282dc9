#include "config/secrets.hpp"

#include "config/settings_json.hpp"
#include "config/text_rules.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <sys/stat.h>

using namespace tributary;
using testing::temp_dir;

namespace {

void put(const std::filesystem::path& file, const std::string& text, mode_t mode = 0600) {
  std::ofstream{file} << text;
  REQUIRE(::chmod(file.c_str(), mode) == 0);
}

const secret_source two_secrets = [](const std::string& name) -> secret_value {
  if (name == "A")
    return {"alpha", {}};
  if (name == "b.c-d")
    return {"secret://A", {}}; // Is not looked into again.
  return {{}, "no " + name};
};

} // namespace

TEST_CASE("secrets: references are found and replaced, wherever they stand in a text") {
  CHECK(secret_names("plain").empty());
  CHECK(secret_names("Bearer secret://A") == std::vector<std::string>{"A"});
  CHECK(secret_names("secret://A:secret://b.c-d/x") == std::vector<std::string>{"A", "b.c-d"});
  CHECK(resolve_secrets("plain", two_secrets).text == "plain");
  CHECK(resolve_secrets("Bearer secret://A!", two_secrets).text == "Bearer alpha!");
  CHECK(resolve_secrets("secret://A:secret://b.c-d", two_secrets).text == "alpha:secret://A");
  const auto missing = resolve_secrets("secret://A secret://X", two_secrets);
  CHECK(missing.why == "no X");
  CHECK(missing.text.empty());
  CHECK(resolve_secrets("secret://A", {}).why.find("`A`") != std::string::npos);
}

TEST_CASE("secrets: a reference needs a proper name") {
  CHECK(secret_reference_error("secret://A_1.b-c").empty());
  CHECK(secret_reference_error("secret://" + std::string(128, 'x')).empty());
  CHECK_FALSE(secret_reference_error("secret://" + std::string(129, 'x')).empty());
  for (const auto* bad :
       {"secret://", "secret://1", "secret://../x", "secret://A secret://", "secret:///etc/passwd"}) {
    CAPTURE(bad);
    CHECK_FALSE(secret_reference_error(bad).empty());
    CHECK_FALSE(header_error("X-Key", bad).empty());
    CHECK_FALSE(param_error("key", bad).empty());
  }
  CHECK(header_error("Authorization", "Bearer secret://TOKEN").empty());
  CHECK(param_error("key", "secret://TOKEN").empty());
}

TEST_CASE("secrets: a private file goes before the environment") {
  const temp_dir folder;
  const auto source = secrets_in(folder.path());
  ::unsetenv("TRIBUTARY_TEST_SECRET");
  const auto none = source("TRIBUTARY_TEST_SECRET");
  CHECK(none.text.empty());
  CHECK(none.why.find("environment variable TRIBUTARY_TEST_SECRET") != std::string::npos);
  ::setenv("TRIBUTARY_TEST_SECRET", "from outside", 1);
  CHECK(source("TRIBUTARY_TEST_SECRET").text == "from outside");
  put(folder / "TRIBUTARY_TEST_SECRET", "from a file\r\n");
  CHECK(source("TRIBUTARY_TEST_SECRET").text == "from a file");
  put(folder / "TRIBUTARY_TEST_SECRET", "exchanged"); // Looked up anew each time.
  CHECK(source("TRIBUTARY_TEST_SECRET").text == "exchanged");
  ::unsetenv("TRIBUTARY_TEST_SECRET");
}

TEST_CASE("secrets: a file that others may read, or that is no file, is refused without its content") {
  const temp_dir folder;
  const auto source = secrets_in(folder.path());
  for (const mode_t mode : {0640u, 0604u, 0620u, 0644u}) {
    put(folder / "LOOSE", "hush", mode);
    const auto got = source("LOOSE");
    CHECK(got.text.empty());
    CHECK(got.why.find("0600") != std::string::npos);
    CHECK(got.why.find("hush") == std::string::npos);
  }
  std::filesystem::create_directory(folder / "FOLDER");
  CHECK(source("FOLDER").why.find("no regular file") != std::string::npos);
  put(folder / "real", "hush");
  std::filesystem::create_symlink(folder / "real", folder / "LINK");
  CHECK_FALSE(source("LINK").why.empty());
  put(folder / "LARGEST", std::string(64 * 1024, 'x'));
  CHECK(source("LARGEST").text.size() == 64 * 1024);
  put(folder / "TOO_LARGE", std::string(64 * 1024 + 1, 'x'));
  CHECK(source("TOO_LARGE").why.find("64 KiB") != std::string::npos);
}

TEST_CASE("secrets: values are blotted out of messages") {
  CHECK(without_secrets("a hush b hush", {"hush"}) == "a *** b ***");
  CHECK(without_secrets("hush hush-hush", {"hush", "hush-hush"}) == "*** ***");
  CHECK(without_secrets("the cat", {"the", ""}) == "the cat"); // Too short to be one.
  CHECK(without_secrets("****", {"****"}) == "***");
  CHECK(without_secrets("Host HUSH.invalid", {"hush"}) == "Host ***.invalid"); // Names are put in lower case.
  CHECK(without_secrets("/x?k=a%20b%2fc", {"a b/c"}) == "/x?k=***");
}

TEST_CASE("secrets: documents hold references, and show them") {
  const auto read = parse_settings(
      R"({"providers": {"a": {"kind": "http", "base_url": "http://a", "custom_headers": {"X-Key": "secret://K"}}}})");
  REQUIRE(std::holds_alternative<settings>(read));
  CHECK(to_text(std::get<settings>(read)).find("secret://K") != std::string::npos);
}
