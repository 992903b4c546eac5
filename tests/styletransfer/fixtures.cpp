#include "styletransfer/fixtures.hpp"

#include "base/file.hpp"
#include "base/random.hpp"
#include "image/tensor.hpp"
#include "testing/testing.hpp"

#include <cmath>

#include <ATen/ATen.h>

namespace strata::testing {

using styletransfer::Backbone;
using styletransfer::Preset;

nn::Network small_network(uint64_t seed) {
  const nn::Conv2d kernel{.kernel = {3, 3}, .padding = {1, 1}};
  nn::Graph graph;
  const std::vector<int64_t> widths{3, 4, 5, 6};
  for (size_t k = 1; k < widths.size(); ++k) {
    const std::string number = std::to_string(k);
    if (k > 1) graph.alias("pool" + number, graph.add("pool." + number, nn::Pool2d{}));
    nn::Conv2d convolution = kernel;
    convolution.in = widths[k - 1];
    convolution.out = widths[k];
    graph.add("conv." + number, convolution);
    graph.alias("relu" + number + "_1", graph.add("relu." + number, nn::Relu{}));
  }
  nn::Network network;
  network.card.name = "small";
  network.card.input = {.bgr = true, .range = 255.0, .mean = {104, 117, 124}, .std = {2, 3, 4}};
  network.full = graph;
  network.graph = graph;
  network.parameters = nn::random_parameters(graph, graph, seed);
  // Zero biases would hide a bias that is left out.
  for (auto& [name, tensor] : network.parameters.tensors) {
    if (name.ends_with(".bias")) tensor = normal(tensor.sizes().vec(), seed);
  }
  return network;
}

std::shared_ptr<const Backbone> small_backbone(const std::vector<std::string>& taps,
                                               at::ScalarType precision) {
  return std::make_shared<const Backbone>(small_network(), taps,
                                          nn::Policy{.precision = precision});
}

at::Tensor some_picture(int64_t height, int64_t width, uint64_t seed) {
  at::Tensor picture = at::empty({1, 3, height, width}, at::kDouble);
  Random random(seed, "picture");
  double* values = picture.mutable_data_ptr<double>();
  for (int64_t i = 0; i < picture.numel(); ++i) values[i] = 0.1 + 0.8 * random.uniform();
  return picture;
}

Preset preset_for_small_network(const std::string& name) {
  Preset preset = styletransfer::load_preset(name, nn::ModelPaths::standard());
  preset.content.layers = {{"relu2_1", 1.0}};
  preset.style.layers = {{"relu1_1", 1.0}, {"relu2_1", 1.0}, {"relu3_1", 0.5}};
  return preset;
}

std::string write_narrow_card(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / "narrow.yaml";
  write_file(file, R"(title: a narrow VGG11
family: narrow
architecture: {builder: vgg, variant: "11", widths: [8, 8, 12, 12, 16, 16, 16, 16]}
input: {channels: rgb, range: 1, mean: [0.4, 0.5, 0.6], std: [0.2, 0.3, 0.25]}
layers:
  content: [relu4_1]
  style: [relu1_1, relu2_1, relu3_1]
)");
  return file.string();
}

std::string write_picture(const std::filesystem::path& file, int width, int height, uint64_t seed) {
  const auto s = static_cast<double>(seed);
  at::Tensor picture = at::empty({1, 3, height, width}, at::kDouble);
  double* values = picture.mutable_data_ptr<double>();
  for (int c = 0; c < 3; ++c) {
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        *values++ = 0.5 + 0.4 * std::sin((0.2 + 0.1 * s) * x + 0.15 * y * (c + 1) + s + 2.0 * c);
      }
    }
  }
  image::encode(file, image::picture_from_rgb_nchw_01(picture));
  return file.string();
}

}  // namespace strata::testing
