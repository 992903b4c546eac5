#include "probes/store.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/sha256.hpp"
#include "probes/toy.hpp"
#include "testing/testing.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace strata::probes {
namespace {

namespace fs = std::filesystem;
using namespace strata::testing;

FeatureKey key(const std::string& feature, int64_t dims, at::ScalarType dtype = at::kFloat) {
  FeatureKey k;
  k.definition = {{"feature", feature}, {"tap", "relu1_1"}};
  k.hash = sha256_hex(k.definition.dump());
  k.dims = dims;
  k.dtype = dtype;
  return k;
}

std::vector<fs::path> shard_data(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".safetensors") files.push_back(entry.path());
  }
  return files;
}

TEST(ActivationStore, GivesRowsBackInAnyOrder) {
  const TemporaryFolder folder;
  const FeatureKey gap = key("gap", 3);
  const at::Tensor rows = normal({3, 3}, 1, at::kFloat);
  ActivationStore store(folder / "store", quiet());
  EXPECT_FALSE(fs::exists(folder / "store")) << "nothing is created before there are rows";
  store.append({"a", "b"}, {gap}, {rows.slice(0, 0, 2)});
  store.append({"c"}, {gap}, {rows.slice(0, 2, 3)});

  ActivationStore again(folder / "store", quiet());
  const auto read = again.read(gap, {"c", "a", "c"});
  ASSERT_TRUE(read);
  EXPECT_TRUE(tensors_close(*read, at::stack({rows[2], rows[0], rows[2]}), 0));
}

TEST(ActivationStore, KnowsWhichRowsOfWhichKeyAreMissing) {
  const TemporaryFolder folder;
  ActivationStore store(folder / "store", quiet());
  const FeatureKey gap = key("gap", 2), gram = key("gram", 3);
  store.append({"a", "b"}, {gap}, {at::ones({2, 2})});
  store.append({"b"}, {gram}, {at::ones({1, 3})});
  EXPECT_EQ(store.missing(gap, {"a", "b", "c"}), (std::vector<size_t>{2}));
  EXPECT_EQ(store.missing(gram, {"a", "b", "c"}), (std::vector<size_t>{0, 2}));
  EXPECT_FALSE(store.read(gram, {"a"}));
}

TEST(ActivationStore, DropsATruncatedShardAndCountsItsRowsAsMissing) {
  const TemporaryFolder folder;
  const FeatureKey gap = key("gap", 4);
  {
    ActivationStore store(folder / "store", quiet());
    store.append({"a"}, {gap}, {at::ones({1, 4})});
    store.append({"b"}, {gap}, {at::zeros({1, 4})});
  }
  const fs::path victim = shard_data(folder / "store").front();
  fs::resize_file(victim, fs::file_size(victim) - 1);
  Log log(Log::Level::quiet);
  ActivationStore store(folder / "store", log);
  EXPECT_EQ(store.missing(gap, {"a", "b"}).size(), 1U);
  ASSERT_EQ(log.warnings().size(), 1U);
  EXPECT_NE(log.warnings()[0].find("truncated"), std::string::npos);
  EXPECT_FALSE(fs::exists(victim));
}

TEST(ActivationStore, DropsAShardWhoseNumbersChanged) {
  const TemporaryFolder folder;
  const FeatureKey gap = key("gap", 4);
  Log log(Log::Level::quiet);
  ActivationStore store(folder / "store", log);
  store.append({"a"}, {gap}, {at::ones({1, 4})});
  const fs::path victim = shard_data(folder / "store").front();
  auto bytes = read_file(victim);
  bytes.back() ^= std::byte{1};
  write_file(victim, std::span<const std::byte>(bytes));
  EXPECT_FALSE(store.read(gap, {"a"}));
  EXPECT_EQ(log.warnings().size(), 1U);
  EXPECT_EQ(store.missing(gap, {"a"}).size(), 1U);
}

TEST(ActivationStore, ManyWritersMeetInOneStore) {
  const TemporaryFolder folder;
  const FeatureKey gap = key("gap", 2);
  ActivationStore one(folder / "store", quiet()), other(folder / "store", quiet());
  one.append({"a", "b"}, {gap}, {at::ones({2, 2})});
  other.append({"b", "c"}, {gap}, {at::ones({2, 2})});
  ActivationStore both(folder / "store", quiet());
  EXPECT_TRUE(both.missing(gap, {"a", "b", "c"}).empty());
  EXPECT_TRUE(both.read(gap, {"a", "b", "c"}));
}

TEST(ActivationStore, RefusesNumbersThatItCannotKeep) {
  const TemporaryFolder folder;
  ActivationStore store(folder / "store", quiet());
  const auto append = [&](const FeatureKey& k, double value) {
    store.append({"a"}, {k}, {at::full({1, 2}, value)});
  };
  EXPECT_TRUE(throws<NumericalError>([&] { append(key("gap", 2), NAN); }, "relu1_1"));
  EXPECT_TRUE(throws<NumericalError>([&] { append(key("gap", 2, at::kHalf), 1e6); }, "float16"));
  EXPECT_FALSE(fs::exists(folder / "store"));
}

TEST(ActivationStore, KeepsHalfPrecisionWhereAsked) {
  const TemporaryFolder folder;
  const FeatureKey half = key("gap", 8, at::kHalf);
  ActivationStore store(folder / "store", quiet());
  const at::Tensor rows = normal({5, 8}, 3, at::kFloat);
  store.append({"a", "b", "c", "d", "e"}, {half}, {rows});
  const auto read = store.read(half, {"a", "b", "c", "d", "e"});
  ASSERT_TRUE(read);
  EXPECT_EQ(read->scalar_type(), at::kFloat);
  EXPECT_TRUE(tensors_close(*read, rows, 1e-3));
}

TEST(ActivationStore, RefusesAFolderOfSomethingElse) {
  const TemporaryFolder folder;
  write_file(folder / "notes.txt", "x");
  EXPECT_TRUE(throws<InputError>([&] { ActivationStore(folder.path(), quiet()); }, "other files"));
  EXPECT_TRUE(
      throws<InputError>([&] { ActivationStore(folder / "notes.txt", quiet()); }, "is a file"));
  write_file(folder / "store.json", R"({"kind": "strata activation store", "schema": 99})");
  EXPECT_TRUE(throws<InputError>([&] { ActivationStore(folder.path(), quiet()); }, "schema 99"));
}

TEST(ActivationStore, ClearsOnlyWhatItWrote) {
  const TemporaryFolder folder;
  {
    ActivationStore store(folder / "store", quiet());
    store.append({"a"}, {key("gap", 4)}, {at::ones({1, 4})});
  }
  write_file(folder / "store/mine.txt", "x");
  EXPECT_GT(ActivationStore::clear(folder / "store"), 16);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder / "store"), fs::directory_iterator()), 1);
  EXPECT_TRUE(throws<InputError>([&] { ActivationStore::clear(folder / "store"); }, "other files"));
}

}  // namespace
}  // namespace strata::probes
