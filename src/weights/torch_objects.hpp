#pragma once

#include "weights/byte_source.hpp"
#include "weights/pickle.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <c10/core/ScalarType.h>

namespace strata::weights {

/// A number format of torch. `type` is absent for those that are known by size but refused
/// (complex, quantised, 8-bit floats).
struct TorchType {
  std::string_view storage;  ///< "FloatStorage"; empty: has no storage class of its own
  std::string_view dtype;    ///< "float32"; empty: bytes without a type
  int64_t bytes;
  std::optional<at::ScalarType> type;
};

/// A storage as a pickle refers to it: a run of elements elsewhere in the file.
struct Storage {
  std::string key;
  const TorchType* type;
  int64_t elements;  ///< of the whole storage
  /// The part of it that is meant, in elements (legacy files have views of storages).
  int64_t begin, count;

  int64_t bytes() const { return elements * type->bytes; }
};

/// A tensor as a pickle describes it: checked to lie inside its storage. Offset and strides in
/// elements of `type`, from the storage's begin.
struct TensorView {
  Storage storage;
  at::ScalarType type;
  int64_t offset;
  std::vector<int64_t> sizes, strides;
};

/// Why a tensor cannot be made.
struct Refusal {
  std::string why;
};

struct NoTensor {};

using Items = std::vector<std::pair<ValueId, ValueId>>;

/// Reads a pickle as torch means it. The handful of names that make up a state_dict are known:
/// collections.OrderedDict and defaultdict, torch._utils._rebuild_tensor, _v2, _v3,
/// _rebuild_parameter, _rebuild_parameter_with_state, torch._tensor._rebuild_from_type_v2 of plain
/// tensors, torch.Size, the storages and dtypes. Any other name stays a name.
class TorchObjects {
 public:
  /// Both must outlive this; `source` names the file in errors.
  TorchObjects(const Pickle& pickle, const ByteSource& source) : pickle_(pickle), source_(source) {}

  /// The items of a dict, an OrderedDict or a defaultdict; nothing for any other value.
  std::optional<Items> mapping(ValueId id) const;
  bool is_mapping(ValueId id) const;
  /// Whether the value is what a tensor is pickled as, readable or not.
  bool is_tensor(ValueId id) const;
  /// The tensor; a Refusal where it depends on a name that is not known or has a type that is not
  /// supported, or where the value is an object of unknown make; NoTensor for other data. `name`
  /// is the tensor's in errors. Throws InputError where it does not lie inside its storage.
  std::variant<NoTensor, TensorView, Refusal> tensor(ValueId id, const std::string& name) const;
  /// The storage that a persistent id names. Nothing where it names something else; throws
  /// InputError for a storage with nonsensical sizes.
  std::optional<Storage> storage(ValueId id) const;
  /// For messages: "a whole number", "asks for os.system, which strata never calls".
  std::string describe(ValueId id) const;
  const std::string* text(ValueId id) const;

 private:
  const std::vector<ValueId>* sequence(ValueId id) const;
  std::string callable_name(const Call& call) const;
  /// The name of what makes the value, where that is neither data nor a mapping.
  std::optional<std::string> unknown_maker(ValueId id) const;
  struct Rebuild;
  std::optional<Rebuild> rebuild(ValueId id) const;
  std::optional<std::vector<int64_t>> numbers(ValueId id) const;

  const Pickle& pickle_;
  const ByteSource& source_;
};

}  // namespace strata::weights
