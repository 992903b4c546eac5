#pragma once

#include "nn/card.hpp"
#include "styletransfer/pictures.hpp"

#include <cstdint>
#include <string>

#include <ATen/core/Tensor.h>

namespace strata::styletransfer {

/// The network's mean colour, RGB in [0, 1]: what preprocessing maps to zero.
at::Tensor mean_colour(const nn::Preprocessing& input);

/// Normal noise of standard deviation `sigma` (in [0, 1] units) about the mean colour; the same on
/// every platform for one seed. 1 x 3 x H x W, float.
at::Tensor random_picture(Size size, const nn::Preprocessing& input, double sigma, uint64_t seed);

/// Normal noise with the mean and the standard deviation of each channel of a picture.
at::Tensor noise_like(const at::Tensor& rgb_nchw_01, Size size, uint64_t seed);

}  // namespace strata::styletransfer
