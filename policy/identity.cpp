#include "policy/identity.hpp"

namespace tributary {

namespace {

bool both_and_differ(const std::string& a, const std::string& b) noexcept {
  return !a.empty() && !b.empty() && a != b;
}

bool both_and_equal(const std::string& a, const std::string& b) noexcept {
  return !a.empty() && a == b;
}

} // namespace

mixing compare(
    const file_identity& have, const file_identity& offered, bool digest_known,
    identity_origin told_by) noexcept {
  const bool sizes_known = have.size && offered.size;
  if (sizes_known && *have.size != *offered.size)
    return mixing::different;
  if (both_and_differ(have.digest, offered.digest))
    return mixing::different;
  const bool strong = digest_known || both_and_equal(have.digest, offered.digest);
  // Two mirrors may tag equal bytes differently, so an ETag speaks only where no digest does, and against a
  // file only at the server that gave it.
  if (!strong && told_by != identity_origin::another_source && both_and_differ(have.etag, offered.etag))
    return mixing::different;
  if (!sizes_known)
    return mixing::unproven;
  if (told_by == identity_origin::compared && both_and_differ(have.last_modified, offered.last_modified))
    return mixing::different;
  return strong || told_by == identity_origin::compared || both_and_equal(have.etag, offered.etag)
             ? mixing::same
             : mixing::unproven;
}

} // namespace tributary
