// What providers are asked about their catalogues, and what they answer. Values only, and no CAF in here, so
// that the loaders of net/client can speak of it. docs/catalog.md describes the document itself.
#pragma once

#include "config/complaint.hpp"
#include "policy/outcome.hpp"
#include "policy/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tributary {

inline constexpr std::size_t catalog_key_bytes_max = 200;
inline constexpr std::int32_t catalog_number_max = 99'999; ///< Of seasons and episodes; both count from 0.
inline constexpr std::size_t language_bytes_max = 35;      ///< RFC 5646 section 4.4.1.
inline constexpr std::size_t search_text_bytes_max = 200;
inline constexpr std::size_t search_results_max = 100;

/// One thing to fetch of one catalogue item.
struct catalog_ref {
  std::string key;
  std::optional<std::int32_t> season, episode; ///< Both, or none for an item without seasons.
  std::string language;                        ///< "": the first of the item's languages that is there.
  friend bool operator==(const catalog_ref&, const catalog_ref&) = default;
};

/// Everything that is wrong with it, pointers relative to it. The language is lowered: tags differ in more
/// than case.
[[nodiscard]] complaints check_and_lower(catalog_ref& ref);

/// Each: why a text cannot be that, as the rest of a sentence; "" when it can.
[[nodiscard]] std::string catalog_key_error(std::string_view key);
[[nodiscard]] std::string language_error(std::string_view tag);
[[nodiscard]] std::string search_text_error(std::string_view text);

/// "planet-earth, season 1, episode 2, in en": for messages and for names.
[[nodiscard]] std::string describe(const catalog_ref& ref);

/// Sent by name; append only.
enum class catalog_operation : std::uint8_t { search, is_language, get_title, get_season_episode_count };
[[nodiscard]] std::string_view to_string(catalog_operation x) noexcept;

struct catalog_query {
  catalog_operation what = catalog_operation::search;
  std::string text; ///< search: words that a key or title must all hold, in any case.
  catalog_ref item; ///< The others; of titles and counts only the key.
};

struct catalog_title {
  std::string key, title;
  std::vector<std::string> languages; ///< In the catalogue's order: the first is the default one.
  friend bool operator==(const catalog_title&, const catalog_title&) = default;
};

struct season_count {
  std::int32_t season = 0;
  std::uint32_t episodes = 0;
  friend bool operator==(const season_count&, const season_count&) = default;
};

/// One finished catalogue operation. A failure is told like a transfer's: by class, cause and words.
struct catalog_reply {
  outcome result = outcome::ok;
  fault cause = fault::none;
  int status = 0;
  std::string message;  ///< "" when ok; for people, without secrets.
  std::string provider; ///< Who answered; filled in by the supervisor.

  std::vector<catalog_title> items;  ///< search: what matched, by title; the others: the item.
  bool more = false;                 ///< search: more than search_results_max matched.
  std::vector<season_count> seasons; ///< get_season_episode_count; empty for an item without seasons.
  bool available = false;            ///< is_language: it is there in that language, as follows.
  std::string language, path;        ///< path: relative to the provider's base.

  bool from_cache = false; ///< The provider itself was not asked.
  std::uint64_t bytes = 0; ///< Body bytes received for it.
  nanoseconds connect{0};
  std::optional<nanoseconds> first_byte;
};

} // namespace tributary
