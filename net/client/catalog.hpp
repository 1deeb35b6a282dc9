// A provider's catalogue: what it says it has, and the answers to the catalogue operations. Immutable once
// made, so readers on any thread share it. docs/catalog.md describes the document that it is read from.
#pragma once

#include "config/complaint.hpp"
#include "messages/catalog.hpp"

#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tributary {

/// Where each provider keeps it, beneath its base.
inline constexpr std::string_view catalog_file_name = "catalog.json";
/// A larger document is refused, and read no further than that.
inline constexpr std::size_t catalog_bytes_max = 8u << 20;
/// Complaints about one document, at most.
inline constexpr std::size_t catalog_complaints_max = 20;

/// Path beneath the provider's base, by language (lower case).
using language_paths = std::map<std::string, std::string>;
/// By number.
using catalog_episodes = std::map<std::int32_t, language_paths>;

struct catalog_item {
  catalog_title title;
  std::map<std::int32_t, catalog_episodes> seasons;
  language_paths files; ///< Of an item without seasons; one of the two is empty.
};

class catalog {
public:
  /// Of items with equal keys one is kept.
  explicit catalog(std::vector<catalog_item> items);

  /// Answers one operation. What it has not got is outcome::missing, fault::no_such_item; only is_language of
  /// an item that it knows answers ok and "not available". is_language without season and episode of an item
  /// that has seasons speaks of the whole item, and has no path.
  [[nodiscard]] catalog_reply answer(const catalog_query& q) const;

  [[nodiscard]] std::size_t size() const noexcept { return items_.size(); }

private:
  struct entry {
    catalog_item item;
    std::string searched; ///< Key and title, ASCII letters lowered.
  };
  [[nodiscard]] const catalog_item* find(std::string_view key) const;
  [[nodiscard]] catalog_reply search(std::string_view text) const;

  std::vector<entry> items_; ///< By key.
};

/// Reads a document, or says what is wrong with it: JSON pointers, with line and column, at most
/// catalog_complaints_max of them. All or nothing. Members that version 1 does not know are ignored.
[[nodiscard]] std::variant<catalog, complaints> parse_catalog(std::string_view text);

} // namespace tributary
