// What the text of a catalogue comes to, for every loader alike. Pure. Internal to net/client.
#pragma once

#include "net/client/loader.hpp"

#include <string_view>

namespace tributary::client {

/// Puts the parsed catalogue into the answer, or what is wrong with it, as the provider's fault.
void take_catalog(catalog_answer& to, std::string_view text);

} // namespace tributary::client
