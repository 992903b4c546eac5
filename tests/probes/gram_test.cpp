#include "probes/gram.hpp"

#include "../cli/fixtures.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "image/picture.hpp"
#include "nn/plan.hpp"
#include "probes/toy.hpp"
#include "testing/testing.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace strata::probes {
namespace {

namespace fs = std::filesystem;
using namespace strata::testing;

GramOptions options(const TemporaryFolder& folder, const std::vector<std::string>& inputs) {
  GramOptions o;
  for (const std::string& input : inputs) o.inputs.push_back(folder / input);
  o.network = {toy_network(folder.path()), {}};
  o.extraction.device = "cpu";
  o.extraction.threads = 1;
  return o;
}

TEST(StyleDistance, IsRelativeToTheMeanNorm) {
  const at::Tensor a = at::tensor({3.0, 0.0}), b = at::tensor({0.0, 4.0});
  EXPECT_NEAR(style_distance(a, b), 5 / 3.5, 1e-12);
  EXPECT_NEAR(style_distance(a * 7, b * 7), 5 / 3.5, 1e-12);
  EXPECT_EQ(style_distance(a, a), 0.0);
  EXPECT_EQ(style_distance(a * 0, a * 0), 0.0);
}

TEST(Gram, IsSymmetricAndZeroOnItself) {
  const TemporaryFolder folder;
  write_picture(folder / "a.png", 50, 40, 1);
  write_picture(folder / "b.png", 40, 40, 2);
  const GramReport report =
      run_gram(options(folder, {"a.png", "b.png", "a.png"}), quiet(), no_stop());
  EXPECT_EQ(report.taps.size(), 2U) << "the card's layers for style";
  ASSERT_EQ(report.distances.sizes(), (at::IntArrayRef{2, 3, 3}));
  const at::Tensor& d = report.distances;
  EXPECT_TRUE(tensors_close(d, d.transpose(1, 2), 0));
  for (int64_t layer = 0; layer < 2; ++layer) {
    EXPECT_EQ(d[layer].diagonal().abs().max().item<double>(), 0.0);
    EXPECT_EQ(d[layer][0][2].item<double>(), 0.0) << "the same picture twice";
    EXPECT_GT(d[layer][0][1].item<double>(), 0.0);
    EXPECT_LE(d[layer][0][1].item<double>(), 2.0);
  }
}

TEST(Gram, AveragesTheSecondMomentsOfAFolder) {
  const TemporaryFolder folder;
  make_folder(folder / "many");
  write_picture(folder / "many/a.png", 40, 40, 1);
  write_picture(folder / "many/b.png", 60, 40, 2);
  write_picture(folder / "c.png", 40, 40, 3);
  const GramOptions o = options(folder, {"many", "c.png"});
  const GramReport report = run_gram(o, quiet(), no_stop());
  EXPECT_EQ(report.pictures, (std::vector<int64_t>{2, 1}));

  const FeatureSource source = toy_source(folder.path());
  const nn::InferencePlan plan(source.network->graph, source.network->parameters,
                               {source.columns[0].tap.node}, source.policy);
  const auto moment = [&](const std::string& file) {
    const at::Tensor rgb =
        image::fit(image::rgb_nchw_u8(image::decode(folder / file)), source.fit).to(at::kFloat) /
        255.0F;
    const at::Tensor layer = plan.run(nn::preprocess(rgb, source.network->card.input)).front();
    const at::Tensor flat = layer[0].flatten(1).to(at::kDouble);
    return flat.matmul(flat.t()) / flat.size(1);
  };
  const at::Tensor mean = (moment("many/a.png") + moment("many/b.png")) / 2;
  EXPECT_NEAR(report.distances[0][0][1].item<double>(), style_distance(mean, moment("c.png")),
              1e-5);
}

TEST(Gram, WritesAnArrayAndJson) {
  const TemporaryFolder folder;
  write_picture(folder / "a.png", 40, 40, 1);
  write_picture(folder / "b.png", 40, 40, 2);
  GramOptions o = options(folder, {"a.png", "b.png"});
  o.npy = folder / "d.npy";
  const GramReport report = run_gram(o, quiet(), no_stop());
  EXPECT_NE(read_text(o.npy).find("'shape': (2, 2, 2)"), std::string::npos);
  const auto json = report.to_json();
  EXPECT_EQ(json["layers"][0]["tap"], "relu1_1");
  EXPECT_EQ(json["layers"][1]["distances"][0][1].get<double>(),
            report.distances[1][0][1].item<double>());
}

TEST(Gram, NamesAnInputThatCannotBeUsed) {
  const TemporaryFolder folder;
  write_picture(folder / "a.png", 40, 40, 1);
  write_file(folder / "text.jpg", "not a picture");
  EXPECT_TRUE(throws<UsageError>([&] { run_gram(options(folder, {"a.png"}), quiet(), no_stop()); },
                                 "two or more"));
  EXPECT_TRUE(throws<InputError>(
      [&] {
        run_gram(options(folder, {"a.png", "no.png"}), quiet(), no_stop());
      },
      "no.png"));
  EXPECT_TRUE(throws<InputError>(
      [&] {
        run_gram(options(folder, {"a.png", "text.jpg"}), quiet(), no_stop());
      },
      "text.jpg"));
}

}  // namespace
}  // namespace strata::probes
