#include "tests/e2e/crash_settings.hpp"

#include "tests/e2e/crash_load.hpp"
#include "tests/support/http_client.hpp"
#include "tests/support/temp_dir.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

#include <utility>

namespace tributary::testing {

namespace {

namespace json = boost::json;

/// Never the default, so that the file says it. It is behind all others, so what it is does not matter.
unsigned priority_of(unsigned number) {
  return 1'000 + number % 9'001;
}

std::string change_number(unsigned number) {
  return json::serialize(json::object{{"region", std::to_string(number)}, {"priority", priority_of(number)}});
}

/// Which change those settings show; none: half of one.
std::optional<unsigned> number_in(const json::object& provider) {
  const auto* region = provider.if_contains("region");
  if (!region || region->is_null())
    return 0;
  const auto number = static_cast<unsigned>(std::stoul(json::value_to<std::string>(*region)));
  return provider.at("priority") == priority_of(number) ? std::optional{number} : std::nullopt;
}

/// As number_in(); also none where the file is no whole document.
std::optional<unsigned> number_in_file(const std::filesystem::path& file, const std::string& provider) {
  json::error_code torn;
  const auto document = json::parse(read_file(file), torn);
  if (torn)
    return std::nullopt;
  return number_in(document.at("providers").at(provider).as_object());
}

/// As engine_process::call(), with the headers of the answer.
http_reply
call(engine_process& engine, const char* method, const std::string& provider, const std::string& body = {}) {
  return http_call(
      engine.port(), method, "/api/providers/config/" + provider,
      {{"Authorization", "Bearer " + engine.token()}, {"Content-Type", "application/json"}}, body);
}

/// 0: there is none.
std::uint64_t revision_of(const http_reply& r) {
  const auto tag = r.header("ETag");
  return tag.size() > 2 ? std::stoull(tag.substr(1)) : 0;
}

} // namespace

crash_settings::crash_settings(std::filesystem::path file, std::string provider)
    : file_(std::move(file)), provider_(std::move(provider)) {}

std::string crash_settings::load(engine_process& engine, const std::atomic<bool>& killed) {
  return until_killed(killed, [&]() -> std::string {
    in_flight_ = true;
    const auto r = call(engine, "PUT", provider_, change_number(number_ + 1));
    in_flight_ = false;
    if (r.status != 200 || revision_of(r) != revision_ + 1)
      return "change " + std::to_string(number_ + 1) + " on revision " + std::to_string(revision_) +
             " was answered with " + std::to_string(r.status) + ", revision " +
             std::to_string(revision_of(r)) + ": " + r.body;
    ++number_;
    ++revision_;
    ++acknowledged_;
    return {};
  });
}

bool crash_settings::may_hold(unsigned number) const noexcept {
  return number == number_ || (in_flight_ && number == number_ + 1);
}

void crash_settings::check_file() const {
  const auto number = number_in_file(file_, provider_);
  REQUIRE_MESSAGE(number, read_file(file_));
  CHECK_MESSAGE(may_hold(*number), *number << " after " << number_);
  const auto previous = file_.string() + ".previous";
  if (!std::filesystem::exists(previous)) // Nothing was saved yet.
    return;
  const auto before = number_in_file(previous, provider_);
  REQUIRE_MESSAGE(before, read_file(previous));
  CHECK_MESSAGE((*before == *number || *before + 1 == *number), *before << " before " << *number);
}

/// Each change is one revision. One that the kill cut off between file and journal gets its revision from the
/// start that found it in the file.
void crash_settings::check(engine_process& engine) {
  const auto r = call(engine, "GET", provider_);
  REQUIRE(r.status == 200);
  const auto number = number_in(json::parse(r.body).as_object());
  REQUIRE_MESSAGE(number, r.body);
  REQUIRE_MESSAGE(may_hold(*number), *number << " after " << number_);
  CHECK(revision_of(r) == revision_ + (*number - number_));
  number_ = *number;
  revision_ = revision_of(r);
  cut_off_ += std::exchange(in_flight_, false) ? 1U : 0U;
  check_others(engine);
}

void crash_settings::check_others(engine_process& engine) {
  auto document = engine.call("GET", "/api/providers/config").body;
  document.at("providers").as_object().erase(provider_);
  const auto now = json::serialize(document);
  if (!others_)
    others_ = now;
  CHECK(now == *others_);
}

} // namespace tributary::testing
