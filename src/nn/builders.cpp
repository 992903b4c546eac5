#include "nn/builders.hpp"

#include "base/error.hpp"
#include "base/text.hpp"
#include "nn/builder_families.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace strata::nn {
namespace {

struct Family {
  const char* name;
  std::vector<std::string> (*variants)();
  Graph (*build)(const Architecture&);
  const char* head;
  bool has_widths;
};

std::vector<std::string> only_one() { return {""}; }

constexpr std::array<Family, 5> kFamilies = {{
    {"alexnet", only_one, build_alexnet, "classifier.6.weight", false},
    {"cifar_resnet", cifar_resnet_variants, build_cifar_resnet, "linear.weight", false},
    {"resnet", resnet_variants, build_resnet, "fc.weight", false},
    {"squeezenet", squeezenet_variants, build_squeezenet, "classifier.1.weight", false},
    {"vgg", vgg_variants, build_vgg, "classifier.6.weight", true},
}};

const Family& family_of(const std::string& builder) {
  for (const Family& family : kFamilies) {
    if (family.name == builder) return family;
  }
  const auto names = builder_names();
  throw UsageError(fmt::format("builder: found '{}', expected one of {}{}", builder, join(names),
                               did_you_mean(builder, names)));
}

}  // namespace

std::vector<std::string> builder_names() {
  std::vector<std::string> names;
  for (const Family& family : kFamilies) names.emplace_back(family.name);
  return names;
}

std::vector<std::string> variants_of(const std::string& builder) {
  return family_of(builder).variants();
}

Graph build(const Architecture& architecture) {
  const Family& family = family_of(architecture.builder);
  const auto variants = family.variants();
  const std::string& variant = architecture.variant;
  if (std::find(variants.begin(), variants.end(), variant) == variants.end()) {
    if (variants == only_one()) {
      throw UsageError(fmt::format("variant: found '{}', but {} has none", variant, family.name));
    }
    throw UsageError(fmt::format("variant: found '{}', expected one of {} for {}{}", variant,
                                 join(variants), family.name, did_you_mean(variant, variants)));
  }
  if (!architecture.widths.empty() && !family.has_widths) {
    throw UsageError(fmt::format("widths: {} has only its published ones", family.name));
  }
  STRATA_CHECK(architecture.classes > 0, "a classifier needs classes");
  return with_projections(with_padding(family.build(architecture), architecture.padding),
                          architecture.projections);
}

std::string head_parameter(const Architecture& architecture) {
  return family_of(architecture.builder).head;
}

}  // namespace strata::nn
