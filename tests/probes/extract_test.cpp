#include "probes/extract.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "probes/toy.hpp"
#include "testing/testing.hpp"

#include <gtest/gtest.h>

namespace strata::probes {
namespace {

namespace fs = std::filesystem;
using namespace strata::testing;

ExtractOptions options(const TemporaryFolder& folder) {
  ExtractOptions o;
  o.dataset = folder / "data";
  o.output = folder / "store";
  o.network = {toy_network(folder.path()), {}};
  o.extraction.device = "cpu";
  o.extraction.threads = 1;
  o.features = {"gap", "gram"};
  return o;
}

TEST(Extract, FillsAStoreAndListsItsPictures) {
  const TemporaryFolder folder;
  toy_pictures(folder / "data", 2, 3);
  const ExtractSummary first = run_extract(options(folder), quiet(), no_stop());
  EXPECT_EQ(first.report.computed, 6);
  EXPECT_EQ(first.missing, (std::vector<int64_t>(6, 6)));
  EXPECT_GT(first.store_bytes, 6 * 4 * (6 + 21 + 10 + 55 + 12 + 78));
  EXPECT_TRUE(fs::exists(folder / "store/pictures.csv"));
  const auto json = first.to_json();
  EXPECT_EQ(json["columns"].size(), 6U);
  EXPECT_EQ(json["weights"], "random, seed 0");

  const ExtractSummary second = run_extract(options(folder), quiet(), no_stop());
  EXPECT_EQ(second.report.computed, 0);
  EXPECT_EQ(second.missing, (std::vector<int64_t>(6, 0)));
}

TEST(Extract, PlansWithoutWriting) {
  const TemporaryFolder folder;
  toy_pictures(folder / "data", 2, 3);
  const ExtractSummary plan = plan_extract(options(folder), quiet(), no_stop());
  EXPECT_EQ(plan.bytes_expected, 6.0 * 4 * (6 + 21 + 10 + 55 + 12 + 78));
  EXPECT_GT(plan.seconds_expected, 0);
  EXPECT_FALSE(fs::exists(folder / "store"));
}

TEST(Extract, RefusesWhatCannotWorkBeforeItStarts) {
  const TemporaryFolder folder;
  toy_pictures(folder / "data", 2, 2);
  write_file(folder / "file", "x");
  const auto with = [&](auto&& change) {
    ExtractOptions o = options(folder);
    change(o);
    return [o] { run_extract(o, quiet(), no_stop()); };
  };
  EXPECT_TRUE(throws<UsageError>(with([](auto& o) { o.output = ""; }), "output"));
  EXPECT_TRUE(throws<InputError>(with([&](auto& o) { o.output = folder / "file"; }), "file"));
  EXPECT_TRUE(
      throws<InputError>(with([&](auto& o) { o.output = folder / "file/in"; }), "is a file"));
  EXPECT_TRUE(throws<InputError>(with([&](auto& o) { o.dataset = folder / "no"; }), "no"));
  EXPECT_TRUE(throws<UsageError>(with([](auto& o) { o.features = {"grm"}; }), "gram"));
  EXPECT_FALSE(fs::exists(folder / "store"));
}

}  // namespace
}  // namespace strata::probes
