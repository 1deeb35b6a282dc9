// `tributary get` as a shell sees it: with an engine of its own and with one that runs, against real web
// servers.
#include "tests/e2e/engine_process.hpp"
#include "tests/support/nginx.hpp"
#include "tests/support/process.hpp"
#include "tests/support/slowness.hpp"
#include "tests/support/temp_dir.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <sstream>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace {

using namespace tributary::testing;
using namespace std::chrono_literals;
namespace json = boost::json;

bool has(const std::string& text, const std::string& what) {
  return text.find(what) != std::string::npos;
}

/// A terminal of 80 columns that nobody looks at but us.
class pseudo_terminal {
public:
  pseudo_terminal() : ours_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK)) {
    REQUIRE(::grantpt(ours_) == 0);
    REQUIRE(::unlockpt(ours_) == 0);
    theirs_ = ::open(::ptsname(ours_), O_RDWR | O_NOCTTY | O_CLOEXEC);
    const winsize size{24, 80, 0, 0};
    REQUIRE(::ioctl(theirs_, TIOCSWINSZ, &size) == 0);
  }
  ~pseudo_terminal() {
    ::close(theirs_);
    ::close(ours_);
  }
  [[nodiscard]] int descriptor() const { return theirs_; }
  /// What was shown since the last call. To be called often: a full terminal stops the writer.
  std::string read_more() const {
    std::string text;
    std::array<char, 4096> chunk;
    for (ssize_t n = 0; (n = ::read(ours_, chunk.data(), chunk.size())) > 0;)
      text.append(chunk.data(), static_cast<std::size_t>(n));
    return text;
  }

private:
  int ours_, theirs_ = -1;
};

struct fixture {
  temp_dir folder;
  std::filesystem::path www = folder / "www", out = folder / "out", state = folder / "state";
  std::filesystem::path temporary = folder / "tmp";

  fixture() {
    std::filesystem::create_directories(out);
    std::filesystem::create_directories(temporary);
  }

  std::string serve(const std::string& name, std::size_t size, unsigned seed) const {
    auto bytes = random_bytes(size, seed);
    write_file(www / name, bytes);
    return bytes;
  }

  /// No engine of whoever runs the tests is looked at, and nothing is left in their folders.
  [[nodiscard]] std::unique_ptr<process> start(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {TRIBUTARY_PROGRAM, "get"});
    process::options o;
    o.environment = {{"XDG_STATE_HOME", (folder / "none").string()}, {"TMPDIR", temporary.string()}};
    return std::make_unique<process>(std::move(arguments), std::move(o));
  }

  /// What it shows on a terminal of that kind.
  [[nodiscard]] std::string show(const std::string& kind, std::vector<std::string> arguments) const {
    const pseudo_terminal screen;
    arguments.insert(arguments.begin(), {"sh", "-c", R"(exec "$@" 2>&3)", "sh", TRIBUTARY_PROGRAM, "get"});
    process::options o;
    o.environment = {
        {"XDG_STATE_HOME", (folder / "none").string()}, {"TMPDIR", temporary.string()}, {"TERM", kind}};
    o.inherit_fd = screen.descriptor();
    process p(std::move(arguments), std::move(o));
    std::string all;
    eventually(60s, [&] {
      all += screen.read_more();
      return p.wait(0ms).has_value();
    });
    CHECK(p.wait(1s) == 0);
    return all + screen.read_more();
  }

  struct ended {
    int status = -1;
    std::string out, err;
  };
  [[nodiscard]] ended run(std::vector<std::string> arguments) const {
    const auto p = start(std::move(arguments));
    const auto status = p->wait(120s);
    return {status.value_or(-1), p->output(), p->errors()};
  }

  [[nodiscard]] std::string list(const std::string& text) const {
    write_file(folder / "list", text);
    return (folder / "list").string();
  }
};

} // namespace

TEST_CASE_FIXTURE(fixture, "get: one file from the mirror that has it, and nothing is left behind") {
  const auto bytes = serve("a.bin", 3'000'000, 1);
  nginx broken(www, {"return 500;"}), good(www);
  const auto e =
      run({broken.url() + "/a.bin", good.url() + "/a.bin", "-d", out.string(), "--sha256", sha256_of(bytes)});
  CHECK_MESSAGE(e.status == 0, e.err);
  CHECK(read_file(out / "a.bin") == bytes);
  CHECK(has(e.err, "done    a.bin  2.9 MiB from "));
  CHECK(e.out.empty());
  CHECK(e.err.find('\x1b') == std::string::npos);
  CHECK(part_files(out).empty());
  CHECK(std::filesystem::is_empty(temporary));
  CHECK_FALSE(std::filesystem::exists(folder / "none"));
}

