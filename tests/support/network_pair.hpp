// Two network namespaces with a cable between them, for tests that pull it. Nothing of it outlives the
// process.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tributary::testing {

/// The near end is where the calling thread is moved to, and with it all that it starts from then on: make it
/// before anything else of the test. It has 10.77.1.2 and 10.77.2.2; the far end has 10.77.1.1 and 10.77.2.1.
class network_pair {
public:
  network_pair();
  ~network_pair();
  network_pair(const network_pair&) = delete;
  network_pair& operator=(const network_pair&) = delete;

  /// Why this machine lets us make no namespaces; "": it did.
  [[nodiscard]] const std::string& refusal() const noexcept { return refusal_; }

  /// Runs something at the far end and waits for it. Threads and sockets that it makes are there, too.
  void at_far_end(const std::function<void()>& work);

  void pull_cable() { ip({"link", "set", "near", "down"}); }
  void plug_in() { ip({"link", "set", "near", "up"}); }
  /// As if that host had died: nobody answers for its address any more.
  void remove_far_address(const std::string& address);

private:
  /// @throws std::runtime_error when it fails.
  static void ip(std::vector<std::string> arguments);

  struct far_thread;
  std::unique_ptr<far_thread> far_;
  std::string refusal_;
};

} // namespace tributary::testing
