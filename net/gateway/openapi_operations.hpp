// What OpenAPI says of each action beyond its route: bodies, answers, refusals, and a sentence.
#pragma once

#include "net/gateway/routes.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace tributary::gateway {

/// One kind of success.
struct documented_answer {
  int status = 0; ///< 0: this entry says nothing.
  std::string_view
      schema; ///< Name in components/schemas; "": no JSON, then `operation::media_type` says what.
};

struct operation {
  action what;
  std::string_view tag, summary;
  std::array<documented_answer, 2> gives;
  std::string_view refuses = {}; ///< Statuses of problems of its own, separated by spaces.
  std::string_view takes = {};   ///< The schema of the body; "": it needs none.
  bool may_lack_body = false;
  std::string_view fields = {}; ///< Header fields that it heeds, separated by spaces.
  std::string_view media_type = {};
  std::string_view tells = {}; ///< Header fields of its success, separated by spaces.
};

/// In the order in which people read them.
inline constexpr std::array operations{
    operation{
        .what = action::submit_job,
        .tag = "jobs",
        .summary = "Accepts a job, or several: all or none. They are on the disk before the answer comes.",
        .gives = {{{202, "submitted"}, {200, "submitted"}}},
        .refuses = "400 409 413 415 422 503",
        .takes = "submission",
        .fields = "Idempotency-Key",
        .tells = "Location Idempotency-Replayed"},
    operation{action::list_jobs, "jobs", "Lists jobs, newest first.", {{{200, "job_page"}}}, "400"},
    operation{action::get_job, "jobs", "One job.", {{{200, "job"}}}, "404"},
    operation{action::cancel_job, "jobs", "Cancels it.", {{{200, "job"}}}, "404 409"},
    operation{action::pause_job, "jobs", "Holds it; its bytes are kept.", {{{200, "job"}}}, "404 409"},
    operation{action::resume_job, "jobs", "Lets it go on.", {{{200, "job"}}}, "404 409"},
    operation{
        action::retry_job, "jobs", "Begins a failed or cancelled job anew.", {{{200, "job"}}}, "404 409 503"},
    operation{
        action::trace_job,
        "jobs",
        "Why it went as it did: each decision, each attempt.",
        {{{200, "trace"}}},
        "404"},

    operation{
        .what = action::list_providers,
        .tag = "providers",
        .summary = "Who there is.",
        .gives = {{{200, "provider_list"}}},
        .tells = "ETag"},
    operation{
        .what = action::create_provider,
        .tag = "providers",
        .summary = "Adds a provider, at the end of an explicit chain.",
        .gives = {{{201, "new_provider"}}},
        .refuses = "400 409 412 413 415 422 503",
        .takes = "new_provider",
        .fields = "If-Match",
        .tells = "ETag Location"},
    operation{
        .what = action::show_provider,
        .tag = "providers",
        .summary = "All that is known of one.",
        .gives = {{{200, "provider"}}},
        .refuses = "404",
        .tells = "ETag"},
    operation{
        .what = action::delete_provider,
        .tag = "providers",
        .summary = "Removes it, gently or now.",
        .gives = {{{200, "removed_provider"}}},
        .refuses = "400 404 409 412 422 503",
        .fields = "If-Match",
        .tells = "ETag"},
    operation{action::available_providers, "providers", "Who is usable, in order.", {{{200, "available"}}}},
    operation{
        action::best_provider, "providers", "Who would be chosen now, and why.", {{{200, "best"}}}, "503"},

    operation{action::health_of_all, "health", "Figures of all providers.", {{{200, "health"}}}},
    operation{action::health_of_one, "health", "Figures of one.", {{{200, "figures"}}}, "404"},
    operation{action::health_history, "health", "How it was over time.", {{{200, "history"}}}, "400 404"},
    operation{action::reset_health, "health", "Clears its figures and state.", {{{200, "figures"}}}, "404"},

    operation{
        .what = action::get_settings,
        .tag = "settings",
        .summary = "The document with every default filled in. The ETag is its revision.",
        .gives = {{{200, "settings"}}},
        .tells = "ETag"},
    operation{
        .what = action::get_global,
        .tag = "settings",
        .summary = "The global settings.",
        .gives = {{{200, "global_settings"}}},
        .tells = "ETag"},
    operation{
        .what = action::change_global,
        .tag = "settings",
        .summary = "Merges these fields into the global settings; null removes one.",
        .gives = {{{200, "global_settings"}}},
        .refuses = "400 409 412 413 415 422 503",
        .takes = "global_settings",
        .fields = "If-Match",
        .tells = "ETag"},
    operation{
        .what = action::get_provider,
        .tag = "settings",
        .summary = "One provider's settings.",
        .gives = {{{200, "provider_settings"}}},
        .refuses = "404",
        .tells = "ETag"},
    operation{
        .what = action::change_provider,
        .tag = "settings",
        .summary = "Merges these fields into one provider's settings; null removes one.",
        .gives = {{{200, "provider_settings"}}},
        .refuses = "400 404 409 412 413 415 422 503",
        .takes = "provider_patch",
        .fields = "If-Match",
        .tells = "ETag"},
    operation{
        .what = action::enable_provider,
        .tag = "settings",
        .summary = "Lets a provider be used.",
        .gives = {{{200, "provider_settings"}}},
        .refuses = "400 404 409 412 422 503",
        .fields = "If-Match",
        .tells = "ETag"},
    operation{
        .what = action::disable_provider,
        .tag = "settings",
        .summary = "Lets it rest; its transfers move to others.",
        .gives = {{{200, "provider_settings"}}},
        .refuses = "400 404 409 412 422 503",
        .fields = "If-Match",
        .tells = "ETag"},
    operation{
        .what = action::export_settings,
        .tag = "settings",
        .summary = "The document as it stands in the file, with references instead of secrets.",
        .gives = {{{200, "settings"}}},
        .tells = "ETag"},
    operation{
        .what = action::import_settings,
        .tag = "settings",
        .summary = "Replaces the document, all or nothing.",
        .gives = {{{200, "document_change"}}},
        .refuses = "400 409 412 413 415 422 503",
        .takes = "settings",
        .fields = "If-Match",
        .tells = "ETag"},
    operation{
        action::settings_history,
        "settings",
        "The kept revisions, newest first.",
        {{{200, "revision_page"}}},
        "400"},
    operation{
        .what = action::roll_back_settings,
        .tag = "settings",
        .summary = "Makes the document what it was at a revision.",
        .gives = {{{200, "document_change"}}},
        .refuses = "400 404 409 412 422 503",
        .fields = "If-Match",
        .tells = "ETag"},

    operation{
        .what = action::failover_stats,
        .tag = "failover",
        .summary = "The chain and its statistics.",
        .gives = {{{200, "failover"}}},
        .tells = "ETag"},
    operation{
        .what = action::replace_chain,
        .tag = "failover",
        .summary = "Sets the chain.",
        .gives = {{{200, "failover"}}},
        .refuses = "400 409 412 413 415 422 503",
        .takes = "chain",
        .fields = "If-Match",
        .tells = "ETag"},
    operation{
        .what = action::add_chain_member,
        .tag = "failover",
        .summary = "Puts a provider into the chain, or moves it.",
        .gives = {{{200, "failover"}}},
        .refuses = "400 404 409 412 413 415 422 503",
        .takes = "chain_place",
        .may_lack_body = true,
        .fields = "If-Match",
        .tells = "ETag"},
    operation{
        .what = action::remove_chain_member,
        .tag = "failover",
        .summary = "Takes a provider out of the chain.",
        .gives = {{{200, "failover"}}},
        .refuses = "400 404 409 412 422 503",
        .fields = "If-Match",
        .tells = "ETag"},

    operation{
        action::search_catalog,
        "catalogue",
        "Items whose title or key holds some words.",
        {{{200, "catalog_items"}}},
        "400 404 503"},
    operation{action::get_catalog_item, "catalogue", "One item.", {{{200, "catalog_item"}}}, "400 404 503"},
    operation{
        action::count_episodes, "catalogue", "Its seasons.", {{{200, "catalog_episodes"}}}, "400 404 503"},
    operation{
        action::check_language,
        "catalogue",
        "Is it there in a language?",
        {{{200, "catalog_language"}}},
        "400 404 503"},

    operation{
        .what = action::follow_events,
        .tag = "engine",
        .summary = "Every committed event, numbered, as server-sent events.",
        .gives = {{{200, ""}}},
        .refuses = "400 503",
        .fields = "Last-Event-ID",
        .media_type = "text/event-stream"},
    operation{
        .what = action::metrics,
        .tag = "engine",
        .summary = "Figures for Prometheus; open to everybody when metrics_open is set.",
        .gives = {{{200, ""}}},
        .media_type = "text/plain"},
    operation{action::livez, "engine", "Is it alive?", {{{200, "status"}}}},
    operation{action::readyz, "engine", "Does it take work?", {{{200, "status"}}}, "503"},
    operation{action::openapi, "engine", "This document.", {{{200, "openapi"}}}},
    operation{
        .what = action::dashboard,
        .tag = "engine",
        .summary = "The dashboard, a page for people.",
        .gives = {{{200, ""}}},
        .media_type = "text/html"},
    operation{
        .what = action::dashboard_file,
        .tag = "engine",
        .summary = "What the dashboard is made of.",
        .gives = {{{200, ""}}},
        .refuses = "404",
        .media_type = "text/*"},
};

static_assert(
    std::ranges::all_of(
        routes, [](const route& r) { return std::ranges::count(operations, r.what, &operation::what) == 1; }),
    "every route is documented once");

} // namespace tributary::gateway
