// The loader of kind directory. Internal to net/client; transfer_threads makes them.
#pragma once

#include "net/client/directory_source.hpp"
#include "net/client/loader.hpp"
#include "net/client/transfer_thread.hpp"

#include <functional>

namespace tributary::client {

/// `pick` chooses the transfer thread of each transfer; any thread may call it.
[[nodiscard]] std::unique_ptr<loader> make_directory_loader(
    std::function<std::shared_ptr<transfer_thread>()> pick, const effective_provider& provider,
    folder_calls calls);

} // namespace tributary::client
