"""What torchvision says of every network that a builder makes.

    python3 tests/golden/torchvision_networks.py       (needs torch, torchvision, numpy)

writes torchvision_networks.json beside itself. For each network: the layers with the shapes of
their outputs for a picture of 3 x 80 x 96, and the names and shapes of the state_dict. For some
also features in float64 of the whole network, with weights by formula (`weight` below, repeated in
tests/src/nn/formula_weights.cpp) on a picture by the same formula: sums that any wrong wire changes.
"""

import json
import pathlib

import numpy
import torch
import torchvision
from torchvision.models.feature_extraction import create_feature_extractor, get_graph_node_names

from features import CifarResNet, Shortcut, out_of_place

HERE = pathlib.Path(__file__).parent
PICTURE = (80, 96)

# Network -> (constructor, layer whose values are stored or None). VGG's first dense layer alone has
# 800 MB in float64; its values stop before it.
NETWORKS = {
    "vgg 11": ("vgg11", None),
    "vgg 11_bn": ("vgg11_bn", "avgpool"),
    "vgg 13": ("vgg13", None),
    "vgg 13_bn": ("vgg13_bn", None),
    "vgg 16": ("vgg16", None),
    "vgg 16_bn": ("vgg16_bn", None),
    "vgg 19": ("vgg19", "avgpool"),
    "vgg 19_bn": ("vgg19_bn", None),
    "alexnet ": ("alexnet", "classifier.6"),
    "squeezenet 1_0": ("squeezenet1_0", "classifier.3"),
    "squeezenet 1_1": ("squeezenet1_1", "classifier.3"),
    "resnet 18": ("resnet18", "fc"),
    "resnet 34": ("resnet34", None),
    "resnet 50": ("resnet50", "fc"),
    "resnet 101": ("resnet101", None),
    "resnet 152": ("resnet152", None),
}
CIFAR = {f"cifar_resnet {6 * n + 2}": n for n in [3, 5, 7, 9, 18]}


# ---- weights by formula --------------------------------------------------------------------------


def uniform(name, count):
    """Numbers in [-1, 1) from an integer hash of the name and the place; the same everywhere."""
    start = 0x811C9DC5  # FNV-1a
    for byte in name.encode():
        start = (start ^ byte) * 0x01000193 % 2**32
    x = numpy.arange(count, dtype=numpy.uint32) + numpy.uint32(start)
    for shift, factor in [(16, 0x7FEB352D), (15, 0x846CA68B)]:
        x ^= x >> numpy.uint32(shift)
        x *= numpy.uint32(factor)
    x ^= x >> numpy.uint32(16)
    return x.astype(float) / 2.0**31 - 1.0


def weight(name, shape):
    values = uniform(name, int(numpy.prod(shape))).reshape(shape)
    if name.endswith(".weight") and len(shape) > 1:  # the variance of He et al. 2015
        return values * numpy.sqrt(6.0 / numpy.prod(shape[1:]))
    if name.endswith((".weight", ".running_var")):
        return 1.0 + 0.5 * values
    return 0.25 * values


def fill(model):
    state = {}
    for name, tensor in model.state_dict().items():
        is_counter = name.endswith("num_batches_tracked")
        state[name] = tensor if is_counter else torch.from_numpy(weight(name, tuple(tensor.shape)))
    model.double().load_state_dict(state)


# ---- what is written -----------------------------------------------------------------------------


def describe(model, values_of):
    arguments = {"leaf_modules": [Shortcut]}
    names = [n for n in get_graph_node_names(model, tracer_kwargs=arguments)[1] if n != "x"]
    if values_of:
        fill(model)
    picture = torch.from_numpy(weight("picture", (1, 3, *PICTURE)))
    with torch.no_grad():
        extract = create_feature_extractor(model, names, tracer_kwargs=arguments)
        features = extract(picture.to(next(model.parameters()).dtype))
    entry = {
        "layers": [[name, list(features[name].shape)] for name in names],
        "parameters": [
            [n, list(t.shape)]
            for n, t in model.state_dict().items()
            if not n.endswith("num_batches_tracked")
        ],
    }
    if values_of:
        entry["values_of"] = values_of
        # The first values, and sums over all that weigh every place differently.
        flat = features[values_of].flatten().numpy()
        probes = [uniform(f"probe {i}", flat.size) for i in range(4)]
        entry["first"] = flat[:8].tolist()
        entry["products"] = [float(probe @ flat) for probe in probes]
        entry["norm"] = float(numpy.linalg.norm(flat))
    return entry


def main():
    networks = {}
    for name, (constructor, values_of) in NETWORKS.items():
        # Initial values of VGG take minutes and are not used.
        arguments = {"init_weights": False} if constructor.startswith("vgg") else {}
        model = getattr(torchvision.models, constructor)(**arguments)
        networks[name] = describe(out_of_place(model).eval(), values_of)
        print(name)
    for name, n in CIFAR.items():
        values_of = "linear" if n in (3, 9) else None
        networks[name] = describe(out_of_place(CifarResNet(n)).eval(), values_of)
        print(name)
    text = json.dumps({"picture": [1, 3, *PICTURE], "networks": networks}, separators=(",", ":"))
    (HERE / "torchvision_networks.json").write_text(text.replace('],["', '],\n["') + "\n")


if __name__ == "__main__":
    main()
