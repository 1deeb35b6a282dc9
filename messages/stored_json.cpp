// Text by Boost.JSON, which writes each double in the shortest form that reads back as the same; read by
// parse_exact.
#include "messages/stored_json.hpp"

#include "messages/exact_json.hpp"
#include "messages/job_json.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace tributary {

std::string stored_text(const job_spec& spec) {
  return boost::json::serialize(to_json(spec));
}
std::string stored_text(const job_error& error) {
  return boost::json::serialize(to_json(error));
}
std::string stored_text(const decision_row& decision) {
  return boost::json::serialize(to_json(decision));
}

job_spec spec_from_text(std::string_view text) {
  return spec_from_json(parse_exact(text));
}
job_error error_from_text(std::string_view text) {
  return error_from_json(parse_exact(text));
}
decision_row decision_from_text(std::string_view text) {
  return decision_from_json(parse_exact(text));
}

} // namespace tributary
