// Publishing, written so that each step may be repeated after a crash: who already has the part file's inode
// is done.
#include "net/client/publish.hpp"

#include "net/client/descriptor.hpp"
#include "net/client/move_file.hpp"
#include "net/client/sha256.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cassert>
#include <vector>

namespace tributary {

using namespace client;
namespace {

constexpr int renames_max = 9'999;
constexpr std::size_t component_bytes_max = 255;

std::string base_of(const std::string& name) {
  return name.substr(name.rfind('/') + 1);
}
std::string folder_of(const std::string& name) {
  auto slash = name.rfind('/');
  return slash == std::string::npos ? "" : name.substr(0, slash);
}

/// "a/b.iso", 2 -> "a/b (2).iso"; 0 -> unchanged.
std::string numbered(const std::string& target, int n) {
  if (n == 0)
    return target;
  auto base = base_of(target);
  auto dot = base.rfind('.');
  if (dot == std::string::npos || dot == 0 || base.size() - dot > 20)
    dot = base.size();
  auto mark = " (" + std::to_string(n) + ")";
  auto stem = dot;
  while (stem > 0 && (stem + mark.size() + base.size() - dot > component_bytes_max ||
                      (stem < dot && (static_cast<unsigned char>(base[stem]) & 0xC0u) == 0x80u)))
    --stem;
  return target.substr(0, target.size() - base.size()) + base.substr(0, stem) + mark + base.substr(dot);
}

/// One publishing at work: the two folders are open, names are looked at without following links.
class publisher {
public:
  publisher(const download_root& root, const publish_request& r) : root_(root), r_(r) {}

  publish_result run() {
    if (auto failed = open_folders())
      return fail(failed);
    struct stat part {};
    if (::fstatat(part_folder_.get(), part_.c_str(), &part, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno != ENOENT)
        return fail(cannot("look at", r_.part));
      return recover();
    }
    if (r_.inode != 0 && part.st_ino != r_.inode)
      return lost(r_.part + " is not the file that was checked");
    return move(part.st_ino);
  }

  published_look look() {
    if (auto failed = open_folders())
      return {std::move(failed), false};
    const auto found = name_in_place();
    return {{}, found.has_value()};
  }

private:
  file_error open_folders() {
    part_folder_ = descriptor{root_.open_folder_of(r_.part, false)};
    if (!part_folder_ && errno != ENOENT)
      return cannot("open the folder of", r_.part);
    if (part_folder_ && folder_of(r_.part) == folder_of(r_.target)) {
      target_fd_ = part_folder_.get();
      return {};
    }
    target_folder_ = descriptor{root_.open_folder_of(r_.target, true)};
    target_fd_ = target_folder_.get();
    return target_folder_ ? file_error{} : cannot("open the folder of", r_.target);
  }

  /// The name that already has the part file's inode.
  [[nodiscard]] std::optional<std::string> name_in_place() const {
    for (int n = 0; r_.inode != 0 && n <= (r_.on_conflict == on_conflict::rename ? renames_max : 0); ++n) {
      auto name = numbered(r_.target, n);
      struct stat s {};
      if (::fstatat(target_fd_, base_of(name).c_str(), &s, AT_SYMLINK_NOFOLLOW) != 0)
        break; // Names are given out in order, so a free one ends the row.
      if (s.st_ino == r_.inode)
        return name;
    }
    return std::nullopt;
  }

  /// The part file is gone: an earlier run renamed it, or removed it because the target was the same.
  publish_result recover() {
    if (const auto name = name_in_place())
      return done(*name);
    if (r_.on_conflict == on_conflict::skip_if_same && !r_.sha256.empty() && target_has_digest())
      return done(r_.target);
    if (r_.give_up.stop_requested())
      return given_up();
    return lost("the part file " + r_.part + " is gone");
  }

  publish_result move(std::uint64_t inode) {
    for (int n = 0; n <= renames_max; ++n) {
      auto name = numbered(r_.target, n);
      auto code = r_.on_conflict == on_conflict::replace ? replace() : move_aside(base_of(name));
      if (code == 0)
        return done(name);
      if (code != EEXIST)
        return fail(cannot("publish", name, code));
      if (has_inode(name, inode)) // A crash left both names on one file.
        return remove_source() ? fail(cannot("remove", r_.part)) : done(name);
      if (r_.on_conflict != on_conflict::rename)
        return settle_conflict();
    }
    return exists(r_.target + " and its numbered names exist already");
  }

  int move_aside(const std::string& base) {
    return move_without_overwriting(part_folder_.get(), part_, target_fd_, base);
  }

  int replace() {
    auto to = base_of(r_.target);
    return ::renameat(part_folder_.get(), part_.c_str(), target_fd_, to.c_str()) == 0 ? 0 : errno;
  }

  [[nodiscard]] bool has_inode(const std::string& name, std::uint64_t inode) const {
    struct stat s {};
    return ::fstatat(target_fd_, base_of(name).c_str(), &s, AT_SYMLINK_NOFOLLOW) == 0 && s.st_ino == inode;
  }

