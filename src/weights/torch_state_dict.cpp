#include "weights/torch_state_dict.hpp"

#include "base/error.hpp"
#include "base/text.hpp"
#include "weights/layout.hpp"
#include "weights/quote.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include <fmt/format.h>

namespace strata::weights {
namespace {

constexpr std::array<std::string_view, 5> kUsualPlaces = {"state_dict", "model_state_dict", "model",
                                                          "net", "ema"};
constexpr uint64_t kMostSearched = 10'000'000;
constexpr const char* kAdvice = "save the weights alone: torch.save(model.state_dict(), FILE)";

/// A value by its dotted path from the top.
struct Place {
  std::string path;
  ValueId id;
};

class Finder {
 public:
  Finder(const TorchFile& file, const ByteSource& source)
      : pickle_(file.pickle), source_(source), objects_(file.pickle, source) {}

  bool holds_tensors(ValueId id) const {
    const auto items = objects_.mapping(id);
    if (!items) return false;
    // One mapping may stand in many places; a file must not make this search endless.
    searched_ += items->size();
    if (searched_ > kMostSearched) source_.fail("holds too many mappings in each other");
    return std::any_of(items->begin(), items->end(), [&](const auto& item) {
      return objects_.text(item.first) != nullptr && objects_.is_tensor(item.second);
    });
  }

  /// The state_dict where no key was given.
  Place automatic() const {
    const auto items = objects_.mapping(pickle_.root());
    if (!items) {
      source_.fail(fmt::format("holds no state_dict: its top level {}; {}",
                               description(pickle_.root()), kAdvice));
    }
    std::vector<Place> usual, others;
    for (const auto& [key, value] : *items) {
      const std::string* const name = objects_.text(key);
      if (name == nullptr || !holds_tensors(value)) continue;
      const bool is_usual =
          std::find(kUsualPlaces.begin(), kUsualPlaces.end(), *name) != kUsualPlaces.end();
      (is_usual ? usual : others).push_back({*name, value});
    }
    // Nested ones first: the top level may hold a stray tensor (an accuracy) beside them.
    if (usual.empty() && holds_tensors(pickle_.root())) return {"", pickle_.root()};
    const std::vector<Place>& places = usual.empty() ? others : usual;
    if (places.size() > 1) {
      throw UsageError(
          fmt::format("{}: holds more than one state_dict: {}; choose one with "
                      "--weights-key",
                      source_.file().string(), paths(places)));
    }
    if (places.empty()) fail_without_tensors(*items);
    return places.front();
  }

  /// The mapping under a dotted key, and in `rest` what of the key is left beyond it.
  Place under(const std::string& key, std::string& rest) const {
    Place place{"", pickle_.root()};
    rest = key;
    while (!rest.empty()) {
      if (const auto whole = lookup(place.id, rest)) {
        place = {key, *whole};
        rest.clear();
        break;
      }
      const size_t dot = rest.find('.');
      const auto inner =
          dot == std::string::npos ? std::nullopt : lookup(place.id, rest.substr(0, dot));
      if (!inner || !objects_.is_mapping(*inner)) break;
      place = {key.substr(0, key.size() - rest.size() + dot), *inner};
      rest = rest.substr(dot + 1);
    }
    if (!holds_tensors(place.id)) {
      throw UsageError(fmt::format(
          "{}: weights key {}: {}; there is {}", source_.file().string(), printable(key),
          rest.empty() ? "holds no tensors" : "is not there", all_paths()));
    }
    return place;
  }

  const TorchObjects& objects() const { return objects_; }

 private:
  std::optional<ValueId> lookup(ValueId mapping, const std::string& name) const {
    std::optional<ValueId> found;  // the last one counts, as in Python
    for (const auto& [key, value] : objects_.mapping(mapping).value_or(Items{})) {
      const std::string* const text = objects_.text(key);
      if (text != nullptr && *text == name) found = value;
    }
    return found;
  }

  std::string description(ValueId id) const {
    const std::string text = objects_.describe(id);
    return pickle_.get<Call>(id) == nullptr ? "is " + text : text;
  }

