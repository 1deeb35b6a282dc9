// Downloads out of a folder: bytes, identity, limits, and what each thing that can go wrong comes to.
#include "net/client/sha256.hpp"
#include "tests/net/directory_fixture.hpp"

#include <sys/stat.h>

using namespace tributary;
using namespace tributary::testing;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t mib = 1 << 20;

} // namespace

TEST_CASE_FIXTURE(
    directory_fixture, "directory: a file arrives, with size, strong tag, progress and digest") {
  const auto body = serve("a/b.bin", 5 * mib + 123);
  auto q = request("a/b.bin");
  q.piece_bytes = 2 * mib;
  auto seen = std::make_shared<recorder>();
  const auto target = q.target;
  const auto r = take(std::move(q), seen);
  CHECK(r.result == outcome::ok);
  CHECK(r.message == "");
  CHECK(r.bytes == body.size());
  CHECK(r.written_end == body.size());
  CHECK(r.durable_end == body.size());
  CHECK(r.first_byte);
  CHECK(r.total >= *r.first_byte);
  CHECK(fetched() == body);
  const auto opened = seen->opened_with();
  REQUIRE(opened.size() == 1);
  CHECK(opened[0].ranges);
  CHECK(opened[0].identity.size == body.size());
  CHECK(opened[0].identity.etag.starts_with("\""));
  CHECK(opened[0].identity.etag.size() > 4);
  CHECK(seen->all_progress().size() >= 2); // The two borders of pieces.
  client::sha256_digest whole;
  whole.add(std::as_bytes(std::span(body)));
  CHECK(std::get<std::string>(target->sha256(body.size())) == whole.hex());
}

TEST_CASE_FIXTURE(directory_fixture, "directory: an empty file arrives, and slashes too many mean nothing") {
  serve("a/empty", 0);
  CHECK(take("a//empty/").result == outcome::ok);
  CHECK(fetched() == "");
}

TEST_CASE_FIXTURE(
    directory_fixture, "directory: it goes on from the bytes at hand when the file is proven the same") {
  const auto body = serve("f", 3 * mib);
  auto first = request("f");
  const auto target = first.target;
  const auto whole = take(std::move(first));
  const auto again = [&](std::uint64_t offset, file_identity expected, bool digest_known) {
    auto q = request("f");
    q.target = target;
    q.offset = offset;
    q.expected = std::move(expected);
    q.digest_known = digest_known;
    return take(std::move(q));
  };
  const auto same = again(mib, whole.facts.identity, false);
  CHECK(same.result == outcome::ok);
  CHECK(same.bytes == 2 * mib);
  CHECK(fetched() == body);

  file_identity elsewhere; // Begun at a web server: another tag, but the job's digest vouches for the mix.
  elsewhere.size = body.size();
  elsewhere.etag = "\"nginx\"";
  CHECK(again(2 * mib, elsewhere, true).result == outcome::ok);
  CHECK(fetched() == body);
  CHECK(again(mib, elsewhere, false).cause == fault::other_identity);
  CHECK(again(mib, {body.size(), "", "", ""}, false).cause == fault::unproven);
  auto shorter = whole.facts.identity;
  shorter.size = body.size() - 1;
  CHECK(again(mib, shorter, true).cause == fault::other_identity);
  CHECK(again(body.size(), whole.facts.identity, false).result == outcome::ok);
  CHECK(fetched() == body);
}

TEST_CASE_FIXTURE(
    directory_fixture, "directory: it ends where its window does, and where that is drawn in to") {
  const auto body = serve("f", 4 * mib);
  auto piece = request("f");
  const auto target = piece.target;
  piece.offset = mib;
  piece.window = std::make_shared<transfer_window>(mib, 2 * mib);
  const auto r = take(std::move(piece));
  CHECK(r.result == outcome::ok);
  CHECK(r.bytes == mib);
  CHECK(r.written_end == 2 * mib);
  CHECK(fetched().substr(mib) == body.substr(mib, mib));

  hang_reads_from(3 * mib);
  auto rest = request("f");
  rest.target = target;
  rest.offset = 2 * mib;
  auto window = rest.window = std::make_shared<transfer_window>(2 * mib);
  rest.stall_timeout = 200ms;
  auto seen = std::make_shared<recorder>();
  auto source = make_source();
  auto handle = source->start(std::move(rest), seen);
  gate->wait_for(1);
  CHECK(window->trim(3 * mib) == 3 * mib); // Somebody else fetches what hangs here.
  const auto trimmed = seen->wait();
  CHECK(trimmed.result == outcome::ok);
  CHECK(trimmed.written_end == 3 * mib);
  CHECK(fetched().substr(mib) == body.substr(mib, 2 * mib));
}

