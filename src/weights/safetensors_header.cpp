#include "weights/byte_reader.hpp"
#include "weights/layout.hpp"
#include "weights/quote.hpp"
#include "weights/safetensors.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace strata::weights {
namespace {

using nlohmann::json;

constexpr uint64_t kMostHeaderBytes = 100'000'000;

constexpr std::array<SafetensorsType, 19> kTypes = {{
    {"F64", 8, at::kDouble},
    {"F32", 4, at::kFloat},
    {"F16", 2, at::kHalf},
    {"BF16", 2, at::kBFloat16},
    {"I64", 8, at::kLong},
    {"I32", 4, at::kInt},
    {"I16", 2, at::kShort},
    {"I8", 1, at::kChar},
    {"U64", 8, at::kUInt64},
    {"U32", 4, at::kUInt32},
    {"U16", 2, at::kUInt16},
    {"U8", 1, at::kByte},
    {"BOOL", 1, at::kBool},
    {"F8_E4M3", 1, std::nullopt},
    {"F8_E5M2", 1, std::nullopt},
    {"F8_E4M3FNUZ", 1, std::nullopt},
    {"F8_E5M2FNUZ", 1, std::nullopt},
    {"F8_E8M0", 1, std::nullopt},
    {"C64", 8, std::nullopt},
}};

/// Follows the header's JSON as it is parsed, so that nothing but its own form is ever built:
/// {"NAME": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]},
///  "__metadata__": {"KEY": "TEXT"}}.
class HeaderHandler : public nlohmann::json_sax<json> {
 public:
  HeaderHandler(const ByteSource& source, SafetensorsHeader& header)
      : source_(source), header_(header) {}

  bool null() override { return unexpected("null"); }
  bool boolean(bool) override { return unexpected("a truth value"); }
  bool number_integer(number_integer_t) override { return unexpected("a negative number"); }
  bool number_float(number_float_t, const string_t&) override {
    return unexpected("a number that is not whole");
  }
  bool binary(binary_t&) override { return unexpected("binary data"); }

  bool number_unsigned(number_unsigned_t number) override {
    if (place_ != Place::list) return unexpected("a number");
    numbers_.push_back(number);
    if (numbers_.size() > kMostDimensions) fail("a list of more than 64 numbers");
    return true;
  }

  bool string(string_t& text) override {
    if (place_ == Place::metadata) {
      header_.metadata[field_] = text;
      return true;
    }
    if (place_ != Place::entry || field_ != "dtype") return unexpected("text");
    entry_.type = safetensors_type(text);
    if (entry_.type == nullptr) fail(fmt::format("unknown dtype \"{}\"", printable(text)));
    return true;
  }

  bool start_object(size_t) override {
    if (place_ == Place::start) {
      place_ = Place::top;
    } else if (place_ == Place::top) {
      place_ = name_ == "__metadata__" ? Place::metadata : Place::entry;
      entry_ = {};
      fields_.clear();
    } else {
      return unexpected("a mapping");
    }
    return true;
  }

  bool key(string_t& text) override {
    if (place_ == Place::top) {
      if (!names_.insert(text).second) fail(fmt::format("{} occurs twice", printable(text)));
      name_ = text;
      return true;
    }
    field_ = text;
    if (!fields_.insert(text).second) fail(fmt::format("\"{}\" occurs twice", printable(text)));
    if (place_ == Place::entry && text != "dtype" && text != "shape" && text != "data_offsets") {
      fail(fmt::format("unknown field \"{}\"", printable(text)));
    }
    return true;
  }

  bool end_object() override {
    if (place_ == Place::entry) {
      if (fields_.size() != 3) fail("needs dtype, shape and data_offsets");
      header_.entries.emplace(name_, std::move(entry_));
    }
    place_ = place_ == Place::top ? Place::end : Place::top;
    return true;
  }

  bool start_array(size_t) override {
    if (place_ != Place::entry || field_ == "dtype") return unexpected("a list");
    place_ = Place::list;
    numbers_.clear();
    return true;
  }

