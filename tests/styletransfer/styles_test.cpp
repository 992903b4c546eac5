#include "styletransfer/styles.hpp"

#include "base/error.hpp"
#include "styletransfer/fixtures.hpp"
#include "testing/testing.hpp"

#include <filesystem>

namespace strata::styletransfer {
namespace {

using strata::testing::TemporaryFolder;
using strata::testing::throws;
using strata::testing::write_picture;

class Styles : public ::testing::Test {
 protected:
  std::string picture(const std::string& name) const {
    return write_picture(folder_ / name, 12, 10, 1);
  }

  TemporaryFolder folder_;
  Log log_{Log::Level::quiet};
};

TEST_F(Styles, HaveWeightsThatAreDividedByTheirSum) {
  const std::string a = picture("a.png"), b = picture("b.png"), c = picture("c.png");
  const auto styles = parse_styles({a + ":2", b, c + ":1e0"});
  ASSERT_EQ(styles.size(), 3U);
  EXPECT_EQ(styles[0].file, a);
  EXPECT_DOUBLE_EQ(styles[0].share, 0.5);
  EXPECT_DOUBLE_EQ(styles[1].share, 0.25);
  EXPECT_DOUBLE_EQ(styles[2].share, 0.25);
}

TEST_F(Styles, ThatExistAsTheyAreNamedWinOverAWeight) {
  const std::string plain = picture("a.png");
  const std::string file = (folder_ / "a.png:2").string();
  std::filesystem::copy_file(plain, file);
  EXPECT_EQ(parse_styles({file})[0].file, file);
  EXPECT_DOUBLE_EQ(parse_styles({file + ":3", plain})[0].share, 0.75);
}

TEST_F(Styles, InAFolderCountAsOne) {
  std::filesystem::create_directory(folder_ / "set");
  picture("set/2.png");
  const std::string first = picture("set/1.PNG");
  const std::string other = picture("other.png");
  const auto styles = parse_styles({(folder_ / "set").string() + ":3", other});
  ASSERT_EQ(styles.size(), 3U);
  EXPECT_EQ(styles[0].file, first);
  EXPECT_DOUBLE_EQ(styles[0].share, 0.375);
  EXPECT_DOUBLE_EQ(styles[2].share, 0.25);
}

TEST_F(Styles, WithWrongWeightsOrWithoutPicturesAreRefused) {
  const std::string a = picture("a.png");
  for (const std::string weight : {":0", ":-1", ":inf", ":nan", ":two", ":"}) {
    EXPECT_TRUE(throws<UsageError>([&] { parse_styles({a + weight}); }, "a.png" + weight));
  }
  EXPECT_TRUE(throws<UsageError>([&] { load_styles({}, log_); }, "style"));
  std::filesystem::create_directory(folder_ / "empty");
  EXPECT_TRUE(throws<InputError>([&] { parse_styles({(folder_ / "empty").string()}); },
                                 "without pictures"));
  EXPECT_TRUE(throws<InputError>([&] { load_styles({a + "x:2"}, log_); }, "a.pngx: no such file"));
}

TEST(Blend, NamesItsWays) {
  for (const std::string& name : blend_names()) EXPECT_EQ(blend_name(blend_from(name)), name);
  EXPECT_TRUE(throws<UsageError>([] { blend_from("target"); }, "did you mean targets?"));
}

}  // namespace
}  // namespace strata::styletransfer
