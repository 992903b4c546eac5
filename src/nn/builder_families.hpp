#pragma once

#include "nn/builders.hpp"

#include <string>
#include <vector>

namespace strata::nn {

// The families behind build(), one source each. `architecture` has been checked: the variant is one
// of the family's. Only builders.cpp includes this.

std::vector<std::string> vgg_variants();
/// Simonyan and Zisserman 2015, configurations A, B, D and E.
Graph build_vgg(const Architecture& architecture);

/// Krizhevsky 2014 ("One weird trick"), as torchvision has it.
Graph build_alexnet(const Architecture& architecture);

std::vector<std::string> squeezenet_variants();
/// Iandola et al. 2016.
Graph build_squeezenet(const Architecture& architecture);

std::vector<std::string> resnet_variants();
/// He et al. 2016 with the stride of a bottleneck on its 3x3 convolution ("v1.5").
Graph build_resnet(const Architecture& architecture);

std::vector<std::string> cifar_resnet_variants();
/// He et al. 2016, section 4.2: 6n + 2 layers, shortcuts without parameters (option A).
Graph build_cifar_resnet(const Architecture& architecture);

}  // namespace strata::nn
