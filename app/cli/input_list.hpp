// The list that `get -i` reads: one download a line. Pure.
#pragma once

#include "messages/job.hpp"

#include <istream>
#include <string>
#include <vector>

namespace tributary::cli {

inline constexpr std::size_t input_line_bytes_max = 256 * 1024; ///< 32 URLs of full length, and a name.
inline constexpr std::size_t input_lines_max = 1'000'000;
inline constexpr std::size_t input_complaints_max = 20; ///< More are counted, not shown.

struct input_list {
  std::vector<job_spec> wishes; ///< Complete: each has its output name.
  complaints wrong;             ///< `pointer` is "line 7"; then nothing may start.
};

/// Lines: "URL", or "URL [URL...] <TAB> NAME" with URLs separated by spaces or tabs; several URLs are mirrors
/// of one file. Empty lines and those that begin with '#' are passed over. Every wish is `like` but for its
/// URLs and name. Two lines with one output are wrong, unless the wish says what to do with a file that is
/// there already.
[[nodiscard]] input_list read_input_list(std::istream& in, const job_spec& like);

} // namespace tributary::cli
