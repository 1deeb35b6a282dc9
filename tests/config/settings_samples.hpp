// What the tests of config/ share: documents to start from, and short ways to look at what came out.
#pragma once

#include "config/settings_json.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <variant>

namespace tributary::testing {

/// Two providers; nothing else is set.
inline const std::string two_providers = R"({
  "version": 1,
  "providers": {
    "alpha": {"kind": "http", "base_url": "http://alpha.example/pub"},
    "beta": {"kind": "http", "base_url": "https://beta.example"}
  }
})";

/// The document; the test fails with every complaint when there are any.
inline settings accepted(const settings_or_complaints& result) {
  if (const auto* wrong = std::get_if<complaints>(&result)) {
    FAIL(format_complaints(*wrong, "settings"));
    return {};
  }
  return std::get<settings>(result);
}

/// The complaints; the test fails when there are none.
inline complaints refused(const settings_or_complaints& result) {
  const auto* wrong = std::get_if<complaints>(&result);
  REQUIRE(wrong);
  REQUIRE_FALSE(wrong->empty());
  return *wrong;
}

/// The only complaint.
inline complaint only(const settings_or_complaints& result) {
  const auto all = refused(result);
  INFO(format_complaints(all, "settings"));
  REQUIRE(all.size() == 1);
  return all.front();
}

inline bool mentions(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// A document whose one provider "alpha" has these members beside kind and base_url.
inline std::string with_provider(const std::string& members) {
  return R"({"providers": {"alpha": {"kind": "http", "base_url": "http://a.example", )" + members + "}}}";
}

inline std::string with_global(const std::string& members) {
  return R"({"global": {)" + members + "}}";
}

} // namespace tributary::testing
