#include "weights/byte_reader.hpp"
#include "weights/layout.hpp"
#include "weights/quote.hpp"
#include "weights/torch_file.hpp"

#include <map>
#include <string_view>

#include <fmt/format.h>

namespace strata::weights {
namespace {

constexpr std::string_view kMagic = "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";
constexpr int64_t kProtocol = 1001;

void check_magic(ByteReader& reader, const ByteSource& source) {
  const Pickle pickle = read_pickle(reader);
  const auto* const number = pickle.get<BigInteger>(pickle.root());
  if (number == nullptr || number->bytes != kMagic) {
    source.fail(
        "is a Python pickle, but not one that torch.save wrote; save the weights with "
        "torch.save(model.state_dict(), FILE) or as safetensors");
  }
}

void check_protocol(ByteReader& reader, const ByteSource& source) {
  const Pickle pickle = read_pickle(reader);
  const auto* const number = pickle.get<int64_t>(pickle.root());
  if (number == nullptr || *number != kProtocol) {
    source.fail(fmt::format("is a torch file of an unknown protocol, known is {}", kProtocol));
  }
}

void check_system(ByteReader& reader, const ByteSource& source) {
  const Pickle pickle = read_pickle(reader);
  const TorchObjects objects(pickle, source);
  const auto items = objects.mapping(pickle.root());
  if (!items) reader.fail("the description of the system that wrote it is missing");
  for (const auto& [key, value] : *items) {
    const std::string* const name = objects.text(key);
    const auto* const little = pickle.get<bool>(value);
    if (name != nullptr && *name == "little_endian" && little != nullptr && !*little) {
      source.fail("was written by a big-endian machine, which is not supported");
    }
  }
}

/// All storages that the object refers to, by key.
std::map<std::string, Storage> declared_storages(const Pickle& pickle, const ByteSource& source) {
  const TorchObjects objects(pickle, source);
  std::map<std::string, Storage> storages;
  for (ValueId id = 0; id < pickle.size(); ++id) {
    const auto storage = objects.storage(id);
    if (!storage) continue;
    const auto [found, is_new] = storages.emplace(storage->key, *storage);
    if (!is_new &&
        (found->second.type != storage->type || found->second.elements != storage->elements)) {
      source.fail(
          fmt::format("storage {} has two sizes; the file is damaged", printable(storage->key)));
    }
  }
  return storages;
}

/// Where each storage's bytes begin in the file.
std::map<std::string, uint64_t> storage_offsets(ByteReader& reader,
                                                const ByteSource& source,
                                                const std::map<std::string, Storage>& declared) {
  const Pickle pickle = read_pickle(reader);
  const TorchObjects objects(pickle, source);
  const auto* const keys = pickle.get<Sequence>(pickle.root());
  if (keys == nullptr) reader.fail("the list of storages is missing");
  std::map<std::string, uint64_t> offsets;
  for (const ValueId id : keys->items) {
    const std::string* const key = objects.text(id);
    const auto found = key == nullptr ? declared.end() : declared.find(*key);
    if (found == declared.end())
      reader.fail("a storage of no known type, or that nothing refers to");
    const auto elements = reader.little<int64_t>();
    if (elements != found->second.elements) {
      reader.fail(fmt::format("storage {} has {} elements, but {} were announced", printable(*key),
                              elements, found->second.elements));
    }
    offsets[*key] = reader.position();
    reader.skip(static_cast<uint64_t>(found->second.bytes()));
  }
  return offsets;
}

}  // namespace

TorchFile open_torch_legacy(const ByteSource& source) {
  ByteReader reader(source);
  check_magic(reader, source);
  check_protocol(reader, source);
  check_system(reader, source);
  TorchFile file;
  file.format = "torch legacy";
  file.pickle = read_pickle(reader);
  const auto declared = declared_storages(file.pickle, source);
  file.load = [&source,
               offsets = storage_offsets(reader, source, declared)](const Storage& wanted) {
    const auto found = offsets.find(wanted.key);
    if (found == offsets.end()) {
      source.fail(fmt::format("storage {} is missing", printable(wanted.key)));
    }
    const std::vector<int64_t> size = {wanted.bytes()};
    at::Tensor bytes = allocate(size, at::kByte);
    source.read(found->second, bytes_of(bytes));
    return bytes;
  };
  return file;
}

}  // namespace strata::weights
