#include "styletransfer/stylize.hpp"

#include "base/error.hpp"
#include "image/picture.hpp"
#include "styletransfer/fixtures.hpp"
#include "styletransfer/score.hpp"
#include "testing/testing.hpp"
#include "weights/state_dict.hpp"

#include <csignal>
#include <filesystem>
#include <limits>
#include <map>

#include <ATen/ATen.h>
#include <gmock/gmock.h>

namespace strata::styletransfer {
namespace {

namespace fs = std::filesystem;
using strata::testing::TemporaryFolder;
using strata::testing::throws;

// A small run with a narrow network and random weights.
class Stylize : public ::testing::Test {
 protected:
  Stylize() {
    options_.content = strata::testing::write_picture(folder_ / "content.png", 60, 44, 1);
    options_.styles = {strata::testing::write_picture(folder_ / "style.png", 50, 50, 2)};
    options_.output = folder_ / "out.png";
    options_.objective.network = strata::testing::write_narrow_card(folder_.path());
    options_.objective.weights = "random:5";
    options_.objective.threads = 1;
    options_.size = 48;
    options_.iterations = 6;
  }

  StylizeReport run() { return run_stylize(options_, log_, stop_); }

  // Weights of the narrow network with one number that is not finite.
  std::string broken_weights() const {
    nn::Network network = nn::load_network(
        {.network = options_.objective.network, .weights = "random:5", .overrides = {}}, {},
        nn::ModelPaths::standard(), const_cast<Log&>(log_));
    auto tensors = network.parameters.tensors;
    at::Tensor bias = tensors.at("features.3.bias").clone();
    bias[0] = std::numeric_limits<float>::infinity();
    tensors["features.3.bias"] = bias;
    weights::write_safetensors(folder_ / "broken.safetensors", tensors);
    return (folder_ / "broken.safetensors").string();
  }