TEST_CASE_FIXTURE(fixture, "get: a list with names and mirrors; the status tells that one failed") {
  const auto a = serve("a", 1000, 1), b = serve("b", 2000, 2);
  nginx web(www);
  const auto u = web.url();
  const auto e = run(
      {"-i", list(u + "/absent " + u + "/a\tfirst file\n" + u + "/b\n" + u + "/nowhere\n"), "-d",
       out.string(), "--json", "-q", "--max-attempts", "2"});
  CHECK(e.status == 1);
  CHECK(e.err.empty());
  CHECK(read_file(out / "first file") == a);
  CHECK(read_file(out / "b") == b);
  std::map<std::string, std::string> states;
  std::istringstream lines(e.out);
  for (std::string line; std::getline(lines, line);) {
    const auto job = json::parse(line);
    states[json::value_to<std::string>(job.at("output"))] = json::value_to<std::string>(job.at("state"));
  }
  CHECK(
      states == std::map<std::string, std::string>{
                    {"first file", "succeeded"}, {"b", "succeeded"}, {"nowhere", "failed"}});
}

TEST_CASE_FIXTURE(fixture, "get: a wrong list starts nothing and names each line") {
  const auto e =
      run({"-i", list("http://127.0.0.1:9/fine\nftp://h/x\nhttp://h/y\t../z\n"), "-d", out.string()});
  CHECK(e.status == 2);
  CHECK(has(e.err, "line 2: "));
  CHECK(has(e.err, "line 3: "));
  CHECK(std::filesystem::is_empty(out));
  CHECK(run({"-i", (folder / "absent").string()}).status == 2);
  CHECK(run({}).status == 2);
  CHECK(run({"http://h/a", "-i", "x"}).status == 2);
  CHECK(run({"--path", "x", "--standalone"}).status == 2);
}

TEST_CASE_FIXTURE(fixture, "get: 10,000 files by one list arrive, each once") {
  constexpr int files = slowness == 1 ? 10'000 : 200;
  serve("small", 100, 1);
  nginx web(www);
  std::string text;
  for (int i = 0; i < files; ++i)
    text += web.url() + "/small\tf" + std::to_string(i) + "\n";
  const auto e = run({"-i", list(text), "-d", out.string(), "-q", "-j", "16"});
  CHECK_MESSAGE(e.status == 0, e.err);
  CHECK(std::distance(std::filesystem::directory_iterator(out), {}) == files);
}

TEST_CASE_FIXTURE(
    fixture, "get: stopped by a signal it goes on with --state, and what has arrived is passed over") {
  const auto small = serve("small", 1000, 1), big = serve("big", 24u << 20, 2);
  nginx slow(www, {"limit_rate 4m;"});
  const auto file = list(slow.url() + "/small\n" + slow.url() + "/big\n");
  const std::vector<std::string> command{"-i", file, "-d", out.string(), "--state", state.string()};
  {
    const auto p = start(command);
    REQUIRE(eventually(60s, [&] {
      const auto parts = std::filesystem::exists(out) ? part_files(out) : std::vector<std::string>{};
      return std::filesystem::exists(out / "small") && !parts.empty() &&
             std::filesystem::file_size(out / parts.front()) > (6u << 20);
    }));
    p->signal(SIGINT);
    CHECK(p->wait(30s) == 130);
    CHECK(has(p->errors(), "1 unfinished"));
  }
  CHECK_FALSE(part_files(out).empty());
  const auto before = slow.access_log().size();
  const auto again = run(command);
  CHECK_MESSAGE(again.status == 0, again.err);
  CHECK(read_file(out / "big") == big);
  CHECK(read_file(out / "small") == small);
  const auto asked = slow.access_log().substr(before);
  CHECK_FALSE(has(asked, "/small"));
  CHECK_FALSE(has(asked, "bytes=0-")); // From the bytes at hand.
}

TEST_CASE_FIXTURE(fixture, "get: --state alone goes on with all that is unfinished there") {
  const auto big = serve("big", 24u << 20, 2);
  nginx slow(www, {"limit_rate 4m;"});
  {
    const auto p = start({slow.url() + "/big", "-d", out.string(), "--state", state.string()});
    REQUIRE(eventually(60s, [&] { return !part_files(out).empty(); }));
    p->signal(SIGTERM);
    CHECK(p->wait(30s) == 130);
  }
  const auto again = run({"--state", state.string(), "-d", out.string()});
  CHECK_MESSAGE(again.status == 0, again.err);
  CHECK(read_file(out / "big") == big);
}

