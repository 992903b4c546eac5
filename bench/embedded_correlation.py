#!/usr/bin/env python3
"""How near a thin VGG19 comes to its teachers, computed by PyTorch alone.

    python3 bench/embedded_correlation.py STUDENT TEACHERS PICTURES HELD_OUT

STUDENT is its weights (assets/weights/embedded.safetensors); TEACHERS the folder with
vgg19_conv1_1-conv3_4.safetensors and vgg19_slim16x_conv5_1.safetensors; HELD_OUT the list of pictures,
whose names are relative to PICTURES. Each picture is brought to 256 pixels on the short side and cut
to its middle 224 x 224. For each channel c of a teacher, over all positions of all pictures,

    r_c = cov(S_c, T_c) / sqrt(var(S_c) var(T_c)),

S through the student's 1 x 1 maps; the table has the median over c, without the channels whose T is 0
everywhere, which are counted. VGG19 pads with zeros, as published; with --padding reflect as the
student does. Beside the student: the slim network at VGG19's layers; the student's shape with random
weights (He et al. 2015), and that shape again with maps fitted to the teacher: a + b S by least squares
on every other picture, rectified, and judged on the rest. Needs torch, Pillow and safetensors.
"""

import argparse
import pathlib
import statistics

import numpy
import torch
from PIL import Image
from safetensors.torch import load_file

STAGES = (2, 2, 4, 4, 4)
TAPS = ("1_1", "2_1", "3_1", "4_1", "5_1")
IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
CAFFE = ((123.68 / 255, 116.779 / 255, 103.939 / 255), (1, 1, 1))
NONE = ((0, 0, 0), (1, 1, 1))


class Vgg:
    """VGG19 with the widths of its weights; `maps` are the 1 x 1 convolutions by stage, if any."""

    def __init__(self, tensors, padding, normalisation, maps):
        self.padding = padding
        self.mean, self.std = (torch.tensor(v).view(1, 3, 1, 1) for v in normalisation)
        numbers = sorted({int(key.split(".")[1]) for key in tensors if key.startswith("features.")})
        self.layers = [(tensors[f"features.{i}.weight"].float(), tensors[f"features.{i}.bias"].float())
                       for i in numbers]
        self.maps = {}
        for stage in range(1, 6):
            if maps and f"{maps}.{stage}.weight" in tensors:
                self.maps[stage] = (tensors[f"{maps}.{stage}.weight"].float(),
                                    tensors[f"{maps}.{stage}.bias"].float())

    def randomised(self, seed):
        generator = torch.Generator().manual_seed(seed)
        other = Vgg({}, self.padding, NONE, None)
        other.mean, other.std = self.mean, self.std

        def drawn(layer):
            weight, bias = layer
            deviation = (2 / weight[0].numel()) ** 0.5
            return torch.randn(weight.shape, generator=generator) * deviation, torch.zeros_like(bias)

        other.layers = [drawn(layer) for layer in self.layers]
        other.maps = {stage: drawn(layer) for stage, layer in self.maps.items()}
        return other

    def taps(self, x, mapped):
        """relu1_1 ... relu5_1 as far as the weights reach, through the maps where asked."""
        features, index = {}, 0
        x = (x - self.mean) / self.std
        for stage, count in enumerate(STAGES, 1):
            for number in range(1, count + 1):
                if index == len(self.layers):
                    return features
                if number == 1 and stage > 1:
                    x = torch.nn.functional.max_pool2d(x, 2)
                mode = {"zeros": "constant"}.get(self.padding, self.padding)
                x = torch.nn.functional.pad(x, (1, 1, 1, 1), mode=mode)
                x = torch.relu(torch.nn.functional.conv2d(x, *self.layers[index]))
                index += 1
                if number == 1:
                    y = x
                    if mapped:
                        y = torch.relu(torch.nn.functional.conv2d(x, *self.maps[stage]))
                    features[f"{stage}_1"] = y
        return features


class Correlation:
    """Per channel, from sums in double precision."""

    def __init__(self):
        self.sums = 0

    def add(self, student, teacher):
        s, t = (v.double().flatten(2).transpose(0, 1).flatten(1) for v in (student, teacher))
        ones = torch.full((len(s),), float(s.shape[1]), dtype=torch.float64)
        self.sums = self.sums + torch.stack(
            [ones, s.sum(1), t.sum(1), (s * s).sum(1), (t * t).sum(1), (s * t).sum(1)])

    def median(self):
        n, s, t, ss, tt, st = self.sums
        silent = tt == 0
        covariance = st / n - s * t / n**2
        deviations = ((ss / n - (s / n) ** 2) * (tt / n - (t / n) ** 2)).clamp_min(0).sqrt()
        r = torch.where(deviations > 0, covariance / deviations, torch.zeros_like(s))
        return statistics.median(r[~silent].tolist()), int(silent.sum())


