#pragma once

#include "styletransfer/losses/term.hpp"

#include <memory>
#include <string>
#include <vector>

namespace strata::styletransfer {

/// What the mean squared difference of features is divided by.
enum class ContentNormalisation {
  none,    ///< mean((F - P)^2)                  (neural-style, Gatys' code)
  target,  ///< mean((F - P)^2) / mean(P^2): 1 at F = 0, the same scale on every layer and network
  root,    ///< sum((F - P)^2) / (2 sqrt(C H W))          (neural-style-tf)
};
std::vector<std::string> content_normalisation_names();
ContentNormalisation content_normalisation_from(const std::string& name);

/// Content as in Gatys, Ecker and Bethge 2016 (equation 1, as a mean over the C x H x W entries).
/// Features of another size than the target's are a Fault. Exact gradient; local, so tileable.
std::unique_ptr<TapTerm> make_content_mse(const at::Tensor& target,
                                          ContentNormalisation normalisation);

}  // namespace strata::styletransfer
