#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace strata {

/// A file that appears under its name only when it is complete: written beside the target as
/// `.NAME.tmp-PID-N`, synced, then renamed over it. Destroyed without `commit()` it leaves nothing.
/// Throws InputError where the folder does not exist or the target is there and not a regular file
/// (a folder, a device), ResourceError where the disk is full or a size limit is reached.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path target);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::span<const std::byte> bytes);
  void write(std::string_view text);
  /// Where the bytes lie until `commit()`; for libraries that want to write a file by name.
  const std::filesystem::path& temporary() const { return temporary_; }
  void commit();

 private:
  [[noreturn]] void fail(int error) const;

  std::filesystem::path target_;
  std::filesystem::path temporary_;
  int descriptor_ = -1;
};

void write_file(const std::filesystem::path& target, std::string_view text);
void write_file(const std::filesystem::path& target, std::span<const std::byte> bytes);

/// The whole file. Throws InputError: missing, a folder, or more than `max_bytes`.
std::vector<std::byte> read_file(const std::filesystem::path& file,
                                 size_t max_bytes = size_t{1} << 34U);
std::string read_text(const std::filesystem::path& file, size_t max_bytes = size_t{1} << 26U);

/// Creates `folder` and its parents. Throws InputError where something else has that name,
/// ResourceError where it cannot be created.
void make_folder(const std::filesystem::path& folder);

/// Throws unless `target` could be written: its folder exists, is a folder and writable, and the
/// target is, if anything, a regular file. Called before long work starts.
void check_writable(const std::filesystem::path& target);

/// The same for a folder that would be created or written into: it, or the first of its parents
/// that exists, is a folder and writable.
void check_writable_folder(const std::filesystem::path& folder);

}  // namespace strata
