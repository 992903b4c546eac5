#!/usr/bin/env python3
"""Golden values of the objectives of the presets and of their gradients, in double precision.

Written from the formulas alone, on nothing but numpy, torch's convolution and its automatic
differentiation, and PIL's resize. F, P, A: features of picture, content and style, C x N.

    input      255 * BGR - (103.939, 116.779, 123.68); neural-style: 256 * BGR;
               crowson-*: (RGB - (0.485, 0.456, 0.406)) / (0.229, 0.224, 0.225)
    network    VGG19; crowson-*: the border of the first layer's input is repeated;
               tensorflow: average pooling; neural-style, tensorflow: sizes after it rounded up
    content    w mean((F - P)^2); tensorflow: w sum((F - P)^2) / (2 sqrt(C N)) before the ReLU;
               crowson-2021: w sum d^2 / (sum |d| + 1e-8)
    style      w mean((G - B)^2);  neural-style*: G = F F^T / (C N), w = 100
                                   normgrad:      the same, w = 10000, and content 25
                                   gatys, spst:   G = F F^T / N,     w = 1000 / C^2
                                   tensorflow:    G = F F^T, 10^4 (0.2 / 5) sum d^2 / (4 C^2 N^2)
               spst also           10000 (mean (m - m')^2 + mean (s - s')^2)
               crowson-2021        w sum d^2 / (sum |d| + 1e-8), G = F F^T / N
               crowson-2023        w (|m - m'|^2 + tr(V + V' - 2 (V'^1/2 V V'^1/2)^1/2)) / C,
                                   V = F F^T / N - m m^T + 1e-4 I
    tv         0.001 (sum |dx| + sum |dy|) of pixels from 0 to 255
               neural-style: 0.0005 sum d^2 of pixels from 0 to 256 without last row and column
               crowson-2021: 2 mean(dx^2 + dy^2) of pixels from 0 to 1, border repeated
               crowson-2023: 2 times 2 (mean dx^2 / 3 + mean dy^2 / 3 + mean d^2 / 12 along each
               diagonal), border repeated on all sides
    sizes      PIL's bilinear filter on 8 bits; sides of the style picture are cut to whole pixels

Pictures and the weights of the whole network are integer hashes, so that the test makes the same
ones: golden_pictures.cpp. The weights that go as deep as conv3_4 are the published ones.

    python3 style_terms.py [--weights vgg19_conv1_1-conv3_4.safetensors] > style_terms.json
"""

import argparse
import json
import struct

import numpy as np
import torch
from matrix_root import Root
from PIL import Image

WIDTHS = [64, 64, "M", 128, 128, "M", 256, 256, 256, 256, "M", 512, 512, 512, 512, "M", 512]
MEAN_BGR = np.array([103.939, 116.779, 123.68])


# ---- pictures and weights by formula -------------------------------------------------------------


def mix(x):
    """SplitMix64's output function on an array of uint64."""
    x = (x + np.uint64(0x9E3779B97F4A7C15)).astype(np.uint64)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def uniform(count, key):
    """`count` numbers in [-1, 1), multiples of 2^-23: exact in single precision."""
    with np.errstate(over="ignore"):
        bits = mix(np.arange(count, dtype=np.uint64) + np.uint64(key << 32))
    return (bits >> np.uint64(40)).astype(np.float64) * 2.0**-23 - 1.0


def triangle(n):
    return np.abs(n % 510 - 255)


