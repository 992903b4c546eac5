#include "weights/layout.hpp"

#include "base/error.hpp"
#include "base/text.hpp"
#include "weights/quote.hpp"

#include <algorithm>
#include <vector>

#include <ATen/ops/empty.h>
#include <c10/util/Exception.h>
#include <fmt/format.h>

namespace strata::weights {

std::optional<int64_t> element_count(std::span<const int64_t> sizes) {
  int64_t product = 1;
  bool empty = false;
  for (const int64_t size : sizes) {
    if (size < 0) return std::nullopt;
    if (size == 0) empty = true;
    if (__builtin_mul_overflow(product, std::max<int64_t>(size, 1), &product)) return std::nullopt;
  }
  return empty ? 0 : product;
}

bool view_fits(int64_t offset,
               std::span<const int64_t> sizes,
               std::span<const int64_t> strides,
               int64_t elements) {
  const auto count = element_count(sizes);
  if (!count || offset < 0 || sizes.size() != strides.size()) return false;
  if (std::any_of(strides.begin(), strides.end(), [](int64_t stride) { return stride < 0; })) {
    return false;
  }
  if (*count == 0) return offset <= elements;
  int64_t last = offset;
  for (size_t i = 0; i < sizes.size(); ++i) {
    int64_t step = 0;
    if (__builtin_mul_overflow(sizes[i] - 1, strides[i], &step) ||
        __builtin_add_overflow(last, step, &last)) {
      return false;
    }
  }
  return last < elements;
}

std::string shape_text(std::span<const int64_t> sizes) {
  if (sizes.empty()) return "scalar";
  std::vector<std::string> parts;
  for (const int64_t size : sizes) parts.push_back(std::to_string(size));
  return join(parts, "x");
}

at::Tensor allocate(std::span<const int64_t> sizes, at::ScalarType type) {
  try {
    return at::empty(at::IntArrayRef(sizes.data(), sizes.size()), at::TensorOptions(type));
  } catch (const c10::Error&) {
    throw ResourceError(fmt::format("not enough memory for a tensor of {} {} numbers",
                                    shape_text(sizes), c10::toString(type)));
  }
}

std::span<std::byte> bytes_of(const at::Tensor& tensor) {
  STRATA_CHECK(tensor.is_contiguous(), "bytes of a strided tensor");
  return {static_cast<std::byte*>(tensor.data_ptr()), tensor.nbytes()};
}

void normalise_bools(const at::Tensor& tensor) {
  for (std::byte& byte : bytes_of(tensor)) byte = std::byte{byte != std::byte{0}};
}

UnpackLimit::UnpackLimit(const ByteSource& source)
    : source_(source), left_((uint64_t{1} << 26U) + 16 * source.size()) {}

void UnpackLimit::take(uint64_t bytes, std::string_view what) {
  if (bytes > left_) {
    source_.fail(fmt::format("{} would unpack to {}, which is beyond what a file of {} may hold",
                             printable(what), human_bytes(static_cast<double>(bytes)),
                             human_bytes(static_cast<double>(source_.size()))));
  }
  left_ -= bytes;
}

}  // namespace strata::weights