  publish_result settle_conflict() {
    if (r_.on_conflict != on_conflict::skip_if_same)
      return exists(r_.target + " exists already");
    const bool same = r_.sha256.empty() ? target_has_bytes() : target_has_digest();
    if (r_.give_up.stop_requested())
      return given_up();
    if (!same)
      return exists(r_.target + " exists already with other content");
    return remove_source() ? fail(cannot("remove", r_.part)) : done(r_.target);
  }

  bool remove_source() { return ::unlinkat(part_folder_.get(), part_.c_str(), 0) != 0; }

  [[nodiscard]] descriptor open_regular(const std::string& name) const {
    descriptor fd{root_.open_beneath(name, O_RDONLY | O_NONBLOCK)};
    struct stat s {};
    if (!fd || ::fstat(fd.get(), &s) != 0 || !S_ISREG(s.st_mode) ||
        static_cast<std::uint64_t>(s.st_size) != r_.size)
      return {};
    return fd;
  }

  [[nodiscard]] bool target_has_digest() const {
    auto fd = open_regular(r_.target);
    sha256_digest digest;
    std::vector<std::byte> buffer(1u << 18);
    ssize_t n = fd ? 1 : -1;
    while (n > 0 && !r_.give_up.stop_requested() && (n = ::read(fd.get(), buffer.data(), buffer.size())) > 0)
      digest.add(std::span(buffer).first(static_cast<std::size_t>(n)));
    return n == 0 && digest.hex() == r_.sha256;
  }

  [[nodiscard]] bool target_has_bytes() const {
    auto ours = open_regular(r_.part), theirs = open_regular(r_.target);
    if (!ours || !theirs)
      return false;
    std::vector<std::byte> a(1u << 18), b(1u << 18);
    for (off_t at = 0; !r_.give_up.stop_requested();) {
      auto n = ::pread(ours.get(), a.data(), a.size(), at);
      auto m = ::pread(theirs.get(), b.data(), b.size(), at);
      if (n < 0 || n != m || !std::equal(a.begin(), a.begin() + n, b.begin()))
        return false;
      if (n == 0)
        return true;
      at += n;
    }
    return false;
  }

  /// Makes the new name durable: the folder that it is in, and those that may have been made above it.
  file_error flush_folders() {
    if (::fsync(target_fd_) != 0)
      return cannot("flush the folder of", r_.target);
    for (auto folder = folder_of(r_.target); !folder.empty(); folder = folder_of(folder)) {
      descriptor above{root_.open_folder_of(folder, false)};
      if (!above || ::fsync(above.get()) != 0)
        return cannot("flush the folder of", folder);
    }
    return {};
  }

  publish_result done(const std::string& name) {
    if (r_.flush)
      if (auto failed = flush_folders())
        return fail(failed);
    return {.error = {}, .exists = false, .lost = false, .target = name};
  }
  [[nodiscard]] publish_result given_up() const {
    return fail({ECANCELED, "cannot publish " + r_.target + ": it was given up"});
  }
  static publish_result fail(file_error why) {
    return {.error = std::move(why), .exists = false, .lost = false, .target = {}};
  }
  static publish_result lost(std::string why) {
    return {.error = {ENOENT, std::move(why)}, .exists = false, .lost = true, .target = {}};
  }
  static publish_result exists(std::string why) {
    return {.error = {EEXIST, std::move(why)}, .exists = true, .lost = false, .target = {}};
  }

  const download_root& root_;
  const publish_request& r_;
  const std::string part_ = base_of(r_.part);
  descriptor part_folder_, target_folder_; ///< The latter only when it is another one.
  int target_fd_ = -1;
};

} // namespace

verified_file verify_part(part_file& part, bool want_sha256, bool flush) {
  verified_file out;
  auto facts = part.stat();
  if ((out.error = facts.error))
    return out;
  out.size = facts.size;
  out.inode = facts.inode;
  if (want_sha256) {
    auto digest = part.sha256(facts.size);
    if (auto* failed = std::get_if<file_error>(&digest)) {
      out.error = *failed;
      return out;
    }
    out.sha256 = std::get<std::string>(std::move(digest));
  }
  if (flush)
    out.error = part.flush();
  return out;
}

published_look look_for_published(const download_root& root, const publish_request& r) {
  return publisher{root, r}.look();
}

publish_result publish_part(const download_root& root, const publish_request& r) {
  return publisher{root, r}.run();
}

file_error remove_part(const download_root& root, const std::string& part) {
  if (!part.ends_with(".part"))
    return {EINVAL, "cannot remove " + part + ": not a part file"};
  descriptor folder{root.open_folder_of(part, false)};
  if (folder ? ::unlinkat(folder.get(), base_of(part).c_str(), 0) == 0 || errno == ENOENT : errno == ENOENT)
    return {};
  return cannot("remove", part);
}

bool target_exists(const download_root& root, const std::string& target) {
  descriptor folder{root.open_folder_of(target, false)};
  return folder && ::faccessat(folder.get(), base_of(target).c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

} // namespace tributary
