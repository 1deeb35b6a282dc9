// A small writer beside Boost.JSON's own, which prints 0.1 as 1E-1 and passes broken UTF-8 on.
#include "net/gateway/json_text.hpp"

#include "messages/utf8.hpp"

#include <boost/json.hpp>

#include <charconv>
#include <cmath>
#include <string_view>
#include <utility>

namespace tributary::gateway {

namespace {

void write_text(std::string& out, std::string_view s) {
  constexpr std::string_view hex = "0123456789abcdef";
  out += '"';
  for (const char c : s) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      out.append(1, '\\').append(1, c);
    else if (c == '\n')
      out += "\\n";
    else if (code < 0x20 || code == 0x7F)
      out.append("\\u00").append(1, hex[code >> 4]).append(1, hex[code & 0xF]);
    else
      out += c;
  }
  out += '"';
}

void write(std::string& out, std::string_view s) {
  if (is_utf8(s))
    write_text(out, s);
  else
    write_text(out, repaired_utf8(s));
}

template <class Number>
void write_number(std::string& out, Number x) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, x).ptr;
  out.append(text, end);
}

void write(std::string& out, const boost::json::value& v);

void write(std::string& out, const boost::json::array& a) {
  char before = '[';
  for (const auto& x : a) {
    out += std::exchange(before, ',');
    write(out, x);
  }
  out += before == '[' ? "[]" : "]";
}

void write(std::string& out, const boost::json::object& o) {
  char before = '{';
  for (const auto& [key, x] : o) {
    out += std::exchange(before, ',');
    write(out, std::string_view{key});
    out += ':';
    write(out, x);
  }
  out += before == '{' ? "{}" : "}";
}

void write(std::string& out, const boost::json::value& v) {
  switch (v.kind()) {
  case boost::json::kind::null:
    out += "null";
    break;
  case boost::json::kind::bool_:
    out += v.get_bool() ? "true" : "false";
    break;
  case boost::json::kind::int64:
    write_number(out, v.get_int64());
    break;
  case boost::json::kind::uint64:
    write_number(out, v.get_uint64());
    break;
  case boost::json::kind::double_:
    if (std::isfinite(v.get_double()))
      write_number(out, v.get_double());
    else
      out += "null";
    break;
  case boost::json::kind::string:
    write(out, std::string_view{v.get_string()});
    break;
  case boost::json::kind::array:
    write(out, v.get_array());
    break;
  case boost::json::kind::object:
    write(out, v.get_object());
    break;
  }
}

template <class Json>
std::string as_line(const Json& x) {
  std::string out;
  out.reserve(512);
  write(out, x);
  out += '\n';
  return out;
}

} // namespace

std::string json_text(const boost::json::value& v) {
  return as_line(v);
}
std::string json_text(const boost::json::object& o) {
  return as_line(o);
}

} // namespace tributary::gateway
