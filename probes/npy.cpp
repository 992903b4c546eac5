#include "probes/npy.hpp"

#include "base/error.hpp"
#include "base/file.hpp"

#include <span>
#include <string>

#include <ATen/core/Tensor.h>
#include <ATen/ops/contiguous.h>
#include <fmt/format.h>

namespace strata::probes {
namespace {

const char* descriptor(at::ScalarType type) {
  if (type == at::kFloat) return "<f4";
  if (type == at::kDouble) return "<f8";
  STRATA_CHECK(type == at::kLong, "an array of another type");
  return "<i8";
}

}  // namespace

void write_npy(const std::filesystem::path& file, const at::Tensor& array) {
  const at::Tensor values = array.cpu().contiguous();
  std::string shape;
  for (const int64_t size : values.sizes()) shape += fmt::format("{}, ", size);
  if (values.dim() > 1) shape.resize(shape.size() - 2);  // (3,) keeps its comma
  std::string header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}",
                                   descriptor(values.scalar_type()), shape);
  // Magic, version, two bytes of length, then the header padded so that the data are aligned.
  constexpr size_t kPrefix = 10, kAlignment = 64;
  header.resize((kPrefix + header.size() + 1 + kAlignment - 1) / kAlignment * kAlignment - kPrefix,
                ' ');
  header.back() = '\n';
  std::string prefix("\x93NUMPY\x01\x00", 8);
  prefix += static_cast<char>(header.size() & 0xFFU);
  prefix += static_cast<char>(header.size() >> 8U);

  AtomicFile out(file);
  out.write(prefix);
  out.write(header);
  out.write(std::span(static_cast<const std::byte*>(values.data_ptr()), values.nbytes()));
  out.commit();
}

}  // namespace strata::probes
