#include "messages/errc.hpp"
#include "messages/job.hpp"
#include "messages/register.hpp"
#include "tests/support/actor_fixture.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace tributary;

TEST_CASE("errc: every error has a name of its own") {
  std::set<std::string_view> names;
  constexpr auto last = errc::key_reused;
  for (int i = 1; i <= static_cast<int>(last); ++i)
    names.insert(to_string(static_cast<errc>(i)));
  CHECK(names.size() == static_cast<std::size_t>(last));
  CHECK_FALSE(names.contains("unknown error"));
  CHECK(to_string(static_cast<errc>(200)) == "unknown error");
}

TEST_CASE("errc: an error is described by its text, its complaints, or its name") {
  CHECK(describe(caf::make_error(errc::store_failed, std::string{"the disk is full"})) == "the disk is full");
  CHECK(describe(caf::make_error(errc::busy)) == "busy");
  CHECK(describe(caf::make_error(errc::busy, std::string{})) == "busy");
  CHECK(
      describe(caf::make_error(errc::invalid_job, complaints{{"/size", "is odd"}, {"", "no job"}})) ==
      "/size: is odd; no job");
  CHECK(describe(caf::make_error(errc::invalid_job, complaints{})) == "invalid job");
  CHECK(describe(caf::make_error(caf::sec::request_timeout)) == "request_timeout");
  CHECK(describe(caf::error{}).empty());
}

TEST_CASE_FIXTURE(testing::actor_fixture, "register_messages: the system renders our errors") {
  CHECK(sys.render(caf::make_error(errc::busy)) == "busy");
  CHECK(
      sys.render(caf::make_error(errc::io_failed, std::string{"no room"})).find("no room") !=
      std::string::npos);
}

TEST_CASE("register_messages: picks the sharing scheduler unless another one is named") {
  caf::actor_system_config plain;
  register_messages(plain);
  CHECK(caf::get_or(plain, "scheduler.policy", caf::atom("")) == caf::atom("sharing"));
  CHECK(caf::get_or(plain, "scheduler.max-threads", std::size_t{0}) >= 1);
  caf::actor_system_config named;
  named.set("scheduler.policy", caf::atom("testing"));
  named.set("scheduler.max-threads", std::size_t{7});
  register_messages(named);
  CHECK(caf::get_or(named, "scheduler.policy", caf::atom("")) == caf::atom("testing"));
  CHECK(caf::get_or(named, "scheduler.max-threads", std::size_t{0}) == 7);
}
