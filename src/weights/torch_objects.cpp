#include "weights/torch_objects.hpp"

#include "weights/layout.hpp"
#include "weights/quote.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace strata::weights {
namespace {

constexpr std::array<TorchType, 27> kTypes = {{
    {"DoubleStorage", "float64", 8, at::kDouble},
    {"FloatStorage", "float32", 4, at::kFloat},
    {"HalfStorage", "float16", 2, at::kHalf},
    {"BFloat16Storage", "bfloat16", 2, at::kBFloat16},
    {"LongStorage", "int64", 8, at::kLong},
    {"IntStorage", "int32", 4, at::kInt},
    {"ShortStorage", "int16", 2, at::kShort},
    {"CharStorage", "int8", 1, at::kChar},
    {"ByteStorage", "uint8", 1, at::kByte},
    {"BoolStorage", "bool", 1, at::kBool},
    {"", "uint64", 8, at::kUInt64},
    {"", "uint32", 4, at::kUInt32},
    {"", "uint16", 2, at::kUInt16},
    {"UntypedStorage", "", 1, std::nullopt},
    {"ComplexDoubleStorage", "complex128", 16, std::nullopt},
    {"ComplexFloatStorage", "complex64", 8, std::nullopt},
    {"", "complex32", 4, std::nullopt},
    {"QUInt8Storage", "quint8", 1, std::nullopt},
    {"QInt8Storage", "qint8", 1, std::nullopt},
    {"QInt32Storage", "qint32", 4, std::nullopt},
    {"QUInt4x2Storage", "quint4x2", 1, std::nullopt},
    {"QUInt2x4Storage", "quint2x4", 1, std::nullopt},
    {"", "float8_e4m3fn", 1, std::nullopt},
    {"", "float8_e5m2", 1, std::nullopt},
    {"", "float8_e4m3fnuz", 1, std::nullopt},
    {"", "float8_e5m2fnuz", 1, std::nullopt},
    {"", "float8_e8m0fnu", 1, std::nullopt},
}};

const TorchType* find_type(std::string_view name, std::string_view TorchType::*field) {
  const auto* const found = std::find_if(kTypes.begin(), kTypes.end(), [&](const TorchType& type) {
    return !(type.*field).empty() && type.*field == name;
  });
  return found == kTypes.end() ? nullptr : &*found;
}

/// What follows the prefix; nothing where the name does not begin with it.
std::optional<std::string_view> after(std::string_view name, std::string_view prefix) {
  if (name.substr(0, prefix.size()) != prefix) return std::nullopt;
  return name.substr(prefix.size());
}

const TorchType* storage_type(std::string_view global) {
  for (const char* prefix : {"torch.storage.", "torch.cuda.", "torch."}) {
    if (const auto name = after(global, prefix)) return find_type(*name, &TorchType::storage);
  }
  return nullptr;
}

const TorchType* dtype(std::string_view global) {
  const auto name = after(global, "torch.");
  return name ? find_type(*name, &TorchType::dtype) : nullptr;
}

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

constexpr std::string_view kOrderedDict = "collections.OrderedDict";

bool is_mapping_class(std::string_view name) {
  return is_one_of(name, {kOrderedDict, "collections.defaultdict"});
}

bool is_rebuild_tensor(std::string_view name) {
  return is_one_of(name, {"torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2",
                          "torch._utils._rebuild_tensor_v3"});
}

bool is_plain_tensor_class(std::string_view name) {
  return is_one_of(name, {"torch.Tensor", "torch._tensor.Tensor", "torch.nn.parameter.Parameter",
                          "torch.nn.parameter.Buffer"});
}

/// Calls whose result is plain data without tensors.
bool is_plain_data(std::string_view name) {
  return is_one_of(name, {"torch.Size", "torch.device", "builtins.set", "__builtin__.set",
                          "builtins.frozenset", "__builtin__.frozenset", "_codecs.encode",
                          "builtins.bytearray", "__builtin__.bytearray"});
}

std::string never_calls(std::string_view name) {
  return fmt::format("asks for {}, which strata never calls", printable(name));
}

}  // namespace

/// The innermost call that makes a tensor, with what wraps it taken off.
struct TorchObjects::Rebuild {
  std::string name;
  const std::vector<ValueId>* arguments;
};

const std::vector<ValueId>* TorchObjects::sequence(ValueId id) const {
  const auto* const found = pickle_.get<Sequence>(id);
  return found == nullptr ? nullptr : &found->items;
}

const std::string* TorchObjects::text(ValueId id) const {
  const auto* const found = pickle_.get<Text>(id);
  return found == nullptr ? nullptr : &found->text;
}

