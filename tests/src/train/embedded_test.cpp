// The network that comes with strata: assets/weights, its card and the recipe that made it.

#include "base/config.hpp"
#include "base/log.hpp"
#include "image/tensor.hpp"
#include "nn/network.hpp"
#include "nn/plan.hpp"
#include "testing/testing.hpp"
#include "train/correlation.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace strata::train {
namespace {

namespace fs = std::filesystem;

const fs::path kTree = STRATA_SOURCE_DIR;

nn::Network load(const std::string& network,
                 const std::vector<std::string>& taps,
                 const fs::path& weights,
                 const Config& overrides = {}) {
  Log log(Log::Level::quiet);
  return nn::load_network({.network = network, .overrides = overrides}, taps,
                          {{kTree / "configs" / "networks"}, {weights}}, log);
}

TEST(EmbeddedNetwork, ComesWithTheTree) {
  EXPECT_LE(fs::file_size(kTree / "assets" / "weights" / "embedded.safetensors"), 4'000'000U);
  const nn::Network network =
      load(nn::kDefaultNetwork, {"vgg19_relu5_1"}, kTree / "assets" / "weights");
  EXPECT_EQ(network.graph.shapes({1, 3, 32, 32})[network.graph.find("vgg19_relu5_1")],
            (nn::Shape{1, 512, 2, 2}));
  for (const auto& [name, tensor] : network.parameters.tensors) {
    EXPECT_TRUE(nn::all_finite(tensor)) << name;
  }
}

TEST(EmbeddedNetwork, IsWhatItsRecipeTrains) {
  const Config card = Config::from_file(kTree / "configs" / "networks" / "embedded.yaml");
  const Config trained = Config::from_file(kTree / "configs" / "train" / "embedded.yaml")
                             .child("student")
                             .child("card");
  for (const char* key : {"architecture", "input", "layers"}) {
    EXPECT_EQ(card.child(key).to_json(), trained.child(key).to_json()) << key;
  }
}

std::vector<at::Tensor> features(const nn::Network& network,
                                 const std::vector<std::string>& taps,
                                 const at::Tensor& rgb_nchw_01) {
  std::vector<nn::NodeId> nodes;
  for (const std::string& tap : taps) nodes.push_back(network.graph.find(tap));
  return nn::InferencePlan(network.graph, network.parameters, nodes, {})
      .run(nn::preprocess(rgb_nchw_01, network.card.input));
}

TEST(EmbeddedNetwork, SeesPicturesItNeverSawAsItsTeachersDo) {
  const auto data = testing::shared_data();
  if (!data) GTEST_SKIP() << testing::kNoSharedData;
  const std::map<std::string, double> least = {{"vgg19_relu1_1", 0.97},
                                               {"vgg19_relu2_1", 0.93},
                                               {"vgg19_relu3_1", 0.88},
                                               {"vgg19_relu4_1", 0.80},
                                               {"vgg19_relu5_1", 0.80}};
  const Config reflect = Config::from_text("architecture: {padding: reflect}", "test");
  const std::vector<std::pair<std::string, std::vector<std::string>>> teachers = {
      {"vgg19_caffe", {"relu1_1", "relu2_1", "relu3_1"}},
      {"vgg19_slim", {"vgg19_relu4_1", "vgg19_relu5_1"}}};
  std::vector<std::string> taps;
  for (const auto& [tap, correlation] : least) taps.push_back(tap);
  const nn::Network student = load(nn::kDefaultNetwork, taps, kTree / "assets" / "weights");
  for (const auto& [name, theirs] : teachers) {
    const nn::Network teacher = load(name, theirs, *data / "weights", reflect);
    std::vector<std::string> mine;
    for (const std::string& tap : theirs) {
      mine.push_back(tap.starts_with("vgg19_") ? tap : "vgg19_" + tap);
    }
    std::vector<ChannelCorrelation> correlations(mine.size());
    for (const char* picture : {"content/tubingen.jpg", "style/the_scream.jpg"}) {
      const at::Tensor square =
          image::fit(image::rgb_nchw_01(image::decode(*data / "images" / picture)), {.size = 224});
      const auto a = features(teacher, theirs, square), b = features(student, mine, square);
      for (size_t i = 0; i < mine.size(); ++i) correlations[i].add(a[i], b[i]);
    }
    for (size_t i = 0; i < mine.size(); ++i) {
      EXPECT_GE(correlations[i].median(), least.at(mine[i])) << mine[i];
    }
  }
}

}  // namespace
}  // namespace strata::train
