#include "weights/byte_source.hpp"

#include "base/error.hpp"
#include "base/sha256.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace strata::weights {
namespace fs = std::filesystem;

void ByteSource::fail(std::string_view why) const {
  throw InputError(file_, part_.empty() ? std::string(why) : fmt::format("{}: {}", part_, why));
}

void ByteSource::check_range(uint64_t offset, size_t count) const {
  STRATA_CHECK(offset <= size_ && count <= size_ - offset, "bytes outside of their source");
}

FileSource::Opened FileSource::open_file(const fs::path& file) {
  // Not blocking, or a named pipe would hold the program up before it can be refused.
  Opened opened;
  opened.descriptor = open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (opened.descriptor < 0) {
    throw InputError(file, errno == ENOENT
                               ? std::string("no such file")
                               : fmt::format("cannot be opened: {}", std::strerror(errno)));
  }
  struct stat status {};
  const bool known = fstat(opened.descriptor, &status) == 0;
  if (!known || !S_ISREG(status.st_mode)) {
    close(opened.descriptor);
    throw InputError(file, known && S_ISDIR(status.st_mode) ? "is a folder, not a file"
                                                            : "is not a regular file");
  }
  opened.size = static_cast<uint64_t>(status.st_size);
  opened.changed_seconds = status.st_mtim.tv_sec;
  opened.changed_nanoseconds = status.st_mtim.tv_nsec;
  return opened;
}

FileSource::FileSource(const fs::path& file) : FileSource(file, open_file(file)) {}

FileSource::FileSource(const fs::path& file, const Opened& opened)
    : ByteSource(file, "", opened.size),
      descriptor_(opened.descriptor),
      changed_seconds_(opened.changed_seconds),
      changed_nanoseconds_(opened.changed_nanoseconds) {}

FileSource::~FileSource() { close(descriptor_); }

void FileSource::read(uint64_t offset, std::span<std::byte> bytes) const {
  check_range(offset, bytes.size());
  while (!bytes.empty()) {
    const ssize_t got = pread(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail(fmt::format("cannot be read: {}", std::strerror(errno)));
    if (got == 0) fail("became shorter while it was read");
    bytes = bytes.subspan(static_cast<size_t>(got));
    offset += static_cast<uint64_t>(got);
  }
}

std::string FileSource::sha256() const {
  Sha256 hash;
  std::vector<std::byte> buffer(size_t{1} << 18U);
  for (uint64_t offset = 0; offset < size();) {
    const size_t count = static_cast<size_t>(std::min<uint64_t>(buffer.size(), size() - offset));
    const std::span<std::byte> part(buffer.data(), count);
    read(offset, part);
    hash.update(part);
    offset += count;
  }
  return hash.hex();
}

void FileSource::check_unchanged() const {
  struct stat status {};
  if (fstat(descriptor_, &status) != 0 || static_cast<uint64_t>(status.st_size) != size() ||
      status.st_mtim.tv_sec != changed_seconds_ || status.st_mtim.tv_nsec != changed_nanoseconds_) {
    fail("was written to while it was read; try again when it is complete");
  }
}

MemorySource::MemorySource(fs::path file, std::string part, std::vector<std::byte> bytes)
    : ByteSource(std::move(file), std::move(part), bytes.size()), bytes_(std::move(bytes)) {}

void MemorySource::read(uint64_t offset, std::span<std::byte> bytes) const {
  check_range(offset, bytes.size());
  std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset), bytes.size(), bytes.begin());
}

}  // namespace strata::weights