TEST_CASE_FIXTURE(fixture, "get: stopped without --state it leaves nothing behind") {
  serve("big", 24u << 20, 2);
  nginx slow(www, {"limit_rate 2m;"});
  const auto p = start({slow.url() + "/big", "-d", out.string()});
  REQUIRE(eventually(60s, [&] { return !part_files(out).empty(); }));
  p->signal(SIGINT);
  CHECK(p->wait(30s) == 130);
  CHECK(std::filesystem::is_empty(out));
  CHECK(std::filesystem::is_empty(temporary));
}

TEST_CASE_FIXTURE(fixture, "get: an engine of its own may have as many files open as the system lets it") {
  serve("big", 24u << 20, 2);
  nginx slow(www, {"limit_rate 1m;"});
  process::options o;
  o.environment = {{"XDG_STATE_HOME", (folder / "none").string()}, {"TMPDIR", temporary.string()}};
  process p(
      {"sh", "-c", R"(ulimit -Sn 256 && exec "$@")", "sh", TRIBUTARY_PROGRAM, "get", slow.url() + "/big",
       "-d", out.string()},
      std::move(o));
  REQUIRE(eventually(60s, [&] { return !part_files(out).empty(); }));
  rlimit limit{};
  REQUIRE(::prlimit(p.pid(), RLIMIT_NOFILE, nullptr, &limit) == 0);
  CHECK(limit.rlim_cur == limit.rlim_max);
  p.signal(SIGINT);
  CHECK(p.wait(30s) == 130);
}

TEST_CASE_FIXTURE(fixture, "get: where an engine runs, it does the work") {
  const auto bytes = serve("a.bin", 100'000, 1);
  serve("b.bin", 100, 2);
  nginx web(www);
  engine_process::folders at{folder / "settings.json", state, folder / "downloads"};
  write_file(at.config, settings_text({{"web", web.url()}}));
  engine_process engine(at);
  REQUIRE(engine.port() != 0);
  const auto by_path = run({"--path", "a.bin", "--state", state.string(), "-o", "x/a.bin"});
  CHECK_MESSAGE(by_path.status == 0, by_path.err);
  CHECK(read_file(at.downloads / "x" / "a.bin") == bytes);
  CHECK(has(by_path.err, "done    x/a.bin"));

  std::string text;
  for (int i = 0; i < 700; ++i) // More than one page of the API.
    text += web.url() + "/b.bin\tmany/b" + std::to_string(i) + "\n";
  const auto many =
      run({"-i", list(text + web.url() + "/absent\n"), "--state", state.string(), "--max-attempts", "1"});
  CHECK(many.status == 1);
  CHECK(has(many.err, "700 of 701 done, 1 failed"));
  CHECK(std::distance(std::filesystem::directory_iterator(at.downloads / "many"), {}) == 700);
}

TEST_CASE_FIXTURE(
    fixture, "get: equal lines are one download, and it ends with it, in this process and in an engine") {
  const auto bytes = serve("a.bin", 300'000, 1);
  nginx slow(www, {"limit_rate 150k;"}); // The second line comes while the first one's job is at work.
  const auto line = slow.url() + "/a.bin\n", nameless = slow.url() + "/\n";
  const std::vector<std::string> rules{"--on-conflict",  "replace", "--max-segments", "1",
                                       "--max-attempts", "1"};
  const auto run_list = [&](std::vector<std::string> more) {
    more.insert(more.end(), rules.begin(), rules.end());
    more.insert(more.end(), {"-i", list(line + line + nameless + nameless)});
    return run(std::move(more));
  };

  const auto own = run_list({"-d", out.string()});
  CHECK_MESSAGE(has(own.err, "2 of 4 done, 2 failed, 293.0 KiB"), own.err); // There is no index page.
  CHECK(own.status == 1);
  CHECK(read_file(out / "a.bin") == bytes);

  engine_process::folders at{folder / "settings.json", state, folder / "downloads"};
  write_file(at.config, settings_text({{"web", slow.url()}}));
  engine_process engine(at);
  REQUIRE(engine.port() != 0);
  const auto asked = run_list({"--state", state.string()});
  CHECK_MESSAGE(has(asked.err, "2 of 4 done, 2 failed, 293.0 KiB"), asked.err);
  CHECK(asked.status == 1);
  CHECK(read_file(at.downloads / "a.bin") == bytes);
}

TEST_CASE_FIXTURE(fixture, "get: an item of the catalogues, by its key, in this process and in an engine") {
  const auto pilot = serve("tide/1x2.en.mkv", 100'000, 1), german = serve("tide/1x2.de.mkv", 90'000, 2);
  write_file(
      www / "catalog.json",
      R"({"version": 1, "items": [{"key": "tide", "title": "Tide", "languages": ["en", "de"], "seasons": {
          "1": {"2": {"en": "tide/1x2.en.mkv", "de": "tide/1x2.de.mkv"}}}}]})");
  nginx web(www);
  engine_process::folders at{folder / "settings.json", folder / "engine", folder / "downloads"};
  write_file(at.config, settings_text({{"web", web.url()}}));
  const std::vector<std::string> item{"--key", "tide", "--season", "1", "--episode", "2"};
  const auto run_item = [&](std::vector<std::string> more) {
    more.insert(more.begin(), item.begin(), item.end());
    return run(std::move(more));
  };

  const std::vector<std::string> own{"--config", at.config, "-d", out, "--state", state};
  const auto first = run_item(own);
  CHECK_MESSAGE(first.status == 0, first.err);
  CHECK(read_file(out / "1x2.en.mkv") == pilot);
  const auto again = run_item(own); // It is there already.
  CHECK_MESSAGE(again.status == 0, again.err);
  CHECK(std::distance(std::filesystem::directory_iterator(out), {}) == 1);

  engine_process engine(at);
  REQUIRE(engine.port() != 0);
  const auto other = run_item({"--language", "DE", "-o", "german.mkv", "--state", at.state});
  CHECK_MESSAGE(other.status == 0, other.err);
  CHECK(read_file(at.downloads / "german.mkv") == german);
  const auto absent = run({"--key", "ebb", "--state", at.state});
  CHECK(absent.status == 1);
  CHECK_MESSAGE(has(absent.err, "no item ebb"), absent.err);
}

