// Reads JSON into settings by the tables, collecting every complaint. Internal to config/.
#pragma once

#include "config/complaint.hpp"
#include "config/settings_json.hpp"
#include "config/settings_rules.hpp"
#include "config/settings_table.hpp"

#include <boost/json/value.hpp>

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_set>

namespace tributary {

class settings_reader {
public:
  /// `out` is what the values are written to; it stays valid in itself, since bad values are left out.
  explicit settings_reader(settings& out) : out_(out) {}

  void read_document(const boost::json::value& root);
  void read_provider(const boost::json::value& section, const std::string& pointer, provider_settings& out);
  void read_global(const boost::json::value& section, const std::string& pointer);
  /// A provider that is not there yet, with all that it requires. @pre the name is a good one.
  void read_new_provider(const boost::json::value& section, const std::string& name);
  void read_failover(const boost::json::value& section);

  /// Rules over the whole document, beside what was complained of already.
  void check();

  void complain(std::string pointer, std::string message);

  /// Empty when all is well.
  [[nodiscard]] complaints finish() &&;

private:
  /// Null, with a complaint, when it is not an object.
  const boost::json::object* object(const boost::json::value& v, const std::string& pointer);
  template <class Section>
  void read_section(const boost::json::object& members, const std::string& pointer, Section& out);
  template <class Section>
  void unknown_setting(const std::string& pointer, std::string_view name);
  void read_providers(const boost::json::value& v);
  void read_chain(const boost::json::value& v);
  void read_version(const boost::json::value& v);

  settings& out_;
  complaints found_;
  std::unordered_set<std::string> unsound_; ///< Pointers that were complained of.
  std::size_t untold_ = 0;
};

} // namespace tributary
