#include "cli/program.hpp"

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <stdexcept>

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace strata::testing {
namespace {

[[noreturn]] void become_program(const std::vector<std::string>& arguments,
                                 const RunOptions& options,
                                 int out,
                                 int err) {
  const int null = open("/dev/null", O_RDONLY);
  dup2(null, STDIN_FILENO);
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  if (options.file_limit > 0) {
    const rlimit limit{options.file_limit, options.file_limit};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  for (const std::string& entry : options.environment) {
    putenv(const_cast<char*>(entry.c_str()));  // NOLINT: the process ends with exec
  }
  if (!options.folder.empty() && chdir(options.folder.c_str()) != 0) _exit(126);
  std::vector<char*> argv;
  std::string program = STRATA_PROGRAM;
  argv.push_back(program.data());
  std::vector<std::string> copies = arguments;
  for (std::string& argument : copies) argv.push_back(argument.data());
  argv.push_back(nullptr);
  execv(program.c_str(), argv.data());
  _exit(127);
}

}  // namespace

Outcome strata(const std::vector<std::string>& arguments, const RunOptions& options) {
  using Clock = std::chrono::steady_clock;
  std::array<int, 2> out{}, err{};
  if (pipe(out.data()) != 0 || pipe(err.data()) != 0) throw std::runtime_error("pipe failed");
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("fork failed");
  if (child == 0) become_program(arguments, options, out[1], err[1]);
  close(out[1]);
  close(err[1]);

  Outcome outcome;
  bool armed = options.signal != 0 && options.signal_when.empty();
  bool sent = false;
  auto due = Clock::now() + std::chrono::duration<double>(options.signal_after);
  std::array<pollfd, 2> fds = {pollfd{out[0], POLLIN, 0}, pollfd{err[0], POLLIN, 0}};
  std::array<std::string*, 2> texts = {&outcome.out, &outcome.err};
  int open_ends = 2;
  while (open_ends > 0) {
    poll(fds.data(), fds.size(), 20);
    for (size_t i = 0; i < fds.size(); ++i) {
      if ((fds[i].revents & (POLLIN | POLLHUP)) == 0 || fds[i].fd < 0) continue;
      std::array<char, 4096> buffer{};
      const ssize_t n = read(fds[i].fd, buffer.data(), buffer.size());
      if (n > 0) {
        texts[i]->append(buffer.data(), static_cast<size_t>(n));
      } else {
        close(fds[i].fd);
        fds[i].fd = -1;
        --open_ends;
      }
    }
    if (options.signal != 0 && !armed &&
        outcome.err.find(options.signal_when) != std::string::npos) {
      armed = true;
      due = Clock::now() + std::chrono::duration<double>(options.signal_after);
    }
    if (armed && !sent && Clock::now() >= due) {
      kill(child, options.signal);
      sent = true;
    }
  }
  int status = 0;
  waitpid(child, &status, 0);
  outcome.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return outcome;
}

}  // namespace strata::testing
