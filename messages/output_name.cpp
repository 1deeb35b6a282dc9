// A name is checked component by component; a suggested one is mended first and then passes the same check.
#include "messages/output_name.hpp"

#include "messages/utf8.hpp"

#include <algorithm>

namespace tributary {

namespace {

constexpr std::string_view part_suffix = ".part";

bool shows_badly(char32_t c) {
  return is_control(c) || is_bidirectional_control(c);
}

std::string component_error(std::string_view component) {
  if (component.empty())
    return "must not have an empty component ('//', or '/' at an end)";
  if (component == "." || component == "..")
    return "must not have a '.' or '..' component";
  if (component.size() > name_component_bytes_max)
    return "has a component of more than " + std::to_string(name_component_bytes_max) + " bytes";
  return {};
}

std::string character_error(std::string_view name) {
  while (!name.empty()) {
    const auto next = first_code_point(name);
    if (!next)
      return "must be valid UTF-8";
    if (is_control(next->value))
      return "must not have control characters";
    if (is_bidirectional_control(next->value))
      return "must not have characters that change the reading direction";
    name.remove_prefix(next->bytes);
  }
  return {};
}

std::string two_digits(std::int32_t number) {
  return (number < 10 ? "0" : "") + std::to_string(number);
}

} // namespace

std::string output_name_error(std::string_view name) {
  if (name.empty())
    return "must not be empty";
  if (name.front() == '/')
    return "must be relative to the download folder";
  if (name.size() > name_bytes_max)
    return "must not be longer than " + std::to_string(name_bytes_max) + " bytes";
  if (auto why = character_error(name); !why.empty())
    return why;
  if (name.ends_with(part_suffix))
    return "must not end in '.part': that marks unfinished files";
  for (auto rest = name;;) {
    const auto slash = rest.find('/');
    if (auto why = component_error(rest.substr(0, slash)); !why.empty())
      return why;
    if (slash == std::string_view::npos)
      return {};
    rest.remove_prefix(slash + 1);
  }
}

std::string suggested_name(std::string_view path) {
  auto rest = path.substr(path.rfind('/') + 1); // npos + 1 is 0: the whole path.
  std::string name;
  while (!rest.empty()) {
    const auto next = first_code_point(rest);
    const auto bytes = next ? next->bytes : 1;
    if (name.size() + bytes > name_component_bytes_max)
      break;
    name += !next || shows_badly(next->value) ? std::string_view{"_"} : rest.substr(0, bytes);
    rest.remove_prefix(bytes);
  }
  return output_name_error(name).empty() ? name : std::string{};
}

std::string suggested_name_of_item(const catalog_ref& item, std::string_view path, std::string_view title) {
  if (auto name = suggested_name(path); !name.empty())
    return name;
  auto name = std::string{title.empty() ? std::string_view{item.key} : title};
  std::ranges::replace(name, '/', '_');
  if (item.season && item.episode)
    name += " S" + two_digits(*item.season) + "E" + two_digits(*item.episode);
  if (!item.language.empty())
    name += "." + item.language;
  return suggested_name(name);
}

} // namespace tributary
