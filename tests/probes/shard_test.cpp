#include "probes/shard.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "testing/testing.hpp"

#include <fstream>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace strata::probes {
namespace {

namespace fs = std::filesystem;
using namespace strata::testing;

Block block() {
  Block b;
  b.pictures = {"aa", "bb", "cc"};
  b.features["one"] = normal({3, 4}, 1, at::kFloat);
  b.features["two"] = normal({3, 2}, 2, at::kHalf);
  b.definitions["one"] = {{"feature", "gap"}};
  b.definitions["two"] = {{"feature", "gram"}};
  return b;
}

fs::path data_of(const Shard& shard) {
  fs::path file = shard.manifest();
  return file.replace_extension(".safetensors");
}

void flip_byte(const fs::path& file, int64_t from_end) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekg(-from_end, std::ios::end);
  const char old = static_cast<char>(stream.get());
  stream.seekp(-from_end, std::ios::end);
  stream.put(static_cast<char>(old ^ 1));
}

TEST(Shard, ReadsBackWhatWasWritten) {
  const TemporaryFolder folder;
  const Block written = block();
  const fs::path manifest = Shard::write(folder.path(), written).manifest();
  const Shard shard = Shard::open(manifest);
  EXPECT_EQ(shard.pictures(), written.pictures);
  EXPECT_EQ(shard.keys(), (std::vector<std::string>{"one", "two"}));
  EXPECT_TRUE(shard.has("one"));
  EXPECT_FALSE(shard.has("three"));
  EXPECT_TRUE(tensors_close(shard.read("one"), written.features.at("one"), 0));
  EXPECT_TRUE(tensors_close(shard.read("two"), written.features.at("two"), 0));
  EXPECT_EQ(shard.read("two").scalar_type(), at::kHalf);
}

TEST(Shard, OfTheSameRowsIsTheSameFile) {
  const TemporaryFolder folder;
  const fs::path first = Shard::write(folder.path(), block()).manifest();
  EXPECT_EQ(Shard::write(folder.path(), block()).manifest(), first);
  Block other = block();
  other.features["one"][0][0] += 1;
  EXPECT_NE(Shard::write(folder.path(), other).manifest(), first);
}

TEST(Shard, ThatIsTruncatedAnywhereIsRefused) {
  const TemporaryFolder folder;
  const Shard shard = Shard::write(folder.path(), block());
  const auto whole = read_file(data_of(shard));
  for (const size_t left : {size_t{0}, size_t{5}, size_t{40}, whole.size() - 1}) {
    write_file(data_of(shard), std::span(whole).first(left));
    EXPECT_TRUE(throws<InputError>([&] { Shard::open(shard.manifest()); }, ".safetensors"))
        << left << " bytes left";
  }
  fs::remove(data_of(shard));
  EXPECT_TRUE(throws<InputError>([&] { Shard::open(shard.manifest()); }, "missing"));
}

TEST(Shard, NeverGivesBytesThatWereNotWritten) {
  const TemporaryFolder folder;
  const Shard shard = Shard::write(folder.path(), block());
  const auto size = static_cast<int64_t>(fs::file_size(data_of(shard)));
  // Every byte of the data; a change there is found when the numbers are read.
  for (int64_t from_end = 1; from_end <= 3 * 4 * 4 + 3 * 2 * 2; ++from_end) {
    flip_byte(data_of(shard), from_end);
    const Shard opened = Shard::open(shard.manifest());
    int refused = 0;
    for (const std::string& key : opened.keys()) {
      refused += throws<InputError>([&] { opened.read(key); }, "were written") ? 1 : 0;
    }
    EXPECT_EQ(refused, 1) << from_end << " of " << size;
    flip_byte(data_of(shard), from_end);
  }
}

TEST(Shard, WithAChangedManifestIsRefused) {
  const TemporaryFolder folder;
  const Shard shard = Shard::write(folder.path(), block());
  std::string text = read_text(shard.manifest());
  text.replace(text.find("\"bb\""), 4, "\"bd\"");
  write_file(shard.manifest(), text);
  EXPECT_TRUE(throws<InputError>([&] { Shard::open(shard.manifest()); }, "what was written"));
}

TEST(Shard, IsRemovedWhole) {
  const TemporaryFolder folder;
  const Shard shard = Shard::write(folder.path(), block());
  EXPECT_GT(shard.bytes(), 60);
  shard.remove();
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

}  // namespace
}  // namespace strata::probes
