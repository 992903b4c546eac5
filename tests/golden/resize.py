"""Golden values for resize and fit: what PIL and torchvision make of one synthetic picture.

    python3 tests/golden/resize.py     (needs torch, torchvision, Pillow, numpy)

writes resize.json (the cases) and resize.bin (their values, one after the other) beside itself.
The picture is a formula, repeated in tests/src/image/golden_resize.cpp.
"""

import json
import pathlib

import numpy
import torch
from PIL import Image
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import functional as F

HERE = pathlib.Path(__file__).parent

TORCHVISION = {
    "bilinear": (InterpolationMode.BILINEAR, False),
    "bilinear-antialias": (InterpolationMode.BILINEAR, True),
    "bicubic": (InterpolationMode.BICUBIC, False),
    "bicubic-antialias": (InterpolationMode.BICUBIC, True),
}
PIL = {
    "bilinear-antialias": Image.Resampling.BILINEAR,
    "bicubic-antialias": Image.Resampling.BICUBIC,
    "nearest": Image.Resampling.NEAREST,
}

# From height x width to height x width.
SIZES = [
    ((23, 31), (10, 14)),  # down
    ((23, 31), (28, 21)),  # up and down
    ((9, 13), (15, 20)),  # up
    ((32, 32), (8, 8)),  # a whole number
    ((40, 5), (3, 5)),  # one side only
    ((5, 7), (1, 1)),
    ((1, 1), (4, 3)),
    ((1, 50), (6, 7)),
]

# Height x width, the short side after Resize, the side of CenterCrop.
CROPS = [
    ((37, 53), 24, 17),
    ((53, 37), 24, 16),
    ((20, 30), 20, 20),
    ((31, 31), 18, 15),
    ((45, 30), 17, 12),
    ((9, 14), 21, 16),
    ((16, 21), 16, 16),
]


def picture(height, width):
    """H x W x 3, uint8."""
    y, x, c = numpy.meshgrid(
        numpy.arange(height), numpy.arange(width), numpy.arange(3), indexing="ij"
    )
    return (((73 * x + 151 * y + 57 * c + 11 * x * y) ^ (x * x + y)) & 255).astype(numpy.uint8)


def chw_01(pixels):
    return torch.from_numpy(pixels).permute(2, 0, 1).float() / 255


def main():
    cases, blobs = [], []

    def add(values, **case):
        values = numpy.ascontiguousarray(values)
        case["offset"] = sum(len(blob) for blob in blobs)
        case["shape"] = list(values.shape)
        cases.append(case)
        blobs.append(values.tobytes())

    for source, target in SIZES:
        pixels = picture(*source)
        for method, resample in PIL.items():
            made = Image.fromarray(pixels).resize((target[1], target[0]), resample)
            add(
                numpy.asarray(made).transpose(2, 0, 1),
                peer="pil",
                type="uint8",
                source=source,
                method=method,
            )
        for method, (mode, antialias) in TORCHVISION.items():
            made = F.resize(chw_01(pixels), list(target), mode, antialias=antialias)
            add(
                made.numpy().astype("<f4"),
                peer="torchvision",
                type="float",
                source=source,
                method=method,
            )

    for source, resize, size in CROPS:
        pixels = picture(*source)
        pil = F.center_crop(
            F.resize(Image.fromarray(pixels), [resize], InterpolationMode.BILINEAR), [size]
        )
        add(
            numpy.asarray(pil).transpose(2, 0, 1),
            peer="pil",
            type="uint8",
            source=source,
            resize=resize,
            size=size,
        )
        made = F.center_crop(
            F.resize(chw_01(pixels), [resize], InterpolationMode.BILINEAR, antialias=True), [size]
        )
        add(
            made.numpy().astype("<f4"),
            peer="torchvision",
            type="float",
            source=source,
            resize=resize,
            size=size,
        )

    lines = ",\n".join(json.dumps(case) for case in cases)
    (HERE / "resize.json").write_text("[\n" + lines + "\n]\n")
    (HERE / "resize.bin").write_bytes(b"".join(blobs))


if __name__ == "__main__":
    main()
