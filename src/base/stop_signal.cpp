#include "base/stop_signal.hpp"

#include <csignal>
#include <cstdlib>

namespace strata {
namespace {

StopSignal process_signal;

extern "C" void on_signal(int signal) {
  if (process_signal.requested() && signal == SIGINT) std::_Exit(130);
  process_signal.request(signal);
}

}  // namespace

StopSignal& install_stop_signal() {
  struct sigaction action = {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  for (const int signal : {SIGINT, SIGTERM, SIGUSR1}) sigaction(signal, &action, nullptr);
  std::signal(SIGXFSZ, SIG_IGN);
  std::signal(SIGPIPE, SIG_IGN);
  return process_signal;
}

int Interrupted::exit_code() const { return signal_ == SIGINT ? 130 : 143; }

}  // namespace strata