TEST_CASE_FIXTURE(fixture, "get: wrong combinations around an item start nothing and say what is wrong") {
  struct row {
    std::vector<std::string> arguments;
    const char* says;
  };
  for (const auto& [arguments, says] : {
           row{{"--season", "1", "--episode", "2"}, "name it with --key"},
           row{{"--language", "en", "http://h/a"}, "name it with --key"},
           row{{"--key", "tide", "http://h/a"}, "only one of them"},
           row{{"--key", "tide", "--path", "a"}, "only one of them"},
           row{{"--key", "tide", "-i", "-"}, "not both"},
           row{{"--key", "tide", "--season", "1"}, "is needed beside `season`"},
           row{{"--key", "tide", "--episode", "1"}, "is needed beside `episode`"},
           row{{"--key", "tide", "--season", "-1", "--episode", "1"}, "must be from 0 to"},
           row{{"--key", "tide", "--season", "one", "--episode", "1"}, "--season"},
           row{{"--key", ""}, "must not be empty"},
           row{{"--key", "tide", "--language", "e_n"}, "must be a language tag"},
           row{{"--key", "tide", "--standalone"}, "--key is looked for at providers"},
       }) {
    CAPTURE(arguments);
    const auto e = run(arguments);
    CHECK(e.status == 2);
    CHECK_MESSAGE(has(e.err, says), e.err);
  }
}

TEST_CASE_FIXTURE(fixture, "get: an engine that was asked for by its URL and is not there is an error") {
  const auto e = run({"http://h/a", "--url", "http://127.0.0.1:1"});
  CHECK(e.status == 7);
  CHECK(has(e.err, "no engine runs at"));
}

TEST_CASE_FIXTURE(
    fixture, "get: on a terminal a bar grows in its place; on a dumb one there are lines only") {
  serve("film.mkv", 6u << 20, 1);
  nginx slow(www, {"limit_rate 4m;"});
  const auto bars = show("xterm", {slow.url() + "/film.mkv", "-d", out.string(), "--max-segments", "1"});
  CHECK(has(bars, "film.mkv"));
  CHECK(has(bars, "[##"));
  CHECK(has(bars, "MiB/s"));
  CHECK(has(bars, "\x1b[2A")); // The bar and the total are drawn over.
  CHECK(has(bars, "1 of 1 done"));
  const auto lines = show("dumb", {slow.url() + "/film.mkv", "-d", out.string(), "--on-conflict", "replace"});
  CHECK(lines.find('\x1b') == std::string::npos);
  CHECK(has(lines, "done    film.mkv"));
}