  TemporaryFolder folder_;
  StylizeOptions options_;
  Log log_{Log::Level::quiet};
  StopSignal stop_;
};

TEST_F(Stylize, WritesAPictureOfTheSizeAskedForAndReportsOnIt) {
  const StylizeReport report = run();
  const image::Picture picture = image::decode(options_.output);
  EXPECT_EQ(picture.width(), 48);
  EXPECT_EQ(picture.height(), 35);
  const nlohmann::json json = report.to_json();
  EXPECT_EQ(json["width"], 48);
  EXPECT_EQ(json["height"], 35);
  EXPECT_EQ(json["network"], "narrow");
  EXPECT_EQ(json["device"], "cpu");
  EXPECT_EQ(json["precision"], "float32");
  EXPECT_GE(json["evaluations"].get<int64_t>(), 6);
  EXPECT_GT(json["seconds"].get<double>(), 0.0);
  EXPECT_GT(json["peak_bytes"].get<double>(), 1e6);
  EXPECT_EQ(json["terms"].size(), 5U);
}

TEST_F(Stylize, LowersTheObjective) {
  options_.iterations = 1;
  const double early = run().result.loss;
  options_.iterations = 30;
  EXPECT_LT(run().result.loss, 0.8 * early);
}

TEST_F(Stylize, ReportsWhatScoreSaysAboutItsOutput) {
  const StylizeReport report = run();
  const ScoreReport score = run_score({.picture = options_.output.string(),
                                       .content = options_.content,
                                       .styles = options_.styles,
                                       .objective = options_.objective},
                                      log_);
  ASSERT_EQ(score.value.terms.size(), report.result.terms.size());
  for (size_t i = 0; i < score.value.terms.size(); ++i) {
    const TermValue &a = score.value.terms[i], &b = report.result.terms[i];
    EXPECT_EQ(a.tap, b.tap);
    EXPECT_NEAR(a.value, b.value, 1e-5 * b.value);
    EXPECT_NEAR(a.weight, b.weight, 1e-5 * b.weight);
  }
}

TEST_F(Stylize, EmbedsItsSettingsUnlessToldNotTo) {
  const StylizeReport report = run();
  const auto text = image::decode(options_.output).text;
  ASSERT_EQ(text.count("strata"), 1U);
  const auto settings = nlohmann::json::parse(text.at("strata"));
  EXPECT_EQ(settings["content"], options_.content);
  EXPECT_EQ(settings["options"]["size"], 48);
  EXPECT_EQ(settings["setting"]["weights_sha256"], report.record["weights_sha256"]);
  EXPECT_EQ(settings["result"]["total"], report.result.loss);
  options_.no_metadata = true;
  run();
  EXPECT_EQ(image::decode(options_.output).text.count("strata"), 0U);
}

TEST_F(Stylize, GivesTheSamePictureTwice) {
  options_.init = "random";
  options_.seed = 4;
  run();
  const cv::Mat first = image::decode(options_.output).rgb.clone();
  run();
  EXPECT_EQ(cv::norm(first, image::decode(options_.output).rgb, cv::NORM_INF), 0.0);
  options_.seed = 5;
  run();
  EXPECT_GT(cv::norm(first, image::decode(options_.output).rgb, cv::NORM_INF), 0.0);
}

TEST_F(Stylize, StartsFromWhateverItIsTold) {
  for (const std::string init : {"content", "random", "style-stats", options_.styles[0].c_str()}) {
    options_.init = init;
    EXPECT_GT(run().result.loss, 0.0) << init;
  }
  options_.init = (folder_ / "nowhere.png").string();
  EXPECT_TRUE(throws<InputError>([&] { run(); }, "nowhere.png"));
}

TEST_F(Stylize, LeavesOutScalesCoarserThanThePictureItStartsFrom) {
  options_.size = 300;
  EXPECT_EQ(plan_stylize(options_, log_).scales.size(), 3U);  // 150, 212, 300
  options_.init = strata::testing::write_picture(folder_ / "start.png", 212, 155, 3);
  EXPECT_EQ(plan_stylize(options_, log_).scales.size(), 2U);
  options_.init = strata::testing::write_picture(folder_ / "start.png", 900, 660, 3);
  EXPECT_EQ(plan_stylize(options_, log_).scales.size(), 1U);
}

TEST_F(Stylize, PlansWithoutWritingAnything) {
  const StylizePlan plan = plan_stylize(options_, log_);
  EXPECT_GT(plan.seconds, 0.0);
  EXPECT_GT(plan.memory_bytes, 0.0);
  EXPECT_FALSE(fs::exists(options_.output));
}

TEST_F(Stylize, StoppedKeepsThePictureSoFarAndSaysHowToGoOn) {
  stop_.request(SIGINT);
  try {
    run();
    FAIL() << "was not interrupted";
  } catch (const Interrupted& stopped) {
    EXPECT_EQ(stopped.exit_code(), 130);
    EXPECT_THAT(stopped.what(),
                ::testing::HasSubstr("--init " + (folder_ / "out.partial.png").string()));
  }
  EXPECT_TRUE(fs::exists(folder_ / "out.partial.png"));
  EXPECT_FALSE(fs::exists(options_.output));
}

TEST_F(Stylize, KeepsTheLastGoodPictureWhereTheObjectiveIsNotFinite) {
  options_.objective.weights = broken_weights();
  EXPECT_TRUE(throws<NumericalError>([&] { run(); }, "out.partial.png"));
  EXPECT_TRUE(fs::exists(folder_ / "out.partial.png"));
  EXPECT_FALSE(fs::exists(options_.output));
}

TEST_F(Stylize, LeavesAnEarlierOutputAloneWhereItFails) {
  run();
  const auto before = fs::last_write_time(options_.output);
  options_.objective.weights = broken_weights();
  EXPECT_THROW(run(), NumericalError);
  EXPECT_EQ(fs::last_write_time(options_.output), before);
}

TEST_F(Stylize, WritesPreviewsBesideTheOutput) {
  options_.preview_every = 2;
  run();
  EXPECT_EQ(image::decode(folder_ / "out.preview.png").width(), 48);
}

TEST_F(Stylize, TakesEitherOptimizerAndEveryPrecision) {
  std::map<std::string, double> losses;
  for (const char* precision : {"float32", "float64", "bfloat16"}) {
    options_.objective.precision = precision;
    losses[precision] = run().result.loss;
  }
  EXPECT_NEAR(losses["float32"], losses["float64"], 0.05 * losses["float64"]);
  EXPECT_NEAR(losses["bfloat16"], losses["float64"], 0.25 * losses["float64"]);
  options_.objective.precision = "float32";
  options_.optimizer = "adam";
  EXPECT_GT(run().result.loss, 0.0);
}

TEST_F(Stylize, WritesOtherFormatsByTheirEnding) {
  options_.output = folder_ / "out.jpg";
  run();
  EXPECT_EQ(image::decode(options_.output).format, "jpeg");
}

TEST_F(Stylize, WritesSixteenBitsWhereTheFormatHasThem) {
  options_.bits = 16;
  options_.output = folder_ / "out.tif";
  run();
  EXPECT_EQ(image::decode(options_.output).bits(), 16);
  options_.output = folder_ / "out.jpg";
  EXPECT_TRUE(throws<UsageError>([&] { run(); }, "out.jpg holds 8 bits only"));
}

TEST_F(Stylize, RestoresTheContentsAlphaBitForBit) {
  image::Picture content = image::decode(options_.content);
  content.alpha.create(content.height(), content.width(), CV_8UC1);
  for (int i = 0; i < content.width() * content.height(); ++i) {
    content.alpha.at<uint8_t>(i / content.width(), i % content.width()) =
        static_cast<uint8_t>(i % 7 < 5 ? 255 : i % 256);
  }
  image::encode(options_.content, content);
  options_.iterations = 1;
  options_.size = 60;  // the content's
  for (const char* name : {"out.png", "out.tif", "out.webp"}) {
    options_.output = folder_ / name;
    run();
    const image::Picture picture = image::decode(options_.output);
    ASSERT_EQ(picture.alpha.size(), content.alpha.size()) << name;
    EXPECT_EQ(cv::norm(picture.alpha, content.alpha, cv::NORM_INF), 0.0) << name;
  }
  options_.size = 48;
  run();
  EXPECT_EQ(image::decode(options_.output).alpha.cols, 48);
  options_.output = folder_ / "out.jpg";
  run();
  EXPECT_NE(log_.warnings().back().find("holds no transparency"), std::string::npos);
}

TEST_F(Stylize, UnderLuminanceKeepsTheContentsChroma) {
  options_.objective.colour = "luminance";
  options_.bits = 16;
  options_.size = 60;
  const StylizeReport report = run();
  ASSERT_TRUE(report.clipped);
  EXPECT_EQ(report.to_json()["clipped"], *report.clipped);
  EXPECT_EQ(report.to_json()["colour"], "luminance");
  const auto chroma = [](const image::Picture& picture) {
    cv::Mat rgb;
    picture.rgb.convertTo(rgb, CV_64F, picture.bits() == 16 ? 1.0 / 65535.0 : 1.0 / 255.0);
    std::vector<cv::Mat> channels;
    cv::split(rgb, channels);
    const cv::Mat y = 0.299 * channels[0] + 0.587 * channels[1] + 0.114 * channels[2];
    return std::pair<cv::Mat, cv::Mat>((channels[2] - y) / 1.772, (channels[0] - y) / 1.402);
  };
  const auto [cb, cr] = chroma(image::decode(options_.output));
  const auto [content_cb, content_cr] = chroma(image::decode(options_.content));
  // Pixels that were in the gamut keep their chroma.
  const cv::Mat blue = cv::abs(cb - content_cb), red = cv::abs(cr - content_cr);
  const cv::Mat moved = cv::max(blue, red) > 1.0 / 255.0;
  EXPECT_LE(cv::countNonZero(moved) / static_cast<double>(moved.total()), *report.clipped);
}

TEST_F(Stylize, WithMatchedColoursReportsTheClippedShareAndScoresTheSame) {
  for (const char* colour : {"match-chol", "match-pca", "match-sym", "histogram"}) {
    options_.objective.colour = colour;
    const StylizeReport report = run();
    ASSERT_TRUE(report.clipped) << colour;
    EXPECT_EQ(report.record["colour"], colour);
    const ScoreReport score = run_score({.picture = options_.output.string(),
                                         .content = options_.content,
                                         .styles = options_.styles,
                                         .objective = options_.objective},
                                        log_);
    EXPECT_NEAR(score.value.loss, report.result.loss, 1e-4 * report.result.loss) << colour;
  }
  options_.objective.colour = "sepia";
  EXPECT_TRUE(throws<UsageError>([&] { run(); }, "sepia"));
}

TEST_F(Stylize, RefusesOutputsThatCannotBeWrittenBeforeAnythingElse) {
  options_.output = folder_ / "out.gif";
  EXPECT_TRUE(throws<UsageError>([&] { run(); }, "out.gif"));
  options_.output = folder_ / "nowhere" / "out.png";
  EXPECT_TRUE(throws<InputError>([&] { run(); }, "nowhere"));
}

TEST_F(Stylize, RefusesASizeThatNeedsMoreMemoryThanThereIs) {
  options_.size = 200000;
  EXPECT_TRUE(throws<ResourceError>([&] { run(); }, "take a smaller --size"));
}

}  // namespace
}  // namespace strata::styletransfer
