#include "base/file.hpp"

#include "base/error.hpp"
#include "testing/testing.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

namespace strata {
namespace {

namespace fs = std::filesystem;
using testing::TemporaryFolder;
using testing::throws;

size_t files_in(const fs::path& folder) {
  return static_cast<size_t>(
      std::distance(fs::directory_iterator(folder), fs::directory_iterator{}));
}

TEST(AtomicFile, AppearsOnlyWhenCommitted) {
  const TemporaryFolder folder;
  {
    AtomicFile file(folder / "a.txt");
    file.write("half");
    EXPECT_FALSE(fs::exists(folder / "a.txt"));
  }
  EXPECT_EQ(files_in(folder.path()), 0U);
  write_file(folder / "a.txt", "whole");
  EXPECT_EQ(read_text(folder / "a.txt"), "whole");
  EXPECT_EQ(files_in(folder.path()), 1U);
}

TEST(AtomicFile, KeepsTheOldFileUntilTheNewOneIsComplete) {
  const TemporaryFolder folder;
  write_file(folder / "a.txt", "old");
  {
    AtomicFile file(folder / "a.txt");
    file.write("ne");
  }
  EXPECT_EQ(read_text(folder / "a.txt"), "old");
}

TEST(AtomicFile, NamesTheFolderThatIsMissingOrAFile) {
  const TemporaryFolder folder;
  write_file(folder / "file", "x");
  EXPECT_TRUE(throws<InputError>([&] { AtomicFile f(folder / "no/a.txt"); }, "no such folder"));
  EXPECT_TRUE(throws<InputError>([&] { AtomicFile f(folder / "file/a.txt"); }, "is a file"));
  EXPECT_TRUE(throws<InputError>([&] { AtomicFile f(folder.path()); }, "is a folder"));
}

TEST(AtomicFile, LeavesDevicesAndPipesAlone) {
  const TemporaryFolder folder;
  ASSERT_EQ(mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_TRUE(
      throws<InputError>([&] { write_file(folder / "pipe", "x"); }, "pipe: is not a regular file"));
  EXPECT_TRUE(fs::is_fifo(folder / "pipe"));
  EXPECT_TRUE(throws<InputError>([] { check_writable("/dev/null"); }, "/dev/null"));
}

TEST(AtomicFile, AFullDiskIsAResourceErrorThatLeavesNothing) {
  const TemporaryFolder folder;
  rlimit old{};
  getrlimit(RLIMIT_FSIZE, &old);
  const rlimit small{4096, old.rlim_max};
  const auto previous = std::signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &small);
  const auto result =
      throws<ResourceError>([&] { write_file(folder / "big", std::string(100000, 'x')); }, "big");
  setrlimit(RLIMIT_FSIZE, &old);
  std::signal(SIGXFSZ, previous);
  EXPECT_TRUE(result);
  EXPECT_EQ(files_in(folder.path()), 0U);
}

TEST(ReadFile, NamesWhatIsMissingAFolderOrTooLarge) {
  const TemporaryFolder folder;
  write_file(folder / "a", "12345");
  EXPECT_TRUE(throws<InputError>([&] { read_text(folder / "b"); }, "no such file"));
  EXPECT_TRUE(throws<InputError>([&] { read_text(folder.path()); }, "is a folder"));
  EXPECT_TRUE(throws<InputError>([&] { read_text(folder / "a", 4); }, "5 bytes"));
}

TEST(MakeFolder, CreatesParentsAndRefusesAFile) {
  const TemporaryFolder folder;
  make_folder(folder / "a/b/c");
  EXPECT_TRUE(fs::is_directory(folder / "a/b/c"));
  make_folder(folder / "a/b/c");
  write_file(folder / "a/file", "x");
  EXPECT_TRUE(throws<InputError>([&] { make_folder(folder / "a/file"); }, "is a file"));
  EXPECT_TRUE(throws<InputError>([&] { make_folder(folder / "a/file/deep"); }, "is a file"));
}

}  // namespace
}  // namespace strata
