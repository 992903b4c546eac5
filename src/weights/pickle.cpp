#include "weights/pickle.hpp"

#include "weights/quote.hpp"

#include <bit>
#include <charconv>
#include <unordered_map>

#include <fmt/format.h>

namespace strata::weights {
namespace {

// A state_dict of a thousand tensors needs about 30,000 operations.
constexpr uint64_t kMostOperations = 50'000'000;
constexpr size_t kMostValues = 4'000'000;
constexpr uint64_t kMostText = uint64_t{1} << 28U;
constexpr uint64_t kLongestName = uint64_t{1} << 16U;
constexpr size_t kLongestLine = 4096;

using Items = std::vector<ValueId>;
using Pairs = std::vector<std::pair<ValueId, ValueId>>;

/// The machine that Python's pickletools describes: a stack, marks on it, and a memo. The
/// operations are in groups by what they do; each group's function says whether the opcode was its.
class Machine {
 public:
  explicit Machine(ByteReader& reader) : reader_(reader) {
    none_ = pickle_.add(None{});
    false_ = pickle_.add(false);
    true_ = pickle_.add(true);
    empty_tuple_ = pickle_.add(Sequence{Sequence::Kind::tuple, {}});
  }

  Pickle run() {
    for (uint64_t operations = 0; operations < kMostOperations; ++operations) {
      const uint8_t opcode = reader_.byte();
      if (opcode == '.') {
        pickle_.set_root(pop());
        return std::move(pickle_);
      }
      if (stack(opcode) || number(opcode) || text(opcode) || container(opcode) || object(opcode)) {
        continue;
      }
      fail(fmt::format("pickle opcode 0x{:02x}, which is not among those that hold data", opcode));
    }
    fail("a pickle of too many operations");
  }

 private:
  [[noreturn]] void fail(std::string_view why) const { reader_.fail(why); }

  // ---- the stack and the memo -------------------------------------------------------------------

  void push(ValueId id) {
    if (stack_.size() >= kMostValues) fail("a pickle with too many values on its stack");
    stack_.push_back(id);
  }

  void push_new(Value value) {
    if (pickle_.size() >= kMostValues) fail("a pickle of too many values");
    push(pickle_.add(std::move(value)));
  }

  /// Values above the last mark, or all where there is none.
  size_t available() const { return stack_.size() - (marks_.empty() ? 0 : marks_.back()); }

  ValueId top() const {
    if (available() == 0) fail("a pickle that takes more than it has (stack underflow)");
    return stack_.back();
  }

  ValueId pop() {
    const ValueId id = top();
    stack_.pop_back();
    return id;
  }

  Items pop_many(size_t count) {
    if (available() < count) fail("a pickle that takes more than it has (stack underflow)");
    Items items(stack_.end() - static_cast<std::ptrdiff_t>(count), stack_.end());
    stack_.resize(stack_.size() - count);
    return items;
  }

  Items pop_to_mark() {
    if (marks_.empty()) fail("a pickle that needs a mark and has none");
    Items items = pop_many(available());
    marks_.pop_back();
    return items;
  }

  Pairs pop_pairs_to_mark() {
    const Items items = pop_to_mark();
    if (items.size() % 2 != 0) fail("a pickle with a key that has no value");
    Pairs pairs;
    pairs.reserve(items.size() / 2);
    for (size_t i = 0; i < items.size(); i += 2) pairs.emplace_back(items[i], items[i + 1]);
    return pairs;
  }

  void remember(int64_t key) {
    if (memo_.size() >= kMostValues) fail("a pickle that remembers too many values");
    memo_[key] = top();
  }

  void recall(int64_t key) {
    const auto found = memo_.find(key);
    if (found == memo_.end()) fail(fmt::format("a pickle that recalls the unknown value {}", key));
    push(found->second);
  }

