"""Golden features: what PyTorch computes at every layer of four networks with real weights.

    python3 tests/golden/features.py WEIGHTS                    (needs torch, torchvision, numpy)
    python3 tests/golden/features.py WEIGHTS --pictures A.jpg B.png ... --out DIR   (Pillow too)

WEIGHTS is the folder with the four files. The first form writes features_NETWORK.safetensors beside
itself, for a small synthetic picture; the second DIR/features_NETWORK_PICTURE.safetensors for real
ones, which `STRATA_GOLDEN_FEATURES=DIR nn_test --gtest_filter='GoldenFeatures.*'` compares too (with
`--gtest_output=xml` it writes down the largest errors). Each file holds the picture (`input`:
1 x 3 x H x W, RGB in [0, 1]), and `tap/LAYER` for every layer, whole tensors in float32.
"""

import argparse
import json
import pathlib
import re
import struct

import numpy
import safetensors_writer
import torch
import torchvision
from torchvision.models.feature_extraction import create_feature_extractor, get_graph_node_names

HERE = pathlib.Path(__file__).parent
IMAGENET = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
CAFFE = ([v / 255 for v in (123.68, 116.779, 103.939)], [1.0, 1.0, 1.0])


# ---- networks ------------------------------------------------------------------------------------


class Vgg19ToConv34(torch.nn.Module):
    def __init__(self):
        super().__init__()
        layers, channels = [], 3
        for width in [64, 64, "pool", 128, 128, "pool", 256, 256, 256, 256, "pool"]:
            if width == "pool":
                layers.append(torch.nn.MaxPool2d(2, 2))
            else:
                layers += [torch.nn.Conv2d(channels, width, 3, padding=1), torch.nn.ReLU()]
                channels = width
        self.features = torch.nn.Sequential(*layers)

    def forward(self, x):
        return self.features(x)


class Shortcut(torch.nn.Module):
    """Option A: every other position; the new channels are zeros, half in front, half behind."""

    def __init__(self, new_channels):
        super().__init__()
        self.each_side = new_channels // 2

    def forward(self, x):
        pad = (0, 0, 0, 0, self.each_side, self.each_side)
        return torch.nn.functional.pad(x[:, :, ::2, ::2], pad)


class Block(torch.nn.Module):
    def __init__(self, channels, width):
        super().__init__()
        stride = 1 if channels == width else 2
        self.conv1 = torch.nn.Conv2d(channels, width, 3, stride=stride, padding=1, bias=False)
        self.bn1 = torch.nn.BatchNorm2d(width)
        self.conv2 = torch.nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = torch.nn.BatchNorm2d(width)
        self.relu = torch.nn.ReLU()
        self.shortcut = None if stride == 1 else Shortcut(width - channels)

    def forward(self, x):
        residual = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        return self.relu(residual + (x if self.shortcut is None else self.shortcut(x)))


class CifarResNet(torch.nn.Module):
    """He et al. 2016, section 4.2, with 6 n + 2 layers."""

    def __init__(self, n, classes=10):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(3, 16, 3, padding=1, bias=False)
        self.bn1 = torch.nn.BatchNorm2d(16)
        self.relu = torch.nn.ReLU()
        channels = 16
        for stage, width in enumerate([16, 32, 64], start=1):
            blocks = []
            for _ in range(n):
                blocks.append(Block(channels, width))
                channels = width
            setattr(self, f"layer{stage}", torch.nn.Sequential(*blocks))
        self.avgpool = torch.nn.AdaptiveAvgPool2d(1)
        self.linear = torch.nn.Linear(channels, classes)

    def forward(self, x):
        x = self.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.linear(torch.flatten(self.avgpool(x), 1))


def taps(model):
    """Every layer's name and a module that returns their outputs by name."""
    arguments = {"leaf_modules": [Shortcut]}
    names = get_graph_node_names(model, tracer_kwargs=arguments)[1]
    names = [n for n in names if n != "x" and not re.fullmatch(r"flatten|classifier\.0", n)]
    return create_feature_extractor(model, names, tracer_kwargs=arguments)


