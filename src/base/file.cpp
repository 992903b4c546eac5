#include "base/file.hpp"

#include "base/error.hpp"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <fstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace strata {
namespace fs = std::filesystem;

namespace {

fs::path folder_of(const fs::path& target) {
  return target.has_parent_path() ? target.parent_path() : fs::path(".");
}

[[noreturn]] void fail_write(const fs::path& target, int error) {
  if (error == ENOSPC || error == EDQUOT || error == EFBIG) {
    throw ResourceError(fmt::format("{}: cannot be written: {}; nothing was left behind",
                                    target.string(), std::strerror(error)));
  }
  throw InputError(target, fmt::format("cannot be written: {}", std::strerror(error)));
}

}  // namespace

AtomicFile::AtomicFile(fs::path target) : target_(std::move(target)) {
  static std::atomic<unsigned> counter{0};
  check_writable(target_);
  temporary_ = folder_of(target_) /
               fmt::format(".{}.tmp-{}-{}", target_.filename().string(), getpid(), counter++);
  descriptor_ = open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor_ < 0) fail_write(target_, errno);
}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) {
    close(descriptor_);
    unlink(temporary_.c_str());
  }
}

void AtomicFile::fail(int error) const { fail_write(target_, error); }

void AtomicFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      fail(errno);
    }
    bytes = bytes.subspan(static_cast<size_t>(written));
  }
}

void AtomicFile::write(std::string_view text) { write(std::as_bytes(std::span(text))); }

void AtomicFile::commit() {
  if (fsync(descriptor_) != 0 && errno != EINVAL && errno != EROFS) fail(errno);
  if (rename(temporary_.c_str(), target_.c_str()) != 0) fail(errno);
  close(descriptor_);
  descriptor_ = -1;
}

void write_file(const fs::path& target, std::string_view text) {
  AtomicFile file(target);
  file.write(text);
  file.commit();
}

void write_file(const fs::path& target, std::span<const std::byte> bytes) {
  AtomicFile file(target);
  file.write(bytes);
  file.commit();
}

std::vector<std::byte> read_file(const fs::path& file, size_t max_bytes) {
  std::error_code error;
  const fs::file_status status = fs::status(file, error);
  if (!fs::exists(status)) throw InputError(file, "no such file");
  if (fs::is_directory(status)) throw InputError(file, "is a folder, not a file");
  std::ifstream stream(file, std::ios::binary | std::ios::ate);
  if (!stream) throw InputError(file, "cannot be opened");
  const auto size = static_cast<size_t>(stream.tellg());
  if (size > max_bytes) {
    throw InputError(file, fmt::format("has {} bytes, more than the {} allowed", size, max_bytes));
  }
  std::vector<std::byte> bytes(size);
  stream.seekg(0);
  stream.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
  if (static_cast<size_t>(stream.gcount()) != size) {
    throw InputError(file, "cannot be read to its end");
  }
  return bytes;
}

std::string read_text(const fs::path& file, size_t max_bytes) {
  const std::vector<std::byte> bytes = read_file(file, max_bytes);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void make_folder(const fs::path& folder) {
  std::error_code error;
  for (fs::path part = folder; !part.empty(); part = part.parent_path()) {
    const fs::file_status status = fs::status(part, error);
    if (fs::exists(status) && !fs::is_directory(status)) {
      throw InputError(part, "is a file, but a folder is needed here");
    }
    if (fs::exists(status) || part == part.parent_path()) break;
  }
  fs::create_directories(folder, error);
  if (error && !fs::is_directory(folder)) {
    if (error == std::errc::no_space_on_device) {
      throw ResourceError(folder.string() + ": cannot be created: " + error.message());
    }
    throw InputError(folder, "cannot be created: " + error.message());
  }
}

void check_writable(const fs::path& target) {
  if (target.filename().empty()) throw InputError(target, "is not a file name");
  std::error_code error;
  const fs::file_status found = fs::status(target, error);
  if (fs::is_directory(found)) throw InputError(target, "is a folder, not a file");
  // Renaming over a device or a pipe would replace it.
  if (fs::exists(found) && !fs::is_regular_file(found)) {
    throw InputError(target, "is not a regular file");
  }
  const fs::path folder = folder_of(target);
  const fs::file_status status = fs::status(folder, error);
  if (!fs::exists(status))
    throw InputError(folder, "no such folder, so nothing can be written there");
  if (!fs::is_directory(status)) throw InputError(folder, "is a file, but a folder is needed here");
  if (access(folder.c_str(), W_OK) != 0) throw InputError(folder, "is not writable");
}

void check_writable_folder(const fs::path& folder) {
  std::error_code error;
  fs::path part = fs::absolute(folder, error);
  while (!fs::exists(part, error) && part != part.parent_path()) part = part.parent_path();
  if (!fs::is_directory(part, error)) {
    throw InputError(part == fs::absolute(folder, error) ? folder : part,
                     "is a file, but a folder is needed here");
  }
  if (access(part.c_str(), W_OK) != 0) throw InputError(part, "is not writable");
}

}  // namespace strata
