// How a runner puts down what happened: attempts, errors, requests. Pure.
#pragma once

#include "messages/actors.hpp"
#include "net/client/publish.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace tributary {

/// The attempt that a transfer under this lease was.
[[nodiscard]] attempt_row
attempt_of(const lease& l, const transfer_result& r, wall_time began, wall_time ended, bool progressed);

/// What a file is called that neither its job nor its source names.
inline constexpr std::string_view unnamed_output = "download";
/// Where the job's bytes stand until it is published: unique, and known before there is a file.
[[nodiscard]] std::string part_name_of(const job_row& row);

/// Blames the provider for what it delivered: `f` is wrong_size or wrong_digest.
void blame(attempt_row& a, fault f, std::string message);

/// The attempt that gave the last bytes of a wrong file: to blame when all bytes are of its provider, else
/// nobody knows.
[[nodiscard]] attempt_row judged(attempt_row a, bool is_proven, fault f, const std::string& why);

/// The error that a failed attempt is for the job.
[[nodiscard]] job_error error_of(const attempt_row& a);

/// A fault of our own: the file system's.
[[nodiscard]] job_error error_of(const file_error& e);

/// The target exists, as `what` says, and on_conflict forbids to touch it.
[[nodiscard]] job_error conflict_error(const std::string& what);

/// Can the file never be written under that name, whatever time passes?
[[nodiscard]] bool is_about_the_name(const file_error& e);
[[nodiscard]] job_error output_error(const std::string& output, const file_error& why);

/// The deadline came; `last` is what went wrong before.
[[nodiscard]] job_error deadline_error(const std::optional<job_error>& last);

/// Takes over what a source says of the file; what is known already stays.
void adopt(file_identity& known, const file_identity& told);

/// "sha-256=<hex>" as the hex alone; "" when there is none.
[[nodiscard]] std::string hex_of_digest(const std::string& digest);

/// What the finished file must be and is not; "" when it is right. `f` is set then.
[[nodiscard]] std::string
mismatch_of(const job_spec& spec, const file_identity& identity, const verified_file& file, fault& f);

} // namespace tributary