std::string TorchObjects::callable_name(const Call& call) const {
  ValueId callable = call.callable;
  // Legacy files refer to a module's class from outside: ("module", class, file, source).
  if (const auto* const reference = pickle_.get<Persistent>(callable)) {
    const auto* const parts = sequence(reference->id);
    if (parts != nullptr && parts->size() > 1) callable = (*parts)[1];
  }
  const auto* const global = pickle_.get<Global>(callable);
  if (global == nullptr) return "something without a name";
  // Objects of older protocols: the class is the first argument.
  const auto* const arguments = sequence(call.arguments);
  if (is_one_of(global->name, {"copyreg._reconstructor", "copy_reg._reconstructor"}) &&
      arguments != nullptr && !arguments->empty()) {
    if (const auto* const made = pickle_.get<Global>(arguments->front())) return made->name;
  }
  return global->name;
}

bool TorchObjects::is_mapping(ValueId id) const {
  if (pickle_.get<Mapping>(id) != nullptr) return true;
  const auto* const call = pickle_.get<Call>(id);
  return call != nullptr && is_mapping_class(callable_name(*call));
}

std::optional<std::string> TorchObjects::unknown_maker(ValueId id) const {
  const auto* const call = pickle_.get<Call>(id);
  if (call == nullptr) return std::nullopt;
  std::string name = callable_name(*call);
  if (is_mapping_class(name) || is_plain_data(name)) return std::nullopt;
  return name;
}

std::optional<Items> TorchObjects::mapping(ValueId id) const {
  if (!is_mapping(id)) return std::nullopt;
  if (const auto* const dict = pickle_.get<Mapping>(id)) return dict->items;
  const auto* const call = pickle_.get<Call>(id);
  Items items;
  // Python 2 passes an OrderedDict's items as its argument, a list of pairs.
  const auto* const arguments = sequence(call->arguments);
  if (callable_name(*call) == kOrderedDict && arguments != nullptr && arguments->size() == 1) {
    if (const auto* const list = sequence(arguments->front())) {
      for (const ValueId item : *list) {
        const auto* const pair = sequence(item);
        if (pair != nullptr && pair->size() == 2) items.emplace_back((*pair)[0], (*pair)[1]);
      }
    }
  }
  items.insert(items.end(), call->items.begin(), call->items.end());
  return items;
}

std::optional<TorchObjects::Rebuild> TorchObjects::rebuild(ValueId id) const {
  // Nothing that torch writes is wrapped more than twice; a value may wrap itself.
  for (int depth = 0; depth < 8; ++depth) {
    const auto* const call = pickle_.get<Call>(id);
    if (call == nullptr) return std::nullopt;
    const std::string name = callable_name(*call);
    const auto* const arguments = sequence(call->arguments);
    if (arguments == nullptr) return std::nullopt;
    if (is_rebuild_tensor(name)) return Rebuild{name, arguments};
    if (is_one_of(name, {"torch._utils._rebuild_parameter",
                         "torch._utils._rebuild_parameter_with_state"}) &&
        !arguments->empty()) {
      id = arguments->front();
      continue;
    }
    // A tensor with attributes: (function, class, the function's arguments, attributes).
    if (name != "torch._tensor._rebuild_from_type_v2" || arguments->size() != 4) {
      return std::nullopt;
    }
    const auto* const function = pickle_.get<Global>((*arguments)[0]);
    const auto* const made = pickle_.get<Global>((*arguments)[1]);
    const auto* const inner = sequence((*arguments)[2]);
    if (function == nullptr || made == nullptr || inner == nullptr ||
        !is_plain_tensor_class(made->name)) {
      return std::nullopt;
    }
    if (is_rebuild_tensor(function->name)) return Rebuild{function->name, inner};
    if (function->name != "torch._utils._rebuild_parameter" || inner->empty()) return std::nullopt;
    id = inner->front();
  }
  return std::nullopt;
}

bool TorchObjects::is_tensor(ValueId id) const { return rebuild(id).has_value(); }

std::optional<std::vector<int64_t>> TorchObjects::numbers(ValueId id) const {
  if (const auto* const call = pickle_.get<Call>(id);
      call != nullptr && callable_name(*call) == "torch.Size") {
    const auto* const arguments = sequence(call->arguments);
    if (arguments == nullptr || arguments->size() != 1) return std::nullopt;
    id = arguments->front();
  }
  const auto* const items = sequence(id);
  if (items == nullptr || items->size() > kMostDimensions) return std::nullopt;
  std::vector<int64_t> numbers;
  for (const ValueId item : *items) {
    const auto* const number = pickle_.get<int64_t>(item);
    if (number == nullptr) return std::nullopt;
    numbers.push_back(*number);
  }
  return numbers;
}

