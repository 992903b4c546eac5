#include "probes/cell.hpp"

#include "base/file.hpp"
#include "probes/toy.hpp"
#include "testing/testing.hpp"

#include <cmath>
#include <limits>
#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace strata::probes {
namespace {

namespace fs = std::filesystem;
using namespace strata::testing;

Cell cell() {
  Cell c;
  c.network = "toy";
  c.order = 2;
  c.tap = "relu3_2";
  c.name = "features.12";
  c.depth = 4;
  c.channels = 12;
  c.feature = "gram";
  c.definition = "gram sketched to 16";
  c.dims = 16;
  c.classes = 3;
  c.chance = 0.4;
  c.seconds = 1.5;
  c.fit.fits = {{.repeat = 0,
                 .fold = 1,
                 .lambda = 0.1,
                 .training_rows = 8,
                 .test_rows = 2,
                 .accuracy = 0.5,
                 .nll = std::numeric_limits<double>::infinity(),
                 .iterations = 7,
                 .kkt_residual = 1e-5,
                 .converged = true,
                 .inner_accuracy = NAN,
                 .chosen = true}};
  c.fit.predictions = {0, 2, -1};
  c.fit.test = HeldOutFit{0.1, 4, 0.75, 0.6, true};
  return c;
}

TEST(Cell, ReadsBackWhatWasWritten) {
  const TemporaryFolder folder;
  write_cell(folder.path(), "hash", cell());
  const auto read = read_cell(folder.path(), "hash", quiet());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->definition, "gram sketched to 16");
  EXPECT_EQ(read->seconds, 1.5);
  ASSERT_EQ(read->fit.fits.size(), 1U);
  EXPECT_EQ(read->fit.fits[0].lambda, 0.1);
  EXPECT_TRUE(std::isinf(read->fit.fits[0].nll));
  EXPECT_TRUE(std::isnan(read->fit.fits[0].inner_accuracy));
  EXPECT_TRUE(read->fit.fits[0].chosen);
  EXPECT_EQ(read->fit.predictions, cell().fit.predictions);
  ASSERT_TRUE(read->fit.test);
  EXPECT_EQ(read->fit.test->accuracy, 0.75);
  EXPECT_EQ(nlohmann::json::parse(read_text(folder / "hash.json"))["schema"], kRunSchema);
}

TEST(Cell, ThatIsAbsentOrDamagedIsComputedAgain) {
  const TemporaryFolder folder;
  Log log(Log::Level::quiet);
  EXPECT_FALSE(read_cell(folder.path(), "hash", log));
  EXPECT_TRUE(log.warnings().empty());
  write_cell(folder.path(), "hash", cell());
  const std::string whole = read_text(folder / "hash.json");
  for (const size_t left : {size_t{0}, size_t{20}, whole.size() / 2}) {
    write_file(folder / "hash.json", whole.substr(0, left));
    EXPECT_FALSE(read_cell(folder.path(), "hash", log)) << left << " bytes left";
  }
  write_file(folder / "other.json", whole);
  EXPECT_FALSE(read_cell(folder.path(), "other", log)) << "a renamed file is another cell's";
  EXPECT_EQ(log.warnings().size(), 4U);
}

TEST(Cell, HasAHashOfFeaturesTaskAndProbe) {
  FeatureColumn column;
  column.key.hash = "features";
  ProbeChoice probe;
  probe.lambdas = {1, 0.1};
  std::set<std::string> hashes = {cell_hash(column, "task", probe),
                                  cell_hash(column, "tusk", probe)};
  FeatureColumn other = column;
  other.key.hash = "others";
  hashes.insert(cell_hash(other, "task", probe));
  const auto changed = [&](auto&& change) {
    ProbeChoice c = probe;
    change(c);
    hashes.insert(cell_hash(column, "task", c));
  };
  changed([](ProbeChoice& c) { c.lambdas = {1, 0.2}; });
  changed([](ProbeChoice& c) { c.folds = 4; });
  changed([](ProbeChoice& c) { c.repeats = 2; });
  changed([](ProbeChoice& c) { c.tolerance = 1e-5; });
  EXPECT_EQ(hashes.size(), 7U);
  EXPECT_TRUE(hashes.count(cell_hash(column, "task", probe)));
}

}  // namespace
}  // namespace strata::probes
