#include "actors/settings_batch.hpp"

#include "config/settings_json.hpp"
#include "messages/job.hpp"

#include <utility>

namespace tributary {

namespace {

bool is_reload(const settings_edit& edit) {
  return std::holds_alternative<reload_file>(edit);
}

/// Whoever gives a whole document does not mean to keep what the file says.
bool replaces_all(const settings_edit& edit) {
  return std::holds_alternative<replace_document>(edit) || std::holds_alternative<roll_back>(edit);
}

caf::error error_of(edit_error why) {
  switch (why) {
  case edit_error::unknown_provider:
    return caf::make_error(errc::unknown_provider);
  case edit_error::provider_exists:
    return caf::make_error(errc::provider_exists);
  case edit_error::not_in_chain:
    return caf::make_error(errc::not_in_chain);
  }
  return caf::make_error(errc::crashed);
}

} // namespace

settings_answer settings_batch::take(taken_change change, wall_time now, const std::string& broken_file) {
  if (change.what.if_revision && *change.what.if_revision != tip_->revision)
    return caf::make_error(errc::stale);
  const auto& edit = change.what.edit;
  auto result = change.fetched ? *std::move(change.fetched) : apply(tip_->document, edit);
  if (auto* wrong = std::get_if<complaints>(&result))
    return caf::make_error(errc::invalid_settings, std::move(*wrong));
  if (const auto* why = std::get_if<edit_error>(&result))
    return error_of(*why);
  auto& document = std::get<settings>(result);
  auto changes = diff_of(tip_->document, document);
  if (change.preview)
    return settings_outcome{
        std::make_shared<const settings_snapshot>(settings_snapshot{tip_->revision, std::move(document)}),
        std::move(changes)};
  if (document == tip_->document) // Nothing to save and nobody to tell.
    return settings_outcome{tip_, {}};
  if (!broken_file.empty() && !is_reload(edit) && !replaces_all(edit))
    return caf::make_error(errc::file_changed, broken_file);

  must_save_ = must_save_ || !is_reload(edit);
  tip_ =
      std::make_shared<const settings_snapshot>(settings_snapshot{tip_->revision + 1, std::move(document)});
  revisions_.push_back(
      {tip_->revision, now, std::move(change.author), describe(edit), to_text(changes),
       to_text(tip_->document)});
  return settings_outcome{tip_, std::move(changes)};
}

first_settings first_version(settings document, const std::optional<settings_revision>& last, wall_time now) {
  const auto text = to_text(document);
  if (last && last->document == text)
    return {
        std::make_shared<const settings_snapshot>(settings_snapshot{last->revision, std::move(document)}),
        {}};
  settings before;
  if (last)
    if (auto parsed = parse_settings(last->document); std::holds_alternative<settings>(parsed))
      before = std::get<settings>(std::move(parsed));
  settings_revision fresh;
  fresh.revision = last ? last->revision + 1 : 1;
  fresh.at = now;
  fresh.author = file_author;
  fresh.change = last ? "read at the start: it had been changed meanwhile" : "read at the first start";
  fresh.diff = to_text(diff_of(before, document));
  fresh.document = text;
  return {
      std::make_shared<const settings_snapshot>(settings_snapshot{fresh.revision, std::move(document)}),
      std::move(fresh)};
}

} // namespace tributary
