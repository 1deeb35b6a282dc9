#include "config/json_source.hpp"

#include "config/wording.hpp"

#include <boost/json/error.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/stream_parser.hpp>

#include <algorithm>
#include <charconv>
#include <unordered_map>
#include <utility>

namespace tributary {
namespace {

constexpr std::string_view blanks = " \t\r\n";
constexpr std::size_t repeated_bytes_max = 64u << 10; ///< Complaints about repeated keys, taken together.

/// Walks text that Boost.JSON has accepted, side by side with the values that it made of it. The text is
/// known to be valid, so this finds places and needs no care for errors. Depth is bounded by json_depth_max.
class place_finder {
public:
  place_finder(std::string_view text, json_source& out) : text_(text), out_(out) {}

  void run() {
    skip_blanks();
    out_.places.offset = at_;
    value(out_.places, &out_.root);
  }

private:
  /// `mirror`: the same value as Boost.JSON has it; null inside of an object that a repeated key has
  /// replaced.
  void value(json_place& place, boost::json::value* mirror) {
    switch (text_[at_]) {
    case '{':
      return object(place, mirror && mirror->is_object() ? &mirror->get_object() : nullptr);
    case '[':
      return array(place, mirror && mirror->is_array() ? &mirror->get_array() : nullptr);
    case '"':
      skip_string();
      return;
    default:
      scalar(mirror);
    }
  }

  void object(json_place& place, boost::json::object* mirror) {
    std::unordered_map<std::string, std::size_t> seen;
    ++at_;
    for (skip_blanks(); text_[at_] != '}'; skip_blanks()) {
      const auto begin = at_;
      const auto key = skip_string();
      path_.push_back(key);
      if (const auto [first, fresh] = seen.emplace(key, begin); !fresh)
        repeated(first->second, begin);
      skip_blanks();
      ++at_; // The colon.
      skip_blanks();
      place.within.push_back({key, json_place{begin, {}}});
      value(place.within.back().place, mirror ? mirror->if_contains(key) : nullptr);
      path_.pop_back();
      skip_comma();
    }
    ++at_;
  }

  void array(json_place& place, boost::json::array* mirror) {
    ++at_;
    std::size_t index = 0;
    for (skip_blanks(); text_[at_] != ']'; skip_blanks(), ++index) {
      path_.push_back(std::to_string(index));
      place.within.push_back({path_.back(), json_place{at_, {}}});
      value(place.within.back().place, mirror && index < mirror->size() ? &(*mirror)[index] : nullptr);
      path_.pop_back();
      skip_comma();
    }
    ++at_;
  }

  void scalar(boost::json::value* mirror) {
    const auto end = std::min(text_.find_first_of(",]} \t\r\n", at_), text_.size());
    // Boost.JSON 1.81 reads fractions to within one unit in the last place; a setting comes back as it was
    // written.
    if (double exact = 0; mirror && mirror->is_double() &&
                          std::from_chars(text_.data() + at_, text_.data() + end, exact).ec == std::errc{})
      *mirror = exact;
    at_ = end;
  }

  /// Past a string; returns its content.
  std::string skip_string() {
    const auto begin = at_++;
    bool escaped = false;
    for (; text_[at_] != '"'; ++at_)
      if (text_[at_] == '\\') {
        escaped = true;
        ++at_;
      }
    ++at_;
    const auto token = text_.substr(begin, at_ - begin);
    if (!escaped)
      return std::string{token.substr(1, token.size() - 2)};
    const auto plain = boost::json::parse(token);
    return std::string{std::string_view{plain.get_string()}};
  }

  void skip_comma() {
    skip_blanks();
    if (text_[at_] == ',')
      ++at_;
  }

  void skip_blanks() { at_ = std::min(text_.find_first_not_of(blanks, at_), text_.size()); }

