#include "weights/byte_source.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/sha256.hpp"
#include "testing/testing.hpp"

#include <array>
#include <cstring>
#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>

namespace strata::weights {
namespace {

using testing::TemporaryFolder;
using testing::throws;

TEST(FileSource, ReadsAnyRangeAndHashesTheWhole) {
  const TemporaryFolder folder;
  std::string text(700'000, 'x');
  for (size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(i * 7 % 251);
  write_file(folder / "a", text);
  const FileSource source(folder / "a");
  EXPECT_EQ(source.size(), text.size());
  std::array<std::byte, 5> part{};
  source.read(699'995, part);
  EXPECT_EQ(std::memcmp(part.data(), text.data() + 699'995, 5), 0);
  EXPECT_EQ(source.sha256(), sha256_hex(text));
  EXPECT_THROW(source.read(699'996, part), Fault);
}

TEST(FileSource, RefusesWhatIsNoRegularFile) {
  const TemporaryFolder folder;
  EXPECT_TRUE(throws<InputError>([&] { FileSource s(folder / "no"); }, "no such file"));
  EXPECT_TRUE(throws<InputError>([&] { FileSource s(folder.path()); }, "is a folder"));
  ASSERT_EQ(mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_TRUE(throws<InputError>([&] { FileSource s(folder / "pipe"); }, "not a regular file"));
}

TEST(FileSource, NoticesThatTheFileWasWrittenTo) {
  const TemporaryFolder folder;
  write_file(folder / "a", "0123456789");
  const FileSource source(folder / "a");
  source.check_unchanged();
  // Another file under the same name is no change of this one.
  write_file(folder / "a", "another");
  source.check_unchanged();
  const FileSource other(folder / "a");
  std::ofstream(folder / "a") << "abc";
  EXPECT_TRUE(throws<InputError>([&] { other.check_unchanged(); }, "written to"));
  std::array<std::byte, 7> bytes{};
  EXPECT_TRUE(throws<InputError>([&] { other.read(0, bytes); }, "became shorter"));
}

TEST(MemorySource, NamesItsPartOfTheFile) {
  const MemorySource source("a.pth", "data.pkl", std::vector<std::byte>(3));
  EXPECT_EQ(source.size(), 3U);
  EXPECT_TRUE(throws<InputError>([&] { source.fail("why"); }, "a.pth: data.pkl: why"));
  std::array<std::byte, 4> bytes{};
  EXPECT_THROW(source.read(0, bytes), Fault);
}

}  // namespace
}  // namespace strata::weights