  bool end_array() override {
    place_ = Place::entry;
    if (field_ == "data_offsets") {
      if (numbers_.size() != 2) fail("data_offsets must be two numbers");
      entry_.begin = numbers_[0];
      entry_.end = numbers_[1];
      return true;
    }
    for (const uint64_t size : numbers_) {
      if (size > static_cast<uint64_t>(INT64_MAX)) fail("its shape is too large");
      entry_.shape.push_back(static_cast<int64_t>(size));
    }
    return true;
  }

  bool parse_error(size_t position, const std::string&, const json::exception&) override {
    source_.fail(fmt::format("its safetensors header is not JSON (at byte {})", position + 8));
  }

 private:
  enum class Place { start, top, entry, metadata, list, end };

  [[noreturn]] void fail(const std::string& why) const {
    source_.fail(fmt::format("safetensors header: {}: {}", printable(name_), why));
  }

  bool unexpected(const char* what) const { fail(fmt::format("{} where none belongs", what)); }

  const ByteSource& source_;
  SafetensorsHeader& header_;
  Place place_ = Place::start;
  std::string name_ = "top level", field_;
  std::set<std::string> names_, fields_;
  std::vector<uint64_t> numbers_;
  SafetensorsEntry entry_;
};

void check_shapes(const ByteSource& source, const SafetensorsHeader& header) {
  for (const auto& [name, entry] : header.entries) {
    const auto count = element_count(entry.shape);
    uint64_t bytes = 0;
    const bool counted =
        count && !__builtin_mul_overflow(static_cast<uint64_t>(*count), entry.type->bytes, &bytes);
    if (!counted || entry.begin > entry.end || entry.end - entry.begin != bytes) {
      source.fail(fmt::format("safetensors header: {}: bytes {} to {} do not hold {} {} numbers",
                              printable(name), entry.begin, entry.end, shape_text(entry.shape),
                              entry.type->name));
    }
  }
}

/// The tensors must lie end to end and fill the data.
void check_places(const ByteSource& source, const SafetensorsHeader& header) {
  std::vector<std::pair<std::pair<uint64_t, uint64_t>, std::string_view>> places;
  for (const auto& [name, entry] : header.entries) {
    places.push_back({{entry.begin, entry.end}, name});
  }
  std::sort(places.begin(), places.end());
  uint64_t filled = 0;
  for (const auto& [range, name] : places) {
    if (range.first != filled) {
      source.fail(fmt::format("safetensors header: {} {} the tensor before it", printable(name),
                              range.first < filled ? "overlaps" : "leaves a hole after"));
    }
    filled = range.second;
  }
  const uint64_t data = source.size() - header.data_offset;
  if (filled != data) {
    source.fail(fmt::format("holds {} bytes of tensors, but its header says {}: {}", data, filled,
                            data < filled ? "the file was cut short" : "it is not whole"));
  }
}

}  // namespace

const SafetensorsType* safetensors_type(std::string_view name) {
  const auto* const found = std::find_if(kTypes.begin(), kTypes.end(),
                                         [&](const auto& type) { return type.name == name; });
  return found == kTypes.end() ? nullptr : &*found;
}

const SafetensorsType* safetensors_type(at::ScalarType wanted) {
  const auto* const found = std::find_if(kTypes.begin(), kTypes.end(),
                                         [&](const auto& type) { return type.type == wanted; });
  return found == kTypes.end() ? nullptr : &*found;
}

bool looks_like_safetensors(const ByteSource& source) {
  if (source.size() < 10) return false;
  ByteReader reader(source, 8);
  return reader.byte() == '{';
}

SafetensorsHeader read_safetensors_header(const ByteSource& source) {
  ByteReader reader(source);
  const auto size = reader.little<uint64_t>();
  if (size > reader.remaining()) {
    source.fail(
        fmt::format("its first eight bytes announce a safetensors header of {} bytes, but only {} "
                    "follow: cut short, or no safetensors file",
                    size, reader.remaining()));
  }
  if (size > kMostHeaderBytes) {
    source.fail(fmt::format("has a safetensors header of {} bytes, more than the {} allowed", size,
                            kMostHeaderBytes));
  }
  SafetensorsHeader header;
  header.data_offset = 8 + size;
  const std::string text = reader.text(size);
  HeaderHandler handler(source, header);
  json::sax_parse(text, &handler);
  check_shapes(source, header);
  check_places(source, header);
  return header;
}

}  // namespace strata::weights
