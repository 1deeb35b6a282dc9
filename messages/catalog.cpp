// What names of catalogue items may look like.
#include "messages/catalog.hpp"

#include "messages/utf8.hpp"

#include <algorithm>
#include <array>

namespace tributary {

namespace {

constexpr std::array<std::string_view, 4> operation_names{
    "search", "is_language", "get_title", "get_season_episode_count"};

constexpr bool is_letter_or_digit(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

std::string short_text_error(std::string_view text, std::size_t bytes_max) {
  if (text.empty())
    return "must not be empty";
  if (text.size() > bytes_max)
    return "must not be longer than " + std::to_string(bytes_max) + " bytes";
  return plain_text_error(text);
}

void check_number(complaints& out, const char* pointer, const std::optional<std::int32_t>& number) {
  if (number && (*number < 0 || *number > catalog_number_max))
    out.push_back({pointer, "must be from 0 to " + std::to_string(catalog_number_max)});
}

} // namespace

std::string catalog_key_error(std::string_view key) {
  if (key == "search")
    return "must not be `search`: that is a path of the API";
  return short_text_error(key, catalog_key_bytes_max);
}

std::string language_error(std::string_view tag) {
  constexpr std::size_t subtag_max = 8;
  if (tag.size() > language_bytes_max)
    return "must not be longer than " + std::to_string(language_bytes_max) + " bytes";
  for (auto rest = tag;;) {
    const auto end = std::min(rest.find('-'), rest.size());
    if (end == 0 || end > subtag_max || !std::ranges::all_of(rest.substr(0, end), is_letter_or_digit))
      return "must be a language tag such as `en` or `pt-BR`";
    if (end == rest.size())
      return {};
    rest.remove_prefix(end + 1);
  }
}

std::string search_text_error(std::string_view text) {
  if (text.find_first_not_of(' ') == std::string_view::npos)
    return "must have a word to look for";
  return short_text_error(text, search_text_bytes_max);
}

complaints check_and_lower(catalog_ref& ref) {
  complaints out;
  if (auto why = catalog_key_error(ref.key); !why.empty())
    out.push_back({"/key", std::move(why)});
  check_number(out, "/season", ref.season);
  check_number(out, "/episode", ref.episode);
  if (ref.season && !ref.episode)
    out.push_back({"/episode", "is needed beside `season`: one episode is fetched at a time"});
  if (ref.episode && !ref.season)
    out.push_back({"/season", "is needed beside `episode`"});
  if (ref.language.empty())
    return out;
  if (auto why = language_error(ref.language); !why.empty())
    out.push_back({"/language", std::move(why)});
  std::ranges::transform(ref.language, ref.language.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

std::string describe(const catalog_ref& ref) {
  auto out = ref.key;
  if (ref.season)
    out += ", season " + std::to_string(*ref.season);
  if (ref.episode)
    out += ", episode " + std::to_string(*ref.episode);
  if (!ref.language.empty())
    out += ", in " + ref.language;
  return out;
}

std::string_view to_string(catalog_operation x) noexcept {
  return operation_names[static_cast<std::size_t>(x)];
}

} // namespace tributary