def out_of_place(model):
    """A ReLU in place would overwrite the features of the layer before it."""
    for module in model.modules():
        if isinstance(module, torch.nn.ReLU):
            module.inplace = False
    return model


# ---- weights -------------------------------------------------------------------------------------


def read_safetensors(path):
    data = path.read_bytes()
    (size,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + size])
    header.pop("__metadata__", None)
    state = {}
    for name, entry in header.items():
        begin, end = (8 + size + offset for offset in entry["data_offsets"])
        array = numpy.frombuffer(data[begin:end], "<f4").reshape(entry["shape"])
        state[name] = torch.from_numpy(array.copy())
    return state


def read_cifar(path):
    state = torch.load(path, map_location="cpu", weights_only=True)["state_dict"]
    return {name.removeprefix("module."): tensor for name, tensor in state.items()}


NETWORKS = {
    "squeezenet1_1": (
        torchvision.models.squeezenet1_1,
        read_safetensors,
        "squeezenet1_1.safetensors",
        IMAGENET,
        (32, 33),
    ),
    "vgg19_caffe": (
        Vgg19ToConv34,
        read_safetensors,
        "vgg19_conv1_1-conv3_4.safetensors",
        CAFFE,
        (8, 12),
    ),
    "resnet20": (lambda: CifarResNet(3), read_cifar, "resnet20-12fca82f.th", IMAGENET, (8, 9)),
    "resnet56": (lambda: CifarResNet(9), read_cifar, "resnet56-4bfd9763.th", IMAGENET, (8, 9)),
}


# ---- pictures ------------------------------------------------------------------------------------


def synthetic(height, width):
    """Waves of three directions, one a channel, with some noise."""
    y, x = numpy.mgrid[0:height, 0:width].astype(float)
    waves = numpy.stack([numpy.sin(0.9 * x + 0.4 * y), numpy.sin(0.5 * x - 0.8 * y), numpy.cos(0.7 * y)])
    noise = numpy.random.default_rng(0).normal(size=waves.shape)
    return numpy.clip(numpy.round(128 + 90 * waves + 15 * noise), 0, 255).astype(numpy.uint8)


def decoded(path, long_side=160):
    from PIL import Image

    picture = Image.open(path).convert("RGB")
    factor = long_side / max(picture.size)
    size = [max(1, round(side * factor)) for side in picture.size]
    return numpy.asarray(picture.resize(size, Image.Resampling.BILINEAR)).transpose(2, 0, 1)


def write(path, network, picture, weights):
    build, read, file, (mean, std), _ = NETWORKS[network]
    model = out_of_place(build()).eval()
    model.load_state_dict(read(weights / file), strict=True)
    rgb = torch.from_numpy(picture.astype(numpy.float32) / numpy.float32(255))[None]
    normalise = torchvision.transforms.Normalize(mean, std)
    with torch.no_grad():
        features = taps(model)(normalise(rgb))
    arrays = {f"tap/{name}": tensor.numpy() for name, tensor in features.items()}
    arrays["input"] = rgb.numpy()
    text = {"network": network, "weights": file, "torch": torch.__version__}
    safetensors_writer.write(path, arrays, text)
    print(f"{path}: {len(features)} layers")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("weights", type=pathlib.Path)
    parser.add_argument("--pictures", nargs="*", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    for network, (*_, size) in NETWORKS.items():
        if not arguments.pictures:
            path = HERE / f"features_{network}.safetensors"
            write(path, network, synthetic(*size), arguments.weights)
        for picture in arguments.pictures or []:
            path = arguments.out / f"features_{network}_{picture.stem}.safetensors"
            write(path, network, decoded(picture), arguments.weights)


if __name__ == "__main__":
    main()
