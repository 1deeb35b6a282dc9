// The Asio types that the client works with: one thread per io_context, so executors need no type erasure.
// For .cpp files and internal headers of net/client only.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace tributary::client {

namespace asio = boost::asio;
using boost::system::error_code;

using executor = asio::io_context::executor_type;
template <class T>
using task = asio::awaitable<T, executor>;
inline constexpr asio::use_awaitable_t<executor> use_task;
using tcp_socket = asio::basic_stream_socket<asio::ip::tcp, executor>;
using steady_timer = asio::basic_waitable_timer<
    std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, executor>;

} // namespace tributary::client
