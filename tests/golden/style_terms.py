#!/usr/bin/env python3
"""Golden values of the objectives of neural-style-pt and of Gatys' code, in double precision.

Written from the formulas alone, on nothing but numpy, torch's convolution and PIL's resize:

    input     255 * BGR - (103.939, 116.779, 123.68)
    content   w mean((F - P)^2)
    style     w mean((G - A)^2);  neural-style-pt: G = F F^T / (C N), w = 100
                                  Gatys:           G = F F^T / N,     w = 1000 / C^2
    tv        0.001 (sum |dx| + sum |dy|) over the input, neural-style-pt only
    sizes     PIL's bilinear filter on 8 bits; sides of the style picture are cut to whole pixels

Pictures and the weights of the whole network are integer hashes, so that the test makes the same
ones: style_fixtures.cpp. The weights that go as deep as conv3_4 are the published ones.

    python3 style_terms.py [--weights vgg19_conv1_1-conv3_4.safetensors] > style_terms.json
"""

import argparse
import json
import struct

import numpy as np
import torch
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


def formula_weights():
    """VGG19 to conv5_1 with uniform weights of He's variance, 2 / fan-in. In the file the first
    layer takes RGB in [0, 1]; here it takes BGR from 0 to 255."""
    layers, channels, key = [], 3, 0
    for width in WIDTHS:
        if width == "M":
            continue
        bound = np.sqrt(6.0 / (channels * 9))
        weight = (uniform(width * channels * 9, key) * bound).astype(np.float32)
        bias = (uniform(width, key + 1) * 0.1).astype(np.float32)
        layers.append([weight.astype(np.float64).reshape(width, channels, 3, 3), bias.astype(np.float64)])
        channels, key = width, key + 2
    first = (layers[0][0].astype(np.float32) * np.float32(FIRST_LAYER_SCALE)).astype(np.float64)
    layers[0][0] = first[:, ::-1] / 255.0
    return layers


def published_weights(file):
    """features.N of a safetensors file; its first layer takes RGB in [0, 1]."""
    with open(file, "rb") as f:
        header = json.loads(f.read(struct.unpack("<Q", f.read(8))[0]))
        data = f.read()

    def tensor(name):
        begin, end = header[name]["data_offsets"]
        return np.frombuffer(data[begin:end], "<f4").reshape(header[name]["shape"]).astype(np.float64)

    names = sorted((n for n in header if n.endswith(".weight")), key=lambda n: int(n.split(".")[1]))
    layers = [[tensor(n), tensor(n.replace("weight", "bias"))] for n in names]
    layers[0][0] = layers[0][0][:, ::-1] / 255.0
    return layers


# ---- the network ---------------------------------------------------------------------------------


def network_input(rgb):
    bgr = rgb[:, :, ::-1].astype(np.float64) - MEAN_BGR
    return torch.from_numpy(np.ascontiguousarray(bgr.transpose(2, 0, 1)))[None]


def features(x, layers, taps):
    """{"relu3_1": C x N}"""
    found, block, number, index = {}, 1, 1, 0
    for width in WIDTHS:
        if width == "M":
            x = torch.nn.functional.max_pool2d(x, 2)
            block, number = block + 1, 1
            continue
        if index == len(layers):
            break
        weight, bias = (torch.from_numpy(np.ascontiguousarray(a)) for a in layers[index])
        x = torch.nn.functional.conv2d(x, weight, bias, padding=1).clamp(min=0)
        name = f"relu{block}_{number}"
        if name in taps:
            found[name] = x[0].flatten(1).numpy()
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


def terms(preset, picture_rgb, content_rgb, style_rgb, layers, content_taps, style_taps):
    height, width = picture_rgb.shape[:2]
    content_rgb = resized(content_rgb, height, width)
    style_rgb = resized(style_rgb, *style_sides(*style_rgb.shape[:2], max(height, width)))
    taps = set(content_taps) | set(style_taps)
    x, p, a = (features(network_input(rgb), layers, taps) for rgb in (picture_rgb, content_rgb, style_rgb))
    pt = preset == "neural-style-pt"
    rows = []
    for tap in content_taps:
        weight = 5.0 if pt else 1.0
        rows.append(["content", tap, weight, weight * np.mean((x[tap] - p[tap]) ** 2)])
    for tap in style_taps:
        channels = x[tap].shape[0]
        by = channels if pt else 1
        g, b = (f[tap] @ f[tap].T / (by * f[tap].shape[1]) for f in (x, a))
        weight = 100.0 if pt else 1000.0 / channels**2
        rows.append(["style", tap, weight, weight * np.mean((g - b) ** 2)])
    if pt:
        u = picture_rgb.astype(np.float64)
        variation = np.abs(np.diff(u, axis=0)).sum() + np.abs(np.diff(u, axis=1)).sum()
        rows.append(["tv", "image", 0.001, 0.001 * variation])
    return [dict(zip(("loss", "tap", "weight", "value"), row)) for row in rows]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--weights")
    arguments = parser.parse_args()
    style = ["relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"]
    networks = {"formula": (formula_weights(), ["relu4_2"], style)}
    if arguments.weights:
        networks["published"] = (published_weights(arguments.weights), ["relu3_2"], style[:3])
    # Height, width, seed of the picture that is judged, of the content and of the style. The last
    # is close to its style, where differences of Gram matrices lose digits.
    sizes = [
        [[48, 64, 1], [48, 64, 2], [48, 64, 3]],
        [[43, 65, 1], [61, 90, 2], [77, 101, 3]],
        [[97, 59, 4], [97, 59, 4], [40, 33, 5]],
        [[50, 50, 101], [50, 50, 6], [50, 50, 1]],
    ]
    cases = []
    for name, (layers, content_taps, style_taps) in networks.items():
        for preset in ("neural-style-pt", "gatys"):
            for judged, content, style_size in sizes:
                rows = terms(preset, picture(*judged), picture(*content), picture(*style_size),
                             layers, content_taps, style_taps)
                cases.append({"network": name, "preset": preset, "picture": judged,
                              "content": content, "style": style_size,
                              "content_layers": content_taps, "style_layers": style_taps,
                              "total": sum(r["value"] for r in rows), "terms": rows})
    print(json.dumps({"cases": cases}, indent=1))


if __name__ == "__main__":
    main()
