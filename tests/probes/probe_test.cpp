#include "probes/probe.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "probes/toy.hpp"
#include "testing/testing.hpp"

#include <algorithm>
#include <csignal>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace strata::probes {
namespace {

namespace fs = std::filesystem;
using namespace strata::testing;

ProbeOptions options(const TemporaryFolder& folder, const std::string& more = "") {
  Config config = Config::from_text(more, "sweep.yaml");
  config.set("data.path", "'" + (folder / "data").string() + "'");
  config.set("device", "cpu");
  config.set("threads", "1");
  config.set("probe.lambdas", "[1, 0.01]");
  ProbeOptions o{Sweep::from(config), folder / "run"};
  o.sweep.networks = {toy_network(folder.path())};
  return o;
}

ProbeReport run(const ProbeOptions& o) { return run_probe(o, quiet(), no_stop()); }

size_t count_files(const fs::path& folder) {
  return static_cast<size_t>(
      std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

TEST(Probe, ReadsTheClassOfStripesFromEveryLayer) {
  const TemporaryFolder folder;
  toy_pictures(folder / "data", 3, 12);
  const ProbeReport report = run(options(folder, "features: [gap, gram]"));
  ASSERT_EQ(report.layers.size(), 6U);
  for (const LayerSummary& layer : report.layers) {
    EXPECT_TRUE(layer.converged);
    EXPECT_NEAR(layer.cell.chance, 1.0 / 3, 1e-12);
    EXPECT_GT(layer.accuracy, 0.6) << layer.cell.tap << " " << layer.cell.feature;
  }
  EXPECT_EQ(report.computed, 6);
  EXPECT_EQ(report.extraction.computed, 36);
  for (const char* file : {"results.csv", "layers.csv", "pictures.csv", "run.json",
                           "accuracy_by_depth.svg", "accuracy_by_depth.png"}) {
    EXPECT_GT(fs::file_size(folder / "run" / file), 100U) << file;
  }
  EXPECT_EQ(count_files(folder / "run/cells"), 6U);
}

TEST(Probe, ReadsNothingFromPicturesWhoseClassIsChance) {
  const TemporaryFolder folder;
  toy_pictures(folder / "all", 1, 40);
  for (int i = 0; i < 40; ++i) {
    const std::string name = fmt::format("picture_{:02}.png", i);
    const std::string where = (i * 7 % 10) < 5 ? "data/a" : "data/b";
    make_folder(folder / where);
    fs::rename(folder / ("all/class_0/" + name), folder / (where + "/" + name));
  }
  const ProbeReport report = run(options(folder, "{features: [gap], taps: [relu2_1]}"));
  // 40 guesses at one half: a standard deviation of 8 points.
  EXPECT_NEAR(report.layers.front().accuracy, 0.5, 0.28);
}

TEST(Probe, ComputesOnlyWhatIsMissing) {
  const TemporaryFolder folder;
  toy_pictures(folder / "data", 2, 8);
  run(options(folder));
  const std::string results = read_text(folder / "run/results.csv");
  const std::string layers = read_text(folder / "run/layers.csv");

  const ProbeReport same = run(options(folder));
  EXPECT_EQ(same.computed, 0);
  EXPECT_EQ(same.reused, 3);
  EXPECT_EQ(same.extraction.computed, 0);
  EXPECT_EQ(read_text(folder / "run/results.csv"), results);
  EXPECT_EQ(read_text(folder / "run/layers.csv"), layers);

  fs::remove(fs::directory_iterator(folder / "run/cells")->path());
  const ProbeReport one = run(options(folder));
  EXPECT_EQ(one.computed, 1);
  EXPECT_EQ(one.extraction.computed, 0);
  EXPECT_EQ(read_text(folder / "run/results.csv"), results);

  const ProbeReport more = run(options(folder, "features: [gap, gram]"));
  EXPECT_EQ(more.computed, 3);
  EXPECT_EQ(more.reused, 3);
}

TEST(Probe, SharesAStoreBetweenRuns) {
  const TemporaryFolder folder;
  toy_pictures(folder / "data", 2, 8);
  ProbeOptions o = options(folder);
  o.sweep.store = folder / "store";
  EXPECT_EQ(run(o).extraction.computed, 16);
  o.output = folder / "other";
  o.sweep.seed = 5;
  const ProbeReport report = run(o);
  EXPECT_EQ(report.extraction.computed, 0);
  EXPECT_EQ(report.computed, 3);
}

TEST(Probe, RecomputesRowsThatChangedOnDisk) {
  const TemporaryFolder folder;
  toy_pictures(folder / "data", 2, 8);
  run(options(folder));
  const std::string results = read_text(folder / "run/results.csv");
  fs::remove_all(folder / "run/cells");
  for (const auto& entry : fs::directory_iterator(folder / "run/store")) {
    if (entry.path().extension() != ".safetensors") continue;
    auto bytes = read_file(entry.path());
    bytes[bytes.size() - 3] ^= std::byte{4};  // found only when the numbers are read
    write_file(entry.path(), std::span<const std::byte>(bytes));
  }
  EXPECT_EQ(run(options(folder)).computed, 3);
  EXPECT_EQ(read_text(folder / "run/results.csv"), results);
}

TEST(Probe, KeepsWhatThereIsWhenStoppedAndGoesOn) {
  const TemporaryFolder folder;
  toy_pictures(folder / "data", 2, 20);
  StopSignal stop;
  stop.request(SIGINT);
  EXPECT_THROW(run_probe(options(folder), quiet(), stop), Interrupted);

  // The features are there; now it is stopped while it solves.
  ProbeOptions o = options(folder);
  run(o);
  const std::string results = read_text(folder / "run/results.csv");
  const auto victim = fs::directory_iterator(folder / "run/cells")->path();
  fs::remove(victim);
  EXPECT_EQ(run(o).computed, 1);
  EXPECT_EQ(read_text(folder / "run/results.csv"), results);
}

TEST(Probe, LeavesOutABrokenPicture) {
  const TemporaryFolder folder;
  toy_pictures(folder / "data", 2, 8);
  write_file(folder / "data/class_0/broken.png", "not a picture");
  const ProbeReport report = run(options(folder));
  EXPECT_EQ(report.extraction.broken, 1);
  int64_t rows = 0;
  for (const FoldFit& fit : report.layers.front().cell.fit.fits) {
    if (fit.chosen) rows += fit.test_rows;
  }
  EXPECT_EQ(rows, 16);
  EXPECT_EQ(report.layers.front().cell.fit.predictions.size(), 17U);
}

TEST(Probe, TellsNetworksOfOneCardApartByTheirWeights) {
  const TemporaryFolder folder;
  toy_pictures(folder / "data", 2, 6);
  ProbeOptions o = options(folder, "taps: [relu1_1]");
  o.sweep.networks.push_back(toy_network(folder.path(), 1));
  const ProbeReport report = run(o);
  ASSERT_EQ(report.layers.size(), 2U);
  EXPECT_EQ(report.layers[0].cell.network, "toy (random:0)");
  EXPECT_EQ(report.layers[1].cell.network, "toy (random:1)");
}

TEST(Probe, RecordsWhatMadeIt) {
  const TemporaryFolder folder;
  toy_pictures(folder / "data", 2, 6);
  run(options(folder, "split: {test: 0.2}"));
  const auto record = nlohmann::json::parse(read_text(folder / "run/run.json"));
  EXPECT_EQ(record["schema"], kRunSchema);
  EXPECT_EQ(record["configuration"]["split"]["test"], 0.2);
  EXPECT_EQ(record["data"]["pictures"], 12);
  EXPECT_EQ(record["data"]["test"], 2);
  EXPECT_EQ(record["networks"][0]["device"], "cpu");
  EXPECT_TRUE(record["networks"][0]["weights_sha256"].get<std::string>().starts_with("random:0"));
  EXPECT_GT(record["seconds"]["extraction"].get<double>(), 0);
  EXPECT_EQ(record["cells"].size(), 3U);
  for (const auto& cell : record["cells"]) {
    EXPECT_TRUE(fs::exists(folder / "run" / cell["file"].get<std::string>()));
  }
}

TEST(Probe, PlansWithoutWriting) {
  const TemporaryFolder folder;
  toy_pictures(folder / "data", 2, 6);
  const ProbePlan plan = plan_probe(options(folder, "features: [gap, gram]"), quiet(), no_stop());
  ASSERT_EQ(plan.cells.size(), 6U);
  EXPECT_EQ(plan.cells[1].dims, 21);
  EXPECT_EQ(plan.cells[1].rows, 12);
  EXPECT_EQ(plan.cells[1].bytes, 12 * 21 * 4);
  EXPECT_FALSE(plan.cells[1].done);
  EXPECT_GT(plan.extraction_seconds, 0);
  EXPECT_GT(plan.solving_seconds, 0);
  EXPECT_FALSE(fs::exists(folder / "run"));
}

TEST(Probe, RefusesWhatCannotWorkBeforeItStarts) {
  const TemporaryFolder folder;
  toy_pictures(folder / "data", 2, 6);
  write_file(folder / "file", "x");
  const auto with = [&](auto&& change) {
    ProbeOptions o = options(folder);
    change(o);
    return [o] { run_probe(o, quiet(), no_stop()); };
  };
  EXPECT_TRUE(throws<UsageError>(with([](auto& o) { o.output = ""; }), "output"));
  EXPECT_TRUE(throws<InputError>(with([&](auto& o) { o.output = folder / "file"; }), "is a file"));
  EXPECT_TRUE(throws<InputError>(with([&](auto& o) { o.sweep.data.path = folder / "no"; }), "no"));
  EXPECT_TRUE(throws<UsageError>(with([](auto& o) { o.sweep.taps = {"relu9_9"}; }), "relu9_9"));
  EXPECT_TRUE(throws<UsageError>(with([](auto& o) { o.sweep.probe.folds = 8; }), "class_0"));
  EXPECT_TRUE(throws<UsageError>(with([](auto& o) { o.sweep.data.domains = {"x"}; }), "x"));
  EXPECT_FALSE(fs::exists(folder / "run"));
}

}  // namespace
}  // namespace strata::probes
