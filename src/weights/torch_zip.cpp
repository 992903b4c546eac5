#include "base/error.hpp"
#include "base/text.hpp"
#include "weights/byte_reader.hpp"
#include "weights/layout.hpp"
#include "weights/quote.hpp"
#include "weights/torch_file.hpp"

#include <cstring>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>
#include <zip.h>

namespace strata::weights {
namespace {

constexpr uint64_t kMostPickleBytes = uint64_t{1} << 28U;

/// A zip archive opened for reading.
class Archive {
 public:
  struct Entry {
    zip_uint64_t index;
    uint64_t size;  ///< unpacked
    bool packed;
  };

  explicit Archive(const FileSource& source) : source_(source), limit_(source) {
    const int descriptor = dup(source.descriptor());
    if (descriptor < 0) source.fail(fmt::format("cannot be read: {}", std::strerror(errno)));
    int code = 0;
    zip_.reset(zip_fdopen(descriptor, 0, &code));
    if (!zip_) {
      close(descriptor);
      zip_error_t error;
      zip_error_init_with_code(&error, code);
      const std::string why = zip_error_strerror(&error);
      zip_error_fini(&error);
      source.fail(fmt::format("begins like a zip archive, but is damaged or cut short ({})", why));
    }
  }

  std::vector<std::string> names() const {
    std::vector<std::string> names;
    const zip_int64_t count = zip_get_num_entries(zip_.get(), 0);
    for (zip_int64_t i = 0; i < count; ++i) {
      const char* const name =
          zip_get_name(zip_.get(), static_cast<zip_uint64_t>(i), ZIP_FL_ENC_RAW);
      if (name != nullptr) names.emplace_back(name);
    }
    return names;
  }

  std::optional<Entry> find(const std::string& name) const {
    const zip_int64_t index = zip_name_locate(zip_.get(), name.c_str(), ZIP_FL_ENC_RAW);
    if (index < 0) return std::nullopt;
    zip_stat_t status;
    constexpr zip_uint64_t kNeeded =
        ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
    const auto place = static_cast<zip_uint64_t>(index);
    if (zip_stat_index(zip_.get(), place, 0, &status) != 0 || (status.valid & kNeeded) != kNeeded) {
      fail(name, "is damaged");
    }
    if (status.encryption_method != ZIP_EM_NONE) fail(name, "is encrypted");
    const bool packed = status.comp_method == ZIP_CM_DEFLATE;
    if (!packed && status.comp_method != ZIP_CM_STORE) {
      fail(name, "is compressed in another way than deflate");
    }
    if (status.comp_size > source_.size() || (!packed && status.size != status.comp_size)) {
      fail(name, "claims to be larger than the file");
    }
    return Entry{place, status.size, packed};
  }

  /// All of an entry, which must have as many bytes as `into`. Its CRC is checked.
  void read(const Entry& entry, const std::string& name, std::span<std::byte> into) {
    STRATA_CHECK(into.size() == entry.size, "size of " + name);
    const std::unique_ptr<zip_file_t, Closer> file(zip_fopen_index(zip_.get(), entry.index, 0));
    if (!file) fail(name, zip_strerror(zip_.get()));
    while (true) {
      // One read beyond the end makes libzip compare the CRC.
      std::byte beyond{};
      const bool at_end = into.empty();
      const zip_int64_t got = at_end ? zip_fread(file.get(), &beyond, 1)
                                     : zip_fread(file.get(), into.data(), into.size());
      if (got < 0) fail(name, zip_file_strerror(file.get()));
      if (got == 0 && at_end) return;
      if (got == 0 || at_end) fail(name, "has another size than announced");
      into = into.subspan(static_cast<size_t>(got));
    }
  }

  /// Counts what an entry unpacks to. Entries may overlap, so this holds for stored ones too.
  void take(const Entry& entry, const std::string& name) { limit_.take(entry.size, name); }

  std::vector<std::byte> contents(const std::string& name, uint64_t most) {
    const auto entry = find(name);
    if (!entry) fail(name, "is missing");
    if (entry->size > most) {
      fail(name, fmt::format("has {}, more than the {} allowed",
                             human_bytes(static_cast<double>(entry->size)),
                             human_bytes(static_cast<double>(most))));
    }
    take(*entry, name);
    std::vector<std::byte> bytes(static_cast<size_t>(entry->size));
    read(*entry, name, bytes);
    return bytes;
  }

  [[noreturn]] void fail(const std::string& name, std::string_view why) const {
    source_.fail(fmt::format("entry {}: {}", printable(name), why));
  }

 private:
  struct Closer {
    void operator()(zip_t* zip) const { zip_discard(zip); }
    void operator()(zip_file_t* file) const { zip_fclose(file); }
  };

  const FileSource& source_;
  UnpackLimit limit_;
  std::unique_ptr<zip_t, Closer> zip_;
};

/// The folder at the archive's top, with its slash; its name is whatever the file was called.
std::string top_folder(const Archive& archive, const FileSource& source) {
  std::vector<std::string> folders;
  for (const std::string& name : archive.names()) {
    constexpr std::string_view kPickle = "data.pkl";
    const size_t slash = name.find('/');
    const size_t begin = slash == std::string::npos ? 0 : slash + 1;
    if (name.compare(begin, std::string::npos, kPickle) == 0) {
      folders.push_back(name.substr(0, begin));
    }
  }
  if (folders.empty()) source.fail("is a zip archive, but none of torch.save: it has no data.pkl");
  if (folders.size() > 1) source.fail("has more than one data.pkl");
  return folders.front();
}

void check_byte_order(Archive& archive, const std::string& folder) {
  const std::string name = folder + "byteorder";
  if (!archive.find(name)) return;  // older than torch 2.1
  const std::vector<std::byte> bytes = archive.contents(name, 16);
  const std::string order(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (order != "little") {
    archive.fail(name, fmt::format("byte order \"{}\", supported is \"little\"", printable(order)));
  }
}

}  // namespace

TorchFile open_torch_zip(const FileSource& source) {
  const auto archive = std::make_shared<Archive>(source);
  const std::string folder = top_folder(*archive, source);
  if (archive->find(folder + "constants.pkl")) {
    source.fail(
        "is a TorchScript archive, which holds a program; save the weights alone with "
        "torch.save(model.state_dict(), FILE)");
  }
  check_byte_order(*archive, folder);
  const std::string name = folder + "data.pkl";
  const MemorySource pickle(source.file(), name, archive->contents(name, kMostPickleBytes));
  ByteReader reader(pickle);
  TorchFile file;
  file.format = "torch zip";
  file.pickle = read_pickle(reader);
  file.load = [archive, folder](const Storage& wanted) {
    const std::string entry_name = folder + "data/" + wanted.key;
    const auto entry = archive->find(entry_name);
    if (!entry) archive->fail(entry_name, "is missing");
    const int64_t size = wanted.bytes();
    if (entry->size != static_cast<uint64_t>(size)) {
      archive->fail(entry_name,
                    fmt::format("has {} bytes, but its storage needs {}", entry->size, size));
    }
    archive->take(*entry, entry_name);
    const std::vector<int64_t> sizes = {size};
    at::Tensor bytes = allocate(sizes, at::kByte);
    archive->read(*entry, entry_name, bytes_of(bytes));
    return bytes;
  };
  return file;
}

}  // namespace strata::weights