TEST_CASE_FIXTURE(directory_fixture, "directory: a rewritten file has another tag") {
  serve("f", 1000, 1);
  const auto before = take("f").facts.identity;
  serve("f", 1000, 2);
  fs::last_write_time(shelf / "f", fs::file_time_type::clock::now() + 1h);
  const auto after = take("f").facts.identity;
  CHECK(before.size == after.size);
  CHECK(before.etag != after.etag);
}

TEST_CASE_FIXTURE(directory_fixture, "directory: what is not there, not allowed or no file has its class") {
  serve("a/f", 10);
  CHECK(take("absent").result == outcome::missing);
  CHECK(take("a/f/g").result == outcome::missing);
  CHECK(take("a").result == outcome::missing);
  CHECK(take(std::string(300, 'n')).result == outcome::missing);
  CHECK(take("absent").message == "cannot open absent: No such file or directory");
  REQUIRE(::mkfifo((shelf / "pipe").c_str(), 0600) == 0);
  CHECK(take("pipe").result == outcome::invalid);
  CHECK(take("pipe").message == "cannot open pipe: not a regular file");
  auto by_url = request("");
  by_url.url = "http://example.org/f";
  CHECK(take(std::move(by_url)).result == outcome::invalid);
  provider.own.directory = shelf / "gone";
  const auto gone = take("a/f");
  CHECK(gone.result == outcome::provider_fault); // The provider is not there, not the item.
  CHECK(gone.cause == fault::source_io);
}

TEST_CASE_FIXTURE(directory_fixture, "directory: no name leads out of the folder, by kernel and by walking") {
  serve("a/f", 10);
  write_file(folder / "secret", "secret");
  fs::create_directory_symlink(folder.path(), shelf / "out");
  fs::create_symlink(folder / "secret", shelf / "link");
  fs::create_symlink("a/../../" + folder.path().filename().string() + "/secret", shelf / "sly");
  fs::create_symlink("f", shelf / "a" / "inside");
  for (const auto how : {beneath::kernel, beneath::walking}) {
    calls = client::system_folder_calls(how);
    CAPTURE(static_cast<int>(how));
    for (const char* path : {"out/secret", "link", "sly", "../secret", "a/../../secret", "/etc/passwd"}) {
      const auto r = take(path);
      CAPTURE(path);
      CHECK(r.result != outcome::ok);
      CHECK(r.bytes == 0);
    }
    CHECK(take("link").result == outcome::invalid);
    CHECK(take("link").message == "cannot open link: it leads out of the folder");
    CHECK(take("a/f").result == outcome::ok);
    // A link that stays inside is followed by the kernel's rules only.
    CHECK((take("a/inside").result == outcome::ok) == (how == beneath::kernel));
  }
}

TEST_CASE("directory: errno and the fault behind it") {
  using client::fault_of_errno;
  CHECK(fault_of_errno(ENOENT) == fault::no_such_item);
  CHECK(fault_of_errno(ENOTDIR) == fault::no_such_item);
  CHECK(fault_of_errno(EACCES) == fault::no_permission);
  CHECK(fault_of_errno(EXDEV) == fault::address_refused);
  CHECK(fault_of_errno(ELOOP) == fault::address_refused);
  CHECK(fault_of_errno(EMFILE) == fault::disk);
  for (const int code : {EIO, ESTALE, ENOTCONN, ETIMEDOUT, EHOSTDOWN, ENODEV})
    CHECK(fault_of_errno(code) == fault::source_io);
}

TEST_CASE_FIXTURE(directory_fixture, "directory: a read that fails keeps what came before") {
  const auto body = serve("f", 3 * mib);
  calls.read = [read = calls.read](int fd, std::byte* to, std::size_t n, std::uint64_t at) -> ssize_t {
    if (at < 2 * mib)
      return read(fd, to, n, at);
    errno = EIO;
    return -1;
  };
  const auto r = take("f");
  CHECK(r.result == outcome::provider_fault);
  CHECK(r.cause == fault::source_io);
  CHECK(r.message == "cannot read f: Input/output error");
  CHECK(r.written_end == 2 * mib);
  CHECK(r.durable_end == 2 * mib);
  CHECK(fetched() == body.substr(0, 2 * mib));
}

TEST_CASE_FIXTURE(
    directory_fixture, "directory: a file that ends early is truncated, one that changes is another file") {
  serve("f", 2 * mib);
  calls.read = [read = calls.read](int fd, std::byte* to, std::size_t n, std::uint64_t at) -> ssize_t {
    return at < mib ? read(fd, to, n, at) : 0;
  };
  const auto cut = take("f");
  CHECK(cut.cause == fault::truncated);
  CHECK(cut.message == "f ended after 1048576 of 2097152 bytes");
  calls = client::system_folder_calls();
  calls.read = [read = calls.read,
                name = shelf / "f"](int fd, std::byte* to, std::size_t n, std::uint64_t at) {
    fs::last_write_time(name, fs::file_time_type::clock::now() + 1h);
    return read(fd, to, n, at);
  };
  const auto changed = take("f");
  CHECK(changed.result == outcome::identity);
  CHECK(changed.message == "f was changed while it was read");
}