def picture(height, width, seed):
    """Stripes in two directions and blocks of 6 x 6, H x W x 3, uint8; from seed 100 on that of
    seed - 100, one level redder."""
    if seed >= 100:
        redder = picture(height, width, seed - 100).astype(np.int64) + np.array([1, 0, 0])
        return np.minimum(redder, 255).astype(np.uint8)
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    stripes = triangle((5 + seed) * x + 3 * y + 40 * c + 17 * seed)
    stripes = stripes + triangle((7 + 2 * seed) * y + 2 * x + 90 * c)
    with np.errstate(over="ignore"):
        blocks = mix((((y // 6) * 1000 + x // 6) * 3 + c + 1000000 * seed).astype(np.uint64))
    return ((2 * stripes + (blocks >> np.uint64(56)).astype(np.int64)) // 5).astype(np.uint8)


# Brings the first layer to the magnitude of the published weights, which take RGB in [0, 1].
FIRST_LAYER_SCALE = 180.0


def formula_weights(first_layer_scale):
    """VGG19 to conv5_1 with uniform weights of He's variance, 2 / fan-in, for RGB in [0, 1]."""
    layers, channels, key = [], 3, 0
    for width in WIDTHS:
        if width == "M":
            continue
        bound = np.sqrt(6.0 / (channels * 9))
        weight = (uniform(width * channels * 9, key) * bound).astype(np.float32)
        bias = (uniform(width, key + 1) * 0.1).astype(np.float32)
        layers.append([weight.reshape(width, channels, 3, 3), bias.astype(np.float64)])
        channels, key = width, key + 2
    layers[0][0] = layers[0][0] * np.float32(first_layer_scale)
    return [[weight.astype(np.float64), bias] for weight, bias in layers]


def published_weights(file):
    """features.N of a safetensors file; its first layer takes RGB in [0, 1]."""
    with open(file, "rb") as f:
        header = json.loads(f.read(struct.unpack("<Q", f.read(8))[0]))
        data = f.read()

    def tensor(name):
        begin, end = header[name]["data_offsets"]
        return np.frombuffer(data[begin:end], "<f4").reshape(header[name]["shape"]).astype(np.float64)

    names = sorted((n for n in header if n.endswith(".weight")), key=lambda n: int(n.split(".")[1]))
    return [[tensor(n), tensor(n.replace("weight", "bias"))] for n in names]


# ---- the network ---------------------------------------------------------------------------------


def network_input(preset, rgb):
    """From 1 x 3 x H x W in [0, 1]. The weights take white as 1."""
    if preset.startswith("crowson"):
        mean, std = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
        return (rgb - torch.tensor(mean).view(3, 1, 1)) / torch.tensor(std).view(3, 1, 1)
    white = 256 if preset == "neural-style" else 255
    mean_rgb = torch.from_numpy(MEAN_BGR[::-1].copy()).view(3, 1, 1)
    return (white * rgb - mean_rgb) / 255


def features(preset, x, layers, taps):
    """{"relu3_1": C x N}"""
    found, block, number, index = {}, 1, 1, 0
    up = preset in ("neural-style", "tensorflow")
    pool = torch.nn.functional.avg_pool2d if preset == "tensorflow" else torch.nn.functional.max_pool2d
    for width in WIDTHS:
        if width == "M":
            x = pool(x, 2, ceil_mode=up)
            block, number = block + 1, 1
            continue
        if index == len(layers):
            break
        weight, bias = (torch.from_numpy(np.ascontiguousarray(a)) for a in layers[index])
        if index == 0 and preset.startswith("crowson"):
            x = torch.nn.functional.conv2d(torch.nn.functional.pad(x, (1, 1, 1, 1), "replicate"), weight, bias)
        else:
            x = torch.nn.functional.conv2d(x, weight, bias, padding=1)
        for kind in ("conv", "relu"):
            x = x.clamp(min=0) if kind == "relu" else x
            if f"{kind}{block}_{number}" in taps:
                found[f"{kind}{block}_{number}"] = x[0].flatten(1)
        index, number = index + 1, number + 1
    return found


# ---- the objectives ------------------------------------------------------------------------------


def resized(rgb, height, width):
    if rgb.shape[:2] == (height, width):
        return rgb
    return np.asarray(Image.fromarray(rgb).resize((width, height), Image.BILINEAR))


def style_sides(height, width, long_side):
    factor = float(long_side) / max(height, width)
    return int(factor * height), int(factor * width)


def mse(difference):
    return (difference**2).mean()


def scaled(difference):
    return (difference**2).sum() / (difference.abs().sum() + 1e-8)


def deviation(f):
    return ((f - f.mean(1, keepdim=True)) ** 2).mean(1).sqrt()


def content_term(preset, f, p):
    if preset == "crowson-2021":
        return 0.015, scaled(f - p)
    if preset == "tensorflow":
        return 5.0, ((f - p) ** 2).sum() / (2 * f.numel() ** 0.5)
    weight = {"neural-style": 5.0, "neural-style-pt": 5.0, "neural-style-pt-normgrad": 25.0,
              "crowson-2023": 0.015}.get(preset, 1.0)
    return weight, mse(f - p)


def covariance(f):
    centred = f - f.mean(1, keepdim=True)
    return centred @ centred.T / f.shape[1] + 1e-4 * torch.eye(f.shape[0])


def style_terms(preset, f, a, layer_weight):
    """(weight, loss) of one layer."""
    channels = f.shape[0]
    g, b = (x @ x.T / x.shape[1] for x in (f, a))
    if preset.startswith("neural-style"):
        weight = 10000.0 if preset.endswith("normgrad") else 100.0
        return [(weight, mse((g - b) / channels))]
    if preset == "tensorflow":
        # Both Gram matrices of N positions.
        return [(100.0, 1e4 * (0.2 / 5) * ((g - b) ** 2).sum() / (4 * channels**2) / 100)]
    if preset == "crowson-2021":
        return [(layer_weight / 341, scaled(g - b))]
    if preset == "crowson-2023":
        root = Root.apply(covariance(a))
        v = covariance(f)
        spread = v + covariance(a) - 2 * Root.apply(root @ v @ root)
        return [(layer_weight / 341, mse(f.mean(1) - a.mean(1)) + spread.diagonal().mean())]
    gram = [(1000.0 / channels**2, mse(g - b))]
    if preset == "gatys":
        return gram
    return gram + [(10000.0, mse(f.mean(1) - a.mean(1)) + mse(deviation(f) - deviation(a)))]


def tv_term(preset, rgb):
    """(weight, value), or nothing."""
    if preset in ("gatys", "spst"):
        return None
    if preset == "crowson-2021":
        padded = torch.nn.functional.pad(rgb, (0, 1, 0, 1), "replicate")
        dx = padded[..., :-1, 1:] - padded[..., :-1, :-1]
        dy = padded[..., 1:, :-1] - padded[..., :-1, :-1]
        return 2.0, (dx**2 + dy**2).mean()
    if preset == "crowson-2023":
        p = torch.nn.functional.pad(rgb, (1, 1, 1, 1), "replicate")
        straight = mse(p[..., 1:] - p[..., :-1]) + mse(p[..., 1:, :] - p[..., :-1, :])
        across = mse(p[..., 1:, 1:] - p[..., :-1, :-1]) + mse(p[..., 1:, :-1] - p[..., :-1, 1:])
        return 2.0, 2 * (straight / 3 + across / 12)
    if preset == "neural-style":
        u = 256 * rgb
        crop = u[..., :-1, :-1]
        return 0.001, 0.5 * (((crop - u[..., :-1, 1:]) ** 2).sum() + ((crop - u[..., 1:, :-1]) ** 2).sum())
    u = 255 * rgb
    return 0.001, u.diff(dim=2).abs().sum() + u.diff(dim=3).abs().sum()


def as_tensor(rgb):
    return torch.from_numpy(rgb.astype(np.float64).transpose(2, 0, 1).copy())[None] / 255


def case(preset, judged, content, style, layers, content_taps, style_taps, want_gradient):
    picture_rgb = picture(*judged)
    height, width = picture_rgb.shape[:2]
    content_rgb = resized(picture(*content), height, width)
    style_rgb = picture(*style)
    style_rgb = resized(style_rgb, *style_sides(*style_rgb.shape[:2], max(height, width)))
    weights = dict(zip(style_taps, [256, 64, 16, 4, 1]))
    taps = set(content_taps) | set(style_taps)
    x = as_tensor(picture_rgb).requires_grad_()
    f = features(preset, network_input(preset, x), layers, taps)
    with torch.no_grad():
        p, a = (features(preset, network_input(preset, as_tensor(rgb)), layers, taps)
                for rgb in (content_rgb, style_rgb))
    rows = [("content", tap, *content_term(preset, f[tap], p[tap])) for tap in content_taps]
    for tap in style_taps:
        rows += [("style", tap, *term) for term in style_terms(preset, f[tap], a[tap], weights[tap])]
    tv = tv_term(preset, x)
    rows += [("tv", "image", *tv)] if tv else []
    total = sum(weight * value for _, _, weight, value in rows)
    weighted = preset.startswith("crowson")
    entry = {"preset": preset, "picture": judged, "content": content, "style": style,
             "content_layers": content_taps,
             "style_layers": [f"{t}={weights[t]}" if weighted else t for t in style_taps],
             "total": total.item(),
             "terms": [{"loss": loss, "tap": tap, "weight": weight, "value": weight * value.item()}
                       for loss, tap, weight, value in rows]}
    if want_gradient:
        total.backward()
        flat = x.grad.flatten()
        entry["gradient"] = {"norm": flat.norm().item(), "every": STEP, "entries": flat[::STEP].tolist()}
    return entry


# Of a gradient's entries, one in so many is kept.
STEP = 97


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--weights")
    arguments = parser.parse_args()
    torch.set_default_dtype(torch.float64)
    style = ["relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"]
    networks = {"formula": (formula_weights(FIRST_LAYER_SCALE), 4, style)}
    if arguments.weights:
        networks["published"] = (published_weights(arguments.weights), 3, style[:3])
    networks["formula-torchvision"] = (formula_weights(1.0), 4, style)
    presets = {True: ["crowson-2021", "crowson-2023"],
               False: ["neural-style-pt", "gatys", "neural-style", "neural-style-pt-normgrad", "spst",
                       "tensorflow"]}
    # Height, width, seed of the picture that is judged, of the content and of the style. The last
    # is close to its style, where differences of Gram matrices lose digits.
    resized_sizes = [
        [[48, 64, 1], [48, 64, 2], [48, 64, 3]],
        [[43, 65, 1], [61, 90, 2], [77, 101, 3]],
        [[97, 59, 4], [97, 59, 4], [40, 33, 5]],
        [[50, 50, 101], [50, 50, 6], [50, 50, 1]],
    ]
    # Other filters are not in question here: nothing is resized, and sides are odd.
    sizes = [
        [[48, 64, 1], [48, 64, 2], [48, 64, 3]],
        [[45, 61, 4], [45, 61, 6], [61, 39, 5]],
    ]
    cases = []
    for name, (layers, block, style_taps) in networks.items():
        for preset in presets[name.endswith("torchvision")]:
            first = preset in ("neural-style-pt", "gatys")
            content_taps = [f"{'conv' if preset == 'tensorflow' else 'relu'}{block}_2"]
            for i, (judged, content, style_size) in enumerate(resized_sizes if first else sizes):
                gradient = name != "published" and (i == 0 or not first)
                cases.append({"network": name,
                              **case(preset, judged, content, style_size, layers, content_taps,
                                     style_taps, gradient)})
    print(json.dumps({"cases": cases}, indent=1))


if __name__ == "__main__":
    main()
