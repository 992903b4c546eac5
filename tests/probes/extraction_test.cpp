#include "probes/extraction.hpp"

#include "../cli/fixtures.hpp"
#include "base/file.hpp"
#include "image/picture.hpp"
#include "nn/plan.hpp"
#include "probes/toy.hpp"
#include "testing/testing.hpp"

#include <csignal>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace strata::probes {
namespace {

namespace fs = std::filesystem;
using namespace strata::testing;

ExtractionReport extract(const FeatureSource& source,
                         const PictureSet& pictures,
                         const fs::path& folder) {
  ActivationStore store(folder, quiet());
  return extract_missing(source, source.columns, pictures, store, quiet(), no_stop());
}

at::Tensor rows(const FeatureSource& source,
                size_t column,
                const PictureSet& pictures,
                const fs::path& folder) {
  ActivationStore store(folder, quiet());
  const auto read = store.read(source.columns[column].key, pictures.sha256);
  EXPECT_TRUE(read);
  return read.value_or(at::Tensor());
}

TEST(Extraction, ComputesWhatTheNetworkComputes) {
  const TemporaryFolder folder;
  const PictureSet pictures = toy_pictures(folder / "data", 2, 4);
  const FeatureSource source = toy_source(folder.path());
  EXPECT_EQ(extract(source, pictures, folder / "store").computed, 8);

  const image::Picture picture = image::decode(pictures.dataset.items[5].file);
  const at::Tensor rgb =
      image::fit(image::rgb_nchw_u8(picture), source.fit).to(at::kFloat) / 255.0F;
  const nn::InferencePlan plan(source.network->graph, source.network->parameters,
                               {source.columns[2].tap.node}, source.policy);
  const at::Tensor layer = plan.run(nn::preprocess(rgb, source.network->card.input)).front();
  EXPECT_TRUE(tensors_close(rows(source, 2, pictures, folder / "store")[5],
                            layer.mean(at::IntArrayRef{2, 3})[0], 1e-5));
}

TEST(Extraction, ComputesOnlyWhatIsMissing) {
  const TemporaryFolder folder;
  const FeatureSource source = toy_source(folder.path());
  PictureSet pictures = toy_pictures(folder / "data", 2, 4);
  const fs::path store = folder / "store";
  EXPECT_EQ(extract(source, pictures, store).computed, 8);
  EXPECT_EQ(extract(source, pictures, store).computed, 0);

  write_picture(folder / "data/class_0/new.png", 40, 40, 77);
  pictures = hash_pictures(data::open_dataset(folder / "data"), no_stop());
  EXPECT_EQ(extract(source, pictures, store).computed, 1) << "one picture added costs one row";

  write_picture(folder / "data/class_1/picture_00.png", 40, 40, 78);
  pictures = hash_pictures(data::open_dataset(folder / "data"), no_stop());
  EXPECT_EQ(extract(source, pictures, store).computed, 1) << "changed bytes are another row";

  fs::rename(folder / "data/class_1", folder / "data/renamed");
  pictures = hash_pictures(data::open_dataset(folder / "data"), no_stop());
  EXPECT_EQ(extract(source, pictures, store).computed, 0) << "a moved picture is the same row";
}

TEST(Extraction, AddsAFeatureWithoutTouchingTheOthers) {
  const TemporaryFolder folder;
  const PictureSet pictures = toy_pictures(folder / "data", 2, 3);
  const FeatureSource source = toy_source(folder.path());
  ActivationStore store(folder / "store", quiet());
  const std::vector<FeatureColumn> first = {source.columns[0]},
                                   both = {source.columns[0], source.columns[3]};
  extract_missing(source, first, pictures, store, quiet(), no_stop());
  const auto report = extract_missing(source, both, pictures, store, quiet(), no_stop());
  EXPECT_EQ(report.computed, 6);
  EXPECT_EQ(store.shards(), 2U);
  EXPECT_EQ(usable_rows(both, pictures, store).size(), 6U);
}

TEST(Extraction, RecomputesTheRowsOfADamagedShard) {
  const TemporaryFolder folder;
  const PictureSet pictures = toy_pictures(folder / "data", 2, 3);
  const FeatureSource source = toy_source(folder.path());
  extract(source, pictures, folder / "store");
  const at::Tensor before = rows(source, 1, pictures, folder / "store");
  for (const auto& entry : fs::directory_iterator(folder / "store")) {
    if (entry.path().extension() != ".safetensors") continue;
    fs::resize_file(entry.path(), fs::file_size(entry.path()) / 2);
  }
  EXPECT_EQ(extract(source, pictures, folder / "store").computed, 6);
  EXPECT_TRUE(tensors_close(rows(source, 1, pictures, folder / "store"), before, 0));
}

TEST(Extraction, CountsCopiesOnce) {
  const TemporaryFolder folder;
  toy_pictures(folder / "data", 2, 2);
  fs::copy_file(folder / "data/class_0/picture_00.png", folder / "data/class_1/copy.png");
  const auto pictures = hash_pictures(data::open_dataset(folder / "data"), no_stop());
  const FeatureSource source = toy_source(folder.path());
  EXPECT_EQ(extract(source, pictures, folder / "store").computed, 4);
  EXPECT_EQ(rows(source, 0, pictures, folder / "store").size(0), 5);
}

TEST(Extraction, LeavesOutABrokenPictureEachTime) {
  const TemporaryFolder folder;
  toy_pictures(folder / "data", 2, 3);
  write_file(folder / "data/class_0/broken.png", "not a picture");
  const auto pictures = hash_pictures(data::open_dataset(folder / "data"), no_stop());
  const FeatureSource source = toy_source(folder.path());
  for (const int64_t computed : {6, 0}) {
    const ExtractionReport report = extract(source, pictures, folder / "store");
    EXPECT_EQ(report.computed, computed);
    EXPECT_EQ(report.broken, 1);
  }
  const ActivationStore store(folder / "store", quiet());
  EXPECT_EQ(usable_rows(source.columns, pictures, store).size(), 6U);
}

TEST(Extraction, KeepsWhatThereIsWhenStopped) {
  const TemporaryFolder folder;
  const PictureSet pictures = toy_pictures(folder / "data", 2, 6);
  const FeatureSource source = toy_source(folder.path());  // batches of 5
  StopSignal stop;
  stop.request(SIGINT);
  {
    ActivationStore store(folder / "store", quiet());
    const auto stopped = [&] {
      extract_missing(source, source.columns, pictures, store, quiet(), stop);
    };
    EXPECT_TRUE(throws<Interrupted>(stopped, "stopped after 5 of 12 pictures"));
  }
  EXPECT_EQ(extract(source, pictures, folder / "store").computed, 7);
}

}  // namespace
}  // namespace strata::probes
