#include "actors/wish_room.hpp"

#include "actors/lease_book.hpp"

#include <doctest/doctest.h>

using namespace tributary;
using namespace std::chrono_literals;

namespace {

constexpr wall_time room_opens = std::chrono::sys_days{std::chrono::year{2026} / 1 / 1};
constexpr steady_time opens{1h}; // The same instant, by the clock that nobody sets.

} // namespace

TEST_CASE("wish_room: who is next at a provider goes by priority, then by waiting time") {
  wish_room room;
  room.park(turn_of(room_opens, 5, 1), {"alpha", "beta"}, opens + 5s);
  room.park(turn_of(room_opens + 1s, 5, 2), {"alpha"}, opens + 2s);
  room.park(turn_of(room_opens + 2s, 9, 3), {"beta"}, opens + 9s);
  CHECK(room.first_at("alpha") == 1);
  CHECK(room.first_at("beta") == 3);
  CHECK_FALSE(room.first_at("gamma"));
  CHECK(room.all() == std::vector<job_id>{3, 1, 2});
  room.leave(1);
  CHECK(room.first_at("alpha") == 2);
  room.leave(3);
  CHECK_FALSE(room.first_at("beta"));
  room.leave(3);
  CHECK(room.size() == 1);
}

TEST_CASE("wish_room: those whose time has come are found, the earliest first, so many at a time") {
  wish_room room;
  for (job_id job = 1; job <= 5; ++job)
    room.park(turn_of(room_opens, 5, job), {}, opens + 10s - seconds{job});
  CHECK(room.next_due() == opens + 5s);
  CHECK(room.due(opens + 7s, 10) == std::vector<job_id>{5, 4, 3});
  CHECK(room.due(opens + 7s, 2) == std::vector<job_id>{5, 4});
  room.park(turn_of(room_opens, 5, 5), {"alpha"}, opens + 60s); // Waits so from now on.
  CHECK(room.due(opens + 7s, 10) == std::vector<job_id>{4, 3});
  CHECK(room.first_at("alpha") == 5);
}

TEST_CASE("lease_book: counts by provider and by job") {
  lease_book book;
  const auto a = book.grant({1, "alpha"});
  const auto b = book.grant({1, "beta"});
  const auto c = book.grant({2, "alpha"});
  CHECK(book.held() == 3);
  CHECK(book.held_at("alpha") == 2);
  CHECK(book.held_by(1) == 2);
  CHECK(book.holders() == 2);
  CHECK(book.release(a)->provider == "alpha");
  CHECK_FALSE(book.release(a));
  CHECK(book.of(1) == std::vector<transfer_id>{b});
  CHECK(book.release(c)->job == 2);
  CHECK(book.holders() == 1);
  CHECK(book.held_at("alpha") == 0);
}

TEST_CASE("lease_book: asks a lease back from who holds most, never the last one, and each once") {
  lease_book book;
  static_cast<void>(book.grant({1, "alpha"}));
  CHECK_FALSE(book.ask_back_at("alpha"));
  for (int i = 0; i < 2; ++i)
    static_cast<void>(book.grant({2, "alpha"}));
  for (int i = 0; i < 3; ++i)
    static_cast<void>(book.grant({3, "alpha"}));
  CHECK(book.ask_back_at("alpha")->second == 3);
  CHECK(book.ask_back_at("alpha")->second != 1);
  CHECK(book.ask_back_at("alpha")->second != 1);
  CHECK_FALSE(book.ask_back_at("alpha")); // All are down to one that was not asked back.
  CHECK_FALSE(book.ask_back_at("beta"));
}
