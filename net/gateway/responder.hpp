// The right to answer one request: handed from the session to whoever handles it, used once, never lost.
#pragma once

#include "net/gateway/request.hpp"
#include "net/gateway/response.hpp"

#include <memory>
#include <string>

namespace tributary::gateway {

/// Where an answer goes. Called exactly once, from any thread; must not block.
class answer_sink {
public:
  virtual ~answer_sink() = default;
  virtual void answer(response r) = 0;
};

/// Move-only. Destroyed unanswered (its actor ended, the message was dropped) it answers 503 by itself.
class responder {
public:
  responder(std::unique_ptr<answer_sink> sink, std::string request_id);
  responder(responder&&) noexcept = default;
  responder& operator=(responder&&) = delete;
  ~responder();

  /// At most once.
  void operator()(response r);
  [[nodiscard]] bool pending() const noexcept { return sink_ != nullptr; }

private:
  std::unique_ptr<answer_sink> sink_; ///< Empty once answered.
  std::string request_id_;
};

/// One authorised request on its way to the handlers. Process-local.
struct call {
  request asked;
  responder answer;
};

} // namespace tributary::gateway
