// The promises that an actor owes. CAF says nothing to a requester whose promise is lost, so whatever way the
// actor ends, on_exit answers all of them.
#pragma once

#include "messages/errc.hpp"

#include <caf/response_promise.hpp>

#include <cstdint>
#include <unordered_map>
#include <utility>

namespace tributary {

class promise_book {
public:
  using ticket = std::uint64_t;

  [[nodiscard]] ticket keep(caf::response_promise p) {
    open_.emplace(++last_, std::move(p));
    return last_;
  }

  /// Answers with a value or an error. @pre the ticket was not answered before.
  template <class Answer>
  void answer(ticket t, Answer&& a) {
    if (auto node = open_.extract(t))
      node.mapped().deliver(std::forward<Answer>(a));
  }

  /// Answers whatever is open: for on_exit.
  void refuse_all() {
    for (auto& [t, p] : open_)
      p.deliver(caf::make_error(errc::shutting_down));
    open_.clear();
  }

private:
  ticket last_ = 0;
  std::unordered_map<ticket, caf::response_promise> open_;
};

} // namespace tributary
