// The body of POST /api/jobs: what is accepted is a job within its limits, and survives the journal.
#include "tests/fuzz/property.hpp"

#include "config/json_source.hpp"
#include "messages/exact_json.hpp"
#include "messages/job_json.hpp"
#include "messages/output_name.hpp"

#include <boost/json.hpp>

#include <string>

using namespace tributary;
using tributary::fuzz::must;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto read = read_json(fuzz::text_of(data, size));
  if (auto* source = std::get_if<json_source>(&read)) {
    auto parsed = parse_job_spec(source->root);
    if (auto* wrong = std::get_if<complaints>(&parsed)) {
      must(!wrong->empty(), "a refused job says why");
      return 0;
    }
    const auto& spec = std::get<job_spec>(parsed);
    must(spec.priority >= 0 && spec.priority <= 9, "a priority from 0 to 9");
    const bool named_later = spec.resource.item && spec.output.empty(); // By a catalogue.
    must(named_later || output_name_error(spec.output).empty(), "a safe output name");
    must(!spec.sha256 || spec.sha256->size() == 64, "a whole digest");
    auto text = boost::json::serialize(to_json(spec));
    must(
        boost::json::serialize(to_json(spec_from_json(parse_exact(text)))) == text,
        "what the journal gives back is what was asked for");
    auto again = parse_job_spec(boost::json::parse(text));
    must(
        std::holds_alternative<job_spec>(again) &&
            boost::json::serialize(to_json(std::get<job_spec>(again))) == text,
        "what a job shows of itself can be submitted again");
  }
  return 0;
}
