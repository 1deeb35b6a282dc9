#include "actors/runner_records.hpp"

#include "net/client/part_file.hpp"

#include <cerrno>
#include <utility>

namespace tributary {

std::string part_name_of(const job_row& row) {
  return part_name_for(row.spec.output.empty() ? unnamed_output : row.spec.output, row.id);
}

attempt_row
attempt_of(const lease& l, const transfer_result& r, wall_time began, wall_time ended, bool progressed) {
  attempt_row a;
  a.number = l.attempt;
  a.provider = l.provider;
  a.result = r.result;
  a.cause = r.cause;
  a.status = r.status;
  a.message = r.facts.path.empty() ? r.message
              : r.message.empty()  ? "by its catalogue: " + r.facts.path
                                   : r.message + " (by its catalogue: " + r.facts.path + ")";
  a.bytes = r.bytes;
  a.progressed = progressed;
  if (r.retry_after)
    a.retry_after = ended + *r.retry_after;
  a.started_at = began;
  a.finished_at = ended;
  return a;
}

void blame(attempt_row& a, fault f, std::string message) {
  a.cause = f;
  a.result = verdict_of(f, a.status, false).result;
  a.message = std::move(message);
  a.progressed = false;
}

attempt_row judged(attempt_row a, bool is_proven, fault f, const std::string& why) {
  if (is_proven) {
    blame(a, f, why);
    return a;
  }
  a.result = outcome::identity;
  a.cause = fault::none;
  a.progressed = false;
  a.message = why + "; its bytes came from several providers";
  return a;
}

job_error error_of(const attempt_row& a) {
  return {a.result, a.message, a.provider, {}};
}

job_error error_of(const file_error& e) {
  return {outcome::local_fault, e.what, {}, {}};
}

job_error conflict_error(const std::string& what) {
  return {outcome::invalid, what + ": choose another output, or another on_conflict", {}, {}};
}

bool is_about_the_name(const file_error& e) {
  return e.code == ENOTDIR || e.code == ELOOP || e.code == ENAMETOOLONG || e.code == EXDEV;
}

job_error output_error(const std::string& output, const file_error& why) {
  const bool path = why.code == ENOTDIR || why.code == ELOOP;
  return {
      outcome::invalid,
      "the output " + output + " cannot be written: " +
          (path ? "a part of its path is no folder, but a file or a symbolic link" : why.what) +
          "; choose another output",
      {},
      {}};
}

job_error deadline_error(const std::optional<job_error>& last) {
  if (!last)
    return {outcome::cancelled, "deadline passed", {}, {}};
  auto e = *last;
  e.message = "deadline passed; before that: " + e.message;
  return e;
}

void adopt(file_identity& known, const file_identity& told) {
  if (!known.size)
    known.size = told.size;
  if (known.etag.empty())
    known.etag = told.etag;
  if (known.digest.empty())
    known.digest = told.digest;
  if (known.last_modified.empty())
    known.last_modified = told.last_modified;
}

std::string hex_of_digest(const std::string& digest) {
  constexpr std::string_view prefix = "sha-256=";
  return digest.starts_with(prefix) ? digest.substr(prefix.size()) : std::string{};
}

std::string
mismatch_of(const job_spec& spec, const file_identity& identity, const verified_file& file, fault& f) {
  f = fault::wrong_size;
  if (spec.size && *spec.size != file.size)
    return "the file has " + std::to_string(file.size) + " bytes, not the " + std::to_string(*spec.size) +
           " asked for";
  if (identity.size && *identity.size != file.size)
    return "the file has " + std::to_string(file.size) + " bytes, not the " + std::to_string(*identity.size) +
           " announced";
  f = fault::wrong_digest;
  if (spec.sha256 && *spec.sha256 != file.sha256)
    return "the file's sha256 is " + file.sha256 + ", not the " + *spec.sha256 + " asked for";
  const auto announced = hex_of_digest(identity.digest);
  if (!announced.empty() && announced != file.sha256)
    return "the file's sha256 is " + file.sha256 + ", not the " + announced + " announced";
  f = fault::none;
  return {};
}

} // namespace tributary
