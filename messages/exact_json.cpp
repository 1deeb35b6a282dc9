// Boost.JSON's own grammar with a handler that reads doubles by std::from_chars. The text comes in one piece,
// so each number arrives whole.
#include "messages/exact_json.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>

#include <charconv>
#include <stdexcept>

namespace tributary {

namespace {

namespace json = boost::json;

struct exact_handler {
  static constexpr std::size_t max_object_size = json::object::max_size();
  static constexpr std::size_t max_array_size = json::array::max_size();
  static constexpr std::size_t max_key_size = json::string::max_size();
  static constexpr std::size_t max_string_size = json::string::max_size();

  json::value_stack stack;

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }
  bool on_object_begin(json::error_code&) { return true; }
  bool on_object_end(std::size_t n, json::error_code&) { return stack.push_object(n), true; }
  bool on_array_begin(json::error_code&) { return true; }
  bool on_array_end(std::size_t n, json::error_code&) { return stack.push_array(n), true; }
  bool on_key_part(json::string_view s, std::size_t, json::error_code&) { return stack.push_chars(s), true; }
  bool on_key(json::string_view s, std::size_t, json::error_code&) { return stack.push_key(s), true; }
  bool on_string_part(json::string_view s, std::size_t, json::error_code&) {
    return stack.push_chars(s), true;
  }
  bool on_string(json::string_view s, std::size_t, json::error_code&) { return stack.push_string(s), true; }
  bool on_number_part(json::string_view, json::error_code&) { return true; }
  bool on_int64(std::int64_t i, json::string_view, json::error_code&) { return stack.push_int64(i), true; }
  bool on_uint64(std::uint64_t u, json::string_view, json::error_code&) { return stack.push_uint64(u), true; }
  bool on_double(double, json::string_view text, json::error_code& ec) {
    double exact = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exact);
    if (error != std::errc{} || end != text.data() + text.size()) {
      ec = json::error::syntax;
      return false;
    }
    stack.push_double(exact);
    return true;
  }
  bool on_bool(bool b, json::error_code&) { return stack.push_bool(b), true; }
  bool on_null(json::error_code&) { return stack.push_null(), true; }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }
};

} // namespace

json::value parse_exact(std::string_view text) {
  json::basic_parser<exact_handler> parser{json::parse_options{}};
  parser.handler().stack.reset();
  json::error_code error;
  const auto read = parser.write_some(false, text.data(), text.size(), error);
  if (!error && read < text.size())
    error = json::error::extra_data;
  if (error)
    throw std::runtime_error("not JSON: " + error.message());
  return parser.handler().stack.release();
}

} // namespace tributary
