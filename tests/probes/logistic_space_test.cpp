#include "probes/logistic_space.hpp"

#include "testing/testing.hpp"

#include <ATen/ATen.h>

namespace strata::probes {
namespace {

using testing::normal;
using testing::tensors_close;

/// Columns of different means and scales; the last but one constant, the last twice the first.
at::Tensor some_features(int64_t rows, int64_t columns) {
  at::Tensor x = normal({rows, columns}, 1, at::kDouble);
  x = x * at::logspace(-2, 2, columns, 10.0, at::kDouble) + at::arange(columns, at::kDouble);
  x.select(1, columns - 2).fill_(3.25);
  x.select(1, columns - 1).copy_(2 * x.select(1, 0));
  return x.to(at::kFloat);
}

struct Split {
  at::Tensor training, others;
  explicit Split(int64_t rows) {
    const at::Tensor all = at::arange(rows, at::kLong);
    training = at::nonzero(all.remainder(3) != 0).flatten();
    others = at::nonzero(all.remainder(3) == 0).flatten();
  }
};

at::Tensor without_ones(const at::Tensor& rows) { return rows.narrow(1, 0, rows.size(1) - 1); }

/// Rows standardised by hand.
at::Tensor standardised(const at::Tensor& features,
                        const at::Tensor& training,
                        const at::Tensor& of) {
  const at::Tensor x = features.to(at::kDouble), t = x.index_select(0, training);
  const at::Tensor deviation = (t - t.mean(0)).square().mean(0).sqrt();
  const at::Tensor scale = at::where(deviation > 1e-4, 1 / deviation, at::zeros_like(deviation));
  return (x.index_select(0, of) - t.mean(0)) * scale;
}

TEST(LogisticSpace, KeepsAllDotProductsOfStandardisedRowsInFewAndInManyColumns) {
  for (const int64_t columns : {7, 40, 3000}) {
    const at::Tensor features = some_features(30, columns);
    const Split split(30);
    const LogisticSpace space = logistic_space(features, split.training, split.others, true);
    const at::Tensor z = standardised(features, split.training, split.training);
    const at::Tensor z_others = standardised(features, split.training, split.others);
    const at::Tensor a = without_ones(space.training), b = without_ones(space.others);
    EXPECT_TRUE(tensors_close(at::mm(a, a.t()), at::mm(z, z.t()), 1e-9));
    EXPECT_TRUE(tensors_close(at::mm(b, a.t()), at::mm(z_others, z.t()), 1e-9));
    EXPECT_TRUE(at::equal(space.training.select(1, a.size(1)), at::ones({20}, at::kDouble)));
    // Seven columns less the constant and the doubled one; or as many as rows, less their mean.
    EXPECT_EQ(a.size(1), columns == 7 ? 5 : 19);
  }
}

TEST(LogisticSpace, HasUncorrelatedCoordinatesOfMeanZero) {
  for (const int64_t columns : {7, 40}) {
    const Split split(30);
    const LogisticSpace space =
        logistic_space(some_features(30, columns), split.training, split.others, true);
    const at::Tensor moments = at::mm(space.training.t(), space.training) / 20.0;
    EXPECT_TRUE(tensors_close(moments, at::diag(space.second_moments), 1e-9));
  }
}

TEST(LogisticSpace, AxesLeadBackToTheFeatures) {
  for (const bool standardise : {true, false}) {
    for (const int64_t columns : {7, 40, 3000}) {
      const at::Tensor features = some_features(30, columns);
      const Split split(30);
      const LogisticSpace space =
          logistic_space(features, split.training, split.others, standardise, Axes::wanted);
      const at::Tensor x = features.to(at::kDouble).index_select(0, split.others);
      const at::Tensor coordinates = at::mm((x - space.mean) * space.scale, space.axes);
      EXPECT_TRUE(tensors_close(coordinates, without_ones(space.others), 1e-7));
      EXPECT_TRUE(tensors_close(at::mm(space.axes.t(), space.axes),
                                at::eye(space.axes.size(1), at::kDouble), 1e-7));
      EXPECT_TRUE(standardise || at::equal(space.scale, at::ones_like(space.scale)));
    }
  }
}

TEST(LogisticSpace, OfConstantColumnsHasTheInterceptAlone) {
  for (const int64_t columns : {2, 50}) {
    const Split split(9);
    const LogisticSpace space = logistic_space(at::full({9, columns}, 0.1F), split.training,
                                               split.others, true, Axes::wanted);
    EXPECT_TRUE(at::equal(space.training, at::ones({6, 1}, at::kDouble)));
    EXPECT_TRUE(at::equal(space.others, at::ones({3, 1}, at::kDouble)));
    EXPECT_EQ(space.axes.sizes().vec(), (std::vector<int64_t>{columns, 0}));
  }
}

}  // namespace
}  // namespace strata::probes
