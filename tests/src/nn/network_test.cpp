#include "nn/network.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/sha256.hpp"
#include "testing/testing.hpp"

#include <functional>
#include <map>

#include <ATen/ATen.h>
#include <gmock/gmock.h>

namespace strata::nn {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::TemporaryFolder;
using testing::throws;

using Tensors = std::map<std::string, at::Tensor>;

/// A small network, `tiny`, whose weights are expected in `weights/tiny.st`.
class NetworkTest : public ::testing::Test {
 protected:
  NetworkTest() : paths_{{folder_ / "cards"}, {folder_ / "weights"}}, log_(Log::Level::quiet) {
    make_folder(folder_ / "cards");
    make_folder(folder_ / "weights");
    write_card();
    const Graph graph = build({.builder = "cifar_resnet", .variant = "20", .classes = 10});
    tensors_ = random_parameters(graph, graph, 5).tensors;
  }

  void write_card(const std::string& digest = "") const {
    write_file(folder_ / "cards" / "tiny.yaml",
               "title: T\narchitecture: {builder: cifar_resnet, variant: \"20\", classes: 10}\n"
               "weights: {file: tiny.st, url: \"https://example.org/tiny.st\"" +
                   (digest.empty() ? "" : ", sha256: \"" + digest + "\"") + "}\n");
  }

  /// Writes the weights, changed by `change`, and returns their file.
  fs::path write_weights(const std::function<void(Tensors&)>& change = [](Tensors&) {}) const {
    Tensors tensors = tensors_;
    change(tensors);
    weights::write_safetensors(folder_ / "weights" / "tiny.st", tensors);
    return folder_ / "weights" / "tiny.st";
  }
  /// As a file that stops in front of `layer1.1`.
  static void cut_short(Tensors& tensors) {
    std::erase_if(tensors, [](const auto& entry) {
      return !entry.first.starts_with("conv1") && !entry.first.starts_with("bn1") &&
             !entry.first.starts_with("layer1.0.");
    });
  }

  Network load(const NetworkRequest& request,
               const std::vector<std::string>& taps = {},
               Depth depth = Depth::whole) {
    return load_network(request, taps, paths_, log_, depth);
  }

