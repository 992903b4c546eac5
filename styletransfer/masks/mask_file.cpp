#include "styletransfer/masks/mask_file.hpp"

#include "base/error.hpp"
#include "image/tensor.hpp"

#include <tuple>
#include <utility>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>

namespace strata::styletransfer {
namespace {

constexpr int64_t kMostLabels = 32;

void check_same_size(const std::string& file, const image::Picture& mask, const SourcePicture& of) {
  if (mask.width() == of.picture.width() && mask.height() == of.picture.height()) return;
  throw InputError(
      file,
      fmt::format("the mask is {} x {}, and its picture {} is {} x {}; a mask has "
                  "the size of its picture",
                  mask.width(), mask.height(), of.file, of.picture.width(), of.picture.height()));
}

void check_not_empty(const std::string& file, const at::Tensor& mask) {
  if (mask.max().item<float>() > 0.0F) return;
  throw InputError(file, "nothing is inside this mask: white is inside, black is outside");
}

image::Picture decode_mask(const std::string& file, const SourcePicture& of) {
  image::Picture mask = image::decode(file);
  check_same_size(file, mask, of);
  return mask;
}

bool is_grey(const at::Tensor& rgb) {
  return at::equal(rgb.select(1, 0), rgb.select(1, 1)) &&
         at::equal(rgb.select(1, 0), rgb.select(1, 2));
}

std::map<std::string, at::Tensor> labels_of(const std::string& file, const image::Picture& mask) {
  const at::Tensor rgb = image::rgb_nchw_u8(mask).to(at::kLong);
  at::Tensor code = rgb.select(1, 0) * 65536 + rgb.select(1, 1) * 256 + rgb.select(1, 2);
  const at::Tensor alpha = opacity(mask);
  if (alpha.defined()) code.masked_fill_(alpha[0] < 1.0, -1);
  const at::Tensor colours = std::get<0>(at::_unique2(code));
  if (colours.numel() > kMostLabels + 1) {
    throw InputError(file,
                     fmt::format("{} colours are too many for labels, at most {}: a label "
                                 "picture has one exact colour a region, without smooth edges, "
                                 "and is stored without loss (PNG); soft masks are grey",
                                 colours.numel(), kMostLabels));
  }
  std::map<std::string, at::Tensor> labels;
  for (int64_t i = 0; i < colours.numel(); ++i) {
    const auto colour = colours[i].item<int64_t>();
    if (colour < 0) continue;
    labels[fmt::format("#{:06x}", colour)] = (code == colour).to(at::kFloat).unsqueeze(0);
  }
  return labels;
}

}  // namespace

MaskPicture read_mask(const std::string& file, const SourcePicture& picture) {
  const c10::NoGradGuard no_grad;
  const image::Picture mask = decode_mask(file, picture);
  const at::Tensor rgb = image::rgb_nchw_01(mask);
  MaskPicture read{file, {}, {}};
  if (!is_grey(rgb)) {
    read.labels = labels_of(file, mask);
    return read;
  }
  read.soft = rgb.narrow(1, 0, 1).clone();
  const at::Tensor alpha = opacity(mask);
  if (alpha.defined()) read.soft.mul_(alpha);
  check_not_empty(file, read.soft);
  return read;
}

at::Tensor read_soft_mask(const std::string& file, const SourcePicture& picture) {
  MaskPicture mask = read_mask(file, picture);
  if (!mask.soft.defined()) {
    throw InputError(file, "this map must be grey: white where it holds, black where it does not");
  }
  return mask.soft;
}

at::Tensor opacity(const image::Picture& picture) {
  if (picture.alpha.empty()) return {};
  const c10::NoGradGuard no_grad;
  const at::Tensor alpha = image::alpha_nchw_01(picture);
  return alpha.min().item<float>() < 1.0F ? alpha : at::Tensor();
}

at::Tensor resized_mask(const at::Tensor& mask, Size size) {
  const c10::NoGradGuard no_grad;
  const at::Tensor at_size =
      resized(mask, size, image::Interpolation::bilinear_antialias).contiguous();
  return at_size.masked_fill(at_size < 0.5 / 255.0, 0.0);
}

}  // namespace strata::styletransfer
