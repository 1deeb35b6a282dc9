// Jobs and what belongs to them, to and from JSON: the one rendering that the gateway, the store and the
// command line share. Field names are those of DESIGN.md section 8.
#pragma once

#include "config/complaint.hpp"
#include "messages/job.hpp"

#include <boost/json/fwd.hpp>

#include <string>
#include <variant>

namespace tributary {

/// Reads a submission: types, ranges, unknown keys (with a suggestion), output name, digests, URL schemes;
/// all complaints at once. `output` is filled in.
[[nodiscard]] std::variant<job_spec, complaints> parse_job_spec(const boost::json::value& v);

/// What was set, and the priority.
[[nodiscard]] boost::json::object to_json(const catalog_ref& ref); ///< Only what it says.
[[nodiscard]] boost::json::object to_json(const job_spec& s);
[[nodiscard]] boost::json::object to_json(const job_error& e);
[[nodiscard]] boost::json::object to_json(const job_view& v);
[[nodiscard]] boost::json::object to_json(const job_trace& t);
[[nodiscard]] boost::json::object to_json(const decision_row& d);

/// These read what to_json wrote, without judging it. Doubles are exact when the text was read by parse_exact
/// (messages/exact_json.hpp). @throws std::exception when the text is damaged.
[[nodiscard]] decision_row decision_from_json(const boost::json::value& v);
[[nodiscard]] job_spec spec_from_json(const boost::json::value& v);
[[nodiscard]] job_error error_from_json(const boost::json::value& v);

/// "2026-11-23T20:48:31.250Z"
[[nodiscard]] std::string to_iso8601(wall_time t);
[[nodiscard]] std::optional<wall_time> from_iso8601(std::string_view text);

} // namespace tributary
