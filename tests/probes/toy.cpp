#include "probes/toy.hpp"

#include "../cli/fixtures.hpp"
#include "base/file.hpp"
#include "base/random.hpp"
#include "data/split.hpp"
#include "testing/testing.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

namespace strata::testing {
namespace {

/// Matrices this small are slower on more threads.
class OneThread : public ::testing::Environment {
 public:
  void SetUp() override { at::set_num_threads(1); }
};

const auto* const kOneThread = ::testing::AddGlobalTestEnvironment(new OneThread);

}  // namespace

nn::NetworkRequest toy_network(const std::filesystem::path& folder, int seed) {
  write_file(folder / "toy.yaml", R"(
title: a small VGG11
family: toy
licence: none
architecture: {builder: vgg, variant: "11", widths: [6, 10, 12, 12, 8, 8, 8, 8]}
input: {channels: rgb, range: 1, mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25], size: 32, resize: 36,
        interpolation: bilinear-antialias}
layers: {content: [relu3_2], style: [relu1_1, relu2_1], probe: [relu1_1, relu2_1, relu3_2]}
)");
  return {(folder / "toy.yaml").string(), fmt::format("random:{}", seed), "", {}};
}

probes::FeatureSource toy_source(const std::filesystem::path& folder, int seed) {
  probes::ExtractionChoice choice;
  choice.device = "cpu";
  choice.threads = 1;
  choice.batch = 5;
  probes::FeatureSource source = probes::open_source(
      {toy_network(folder, seed), {}}, probes::features_from({"gap", "gram"}), choice, quiet());
  probes::set_keys(source, "float32");
  return source;
}

probes::PictureSet toy_pictures(const std::filesystem::path& folder, int classes, int per_class) {
  write_image_folder(folder, classes, per_class, 40);
  return probes::hash_pictures(data::open_dataset(folder), no_stop());
}

ToyProblem toy_problem(int64_t n, int64_t d, int64_t classes, double distance, uint64_t seed) {
  ToyProblem problem;
  const at::Tensor centres = normal({classes, d}, seed + 1, at::kFloat) * distance;
  problem.features = normal({n, d}, seed, at::kFloat);
  probes::ProbeTask& task = problem.task;
  for (int64_t c = 0; c < classes; ++c) task.classes.push_back(fmt::format("class {}", c));
  for (int64_t i = 0; i < n; ++i) {
    task.labels.push_back(i % classes);
    problem.features[i] += centres[i % classes];
    task.rows.push_back(static_cast<size_t>(i));
    task.names.push_back(fmt::format("picture {}", i));
    task.sha256.push_back(fmt::format("{:064}", i));
  }
  task.test.assign(static_cast<size_t>(n), false);
  task.fold_count = 5;
  task.folds = {data::stratified_folds({task.labels, {}}, 5, seed)};
  task.chance = 1.0 / static_cast<double>(classes);
  return problem;
}

}  // namespace strata::testing
