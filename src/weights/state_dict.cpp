#include "weights/state_dict.hpp"

#include "base/error.hpp"
#include "weights/byte_source.hpp"
#include "weights/names.hpp"
#include "weights/quote.hpp"
#include "weights/safetensors.hpp"
#include "weights/torch_file.hpp"
#include "weights/torch_state_dict.hpp"

#include <algorithm>
#include <new>
#include <string_view>

#include <fmt/format.h>

namespace strata::weights {
namespace {

constexpr size_t kTarMagicOffset = 257;
constexpr const char* kAdvice = "expected safetensors, or a checkpoint that torch.save wrote";

/// The first bytes of a file, enough to tell the formats apart.
std::string head_of(const ByteSource& source) {
  std::string head(static_cast<size_t>(std::min<uint64_t>(source.size(), 512)), '\0');
  source.read(0, std::as_writable_bytes(std::span(head)));
  return head;
}

bool begins_with(std::string_view head, std::string_view magic, size_t offset = 0) {
  return head.size() >= offset && head.substr(offset, magic.size()) == magic;
}

bool is_text(std::string_view head) {
  // The last character may have been cut through.
  while (!head.empty() && (static_cast<unsigned char>(head.back()) & 0x80U) != 0) {
    head.remove_suffix(1);
  }
  return !head.empty() && is_utf8(head) && std::all_of(head.begin(), head.end(), [](char c) {
    return static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\r' || c == '\t';
  });
}

[[noreturn]] void refuse(const ByteSource& source, std::string_view head) {
  if (head.empty()) source.fail("is empty (0 bytes)");
  if (begins_with(head, "version https://git-lfs")) {
    source.fail(
        "is a pointer of Git LFS, not the weights themselves; fetch them with git lfs pull");
  }
  if (begins_with(head, "ustar", kTarMagicOffset)) {
    source.fail(
        "is a tar archive, as torch before 0.2 wrote; load it in Python and save it again with "
        "torch.save(state_dict, FILE)");
  }
  if (begins_with(head, "\x89HDF")) source.fail(fmt::format("is an HDF5 file; {}", kAdvice));
  if (begins_with(head, "\x1f\x8b")) source.fail("is compressed with gzip; unpack it first");
  if (begins_with(head, "GGUF")) source.fail(fmt::format("is a GGUF file; {}", kAdvice));
  if (is_text(head)) {
    source.fail(
        fmt::format("is text (\"{}\"), not weights; {}", printable(head.substr(0, 40)), kAdvice));
  }
  source.fail(fmt::format("is not a weights file; {}", kAdvice));
}

/// Reads whatever format the first bytes tell. Returns what of the key was not used up.
std::string read_any(const FileSource& source, const std::string& key, StateDict& into) {
  const std::string head = head_of(source);
  if (begins_with(head, "PK\x03\x04")) return read_torch(open_torch_zip(source), source, key, into);
  if (begins_with(head, "\x80") && head.size() > 1 && head[1] >= 2 && head[1] <= 5) {
    return read_torch(open_torch_legacy(source), source, key, into);
  }
  if (!looks_like_safetensors(source)) refuse(source, head);
  read_safetensors(source, into);
  return key;
}

}  // namespace

StateDict read(const std::filesystem::path& file, const ReadOptions& options) {
  try {
    const FileSource source(file);
    StateDict dict;
    dict.file = file;
    const std::string rest = read_any(source, options.key, dict);
    if (!rest.empty() && !keep_prefix(dict, rest)) {
      throw UsageError(fmt::format("{}: weights key {}: is not there; there is {}", file.string(),
                                   printable(options.key), first_parts(dict)));
    }
    if (dict.tensors.empty() && dict.refused.empty()) source.fail("holds no tensors");
    if (options.strip_prefixes) strip_common_prefixes(dict);
    dict.sha256 = source.sha256();
    source.check_unchanged();
    return dict;
  } catch (const std::bad_alloc&) {
    throw ResourceError(file.string() + ": not enough memory to read it");
  }
}

}  // namespace strata::weights
