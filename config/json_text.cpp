#include "config/json_text.hpp"

#include "config/wording.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <cstddef>

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

} // namespace

std::string pretty_json(const boost::json::value& v) {
  std::string out;
  print(out, v, 0);
  return out;
}

} // namespace tributary
