#pragma once

#include <array>
#include <csetjmp>

namespace strata::image {

/// How an error comes out of a C library that must not return from its error callback (libjpeg,
/// libpng): the callback springs the trap, and the step that was running ends early.
///
/// A step must not own anything while it is inside the library (no object with a destructor may be
/// alive between the trap and the spring), because longjmp runs no destructors. What it changes
/// must be captured by reference.
class ErrorTrap {
 public:
  /// Runs `step`; false if the trap was sprung.
  template <class Step>
  [[nodiscard]] bool run(const Step& step) {
    if (setjmp(jump_) != 0) return false;
    step();
    return true;
  }

  /// Keeps the message and ends the running step.
  [[noreturn]] void spring(const char* message);
  const char* message() const { return message_.data(); }

 private:
  std::jmp_buf jump_{};
  std::array<char, 256> message_{};
};

}  // namespace strata::image