class Fit:
    """Least squares from a student's channels, and a constant, to a teacher's."""

    def __init__(self):
        self.gram, self.cross = 0, 0

    @staticmethod
    def rows(features):
        rows = features.double().permute(0, 2, 3, 1).flatten(0, 2)
        return torch.cat([rows, torch.ones(len(rows), 1, dtype=torch.float64)], 1)

    def add(self, student, teacher):
        rows = self.rows(student)
        self.gram = self.gram + rows.T @ rows
        self.cross = self.cross + rows.T @ teacher.double().permute(0, 2, 3, 1).flatten(0, 2)

    def solve(self):
        ridge = 1e-8 * self.gram.diagonal().mean() * torch.eye(len(self.gram), dtype=torch.float64)
        self.map = torch.linalg.solve(self.gram + ridge, self.cross)

    def apply(self, student):
        batch, _, height, width = student.shape
        values = (self.rows(student) @ self.map).clamp_min(0)
        return values.view(batch, height, width, -1).permute(0, 3, 1, 2)


def square(file):
    picture = Image.open(file).convert("RGB")
    scale = 256 / min(picture.size)
    width, height = (round(side * scale) for side in picture.size)
    picture = picture.resize((width, height), Image.BILINEAR)
    left, top = (width - 224) // 2, (height - 224) // 2
    picture = picture.crop((left, top, left + 224, top + 224))
    return torch.from_numpy(numpy.array(picture)).permute(2, 0, 1).unsqueeze(0).float() / 255


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("student", "teachers", "pictures", "held_out"):
        parser.add_argument(name, type=pathlib.Path)
    parser.add_argument("--padding", default="zeros", choices=("zeros", "reflect"),
                        help="of VGG19 (the others always reflect)")
    parser.add_argument("--seed", type=int, default=0, help="of the random weights")
    arguments = parser.parse_args()
    files = [arguments.pictures / line.strip() for line in
             arguments.held_out.read_text().splitlines() if line and not line.startswith("#")]
    vgg = Vgg(load_file(arguments.teachers / "vgg19_conv1_1-conv3_4.safetensors"),
              arguments.padding, CAFFE, None)
    slim = Vgg(load_file(arguments.teachers / "vgg19_slim16x_conv5_1.safetensors"), "reflect", NONE,
               "aux")
    student = Vgg(load_file(arguments.student), "reflect", IMAGENET, "projection")
    random = student.randomised(arguments.seed)

    rows = ("student", "slim", "random", "random, fitted maps")
    cells = {row: {tap: Correlation() for tap in TAPS} for row in rows}
    fits = {tap: Fit() for tap in TAPS}

    def targets_of(x):
        mapped = slim.taps(x, True)
        return {**{tap: mapped[tap] for tap in TAPS[3:]},
                **{tap: f for tap, f in vgg.taps(x, False).items() if tap in TAPS[:3]}}, mapped

    with torch.no_grad():
        for file in files[::2]:
            x = square(file)
            targets, features = targets_of(x)[0], random.taps(x, False)
            for tap in TAPS:
                fits[tap].add(features[tap], targets[tap])
        for fit in fits.values():
            fit.solve()
        for index, file in enumerate(files):
            x = square(file)
            targets, mapped = targets_of(x)
            ours, drawn, blind = student.taps(x, True), random.taps(x, True), random.taps(x, False)
            for tap in TAPS:
                cells["student"][tap].add(ours[tap], targets[tap])
                cells["random"][tap].add(drawn[tap], targets[tap])
                if tap in TAPS[:3]:
                    cells["slim"][tap].add(mapped[tap], targets[tap])
                if index % 2:
                    cells["random, fitted maps"][tap].add(fits[tap].apply(blind[tap]), targets[tap])

    print(f"{len(files)} pictures, VGG19 padded with {arguments.padding}: median correlation "
          "(silent channels)")
    print("| | " + " | ".join(f"relu{tap}" for tap in TAPS) + " |\n|---" + "|---" * 5 + "|")
    for row in rows:
        texts = []
        for tap in TAPS:
            if isinstance(cells[row][tap].sums, int):
                texts.append("(its own)")
                continue
            median, silent = cells[row][tap].median()
            texts.append(f"{median:.4f} ({silent})")
        print(f"| {row} | " + " | ".join(texts) + " |")


if __name__ == "__main__":
    main()
