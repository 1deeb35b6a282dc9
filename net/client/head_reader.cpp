// A header mostly comes with one receive; the buffer has room for a small body behind it.
#include "net/client/head_reader.hpp"

#include "net/client/head_parser.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>

namespace tributary::client {
namespace {

/// False: `who` is over, or the connection is lost.
task<bool> receive_more(activity& who, connection& link, arrived_head& out) {
  auto& buffer = link.arrived();
  auto room =
      std::max(header_buffer_bytes - std::min(buffer.size(), header_buffer_bytes), header_buffer_bytes / 4);
  for (;;) {
    co_await link.wait_readable(who);
    if (who.over())
      co_return false;
    auto into = buffer.prepare(room);
    error_code why;
    auto n = link.receive({static_cast<std::byte*>(into.data()), into.size()}, why);
    if (n > 0) {
      buffer.commit(n);
      if (!out.first_byte)
        out.first_byte = std::chrono::steady_clock::now();
      co_return true;
    }
    if (why != asio::error::would_block) {
      out.failed = lost_before_answer(why);
      co_return false;
    }
  }
}

/// One header, perhaps an interim one. False: see receive_more, or it is bad.
task<bool> read_one(activity& who, connection& link, arrived_head& out) {
  head_parser parser;
  auto& buffer = link.arrived();
  for (;;) {
    auto state = buffer.size() > 0 ? parser.feed(buffer) : head_parser::state::more;
    if (state == head_parser::state::more) {
      auto came = co_await receive_more(who, link, out);
      if (!came)
        co_return false;
      continue;
    }
    out.head = std::move(parser.head());
    if (state == head_parser::state::bad)
      out.failed = {fault::malformed, " sent an answer that cannot be trusted: " + out.head.defect};
    co_return state == head_parser::state::done;
  }
}

bool is_interim(const response_head& head) {
  return head.status >= 100 && head.status <= 199 && head.status != 101;
}

} // namespace

failure lost_before_answer(const error_code& why) {
  auto how = why == asio::error::eof ? std::string(" closed the connection")
                                     : " broke the connection (" + why.message() + ")";
  return {fault::reset, how + " before its answer was complete"};
}

task<void> read_head(activity& who, connection& link, arrived_head& out) {
  for (int interim = 0; interim <= interim_answers_max; ++interim) {
    auto complete = co_await read_one(who, link, out);
    if (!complete || !is_interim(out.head))
      co_return;
  }
  out.failed = {fault::malformed, " sent too many interim answers"};
}

} // namespace tributary::client
