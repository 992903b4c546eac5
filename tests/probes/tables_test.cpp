#include "probes/tables.hpp"

#include "base/text.hpp"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace strata::probes {
namespace {

using ::testing::HasSubstr;

Cell cell(bool converged) {
  Cell c;
  c.network = "toy";
  c.tap = "relu1_1";
  c.name = "features.1";
  c.depth = 1;
  c.channels = 6;
  c.feature = "gap";
  c.definition = "gap";
  c.dims = 6;
  c.classes = 2;
  c.chance = 0.5;
  for (int64_t fold = 0; fold < 3; ++fold) {
    c.fit.fits.push_back({.repeat = 0,
                          .fold = fold,
                          .lambda = 0.01,
                          .training_rows = 20,
                          .test_rows = 10,
                          .accuracy = 0.8,
                          .nll = 0.5,
                          .iterations = 12,
                          .kkt_residual = 1e-5,
                          .converged = converged,
                          .inner_accuracy = 0.7,
                          .chosen = converged});
  }
  c.fit.predictions.assign(30, 0);
  return c;
}

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> all = split(text, '\n');
  all.pop_back();
  return all;
}

TEST(ResultsTable, HasARowForEachFit) {
  const auto rows = lines(results_table({cell(true)}).csv());
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(rows[0],
            "schema,network,order,tap,name,depth,channels,feature,computed,dims,repeat,fold,lambda,"
            "c,training_rows,test_rows,accuracy,nll,inner_accuracy,chosen,iterations,kkt_residual,"
            "converged");
  EXPECT_EQ(rows[2],
            "1,toy,0,relu1_1,features.1,1,6,gap,gap,6,0,1,0.01,5,20,10,0.8,0.5,0.7,1,12,"
            "1e-05,1");
}

TEST(LayersTable, HasARowForEachLayerAndAsManyCellsAsTitles) {
  Cell with_test = cell(true);
  with_test.fit.test = HeldOutFit{0.01, 25, 0.8, 0.4, true};
  const std::vector<int64_t> labels(30, 0);
  const auto rows = lines(layers_table(summarise({cell(true), with_test}, labels)).csv());
  ASSERT_EQ(rows.size(), 3U);
  for (const std::string& row : rows) {
    EXPECT_EQ(std::count(row.begin(), row.end(), ','),
              std::count(rows[0].begin(), rows[0].end(), ','));
  }
  EXPECT_TRUE(rows[1].ends_with(",,,,,"));
  EXPECT_TRUE(rows[2].ends_with(",0.01,25,0.8,0.08,0.4"));
}

TEST(LayersTable, LeavesTheNumbersOfAnUnconvergedCellEmpty) {
  const std::vector<int64_t> labels(30, 0);
  const auto layers = summarise({cell(false)}, labels);
  EXPECT_THAT(layers_table(layers).csv(), HasSubstr(",2,0.5,,0,,,,0,,0,0,3,3,"));
  EXPECT_THAT(layers_for_people(layers).text(), HasSubstr("did not converge: not ranked"));
}

TEST(LayersTable, ForPeopleShowsPercentAndTheBest) {
  const std::vector<int64_t> labels(30, 0);
  const std::string text = layers_for_people(summarise({cell(true)}, labels)).text();
  EXPECT_THAT(text, HasSubstr("80.0 ± 0.0 %"));
  EXPECT_THAT(text, HasSubstr("best"));
  EXPECT_THAT(text, ::testing::Not(HasSubstr("network"))) << "there is only one";
}

}  // namespace
}  // namespace strata::probes