std::optional<Storage> TorchObjects::storage(ValueId id) const {
  // ("storage", class, key, device, elements[, view]), view: None or (key, begin, elements).
  const auto* const reference = pickle_.get<Persistent>(id);
  const auto* const parts = reference == nullptr ? nullptr : sequence(reference->id);
  if (parts == nullptr || parts->size() < 5 || parts->size() > 6) return std::nullopt;
  const std::string* const kind = text((*parts)[0]);
  const auto* const made = pickle_.get<Global>((*parts)[1]);
  const std::string* const key = text((*parts)[2]);
  const auto* const elements = pickle_.get<int64_t>((*parts)[4]);
  if (kind == nullptr || *kind != "storage" || made == nullptr) return std::nullopt;
  const TorchType* const type = storage_type(made->name);
  if (type == nullptr) return std::nullopt;
  int64_t bytes = 0;
  if (key == nullptr || elements == nullptr || *elements < 0 ||
      __builtin_mul_overflow(*elements, type->bytes, &bytes)) {
    source_.fail("a storage without a name or with an impossible size; the file is damaged");
  }
  Storage storage{*key, type, *elements, 0, *elements};
  if (parts->size() == 6 && !std::holds_alternative<None>(pickle_.at((*parts)[5]))) {
    const auto* const view = sequence((*parts)[5]);
    const bool whole = view != nullptr && view->size() == 3;
    const auto* const begin = whole ? pickle_.get<int64_t>((*view)[1]) : nullptr;
    const auto* const count = whole ? pickle_.get<int64_t>((*view)[2]) : nullptr;
    if (begin == nullptr || count == nullptr || *begin < 0 || *count < 0 || *begin > *elements ||
        *count > *elements - *begin) {
      source_.fail(fmt::format("storage {}: a view that does not lie inside it", printable(*key)));
    }
    storage.begin = *begin;
    storage.count = *count;
  }
  return storage;
}

std::variant<NoTensor, TensorView, Refusal> TorchObjects::tensor(ValueId id,
                                                                 const std::string& name) const {
  const auto made = rebuild(id);
  if (!made) {
    const auto maker = unknown_maker(id);
    if (!maker) return NoTensor{};
    return Refusal{never_calls(*maker)};
  }
  const std::vector<ValueId>& arguments = *made->arguments;
  const bool typed = made->name != "torch._utils._rebuild_tensor_v3";
  const auto malformed = [&](std::string_view why) {
    source_.fail(fmt::format("tensor {}: {}; the file is damaged", printable(name), why));
  };
  if (arguments.size() < (typed ? 4U : 7U)) malformed("too few arguments");
  // An argument that is an object is no damage, but nothing can be made of it.
  for (size_t i = 0; i < (typed ? 4U : 7U); ++i) {
    if (const auto maker = unknown_maker(arguments[i])) return Refusal{never_calls(*maker)};
  }
  const auto from = storage(arguments[0]);
  if (!from) return Refusal{"lies in something else than a known storage"};
  const auto* const of_dtype = typed ? nullptr : pickle_.get<Global>(arguments[6]);
  const TorchType* type = from->type;
  if (!typed) {
    type = of_dtype == nullptr ? nullptr : dtype(of_dtype->name);
    if (type == nullptr) return Refusal{"has an unknown dtype"};
  }
  if (type->dtype.empty()) malformed("a storage without a type");
  if (!type->type) return Refusal{fmt::format("has dtype {}, which is not supported", type->dtype)};
  const auto* const offset = pickle_.get<int64_t>(arguments[1]);
  const auto sizes = numbers(arguments[2]);
  const auto strides = numbers(arguments[3]);
  if (offset == nullptr || !sizes || !strides) malformed("offset, sizes or strides are no numbers");
  if (from->begin * from->type->bytes % type->bytes != 0) malformed("a misaligned storage");
  const int64_t elements = from->count * from->type->bytes / type->bytes;
  if (!view_fits(*offset, *sizes, *strides, elements)) {
    malformed(fmt::format("{} numbers from {} on, strides {}, do not lie inside its storage of {}",
                          shape_text(*sizes), *offset, shape_text(*strides), elements));
  }
  return TensorView{*from, *type->type, *offset, *sizes, *strides};
}

std::string TorchObjects::describe(ValueId id) const {
  if (is_mapping(id)) return "a mapping";
  if (is_tensor(id)) return "a tensor";
  const Value& value = pickle_.at(id);
  if (const auto* const call = std::get_if<Call>(&value)) return never_calls(callable_name(*call));
  if (std::holds_alternative<None>(value)) return "None";
  if (std::holds_alternative<bool>(value)) return "a truth value";
  if (std::holds_alternative<int64_t>(value) || std::holds_alternative<BigInteger>(value)) {
    return "a whole number";
  }
  if (std::holds_alternative<double>(value)) return "a number";
  if (std::holds_alternative<Text>(value)) return "text";
  if (std::holds_alternative<Sequence>(value)) return "a list";
  if (const auto* const global = std::get_if<Global>(&value)) {
    return "the name " + printable(global->name);
  }
  return "other data";
}

}  // namespace strata::weights
