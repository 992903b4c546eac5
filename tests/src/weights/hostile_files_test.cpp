// Damaged and malicious files: whatever the bytes, reading ends in tensors or in an Error, in
// little time and memory, and nothing is executed.

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/random.hpp"
#include "files.hpp"
#include "testing/testing.hpp"
#include "weights/state_dict.hpp"

#include <fstream>

#include <ATen/core/Tensor.h>
#include <gtest/gtest.h>

namespace strata::weights {
namespace {

namespace fs = std::filesystem;
using testing::TemporaryFolder;
using testing::throws;

/// Reads the bytes as a file; true where they are accepted. Every tensor is touched.
bool accepts(const fs::path& file, const std::string& bytes) {
  // A new file each time: some file systems write a file to disk when it is overwritten.
  fs::remove(file);
  std::ofstream(file, std::ios::binary) << bytes;
  try {
    for (const auto& [name, tensor] : read(file).tensors) {
      EXPECT_EQ(tensor.clone().sizes(), tensor.sizes()) << name;
    }
    return true;
  } catch (const Error& error) {
    const std::string message = error.what();
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    EXPECT_EQ(message.rfind(file.string(), 0), 0U) << message;
    return false;
  }
}

std::vector<std::string> samples() {
  std::vector<std::string> all;
  for (const auto& entry : fs::directory_iterator(golden(""))) {
    all.push_back(read_text(entry.path()));
  }
  std::sort(all.begin(), all.end());
  all.push_back(safetensors_bytes(
      R"({"__metadata__":{"a":"b"},"w":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},)"
      R"("v":{"dtype":"I8","shape":[3],"data_offsets":[8,11]}})",
      std::string(11, '\x01')));
  return all;
}

TEST(HostileFiles, FlippedBytesEndInTensorsOrAnError) {
  const TemporaryFolder folder;
  Random random(1, "flips");
  for (const std::string& sample : samples()) {
    for (int round = 0; round < 150; ++round) {
      std::string bytes = sample;
      for (uint64_t flips = 1 + random.below(3); flips > 0; --flips) {
        bytes[random.below(bytes.size())] = static_cast<char>(random.bits());
      }
      accepts(folder / "a", bytes);
    }
  }
}

TEST(HostileFiles, NumbersReplacedByExtremesEndInTensorsOrAnError) {
  const TemporaryFolder folder;
  Random random(2, "extremes");
  const std::vector<std::string> extremes = {
      std::string(8, '\xff'), std::string(4, '\xff'),       little(INT64_MAX, 8),
      std::string(8, '\0'),   std::string("\0\0\0\x80", 4), little(uint64_t{1} << 40U, 8)};
  for (const std::string& sample : samples()) {
    for (int round = 0; round < 100; ++round) {
      std::string bytes = sample;
      const std::string& extreme = extremes[random.below(extremes.size())];
      const size_t place = random.below(bytes.size());
      bytes.replace(place, std::min(extreme.size(), bytes.size() - place), extreme);
      accepts(folder / "a", bytes);
    }
  }
}

TEST(HostileFiles, PiecesTakenOutOrDoubledEndInTensorsOrAnError) {
  const TemporaryFolder folder;
  Random random(3, "pieces");
  for (const std::string& sample : samples()) {
    for (int round = 0; round < 60; ++round) {
      const size_t place = random.below(sample.size());
      const size_t length = 1 + random.below(40);
      std::string bytes = sample;
      if (round % 2 == 0) {
        bytes.erase(place, length);
      } else {
        bytes.insert(random.below(sample.size()), sample.substr(place, length));
      }
      accepts(folder / "a", bytes);
    }
  }
}

TEST(HostileFiles, WhatIsCutShortIsNeverAccepted) {
  const TemporaryFolder folder;
  for (const std::string& sample : samples()) {
    const size_t step = 1 + sample.size() / 60;
    for (size_t size = 0; size < sample.size(); size += step) {
      EXPECT_FALSE(accepts(folder / "a", sample.substr(0, size))) << size << "/" << sample.size();
    }
  }
}

TEST(HostileFiles, AFileThatAsksForACommandRunsNothing) {
  const TemporaryFolder folder;
  const fs::path marker = folder / "executed";
  const std::string command = p_tuple({p_text("touch " + marker.string())});
  const std::string weights = p_text("w") + p_tensor(p_storage("ByteStorage", "k", 1), 0, {1}, {1});
  const std::string system = p_global("posix", "system");
  const std::vector<std::string> objects = {
      p_call(system, command),
      system + command + "\x81",
      "(" + command + "iposix\nsystem\n",
      "}(" + p_text("state_dict") + p_call(system, command) + "u",
      // As the callable, the class, or the state of something known.
      p_call(p_call(p_global("builtins", "eval"), command), command),
      p_call(p_global("collections", "OrderedDict"), p_tuple({})) + p_call(system, command) + "b",
  };
  for (const std::string& object : objects) {
    EXPECT_FALSE(accepts(folder / "a", legacy_bytes(object, {})));
    write_zip(folder / "b", {{"a/data.pkl", pickled(object)}});
    EXPECT_THROW(read(folder / "b"), InputError);
  }
  // Beside weights it is passed over.
  const std::string beside = "}(" + weights + p_text("x") + p_call(system, command) + "u";
  EXPECT_TRUE(accepts(folder / "a", legacy_bytes(beside, {{"k", 1, "x"}})));
  EXPECT_EQ(read(folder / "a").refused.at("x"), "asks for posix.system, which strata never calls");
  EXPECT_FALSE(fs::exists(marker));
}

TEST(HostileFiles, ACompressedBombIsRefusedBeforeItIsUnpacked) {
  // 100 MB of zeros in an archive of about a hundred kB.
  const TemporaryFolder folder;
  std::string zeros;
  zeros.resize(100'000'000);
  write_zip(folder / "bomb.pth",
            {{"a/data.pkl",
              pickled(p_dict(
                  {{"w", p_tensor(p_storage("ByteStorage", "k", 100'000'000), 0, {1}, {1})}}))},
             {"a/data/k", zeros}},
            /*deflate=*/true);
  EXPECT_LT(fs::file_size(folder / "bomb.pth"), 1'000'000U);
  EXPECT_TRUE(throws<InputError>([&] { read(folder / "bomb.pth"); }, "would unpack to 95.4 MiB"));
}

}  // namespace
}  // namespace strata::weights
