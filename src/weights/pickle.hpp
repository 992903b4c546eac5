#pragma once

#include "weights/byte_reader.hpp"

#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace strata::weights {

/// A value's place in its Pickle. Values refer to each other by place: they may be shared and may
/// even hold themselves, and nothing here copies or frees them one inside the other.
using ValueId = uint32_t;

struct None {};
struct Text {
  std::string text;  ///< UTF-8
};
/// Bytes, or text that is too long to be a name. What they are does not matter to us.
struct Bytes {
  uint64_t size;
};
/// An integer beyond 64 bits: its bytes, least significant first; empty where it came as digits.
struct BigInteger {
  std::string bytes;
};
struct Sequence {
  enum class Kind : uint8_t { list, tuple, set };
  Kind kind;
  std::vector<ValueId> items;
};
struct Mapping {
  std::vector<std::pair<ValueId, ValueId>> items;
};
/// Something of Python's, by name: "collections.OrderedDict". Only ever a name here.
struct Global {
  std::string name;
};
/// What Python would make by calling `callable`. Nothing is called: these are the arguments, and
/// the items that were put into the result afterwards.
struct Call {
  ValueId callable;
  ValueId arguments;
  std::vector<std::pair<ValueId, ValueId>> items;
};
/// A reference to something outside of the pickle, such as a storage.
struct Persistent {
  ValueId id;
};

using Value = std::variant<None,
                           bool,
                           int64_t,
                           double,
                           Text,
                           Bytes,
                           BigInteger,
                           Sequence,
                           Mapping,
                           Global,
                           Call,
                           Persistent>;

/// What a pickle says, as plain data.
class Pickle {
 public:
  const Value& at(ValueId id) const { return values_[id]; }
  Value& at(ValueId id) { return values_[id]; }
  /// The value if it is a T, else nullptr.
  template <class T>
  const T* get(ValueId id) const {
    return std::get_if<T>(&values_[id]);
  }
  size_t size() const { return values_.size(); }
  ValueId root() const { return root_; }

  ValueId add(Value value);
  void set_root(ValueId root) { root_ = root; }

 private:
  std::deque<Value> values_;
  ValueId root_ = 0;
};

/// Runs the pickle at the reader's position up to its STOP (protocols 0 to 5, the opcodes that only
/// hold data; extension codes and out-of-band buffers are refused). Time and memory are bounded by
/// the number of bytes read and by fixed limits on operations, values and text. Throws InputError
/// with the position.
Pickle read_pickle(ByteReader& reader);

}  // namespace strata::weights
