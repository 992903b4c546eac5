#include "base/error.hpp"
#include "files.hpp"
#include "testing/testing.hpp"
#include "weights/layout.hpp"
#include "weights/torch_file.hpp"

#include <gtest/gtest.h>

namespace strata::weights {
namespace {

using testing::throws;

MemorySource source_of(const std::string& text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {"file", "", {bytes.begin(), bytes.end()}};
}

::testing::AssertionResult refuses(const std::string& bytes, const std::string& why) {
  return throws<InputError>(
      [&] {
        const MemorySource source = source_of(bytes);
        open_torch_legacy(source);
      },
      why);
}

const std::string kMagic = pickled("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19");
const std::string kTwo =
    p_tuple({p_storage("ByteStorage", "a", 3), p_storage("ShortStorage", "b", 2)});

TEST(TorchLegacy, FindsEachStoragesBytes) {
  // In the order of the keys, which need not be that of their use.
  const MemorySource source =
      source_of(legacy_bytes(kTwo, {{"b", 2, std::string("\1\0\2\0", 4)}, {"a", 3, "xyz"}}));
  const TorchFile file = open_torch_legacy(source);
  EXPECT_EQ(file.format, "torch legacy");
  const TorchObjects objects(file.pickle, source);
  std::string found;
  for (ValueId id = 0; id < file.pickle.size(); ++id) {
    const auto storage = objects.storage(id);
    if (!storage) continue;
    const at::Tensor bytes = file.load(*storage);
    found += storage->key +
             std::string(reinterpret_cast<const char*>(bytes_of(bytes).data()), bytes.nbytes());
  }
  EXPECT_EQ(found, std::string("axyzb\1\0\2\0", 9));
}

TEST(TorchLegacy, NamesPicklesThatTorchDidNotWrite) {
  EXPECT_TRUE(refuses(pickled(p_dict({{"w", p_int(1)}})), "not one that torch.save wrote"));
  EXPECT_TRUE(refuses(pickled("\x8a\x0a" + std::string(10, 'x')), "not one that torch.save wrote"));
  EXPECT_TRUE(refuses(kMagic + pickled(p_int(1002)), "unknown protocol"));
  EXPECT_TRUE(refuses(kMagic + pickled(p_int(1001)) + pickled("N"), "system"));
  EXPECT_TRUE(refuses(kMagic + pickled(p_int(1001)) + pickled(p_dict({{"little_endian", "\x89"}})),
                      "big-endian"));
}

TEST(TorchLegacy, SizesMustAgreeWithThePickle) {
  EXPECT_TRUE(refuses(legacy_bytes(kTwo, {{"a", 4, "wxyz"}}), "has 4 elements, but 3"));
  EXPECT_TRUE(refuses(legacy_bytes(kTwo, {{"a", -1, "xyz"}}), "but 3 were announced"));
  EXPECT_TRUE(refuses(legacy_bytes(kTwo, {{"a", 3, "xy"}}), "1 bytes too early"));
  EXPECT_TRUE(refuses(legacy_bytes(kTwo, {{"c", 3, "xyz"}}), "nothing refers to"));
  EXPECT_TRUE(refuses(
      legacy_bytes(p_tuple({p_storage("ByteStorage", "a", 3), p_storage("ByteStorage", "a", 4)}),
                   {}),
      "two sizes"));
  const int64_t huge = int64_t{1} << 60U;
  EXPECT_TRUE(refuses(legacy_bytes(p_storage("FloatStorage", "a", huge), {{"a", huge, "xyz"}}),
                      "too early"));
}

TEST(TorchLegacy, AStorageThatIsNotThereIsNamedWhenAskedFor) {
  const MemorySource source = source_of(legacy_bytes(kTwo, {{"a", 3, "xyz"}}));
  const TorchFile file = open_torch_legacy(source);
  const TorchObjects objects(file.pickle, source);
  const auto* const both = file.pickle.get<Sequence>(file.pickle.root());
  ASSERT_NE(both, nullptr);
  EXPECT_NO_THROW(file.load(*objects.storage(both->items[0])));
  EXPECT_TRUE(throws<InputError>([&] { file.load(*objects.storage(both->items[1])); },
                                 "storage b is missing"));
}

}  // namespace
}  // namespace strata::weights