  TemporaryFolder folder_;
  ModelPaths paths_;
  Log log_;
  Tensors tensors_;
};

TEST_F(NetworkTest, LoadsTheCardsWeights) {
  const fs::path file = write_weights();
  const Network network = load({.network = "tiny"});
  EXPECT_EQ(network.card.name, "tiny");
  EXPECT_EQ(network.parameters.tensors.size(), tensors_.size());
  EXPECT_TRUE(network.parameters.at("linear.weight").equal(tensors_.at("linear.weight")));
  EXPECT_EQ(network.parameters.identity, sha256_of_file(file));
  EXPECT_EQ(network.parameters.source, file.string());
  EXPECT_EQ(network.graph.signature(), network.full.signature());
}

TEST_F(NetworkTest, GoesOnlyAsDeepAsTheDeepestTap) {
  write_weights();
  const Network network = load({.network = "tiny"}, {"relu", "layer1.?"});
  EXPECT_EQ(network.graph.title(network.graph.last()), "layer1.2");
  EXPECT_FALSE(network.parameters.tensors.contains("layer2.0.conv1.weight"));
  EXPECT_GT(network.full.nodes().size(), network.graph.nodes().size());
  EXPECT_TRUE(throws<UsageError>([&] { load({.network = "tiny"}, {"layer1.9"}); }, "layer1.9"));
}

TEST_F(NetworkTest, NeedsWeightsOnlyForWhatIsAsked) {
  write_weights(cut_short);
  EXPECT_EQ(load({.network = "tiny"}, {"layer1.0"}).parameters.tensors.size(), 15U);
  EXPECT_TRUE(throws<InputError>([&] { load({.network = "tiny"}, {"layer1.1"}); },
                                 "10 missing (layer1.1.conv1.weight"));
  EXPECT_TRUE(throws<InputError>([&] { load({.network = "tiny"}); }, "missing"));
}

TEST_F(NetworkTest, AsStoredMeansTheLayersThatTheWeightsReach) {
  write_weights(cut_short);
  const NetworkRequest request{.network = "tiny"};
  const Network all = load(request, {}, Depth::as_stored);
  EXPECT_EQ(all.graph.title(all.graph.last()), "layer1.0");
  const Network some = load(request, {"*.conv2"}, Depth::as_stored);
  EXPECT_EQ(some.graph.title(some.graph.last()), "layer1.0.conv2");
  EXPECT_TRUE(throws<InputError>([&] { load(request, {"layer2"}, Depth::as_stored); },
                                 "tiny.st: goes only as deep as layer1.0, which is before layer2"));
  EXPECT_TRUE(throws<UsageError>([&] { load(request, {"layer9"}, Depth::as_stored); }, "layer9"));
}

TEST_F(NetworkTest, AGapInTheWeightsIsNoEnd) {
  write_weights([](Tensors& tensors) { tensors.erase("layer1.2.bn1.bias"); });
  EXPECT_TRUE(throws<InputError>([&] { load({.network = "tiny"}, {}, Depth::as_stored); },
                                 "1 missing (layer1.2.bn1.bias)"));
}

TEST_F(NetworkTest, ARefusedTensorIsNoEndEither) {
  write_weights();
  NetworkSource source = open_network({.network = "tiny"}, paths_, log_);
  source.file->tensors.erase("layer3.2.conv2.weight");
  source.file->refused["layer3.2.conv2.weight"] = "depends on some.Thing";
  for (const char* name : {"linear.weight", "linear.bias"}) source.file->tensors.erase(name);
  for (const char* part : {"weight", "bias", "running_mean", "running_var"}) {
    source.file->tensors.erase(std::string("layer3.2.bn2.") + part);
  }
  EXPECT_TRUE(throws<InputError>([&] { source.load({}, Depth::as_stored); }, "some.Thing"));
}

TEST_F(NetworkTest, SaysWhichNodesTheWeightsReach) {
  write_weights(cut_short);
  const NetworkSource source = open_network({.network = "tiny"}, paths_, log_);
  const auto nodes = source.reachable();
  EXPECT_EQ(nodes.back(), source.full.find("layer1.0"));
  EXPECT_EQ(nodes.size(), source.full.find("layer1.0") + 1) << "nothing is left out before it";
  const NetworkSource random = open_network({.network = "tiny", .weights = "random"}, paths_, log_);
  EXPECT_EQ(random.reachable().size(), random.full.nodes().size());
}

TEST_F(NetworkTest, WeightsOfAnotherNetworkAreNamedWithAllThatIsWrong) {
  const std::string file = (folder_ / "other.st").string();
  weights::write_safetensors(file, {{"encoder.weight", at::ones({4})}});
  const NetworkRequest request{.network = "tiny", .weights = file};
  for (const Depth depth : {Depth::whole, Depth::as_stored}) {
    EXPECT_TRUE(throws<InputError>([&] { load(request, {}, depth); }, file)) << "the file";
    EXPECT_TRUE(throws<InputError>([&] { load(request, {}, depth); }, "(encoder.weight)"));
  }
  EXPECT_TRUE(throws<InputError>([&] { open_network(request, paths_, log_).reachable(); }, file));
}

TEST_F(NetworkTest, MissingWeightsNameFileAddressAndPlace) {
  for (const std::string& part :
       {std::string("tiny: tiny.st is not here"), std::string("https://example.org/tiny.st"),
        (folder_ / "weights" / "tiny.st").string()}) {
    EXPECT_TRUE(throws<InputError>([&] { load({.network = "tiny"}); }, part));
  }
  EXPECT_TRUE(throws<InputError>(
      [&] { load({.network = "tiny", .weights = (folder_ / "no.st").string()}); }, "no.st"));
}

TEST_F(NetworkTest, TheCardsFileMustHaveTheCardsDigest) {
  const fs::path file = write_weights();
  write_card(sha256_of_file(file).substr(0, 12));
  load({.network = "tiny"});
  write_card("0000000000");
  EXPECT_TRUE(throws<InputError>([&] { load({.network = "tiny"}); }, "the card says 0000000000"));
  load({.network = "tiny", .weights = file.string()});  // weights of one's own may be any
}

TEST_F(NetworkTest, TheNumberOfClassesIsTheFiles) {
  write_weights([](Tensors& tensors) {
    tensors["linear.weight"] = at::ones({7, 64});
    tensors["linear.bias"] = at::ones({7});
  });
  const Network network = load({.network = "tiny"});
  EXPECT_EQ(network.card.architecture.classes, 7);
  EXPECT_EQ(network.graph.shapes({1, 3, 32, 32}).back(), (Shape{1, 7}));
}

TEST_F(NetworkTest, AHeadOfAnotherWidthIsStillMisshapen) {
  write_weights([](Tensors& tensors) { tensors["linear.weight"] = at::ones({10, 32}); });
  EXPECT_TRUE(throws<InputError>([&] { load({.network = "tiny"}); },
                                 "linear.weight: 10x32, expected 10x64"));
}

TEST_F(NetworkTest, RandomWeightsNeedNoFileAndFollowTheSeed) {
  const Network zero = load({.network = "tiny", .weights = "random"}, {"layer1"});
  const Network again = load({.network = "tiny", .weights = "random:0"});
  const Network seven = load({.network = "tiny", .weights = "random:7"}, {"layer1"});
  EXPECT_TRUE(zero.parameters.at("conv1.weight").equal(again.parameters.at("conv1.weight")));
  EXPECT_EQ(zero.parameters.identity, again.parameters.identity);
  EXPECT_NE(zero.parameters.identity, seven.parameters.identity);
  EXPECT_EQ(seven.parameters.source, "random, seed 7");
  for (const char* wrong : {"random:", "random:x", "random:-1", "random:1.5"}) {
    EXPECT_TRUE(throws<UsageError>([&] { load({.network = "tiny", .weights = wrong}); }, wrong));
  }
}

TEST_F(NetworkTest, WhatTheNetworkExpectsIsTheFilesConvention) {
  const fs::path file = write_weights();
  write_file(folder_ / "cards" / "two.yaml",
             "title: T\narchitecture: {builder: cifar_resnet, variant: \"20\"}\n"
             "weights:\n- {file: other.st}\n- {file: tiny.st, sha256: \"" +
                 sha256_of_file(file) + "\", input: {channels: bgr}}\n");
  EXPECT_TRUE(load({.network = "two"}).card.input.bgr);
  EXPECT_FALSE(load({.network = "two", .weights = "random"}, {"relu"}).card.input.bgr);
  fs::copy_file(file, folder_ / "renamed.st");
  EXPECT_TRUE(
      load({.network = "two", .weights = (folder_ / "renamed.st").string()}).card.input.bgr);
}

TEST_F(NetworkTest, TheStateDictOfACheckpointIsFoundByKey) {
  EXPECT_TRUE(throws<UsageError>(
      [&] { load({.network = "tiny", .weights = write_weights().string(), .weights_key = "ema"}); },
      "ema"));
}

// ---- real weights
// --------------------------------------------------------------------------------

class RealWeights : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto data = testing::shared_data();
    if (!data) GTEST_SKIP() << testing::kNoSharedData;
    weights_ = *data / "weights";
    paths_ = {{fs::path(STRATA_SOURCE_DIR) / "configs" / "networks"}, {weights_}};
  }
  Network load(const NetworkRequest& request) {
    return load_network(request, {}, paths_, log_, Depth::as_stored);
  }
  std::string file(const std::string& name) const { return (weights_ / name).string(); }

  fs::path weights_;
  ModelPaths paths_;
  Log log_{Log::Level::quiet};
};

