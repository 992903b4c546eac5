#include "styletransfer/masks/protection.hpp"

#include "base/error.hpp"

#include <ATen/ATen.h>

namespace strata::styletransfer {

Protection::Protection(const at::Tensor& map, const at::Tensor& content)
    : kept_(map.to(content.options()) * content), free_(1.0 - map.to(content.options())) {
  STRATA_CHECK(kept_.sizes() == content.sizes(), "a protect map of another size");
}

at::Tensor Protection::picture(const at::Tensor& u) const { return at::addcmul(kept_, free_, u); }

at::Tensor Protection::gradient(const at::Tensor& to_picture) const { return to_picture * free_; }

at::Tensor Protection::shown(const at::Tensor& u) const { return picture(u.clamp(0.0, 1.0)); }

}  // namespace strata::styletransfer
