#include "config/json_text.hpp"

#include "config/wording.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <cstddef>
#include <utility>

namespace tributary {
namespace {

constexpr std::size_t spaces_a_level = 2;

void print(std::string& out, const boost::json::value& v, std::size_t depth);

/// The entries of an array or object, one a line, between the brackets.
template <class Entries, class Print>
void print_entries(
    std::string& out, const Entries& entries, std::size_t depth, const char* brackets, Print one) {
  out += brackets[0];
  bool first = true;
  for (const auto& entry : entries) {
    out += first ? "\n" : ",\n";
    out.append((depth + 1) * spaces_a_level, ' ');
    one(entry);
    first = false;
  }
  if (!first)
    out.append("\n").append(depth * spaces_a_level, ' ');
  out += brackets[1];
}

void print(std::string& out, const boost::json::value& v, std::size_t depth) {
  if (const auto* object = v.if_object())
    print_entries(out, *object, depth, "{}", [&](const boost::json::key_value_pair& member) {
      out += boost::json::serialize(boost::json::string_view{member.key()}) + ": ";
      print(out, member.value(), depth + 1);
    });
  else if (const auto* array = v.if_array())
    print_entries(out, *array, depth, "[]", [&](const auto& element) { print(out, element, depth + 1); });
  else if (const auto* number = v.if_double())
    out += number_text(*number);
  else
    out += boost::json::serialize(v);
}

void print_compact(std::string& out, const boost::json::value& v) {
  bool first = true;
  const auto separate = [&] { out += std::exchange(first, false) ? "" : ","; };
  if (const auto* object = v.if_object()) {
    out += '{';
    for (const auto& [key, value] : *object) {
      separate();
      out += boost::json::serialize(boost::json::string_view{key}) + ':';
      print_compact(out, value);
    }
    out += '}';
  } else if (const auto* array = v.if_array()) {
    out += '[';
    for (const auto& element : *array) {
      separate();
      print_compact(out, element);
    }
    out += ']';
  } else {
    print(out, v, 0);
  }
}

} // namespace

std::string compact_json(const boost::json::value& v) {
  std::string out;
  print_compact(out, v);
  return out;
}

std::string pretty_json(const boost::json::value& v) {
  std::string out;
  print(out, v, 0);
  return out;
}

} // namespace tributary
