#include "probes/pictures.hpp"

#include "base/file.hpp"
#include "base/sha256.hpp"
#include "base/stop_signal.hpp"
#include "probes/toy.hpp"
#include "testing/testing.hpp"

#include <csignal>

#include <gtest/gtest.h>

namespace strata::probes {
namespace {

namespace fs = std::filesystem;
using namespace strata::testing;

TEST(PictureSet, NamesEachPictureByItsBytes) {
  const TemporaryFolder folder;
  const PictureSet pictures = toy_pictures(folder.path(), 2, 3);
  ASSERT_EQ(pictures.size(), 6U);
  for (size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(pictures.sha256[i], sha256_of_file(pictures.dataset.items[i].file));
  }
}

TEST(PictureSet, LeavesTheNameOfAnUnreadableFileEmpty) {
  const TemporaryFolder folder;
  PictureSet pictures = toy_pictures(folder.path(), 2, 2);
  data::Dataset dataset = pictures.dataset;
  fs::remove(dataset.items[1].file);
  pictures = hash_pictures(dataset, no_stop());
  EXPECT_EQ(pictures.sha256[1], "");
  EXPECT_NE(pictures.sha256[2], "");
}

TEST(PictureSet, StopsWhenAsked) {
  const TemporaryFolder folder;
  const PictureSet pictures = toy_pictures(folder.path(), 2, 2);
  StopSignal stop;
  stop.request(SIGINT);
  EXPECT_THROW(hash_pictures(pictures.dataset, stop), Interrupted);
}

TEST(PictureSet, IsWrittenAsAList) {
  const TemporaryFolder folder;
  const PictureSet pictures = toy_pictures(folder / "data", 2, 1);
  write_picture_list(folder / "list.csv", pictures);
  EXPECT_EQ(read_text(folder / "list.csv"),
            "picture,class,domain,group,sha256\n"
            "class_0/picture_00.png,class_0,,," +
                pictures.sha256[0] +
                "\n"
                "class_1/picture_00.png,class_1,,," +
                pictures.sha256[1] + "\n");
}

}  // namespace
}  // namespace strata::probes