  bool stack(uint8_t opcode) {
    switch (opcode) {
      case 0x80:  // PROTO
        if (const uint8_t protocol = reader_.byte(); protocol > 5) {
          fail(fmt::format("pickle protocol {}, but 5 is the newest known", protocol));
        }
        return true;
      case 0x95:  // FRAME: only helps Python to read ahead
        reader_.skip(8);
        return true;
      case '(':  // MARK
        if (marks_.size() >= kMostValues) fail("a pickle with too many marks");
        marks_.push_back(stack_.size());
        return true;
      case '0':  // POP takes a mark too
        if (available() == 0 && !marks_.empty()) {
          marks_.pop_back();
        } else {
          pop();
        }
        return true;
      case '1':  // POP_MARK
        pop_to_mark();
        return true;
      case '2':  // DUP
        push(top());
        return true;
      case 'p':  // PUT
        remember(decimal());
        return true;
      case 'q':  // BINPUT
        remember(reader_.byte());
        return true;
      case 'r':  // LONG_BINPUT
        remember(reader_.little<uint32_t>());
        return true;
      case 0x94:  // MEMOIZE
        remember(static_cast<int64_t>(memo_.size()));
        return true;
      case 'g':  // GET
        recall(decimal());
        return true;
      case 'h':  // BINGET
        recall(reader_.byte());
        return true;
      case 'j':  // LONG_BINGET
        recall(reader_.little<uint32_t>());
        return true;
      default:
        return false;
    }
  }

  // ---- numbers ----------------------------------------------------------------------------------

  /// A line that must be a whole number of 64 bits.
  int64_t decimal() {
    const std::string line = reader_.line(kLongestLine);
    int64_t value = 0;
    const char* const last = line.data() + line.size();
    const auto [end, error] = std::from_chars(line.data(), last, value);
    if (error != std::errc{} || end != last) {
      fail(fmt::format("\"{}\", which is not a whole number", printable(line)));
    }
    return value;
  }

  void push_integer_line() {
    std::string line = reader_.line(kLongestLine);
    if (line == "00" || line == "01") {  // truth values before protocol 2
      push(line == "01" ? true_ : false_);
      return;
    }
    if (!line.empty() && line.back() == 'L') line.pop_back();
    int64_t value = 0;
    const char* const last = line.data() + line.size();
    const auto [end, error] = std::from_chars(line.data(), last, value);
    if (error == std::errc::result_out_of_range) {
      push_new(BigInteger{});
    } else if (error == std::errc{} && end == last) {
      push_new(value);
    } else {
      fail(fmt::format("\"{}\", which is not a whole number", printable(line)));
    }
  }

  void push_long(uint64_t size) {
    if (size > 255) fail(fmt::format("a whole number of {} bytes", size));
    const std::string bytes = reader_.text(size);
    if (size > 8) {
      push_new(BigInteger{bytes});
      return;
    }
    // Two's complement: the last byte carries the sign.
    const bool negative = !bytes.empty() && (static_cast<uint8_t>(bytes.back()) & 0x80U) != 0;
    uint64_t value = negative ? ~uint64_t{0} : 0;
    for (size_t i = bytes.size(); i-- > 0;) value = value << 8U | static_cast<uint8_t>(bytes[i]);
    push_new(static_cast<int64_t>(value));
  }

  void push_float_line() {
    const std::string line = reader_.line(kLongestLine);
    double value = 0;
    const char* const last = line.data() + line.size();
    const auto [end, error] = std::from_chars(line.data(), last, value);
    if (error != std::errc{} || end != last) {
      fail(fmt::format("\"{}\", which is not a number", printable(line)));
    }
    push_new(value);
  }

  void push_binary_float() {
    uint64_t bits = 0;
    for (int i = 0; i < 8; ++i) bits = bits << 8U | reader_.byte();
    push_new(std::bit_cast<double>(bits));
  }

  bool number(uint8_t opcode) {
    switch (opcode) {
      case 'N':  // NONE
        push(none_);
        return true;
      case 0x88:  // NEWTRUE
        push(true_);
        return true;
      case 0x89:  // NEWFALSE
        push(false_);
        return true;
      case 'I':  // INT
      case 'L':  // LONG
        push_integer_line();
        return true;
      case 'J':  // BININT
        push_new(int64_t{reader_.little<int32_t>()});
        return true;
      case 'K':  // BININT1
        push_new(int64_t{reader_.byte()});
        return true;
      case 'M':  // BININT2
        push_new(int64_t{reader_.little<uint16_t>()});
        return true;
      case 0x8a:  // LONG1
        push_long(reader_.byte());
        return true;
      case 0x8b:  // LONG4
        push_long(reader_.little<uint32_t>());
        return true;
      case 'F':  // FLOAT
        push_float_line();
        return true;
      case 'G':  // BINFLOAT
        push_binary_float();
        return true;
      default:
        return false;
    }
  }

