#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace strata::weights {

/// Bytes of known number that can be read anywhere, and the name that errors give them.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;

  uint64_t size() const { return size_; }
  /// Fills `bytes` from `offset` on. The range must lie inside (a Fault); a file that cannot be
  /// read, or that became shorter meanwhile, is an InputError.
  virtual void read(uint64_t offset, std::span<std::byte> bytes) const = 0;
  /// An InputError "FILE: WHY", or "FILE: PART: WHY" for a part of a file.
  [[noreturn]] void fail(std::string_view why) const;
  const std::filesystem::path& file() const { return file_; }

 protected:
  ByteSource(std::filesystem::path file, std::string part, uint64_t size)
      : file_(std::move(file)), part_(std::move(part)), size_(size) {}
  void check_range(uint64_t offset, size_t count) const;

 private:
  std::filesystem::path file_;
  std::string part_;
  uint64_t size_;
};

/// A regular file, opened once: all reads see the file that was opened, even if another one takes
/// its name. Throws InputError: missing, a folder, not a regular file, no permission.
class FileSource : public ByteSource {
 public:
  explicit FileSource(const std::filesystem::path& file);
  ~FileSource() override;
  void read(uint64_t offset, std::span<std::byte> bytes) const override;
  /// SHA-256 of all bytes.
  std::string sha256() const;
  /// Throws InputError if the file was written to since it was opened.
  void check_unchanged() const;
  int descriptor() const { return descriptor_; }

 private:
  struct Opened {
    int descriptor = -1;
    uint64_t size = 0;
    int64_t changed_seconds = 0, changed_nanoseconds = 0;
  };
  static Opened open_file(const std::filesystem::path& file);
  FileSource(const std::filesystem::path& file, const Opened& opened);

  int descriptor_;
  int64_t changed_seconds_, changed_nanoseconds_;
};

/// Bytes in memory that stand for a part of a file, such as an entry of an archive.
class MemorySource : public ByteSource {
 public:
  MemorySource(std::filesystem::path file, std::string part, std::vector<std::byte> bytes);
  void read(uint64_t offset, std::span<std::byte> bytes) const override;

 private:
  std::vector<std::byte> bytes_;
};

}  // namespace strata::weights
