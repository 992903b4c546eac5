#include "probes/choice.hpp"

namespace strata::probes {

void NetworkChoice::describe(OptionVisitor& v) {
  v.option({.key = "network", .help = "a card's name or file", .value = "NAME"}, request.network);
  v.option({.key = "weights",
            .help = "weights file, or random, or random:SEED; empty: the card's",
            .value = "FILE"},
           request.weights);
  v.option({.key = "weights_key",
            .help = "where the state_dict lies inside the file, e.g. state_dict_ema",
            .value = "KEY"},
           request.weights_key);
  v.option({.key = "taps",
            .help = "layers: names, patterns (layer*) or all; empty: those of the card",
            .value = "NAME"},
           taps);
}

void ExtractionChoice::describe(OptionVisitor& v) {
  v.option({.key = "fit",
            .help = "how a picture becomes the network's square",
            .value = "HOW",
            .allowed = {"crop", "pad", "squash"}},
           fit);
  v.option({.key = "size",
            .help = "side of that square in pixels; default: the card's",
            .value = "N",
            .range = {1, 8192}},
           size);
  v.option(
      {.key = "batch", .help = "pictures in one forward pass", .value = "N", .range = {1, 4096}},
      batch);
  v.option({.key = "device", .help = "auto, cpu, cuda or cuda:N", .value = "NAME"}, device);
  v.option({.key = "threads",
            .help = "threads for one operation; 0: all processors",
            .value = "N",
            .range = {0, 4096}},
           threads);
  v.option({.key = "precision",
            .help = "of weights and activations",
            .value = "TYPE",
            .allowed = {"float32", "bfloat16"}},
           precision);
  v.option({.key = "max_bad",
            .help = "share of pictures that may be broken",
            .value = "SHARE",
            .range = {0, 1}},
           max_bad);
}

}  // namespace strata::probes
