#include "config/json_source.hpp"

#include "config/wording.hpp"

#include <boost/json/error.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/stream_parser.hpp>

#include <algorithm>
#include <charconv>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tributary {
namespace {

constexpr std::string_view blanks = " \t\r\n";
constexpr std::size_t repeated_bytes_max = 64u << 10; ///< Complaints about repeated keys, taken together.

/// Moves through text that Boost.JSON has accepted: it is known to be valid, so this finds places and needs
/// no care for errors.
class text_walker {
protected:
  explicit text_walker(std::string_view text) : text_(text) { skip_blanks(); }

  [[nodiscard]] char here() const { return text_[at_]; }

  /// Calls each(): it takes one member or element. Leaves the object or array, unless each() says false.
  template <class Each>
  void walk_entries(Each each) {
    ++at_;
    for (skip_blanks(); here() != '}' && here() != ']'; skip_blanks()) {
      if (!each())
        return;
      skip_blanks();
      if (here() == ',')
        ++at_;
    }
    ++at_;
  }

  /// Up to the member's value; returns its key.
  std::string take_key() {
    auto key = take_string();
    skip_blanks();
    ++at_; // The colon.
    skip_blanks();
    return key;
  }

  std::string_view take_scalar() {
    const auto begin = at_;
    while (at_ < text_.size() && here() != ',' && here() != ']' && here() != '}' && here() > ' ')
      ++at_;
    return text_.substr(begin, at_ - begin);
  }

  /// Whether something in it is escaped.
  bool skip_string() {
    bool escaped = false;
    for (++at_; here() != '"'; ++at_)
      if (here() == '\\') {
        escaped = true;
        ++at_;
      }
    ++at_;
    return escaped;
  }

  void skip_value() {
    std::size_t depth = 0;
    do {
      switch (here()) {
      case '"':
        skip_string();
        break;
      case '{':
      case '[':
        ++depth;
        ++at_;
        break;
      case '}':
      case ']':
        --depth;
        ++at_;
        break;
      default:
        if (depth == 0)
          take_scalar();
        else
          ++at_;
      }
    } while (depth > 0);
  }

  std::string_view text_;
  std::size_t at_ = 0;

private:
  /// Past a string; returns its content.
  std::string take_string() {
    const auto begin = at_;
    const bool escaped = skip_string();
    const auto token = text_.substr(begin, at_ - begin);
    if (!escaped)
      return std::string{token.substr(1, token.size() - 2)};
    const auto plain = boost::json::parse(token);
    return std::string{std::string_view{plain.get_string()}};
  }

  void skip_blanks() {
    while (at_ < text_.size() && blanks.find(here()) != std::string_view::npos)
      ++at_;
  }
};

/// Walks side by side with the values that Boost.JSON made of the text: finds repeated keys and sets numbers
/// right. Depth is bounded by json_depth_max.
class careful_reader : text_walker {
public:
  careful_reader(std::string_view text, json_source& out) : text_walker(text), out_(out) {}

  void run() { value(&out_.root); }

private:
  /// `mirror`: the same value as Boost.JSON has it; null inside of an object that a repeated key has
  /// replaced.
  void value(boost::json::value* mirror) {
    switch (here()) {
    case '{':
      return object(mirror && mirror->is_object() ? &mirror->get_object() : nullptr);
    case '[':
      return array(mirror && mirror->is_array() ? &mirror->get_array() : nullptr);
    case '"':
      skip_string();
      return;
    default:
      scalar(mirror);
    }
  }

  void object(boost::json::object* mirror) {
    std::unordered_map<std::string, std::size_t> seen;
    walk_entries([&] {
      const auto begin = at_;
      const auto key = take_key();
      path_.push_back(key);
      if (const auto [first, fresh] = seen.emplace(key, begin); !fresh)
        repeated(first->second, begin);
      value(mirror ? mirror->if_contains(key) : nullptr);
      path_.pop_back();
      return true;
    });
  }

  void array(boost::json::array* mirror) {
    std::size_t index = 0;
    walk_entries([&] {
      path_.push_back(std::to_string(index));
      value(mirror && index < mirror->size() ? &(*mirror)[index] : nullptr);
      path_.pop_back();
      ++index;
      return true;
    });
  }

  void scalar(boost::json::value* mirror) {
    const auto token = take_scalar();
    // Boost.JSON 1.81 reads fractions to within one unit in the last place; a setting comes back as it was
    // written.
    if (double exact = 0; mirror && mirror->is_double() &&
                          std::from_chars(token.data(), token.data() + token.size(), exact).ec == std::errc{})
      *mirror = exact;
  }

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

  json_source& out_;
  std::vector<std::string> path_; ///< Keys and indices down to where we are.
  std::size_t repeated_bytes_ = 0;
};

class place_finder : text_walker {
public:
  explicit place_finder(std::string_view text) : text_walker(text) {}

  std::size_t find(std::string_view pointer) {
    auto place = at_;
    while (!pointer.empty()) {
      const auto end = std::min(pointer.find('/', 1), pointer.size());
      const auto token = pointer_token(pointer.substr(1, end - 1));
      pointer.remove_prefix(end);
      const auto found = here() == '{' ? enter_member(token) : here() == '[' ? enter_element(token) : nowhere;
      if (found == nowhere)
        break;
      place = found;
    }
    return place;
  }

private:
  static constexpr auto nowhere = std::string_view::npos;

  /// Returns where it begins, and moves to its value.
  std::size_t enter_member(const std::string& key) {
    std::size_t found = nowhere, value_at = 0;
    walk_entries([&] {
      const auto begin = at_;
      if (take_key() == key) {
        found = begin;
        value_at = at_;
      }
      skip_value();
      return true; // The last one holds.
    });
    at_ = value_at;
    return found;
  }

  std::size_t enter_element(const std::string& index) {
    std::size_t left = 0;
    if (std::from_chars(index.data(), index.data() + index.size(), left).ec != std::errc{})
      return nowhere;
    std::size_t found = nowhere;
    walk_entries([&] {
      if (left-- == 0)
        found = at_;
      else
        skip_value();
      return found == nowhere;
    });
    return found;
  }
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

std::variant<boost::json::value, complaint> parsed_by_boost(std::string_view text) {
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
  return parser.release();
}

} // namespace

std::size_t offset_of(std::string_view text, std::string_view pointer) {
  return place_finder{text}.find(pointer);
}

std::variant<json_source, complaint> read_json(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF"))
    return complaint{"", "begins with a byte order mark: save it as UTF-8 without one"};
  if (text.find_first_not_of(blanks) == std::string_view::npos)
    return complaint{"", "is empty: a JSON object is expected"};
  auto root = parsed_by_boost(text);
  if (auto* wrong = std::get_if<complaint>(&root))
    return std::move(*wrong);
  json_source out{std::get<boost::json::value>(std::move(root)), {}};
  careful_reader{text, out}.run();
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
