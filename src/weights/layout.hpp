#pragma once

#include "weights/byte_source.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <ATen/core/Tensor.h>
#include <c10/core/ScalarType.h>

namespace strata::weights {

/// More dimensions than this are refused.
inline constexpr size_t kMostDimensions = 64;

/// Product of the sizes. Nothing where a size is negative, or where the product of the sizes that
/// are not zero leaves int64 (LibTorch multiplies those too).
std::optional<int64_t> element_count(std::span<const int64_t> sizes);

/// Whether a view with these sizes and strides (in elements) that begins at `offset` lies inside
/// `elements` elements. Strides must not be negative. A view without elements may begin at the end.
bool view_fits(int64_t offset,
               std::span<const int64_t> sizes,
               std::span<const int64_t> strides,
               int64_t elements);

/// "2x3x3", or "scalar".
std::string shape_text(std::span<const int64_t> sizes);

/// Memory of `count` elements, contiguous and not yet written to; a ResourceError where there is
/// not as much. The caller has checked `count` against the file.
at::Tensor allocate(std::span<const int64_t> sizes, at::ScalarType type);

/// The tensor's bytes; the tensor must be contiguous.
std::span<std::byte> bytes_of(const at::Tensor& tensor);

/// Makes every byte of a bool tensor 0 or 1: others are undefined behaviour in C++.
void normalise_bools(const at::Tensor& tensor);

/// What a file may unpack to: 64 MiB and 16 times its size. Files that were made to exhaust memory
/// (compressed zeros, views that repeat one element) end here, before memory is taken.
class UnpackLimit {
 public:
  explicit UnpackLimit(const ByteSource& source);
  /// Counts `bytes` for `what`; throws InputError when the limit is passed.
  void take(uint64_t bytes, std::string_view what);

 private:
  const ByteSource& source_;
  uint64_t left_;
};

}  // namespace strata::weights