  void repeated(std::size_t first, std::size_t again) {
    if (repeated_bytes_ > repeated_bytes_max)
      return;
    std::string pointer;
    for (const auto& token : path_)
      pointer = pointer_to(pointer, token);
    repeated_bytes_ += pointer.size() + 128;
    out_.repeated.push_back(
        {std::move(pointer), "repeated key " + quoted(path_.back()) + ", it is there already" +
                                 at_position(text_, first) + ": keep one of them" +
                                 at_position(text_, again)});
  }

  std::string_view text_;
  json_source& out_;
  std::size_t at_ = 0;
  std::vector<std::string> path_; ///< Keys and indices down to where we are.
  std::size_t repeated_bytes_ = 0;
};

/// What stands at the place where the parser gave up, and what its author may have meant.
std::string diagnosis(std::string_view text, std::size_t offset) {
  const auto before = text.substr(0, offset).find_last_not_of(blanks);
  const char previous = before == std::string_view::npos ? '\0' : text[before];
  const char found = text[offset];
  if ((found == '}' || found == ']') && previous == ',')
    return "the last entry must not be followed by a comma";
  if (found == '"' && previous != '\0' && std::string_view{",:{["}.find(previous) == std::string_view::npos)
    return "a comma is missing before this string";
  if (found == '\'')
    return "strings are written in double quotes";
  if (found == '/' || found == '#')
    return "JSON has no comments";
  if (static_cast<unsigned char>(found) < 0x20)
    return "a line break or control character inside of a string or literal, or a missing value";
  if (static_cast<unsigned char>(found) >= 0x80)
    return "a character that is not valid UTF-8 or stands outside of a string";
  return "unexpected " + quoted(text.substr(offset, 1));
}

complaint syntax_complaint(std::string_view text, std::size_t offset, const boost::json::error_code& error) {
  std::string why;
  if (error == boost::json::error::incomplete ||
      (error == boost::json::error::syntax && offset >= text.size()))
    why = "the text ends too early: a bracket or a quote is not closed";
  else if (error == boost::json::error::too_deep)
    why = "nested deeper than " + std::to_string(json_depth_max) + " levels";
  else if (error == boost::json::error::syntax || error == boost::json::error::extra_data)
    why = diagnosis(text, offset);
  else
    why = error.message();
  return {"", "not valid JSON: " + why + at_position(text, offset)};
}

} // namespace

std::size_t json_place::offset_of(std::string_view pointer) const {
  if (pointer.empty())
    return offset;
  const auto end = std::min(pointer.find('/', 1), pointer.size());
  const auto token = pointer_token(pointer.substr(1, end - 1));
  const auto found = std::find_if(
      within.rbegin(), within.rend(), [&](const json_member& member) { return member.name == token; });
  return found == within.rend() ? offset : found->place.offset_of(pointer.substr(end));
}

std::variant<json_source, complaint> read_json(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF"))
    return complaint{"", "begins with a byte order mark: save it as UTF-8 without one"};
  if (text.find_first_not_of(blanks) == std::string_view::npos)
    return complaint{"", "is empty: a JSON object is expected"};
  boost::json::parse_options options;
  options.max_depth = json_depth_max;
  boost::json::stream_parser parser{{}, options};
  boost::json::error_code error;
  const auto offset = parser.write_some(text.data(), text.size(), error);
  if (!error && offset < text.size())
    error = boost::json::error::extra_data;
  if (!error)
    parser.finish(error);
  if (error)
    return syntax_complaint(text, offset, error);
  json_source out;
  out.root = parser.release();
  place_finder{text, out}.run();
  return out;
}

std::string at_position(std::string_view text, std::size_t offset) {
  const auto before = text.substr(0, std::min(offset, text.size()));
  const auto line = std::ranges::count(before, '\n') + 1;
  const auto begin = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  const auto column = std::ranges::count_if(
      before.substr(begin), [](char c) { return (static_cast<unsigned char>(c) & 0xC0u) != 0x80; });
  return " (line " + std::to_string(line) + ", column " + std::to_string(column + 1) + ")";
}

} // namespace tributary