  [[noreturn]] void fail_without_tensors(const Items& items) const {
    std::vector<std::string> parts;
    for (const auto& [key, value] : items) {
      const std::string* const name = objects_.text(key);
      if (name == nullptr) continue;
      if (parts.size() == 8) {
        parts.emplace_back("...");
        break;
      }
      parts.push_back(fmt::format("{} ({})", printable(*name), objects_.describe(value)));
    }
    source_.fail(
        fmt::format("holds no state_dict; its top level has {}. Name where the weights "
                    "lie with --weights-key, or {}",
                    parts.empty() ? "nothing" : join(parts), kAdvice));
  }

  static std::string paths(const std::vector<Place>& places) {
    std::vector<std::string> names;
    names.reserve(places.size());
    for (const Place& place : places) names.push_back(printable(place.path));
    return join(names);
  }

  /// The mappings with tensors near the top, for a message.
  std::string all_paths() const {
    constexpr size_t kDeepest = 3, kMost = 200, kShown = 12;
    std::vector<Place> level = {{"", pickle_.root()}}, found;
    std::set<ValueId> seen;
    for (size_t depth = 0; depth < kDeepest; ++depth) {
      std::vector<Place> next;
      for (const Place& place : level) {
        for (const auto& [key, value] : objects_.mapping(place.id).value_or(Items{})) {
          const std::string* const name = objects_.text(key);
          if (name == nullptr || !objects_.is_mapping(value) || !seen.insert(value).second)
            continue;
          Place inner{place.path.empty() ? *name : place.path + "." + *name, value};
          if (holds_tensors(value) && found.size() < kShown) found.push_back(inner);
          if (next.size() < kMost) next.push_back(std::move(inner));
        }
      }
      level = std::move(next);
    }
    if (!found.empty()) return paths(found);
    return holds_tensors(pickle_.root()) ? "only the top level" : "nothing that holds tensors";
  }

  const Pickle& pickle_;
  const ByteSource& source_;
  TorchObjects objects_;
  mutable uint64_t searched_ = 0;
};

/// Makes tensors of views, each storage read once.
class Loader {
 public:
  Loader(const TorchFile& file, const ByteSource& source)
      : file_(file), source_(source), limit_(source) {}

  at::Tensor tensor(const TensorView& view, const std::string& name) {
    const auto size = static_cast<int64_t>(c10::elementSize(view.type));
    // A view may repeat elements, so it may be larger than its storage.
    int64_t bytes = 0;
    if (__builtin_mul_overflow(*element_count(view.sizes), size, &bytes)) bytes = INT64_MAX;
    limit_.take(static_cast<uint64_t>(bytes), name);
    const Storage& storage = view.storage;
    auto found = storages_.find(storage.key);
    if (found == storages_.end()) {
      found = storages_.emplace(storage.key, file_.load(storage)).first;
    }
    if (found->second.numel() != storage.bytes()) {
      source_.fail(
          fmt::format("storage {} has two sizes; the file is damaged", printable(storage.key)));
    }
    const int64_t unit = storage.type->bytes;
    const at::Tensor elements =
        found->second.narrow(0, storage.begin * unit, storage.count * unit / size * size)
            .view(view.type);
    if (view.type == at::kBool) normalise_bools(elements);
    return elements.as_strided(view.sizes, view.strides, storage.begin * unit / size + view.offset);
  }

 private:
  const TorchFile& file_;
  const ByteSource& source_;
  UnpackLimit limit_;
  std::map<std::string, at::Tensor> storages_;
};

}  // namespace

std::string read_torch(const TorchFile& file,
                       const ByteSource& source,
                       const std::string& key,
                       StateDict& into) {
  const Finder finder(file, source);
  std::string rest;
  const Place place = key.empty() ? finder.automatic() : finder.under(key, rest);
  into.format = file.format;
  if (!place.path.empty()) into.notes.push_back(printable(place.path));
  std::map<std::string, ValueId> values;
  for (const auto& [name, value] : finder.objects().mapping(place.id).value_or(Items{})) {
    const std::string* const text = finder.objects().text(name);
    if (text != nullptr) values[*text] = value;
  }
  Loader loader(file, source);
  for (const auto& [name, value] : values) {
    const auto made = finder.objects().tensor(value, name);
    if (const auto* const view = std::get_if<TensorView>(&made)) {
      into.tensors.emplace(name, loader.tensor(*view, name));
    } else if (const auto* const refusal = std::get_if<Refusal>(&made)) {
      into.refused.emplace(name, refusal->why);
    }
  }
  return rest;
}

}  // namespace strata::weights
