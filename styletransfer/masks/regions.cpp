#include "styletransfer/masks/regions.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <utility>

#include <ATen/ATen.h>
#include <fmt/format.h>

namespace strata::styletransfer {
namespace {

// The part that is in both.
at::Tensor both(const at::Tensor& a, const at::Tensor& b) {
  if (!a.defined()) return b;
  return b.defined() ? a * b : a;
}

bool is_label(const MaskPicture& mask) { return !mask.soft.defined(); }

struct Reader {
  const SourcePicture& content;
  const std::vector<StylePicture>& styles;
  at::Tensor content_opacity;
  std::vector<at::Tensor> opacities;  // of the styles
  std::vector<MaskPicture> content_masks;
  std::vector<MaskPicture> style_masks;

  Region::Source source(size_t style, const at::Tensor& mask) const {
    return {style, both(mask, opacities[style])};
  }
  // All styles, each by its mask where there are any.
  std::vector<Region::Source> all_sources() const {
    std::vector<Region::Source> sources;
    for (size_t i = 0; i < styles.size(); ++i) {
      sources.push_back(source(i, style_masks.empty() ? at::Tensor() : style_masks[i].soft));
    }
    return sources;
  }

  std::vector<Region> labelled() const;
  std::vector<Region> numbered() const;
  std::vector<Region> single() const;
};

void check_kinds(const std::vector<MaskPicture>& content, const std::vector<MaskPicture>& style) {
  std::vector<const MaskPicture*> all;
  for (const MaskPicture& mask : content) all.push_back(&mask);
  for (const MaskPicture& mask : style) all.push_back(&mask);
  for (const MaskPicture* mask : all) {
    if (is_label(*mask) == is_label(*all[0])) continue;
    const auto kind = [](const MaskPicture& m) { return is_label(m) ? "coloured" : "grey"; };
    throw UsageError(
        fmt::format("content_mask, style_mask: {} is {} and {} is {}; masks are either "
                    "all grey (soft masks) or all coloured (labels)",
                    all[0]->file, kind(*all[0]), mask->file, kind(*mask)));
  }
}

std::vector<Region> Reader::labelled() const {
  if (content_masks.size() != 1 || style_masks.size() != styles.size()) {
    throw UsageError(
        fmt::format("content_mask, style_mask: label pictures are one for the content "
                    "and one for each of the {} styles; {} and {} were given",
                    styles.size(), content_masks.size(), style_masks.size()));
  }
  std::vector<Region> regions;
  for (const auto& [colour, mask] : content_masks[0].labels) {
    Region region{colour, both(mask, content_opacity), {}};
    std::vector<std::string> files;
    for (size_t i = 0; i < styles.size(); ++i) {
      files.push_back(style_masks[i].file);
      const auto found = style_masks[i].labels.find(colour);
      if (found != style_masks[i].labels.end()) region.sources.push_back(source(i, found->second));
    }
    if (region.sources.empty()) {
      throw InputError(content_masks[0].file,
                       fmt::format("region {} has no counterpart in {}", colour, files[0]));
    }
    regions.push_back(std::move(region));
  }
  return regions;
}

std::vector<Region> Reader::numbered() const {
  const size_t count = content_masks.size();
  const bool by_style = styles.size() == count;
  const bool by_mask = styles.size() == 1 && style_masks.size() == count;
  if (!by_mask && !(by_style && (style_masks.empty() || style_masks.size() == count))) {
    throw UsageError(
        fmt::format("content_mask: {} soft masks need as many styles, or one style with "
                    "as many style masks; there are {} styles and {} style masks",
                    count, styles.size(), style_masks.size()));
  }
  std::vector<Region> regions;
  for (size_t i = 0; i < count; ++i) {
    const at::Tensor of_style = style_masks.empty() ? at::Tensor() : style_masks[i].soft;
    regions.push_back({content_masks[i].file,
                       both(content_masks[i].soft, content_opacity),
                       {source(by_style ? i : 0, of_style)}});
  }
  return regions;
}

std::vector<Region> Reader::single() const {
  if (!style_masks.empty() && style_masks.size() != styles.size()) {
    throw UsageError(
        fmt::format("style_mask: {} masks for {} styles", style_masks.size(), styles.size()));
  }
  const bool masked = !content_masks.empty();
  const std::string name = masked                 ? content_masks[0].file
                           : !style_masks.empty() ? style_masks[0].file
                                                  : "everything opaque";
  return {
      {name, both(masked ? content_masks[0].soft : at::Tensor(), content_opacity), all_sources()}};
}

void check_some(const Region& region) {
  if (region.mask.defined() && region.mask.max().item<float>() == 0.0F) {
    throw InputError(fmt::format("region {}: the content is transparent there", region.name));
  }
}

}  // namespace

Masks load_masks(const MaskFiles& files,
                 const SourcePicture& content,
                 const std::vector<StylePicture>& styles) {
  Reader reader{content, styles, opacity(content.picture), {}, {}, {}};
  for (const StylePicture& style : styles) {
    reader.opacities.push_back(opacity(style.source.picture));
  }
  for (const std::string& file : files.content) {
    reader.content_masks.push_back(read_mask(file, content));
  }
  for (size_t i = 0; i < files.style.size(); ++i) {
    const size_t of = styles.size() == 1 ? 0 : std::min(i, styles.size() - 1);
    reader.style_masks.push_back(read_mask(files.style[i], styles[of].source));
  }
  check_kinds(reader.content_masks, reader.style_masks);

  Masks masks;
  masks.rule = mask_rule_from(files.rule);
  masks.content = reader.content_opacity;
  const bool opaque = !masks.content.defined() &&
                      std::none_of(reader.opacities.begin(), reader.opacities.end(),
                                   [](const at::Tensor& alpha) { return alpha.defined(); });
  const auto& given = reader.content_masks.empty() ? reader.style_masks : reader.content_masks;
  if (given.empty()) {
    masks.only_alpha = !opaque;
    if (!opaque) masks.regions = reader.single();
  } else if (is_label(given[0])) {
    masks.regions = reader.labelled();
  } else {
    masks.regions = reader.content_masks.size() > 1 ? reader.numbered() : reader.single();
  }
  for (const Region& region : masks.regions) check_some(region);
  return masks;
}

Masks masks_at(const Masks& masks, Size content, const std::vector<Size>& styles) {
  const auto at_size = [](const at::Tensor& mask, Size size) {
    return mask.defined() ? resized_mask(mask, size) : mask;
  };
  Masks scaled = masks;
  scaled.content = at_size(masks.content, content);
  for (Region& region : scaled.regions) {
    region.mask = at_size(region.mask, content);
    for (Region::Source& source : region.sources) {
      source.mask = at_size(source.mask, styles.at(source.style));
    }
  }
  return scaled;
}

std::map<size_t, at::Tensor> at_layers(const Masks& masks,
                                       const at::Tensor& mask,
                                       const std::string& region,
                                       const Backbone& backbone,
                                       const std::vector<size_t>& taps) {
  std::vector<nn::NodeId> nodes;
  const nn::Graph& graph = backbone.network().graph;
  for (const size_t tap : taps) nodes.push_back(graph.find(backbone.title(tap)));
  auto propagated = propagate(graph, nodes, mask[0][0], masks.rule);
  std::map<size_t, at::Tensor> layers;
  for (size_t i = 0; i < taps.size(); ++i) {
    if (masks.only_alpha && propagated[i].max().item<float>() == 0.0F) {
      propagated[i] = propagate(graph, {nodes[i]}, mask[0][0], MaskRule::simple)[0];
    }
    if (propagated[i].max().item<float>() > 0.0F) {
      layers[taps[i]] = propagated[i].to(backbone.policy().device);
    } else if (!masks.may_leave_out) {
      throw InputError(fmt::format(
          "region {}: nothing of it is left at layer {} ({} x {} pixels, mask rule {}); take "
          "--mask-rule simple, a larger --size, or layers that are less deep",
          region, backbone.title(taps[i]), mask.size(3), mask.size(2), mask_rule_name(masks.rule)));
    }
  }
  return layers;
}

}  // namespace strata::styletransfer
