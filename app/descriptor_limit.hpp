// How many files and connections this process may have open. Debian gives 1024 and lets a process take far
// more: fewer than the API's connections alone.
#pragma once

namespace tributary {

/// Raises the soft limit to the hard one; a warning in the log when that cannot be done.
void raise_descriptor_limit();

} // namespace tributary