TEST_F(RealWeights, AreFoundByTheirCards) {
  for (const auto& [name, deepest] :
       std::map<std::string, std::string>{{"squeezenet1_1", "flatten"},
                                          {"vgg19_caffe", "pool3"},
                                          {"vgg19_slim", "vgg19_relu5_1"},
                                          {"resnet20", "linear"},
                                          {"resnet56", "linear"}}) {
    const Network network = load({.network = name});
    EXPECT_EQ(network.graph.title(network.graph.last()), deepest) << name;
    for (const auto& [parameter, tensor] : network.parameters.tensors) {
      EXPECT_TRUE(all_finite(tensor)) << name << " " << parameter;
    }
  }
}

TEST_F(RealWeights, OfCaffesVgg19AreRefusedByTorchvisionsCard) {
  const NetworkRequest request{.network = "vgg19",
                               .weights = file("vgg19_conv1_1-conv3_4.safetensors")};
  EXPECT_TRUE(throws<InputError>([&] { load(request); }, "take network vgg19_caffe"));
}

TEST_F(RealWeights, OfCaffesVgg19AreKnownAfterConversionToo) {
  const TemporaryFolder folder;
  const auto original = weights::read(file("vgg19_conv1_1-conv3_4.safetensors"));
  auto tensors = original.tensors;
  weights::write_safetensors(folder / "copy.st", tensors, {{"changed", "yes"}});
  const NetworkRequest folded{.network = "vgg19", .weights = (folder / "copy.st").string()};
  EXPECT_TRUE(throws<InputError>([&] { load(folded); }, "take network vgg19_caffe"));
  EXPECT_FALSE(load({.network = "vgg19_caffe", .weights = folded.weights}).card.input.bgr);
  // As Caffe has them: blue first, pixels from 0 to 255.
  at::Tensor& first = tensors.at("features.0.weight");
  first = first.flip({1}).div(255.0);
  weights::write_safetensors(folder / "caffe.st", tensors);
  const NetworkRequest caffe{.network = "vgg19", .weights = (folder / "caffe.st").string()};
  EXPECT_TRUE(throws<InputError>([&] { load(caffe); }, "take network vgg19_caffe"));
  const Preprocessing input = load({.network = "vgg19_caffe", .weights = caffe.weights}).card.input;
  EXPECT_TRUE(input.bgr);
  EXPECT_EQ(input.range, 255);
}

TEST_F(RealWeights, OfTheSlimVggBringMapsToItsTeachersChannels) {
  const Network network = load({.network = "vgg19_slim"});
  const NodeId deepest = network.graph.find("vgg19_relu5_1");
  EXPECT_EQ(network.graph.shapes({1, 3, 32, 32})[deepest], (Shape{1, 512, 2, 2}));
  EXPECT_TRUE(throws<InputError>(
      [&] { load({.network = "vgg19", .weights = file("vgg19_slim16x_conv5_1.safetensors")}); },
      "take network vgg19_slim"));
}

TEST_F(RealWeights, OfTheCifarResNetsFitTheirOwnDepthOnly) {
  EXPECT_TRUE(throws<InputError>(
      [&] { load({.network = "resnet20", .weights = file("resnet56-4bfd9763.th")}); },
      "take network resnet56"));
}

}  // namespace
}  // namespace strata::nn
