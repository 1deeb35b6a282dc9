// Keeps the promise that every request is answered.
#include "net/gateway/responder.hpp"

#include "net/gateway/problem.hpp"

#include <cassert>

namespace tributary::gateway {

responder::responder(std::unique_ptr<answer_sink> sink, std::string request_id)
    : sink_(std::move(sink)), request_id_(std::move(request_id)) {}

responder::~responder() {
  if (sink_)
    (*this)(render(shutting_down(), request_id_));
}

void responder::operator()(response r) {
  assert(sink_ && "a request is answered once");
  const auto sink = std::exchange(sink_, nullptr);
  sink->answer(std::move(r));
}

} // namespace tributary::gateway
