#include "base/error.hpp"
#include "base/file.hpp"
#include "files.hpp"
#include "testing/testing.hpp"
#include "weights/state_dict.hpp"
#include "weights/torch_file.hpp"

#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

namespace strata::weights {
namespace {

using testing::TemporaryFolder;
using testing::throws;
using Entries = std::vector<std::pair<std::string, std::string>>;

const std::string kPickle =
    pickled(p_dict({{"w", p_tensor(p_storage("ByteStorage", "k", 3), 0, {3}, {1})}}));

class TorchZip : public ::testing::Test {
 protected:
  StateDict read_zip(const Entries& entries) {
    write_zip(folder_ / "a.pth", entries);
    return read(folder_ / "a.pth");
  }
  ::testing::AssertionResult refuses(const Entries& entries, const std::string& why) {
    return throws<InputError>([&] { read_zip(entries); }, why);
  }
  TemporaryFolder folder_;
};

TEST_F(TorchZip, ReadsStoragesUnderAnyFolderName) {
  for (const char* folder : {"archive/", "resnet 20/", ""}) {
    const StateDict dict = read_zip(
        {{folder + std::string("data.pkl"), kPickle}, {folder + std::string("data/k"), "xyz"}});
    EXPECT_TRUE(same(dict.tensors.at("w"), at::tensor({120, 121, 122}, at::kByte)));
    EXPECT_EQ(dict.format, "torch zip");
  }
}

TEST_F(TorchZip, TheByteOrderMustBeLittle) {
  const auto with_order = [](const char* order) {
    return Entries{{"a/data.pkl", kPickle}, {"a/byteorder", order}, {"a/data/k", "xyz"}};
  };
  EXPECT_NO_THROW(read_zip(with_order("little")));
  EXPECT_TRUE(refuses(with_order("big"), "byte order \"big\""));
  EXPECT_TRUE(refuses(with_order("middle"), "byte order \"middle\""));
  EXPECT_TRUE(refuses(with_order("little and much more"), "a/byteorder: has"));
  EXPECT_TRUE(throws<InputError>([] { read(golden("big_endian.pth")); }, "byte order \"big\""));
}

TEST_F(TorchZip, NamesWhatIsMissingOrOfAnotherSize) {
  EXPECT_TRUE(refuses({{"a/data.pkl", kPickle}}, "entry a/data/k: is missing"));
  EXPECT_TRUE(refuses({{"a/data.pkl", kPickle}, {"a/data/k", "wxyz"}},
                      "has 4 bytes, but its storage needs 3"));
  EXPECT_TRUE(refuses({{"a/other", "x"}}, "no data.pkl"));
  EXPECT_TRUE(refuses({{"a/data.pkl", kPickle}, {"b/data.pkl", kPickle}}, "more than one"));
  EXPECT_TRUE(refuses({{"a/data.pkl", "\x80\x02N"}}, "a/data.pkl: byte 3"));
}

TEST_F(TorchZip, TorchScriptIsNamed) {
  EXPECT_TRUE(throws<InputError>([] { read(golden("script.pt")); }, "TorchScript"));
}

TEST_F(TorchZip, AChangedByteOfAStorageIsNoticed) {
  write_zip(folder_ / "a.pth", {{"a/data.pkl", kPickle}, {"a/data/k", "xyz"}});
  std::string bytes = read_text(folder_ / "a.pth");
  bytes.replace(bytes.find("xyz"), 3, "xYz");
  write_file(folder_ / "b.pth", bytes);
  EXPECT_TRUE(throws<InputError>([&] { read(folder_ / "b.pth"); }, "a/data/k: CRC error"));
}

TEST_F(TorchZip, AnArchiveThatWasCutShortIsNamed) {
  write_zip(folder_ / "a.pth", {{"a/data.pkl", kPickle}, {"a/data/k", "xyz"}});
  const std::string bytes = read_text(folder_ / "a.pth");
  write_file(folder_ / "b.pth", bytes.substr(0, bytes.size() - 30));
  EXPECT_TRUE(throws<InputError>([&] { read(folder_ / "b.pth"); }, "damaged or cut short"));
}

TEST_F(TorchZip, OneStorageMayNotHaveTwoSizes) {
  const std::string value =
      pickled(p_dict({{"v", p_tensor(p_storage("ByteStorage", "k", 3), 0, {3}, {1})},
                      {"w", p_tensor(p_storage("FloatStorage", "k", 3), 0, {3}, {1})}}));
  EXPECT_TRUE(refuses({{"a/data.pkl", value}, {"a/data/k", "xyz"}}, "two sizes"));
}

}  // namespace
}  // namespace strata::weights