  // ---- text and bytes ---------------------------------------------------------------------------

  /// Counts text against what all of it together may take.
  void count_text(uint64_t size) {
    text_ += size;
    if (text_ > kMostText) fail("a pickle of too much text");
  }

  void push_bytes(uint64_t size) {
    reader_.skip(size);
    push_new(Bytes{size});
  }

  /// Text; what is too long for a name is passed over.
  void push_unicode(uint64_t size) {
    if (size > kLongestName) {
      push_bytes(size);
      return;
    }
    count_text(size);
    std::string text = reader_.text(size);
    if (!is_utf8(text)) fail("text that is not UTF-8");
    push_new(Text{std::move(text)});
  }

  /// Python 2 had one type for text and bytes.
  void push_string(uint64_t size) {
    if (size > kLongestName) {
      push_bytes(size);
      return;
    }
    count_text(size);
    std::string text = reader_.text(size);
    if (is_utf8(text)) {
      push_new(Text{std::move(text)});
    } else {
      push_new(Bytes{size});
    }
  }

  /// Text of protocol 0. No parameter's name has escapes in it: such text counts as bytes.
  void push_text_line(bool quoted) {
    std::string line = reader_.line(kLongestName);
    count_text(line.size());
    if (quoted) {
      const bool whole = line.size() >= 2 && line.front() == line.back() &&
                         (line.front() == '\'' || line.front() == '"');
      if (!whole) fail("text without its quotation marks");
      line = line.substr(1, line.size() - 2);
    }
    if (is_utf8(line) && line.find('\\') == std::string::npos) {
      push_new(Text{std::move(line)});
    } else {
      push_new(Bytes{line.size()});
    }
  }

  bool text(uint8_t opcode) {
    switch (opcode) {
      case 'X':  // BINUNICODE
        push_unicode(reader_.little<uint32_t>());
        return true;
      case 0x8c:  // SHORT_BINUNICODE
        push_unicode(reader_.byte());
        return true;
      case 0x8d:  // BINUNICODE8
        push_unicode(reader_.little<uint64_t>());
        return true;
      case 'V':  // UNICODE
        push_text_line(/*quoted=*/false);
        return true;
      case 'S':  // STRING
        push_text_line(/*quoted=*/true);
        return true;
      case 'U':  // SHORT_BINSTRING
        push_string(reader_.byte());
        return true;
      case 'T':  // BINSTRING
        push_string(reader_.little<uint32_t>());
        return true;
      case 'C':  // SHORT_BINBYTES
        push_bytes(reader_.byte());
        return true;
      case 'B':  // BINBYTES
        push_bytes(reader_.little<uint32_t>());
        return true;
      case 0x8e:  // BINBYTES8
      case 0x96:  // BYTEARRAY8
        push_bytes(reader_.little<uint64_t>());
        return true;
      default:
        return false;
    }
  }

  // ---- lists, tuples, sets, mappings ------------------------------------------------------------

  void push_sequence(Sequence::Kind kind, Items items) {
    push_new(Sequence{kind, std::move(items)});
  }

  /// Items for the value on the stack's top. An object of an unknown class stays as it is.
  void append(const Items& items, Sequence::Kind kind) {
    Value& target = pickle_.at(top());
    if (auto* const sequence = std::get_if<Sequence>(&target);
        sequence != nullptr && sequence->kind == kind) {
      sequence->items.insert(sequence->items.end(), items.begin(), items.end());
    } else if (!std::holds_alternative<Call>(target)) {
      fail("a pickle that appends to what is no list or set");
    }
  }

  void set_items(const Pairs& pairs) {
    Value& target = pickle_.at(top());
    Pairs* items = nullptr;
    if (auto* const mapping = std::get_if<Mapping>(&target)) items = &mapping->items;
    if (auto* const call = std::get_if<Call>(&target)) items = &call->items;
    if (items == nullptr) fail("a pickle that sets items of what is no mapping");
    items->insert(items->end(), pairs.begin(), pairs.end());
  }

