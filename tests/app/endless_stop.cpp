// For signals_test: a program whose orderly stop never comes to its end. A program of its own, since the
// second signal ends the whole process.
#include "app/signals.hpp"

#include <iostream>
#include <unistd.h>

int main() {
  using namespace tributary;
  ::alarm(600); // Should whoever started it be gone.
  stop_signals signals;
  std::cout << "ready" << std::endl;
  while (signals.wait_for(std::chrono::hours{1}) != wish::stop) {
  }
  std::cout << "stopping" << std::endl;
  for (;;)
    ::pause();
}
