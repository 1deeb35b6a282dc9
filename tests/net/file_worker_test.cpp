#include "net/client/file_worker.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <thread>

using namespace tributary;

TEST_CASE("file_worker: runs everything that was posted before it stops, on other threads") {
  auto worker = make_file_worker(2);
  std::atomic<int> ran = 0;
  std::atomic<bool> here = false;
  for (int i = 0; i < 100; ++i)
    REQUIRE(worker->post([&, me = std::this_thread::get_id()] {
      here = here || std::this_thread::get_id() == me;
      ++ran;
    }));
  worker->stop();
  CHECK(ran == 100);
  CHECK_FALSE(here);
}

TEST_CASE("file_worker: refuses work after stop, which may be called again") {
  for (auto& worker : {make_file_worker(1), make_inline_file_worker()}) {
    worker->stop();
    worker->stop();
    auto ran = false;
    CHECK_FALSE(worker->post([&] { ran = true; }));
    CHECK_FALSE(ran);
  }
}

TEST_CASE("file_worker: one thread keeps the order") {
  auto worker = make_file_worker(1);
  std::string order;
  for (char c : {'a', 'b', 'c'})
    REQUIRE(worker->post([&order, c] { order += c; }));
  worker->stop();
  CHECK(order == "abc");
}

TEST_CASE("file_worker: the inline one runs work in the caller, at once") {
  auto worker = make_inline_file_worker();
  std::thread::id where;
  REQUIRE(worker->post([&] { where = std::this_thread::get_id(); }));
  CHECK(where == std::this_thread::get_id());
}

TEST_CASE("file_worker: a piece of work may be its last owner") {
  for (int i = 0; i < 100; ++i) {
    auto let_go = std::make_shared<std::promise<void>>(), ended = std::make_shared<std::promise<void>>();
    auto over = ended->get_future();
    auto worker = make_file_worker(2);
    auto& posted_to = *worker;
    posted_to.post([let_go, ended, owner = std::move(worker)]() mutable {
      let_go->get_future().wait();
      owner.reset();
      ended->set_value();
    });
    let_go->set_value();
    CHECK(over.wait_for(std::chrono::seconds{30}) == std::future_status::ready);
  }
}