  bool container(uint8_t opcode) {
    using Kind = Sequence::Kind;
    switch (opcode) {
      case ')':  // EMPTY_TUPLE
        push(empty_tuple_);
        return true;
      case 't':  // TUPLE
        push_sequence(Kind::tuple, pop_to_mark());
        return true;
      case 0x85:  // TUPLE1
      case 0x86:  // TUPLE2
      case 0x87:  // TUPLE3
        push_sequence(Kind::tuple, pop_many(opcode - 0x84U));
        return true;
      case ']':  // EMPTY_LIST
        push_sequence(Kind::list, {});
        return true;
      case 'l':  // LIST
        push_sequence(Kind::list, pop_to_mark());
        return true;
      case 0x8f:  // EMPTY_SET
        push_sequence(Kind::set, {});
        return true;
      case 0x91:  // FROZENSET
        push_sequence(Kind::set, pop_to_mark());
        return true;
      case '}':  // EMPTY_DICT
        push_new(Mapping{});
        return true;
      case 'd':  // DICT
        push_new(Mapping{pop_pairs_to_mark()});
        return true;
      case 'a':  // APPEND
        append(pop_many(1), Kind::list);
        return true;
      case 'e':  // APPENDS
        append(pop_to_mark(), Kind::list);
        return true;
      case 0x90:  // ADDITEMS
        append(pop_to_mark(), Kind::set);
        return true;
      case 's': {  // SETITEM
        const Items pair = pop_many(2);
        set_items({{pair[0], pair[1]}});
        return true;
      }
      case 'u':  // SETITEMS
        set_items(pop_pairs_to_mark());
        return true;
      default:
        return false;
    }
  }

  // ---- names and calls --------------------------------------------------------------------------

  void push_global(const std::string& module, const std::string& name) {
    count_text(module.size() + name.size());
    push_new(Global{module + "." + name});
  }

  void push_global_of_lines() {
    const std::string module = reader_.line(kLongestLine);
    push_global(module, reader_.line(kLongestLine));
  }

  void push_stacked_global() {
    const Items names = pop_many(2);
    const Text* const module = pickle_.get<Text>(names[0]);
    const Text* const name = pickle_.get<Text>(names[1]);
    if (module == nullptr || name == nullptr) fail("a pickle that names something without text");
    push_global(module->text, name->text);
  }

  void push_call(ValueId callable, ValueId arguments) { push_new(Call{callable, arguments, {}}); }

  bool object(uint8_t opcode) {
    switch (opcode) {
      case 'c':  // GLOBAL
        push_global_of_lines();
        return true;
      case 0x93:  // STACK_GLOBAL
        push_stacked_global();
        return true;
      case 'R':     // REDUCE
      case 0x81: {  // NEWOBJ
        const Items parts = pop_many(2);
        push_call(parts[0], parts[1]);
        return true;
      }
      case 0x92: {  // NEWOBJ_EX
        const Items parts = pop_many(3);
        push_call(parts[0], parts[1]);
        return true;
      }
      case 'i': {  // INST
        push_sequence(Sequence::Kind::tuple, pop_to_mark());
        push_global_of_lines();
        const Items parts = pop_many(2);
        push_call(parts[1], parts[0]);
        return true;
      }
      case 'o': {  // OBJ
        Items items = pop_to_mark();
        if (items.empty()) fail("a pickle that makes an object of no class");
        const ValueId callable = items.front();
        items.erase(items.begin());
        push_sequence(Sequence::Kind::tuple, std::move(items));
        push_call(callable, pop());
        return true;
      }
      case 'b':  // BUILD: the state of an object, and no object is ever made
        pop();
        top();
        return true;
      case 'P':  // PERSID
        push_new(Text{printable(reader_.line(kLongestLine))});
        push_new(Persistent{pop()});
        return true;
      case 'Q':  // BINPERSID
        push_new(Persistent{pop()});
        return true;
      default:
        return false;
    }
  }

  ByteReader& reader_;
  Pickle pickle_;
  std::vector<ValueId> stack_;
  std::vector<size_t> marks_;
  std::unordered_map<int64_t, ValueId> memo_;
  uint64_t text_ = 0;
  ValueId none_ = 0, false_ = 0, true_ = 0, empty_tuple_ = 0;
};

}  // namespace

ValueId Pickle::add(Value value) {
  values_.push_back(std::move(value));
  return static_cast<ValueId>(values_.size() - 1);
}

Pickle read_pickle(ByteReader& reader) { return Machine(reader).run(); }

}  // namespace strata::weights