TEST_CASE_FIXTURE(
    directory_fixture,
    "directory: a mount that hangs stalls its own transfer only, and writes nothing later") {
  serve("f", 3 * mib);
  const auto other = serve("g", mib, 2);
  hang_reads_from(mib);
  auto q = request("f");
  q.stall_timeout = 200ms;
  auto seen = std::make_shared<recorder>();
  auto source = make_source();
  auto handle = source->start(std::move(q), seen);
  gate->wait_for(1);
  auto beside = request("g");
  beside.target = std::make_shared<part_file>(root, "g.part", false);
  CHECK(fetch(*source, std::move(beside)).result == outcome::ok);
  CHECK(read_file(folder / "g.part") == other);
  const auto r = seen->wait();
  CHECK(r.result == outcome::provider_fault);
  CHECK(r.cause == fault::stalled);
  CHECK(r.written_end == mib);
  gate->open();
  gate->wait_for(0);
  CHECK(fs::file_size(folder / "out.part") == mib);
}

TEST_CASE_FIXTURE(directory_fixture, "directory: an open that hangs ends after the provider's timeout") {
  serve("f", 10);
  provider.own.timeout_seconds = 0.2;
  calls.open_folder = [gate = gate, open = calls.open_folder](const std::string& path) {
    gate->wait();
    return open(path);
  };
  const auto r = take("f");
  CHECK(r.result == outcome::provider_fault);
  CHECK(r.cause == fault::connect_timeout);
}

TEST_CASE_FIXTURE(
    directory_fixture, "directory: calls that hang are limited in number, and the slots come back") {
  serve("f", mib);
  hang_reads_from(0);
  auto source = make_source();
  const auto stalled = [&](milliseconds limit) {
    auto q = request("f");
    q.stall_timeout = limit;
    return fetch(*source, std::move(q));
  };
  for (int i = 0; i < 8; ++i)
    CHECK(stalled(20ms).cause == fault::stalled);
  const auto refused = stalled(20s);
  CHECK(refused.cause == fault::stalled);
  CHECK(refused.message.find("8 calls hang") != std::string::npos);
  gate->open();
  gate->wait_for(0);
  // The lane's thread counts itself out just after its call: ask until then.
  const auto deadline = std::chrono::steady_clock::now() + patience;
  auto last = stalled(20s);
  while (last.result != outcome::ok && std::chrono::steady_clock::now() < deadline)
    last = stalled(20s);
  CHECK(last.result == outcome::ok);
}

TEST_CASE_FIXTURE(directory_fixture, "directory: cancelling ends it at once, also while a read hangs") {
  serve("f", 2 * mib);
  hang_reads_from(mib);
  auto seen = std::make_shared<recorder>();
  auto handle = make_source()->start(request("f"), seen);
  gate->wait_for(1);
  handle->cancel();
  handle->cancel();
  const auto r = seen->wait();
  CHECK(r.result == outcome::cancelled);
  CHECK(r.written_end == mib);
  CHECK(seen->ends() == 1);
}

TEST_CASE_FIXTURE(directory_fixture, "directory: stopping the threads ends a transfer that hangs") {
  serve("f", mib);
  hang_reads_from(0);
  auto seen = std::make_shared<recorder>();
  auto source = make_source();
  auto handle = source->start(request("f"), seen);
  gate->wait_for(1);
  threads.stop();
  CHECK(seen->wait().result == outcome::cancelled);
  auto late = std::make_shared<recorder>();
  auto never = source->start(request("f"), late);
  CHECK(late->wait().result == outcome::cancelled);
}

TEST_CASE_FIXTURE(directory_fixture, "directory: the provider's and the engine's bandwidth limits hold") {
  serve("f", mib);
  for (const bool own : {true, false}) {
    if (own)
      provider.own.bandwidth_limit_mbps = 40;
    else
      threads.limit_bandwidth(40);
    const auto r = take("f");
    CHECK(r.result == outcome::ok);
    CHECK(r.total >= 150ms); // 1 MiB at 40 Mbit/s takes 210 ms; the first portion is free.
    provider.own.bandwidth_limit_mbps.reset();
  }
}

TEST_CASE_FIXTURE(directory_fixture, "directory: a full disk here is no fault of the folder") {
  serve("f", 10);
  auto q = request("f");
  fs::create_directory(folder / "x.part");
  q.target = std::make_shared<part_file>(root, "x.part", false);
  const auto r = take(std::move(q));
  CHECK(r.result == outcome::local_fault);
  CHECK(r.cause == fault::disk);
}
