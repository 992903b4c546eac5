#!/usr/bin/env python3
"""Throughput of `strata train` on a distillation recipe against a plain PyTorch loop of the same step.

    python3 bench/train_pytorch.py build/strata configs/train/embedded.yaml WEIGHTS [--steps 60]

WEIGHTS is the folder with the teachers' safetensors. The loop is what one would write by hand:
student and teachers as torch.nn, channels_last, AdamW, clipping, a moving average; its pictures are
random tensors made beforehand, so that it pays for no decoding and no cropping, which strata does.
Both take the same number of steps on the same number of threads, in turn, `--rounds` times. Needs
torch, PyYAML and safetensors.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import tempfile
import time

import torch
import yaml
from safetensors.torch import load_file

STAGES = (2, 2, 4, 4, 4)
VGG19 = (64, 64, 128, 128, 256, 256, 256, 256, 512, 512, 512, 512, 512, 512, 512, 512)


class Vgg(torch.nn.Module):
    """Convolutions of VGG19 up to those that `projections` or `taps` need; forward gives them."""

    def __init__(self, widths, padding, taps, projections=()):
        super().__init__()
        self.taps, self.layers = taps, torch.nn.ModuleDict()
        self.maps = torch.nn.ModuleDict()
        wanted = {tap.removeprefix("vgg19_") for tap in taps}
        before, index = 3, 0
        for stage, count in enumerate(STAGES, 1):
            for number in range(1, count + 1):
                name = f"{stage}_{number}"
                self.layers[name] = torch.nn.Conv2d(before, widths[index], 3, padding=1,
                                                    padding_mode=padding)
                before, index = widths[index], index + 1
                if f"relu{name}" in wanted:
                    wanted.remove(f"relu{name}")
                    for projection in projections:
                        if projection["on"] == f"relu{name}":
                            self.maps[name] = torch.nn.Conv2d(before, projection["width"], 1)
                if not wanted:
                    return

    def forward(self, x):
        features = {}
        for name, layer in self.layers.items():
            if name.endswith("_1") and name != "1_1":
                x = torch.nn.functional.max_pool2d(x, 2)
            x = torch.relu(layer(x))
            features[f"relu{name}"] = x
            if name in self.maps:
                features[f"vgg19_relu{name}"] = torch.relu(self.maps[name](x))
        return [features[tap] for tap in self.taps]


def teacher_of(choice, weights):
    """The frozen network and the student's layers it teaches."""
    mine, theirs = list(choice["taps"]), list(choice["taps"].values())
    slim = choice["network"] == "vgg19_slim"
    widths = [16, 16, 32, 32, *[64] * 4, *[128] * 8] if slim else VGG19
    maps = [{"on": f"relu{i}_1", "width": w} for i, w in enumerate((64, 128, 256, 512, 512), 1)]
    network = Vgg(widths, "reflect", theirs, maps if slim else ())
    file = "vgg19_slim16x_conv5_1" if slim else "vgg19_conv1_1-conv3_4"
    tensors = load_file(weights / f"{file}.safetensors")
    convolutions = sorted({int(key.split(".")[1]) for key in tensors if key.startswith("features")})
    for (name, layer), index in zip(network.layers.items(), convolutions):
        layer.weight.data = tensors[f"features.{index}.weight"].float()
        layer.bias.data = tensors[f"features.{index}.bias"].float()
    for name, layer in network.maps.items():
        layer.weight.data = tensors[f"aux.{name[0]}.weight"].float().view_as(layer.weight)
        layer.bias.data = tensors[f"aux.{name[0]}.bias"].float()
    return network.eval().requires_grad_(False).to(memory_format=torch.channels_last), mine


def pytorch_rate(recipe, weights, steps):
    """Pictures a second of the plain loop, after three steps of warming up."""
    architecture = recipe["student"]["card"]["architecture"]
    teachers = [teacher_of(choice, weights) for choice in recipe["objective"]["teachers"]]
    half = recipe["objective"].get("precision") == "bfloat16"
    if half:
        teachers = [(network.bfloat16(), taps) for network, taps in teachers]
    taps = [tap for _, mine in teachers for tap in mine]
    student = Vgg(architecture["widths"], architecture["padding"], taps,
                  architecture["projections"]).to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(student.parameters(), lr=float(recipe["optimizer"]["learning_rate"]))
    average = {name: p.detach().clone() for name, p in student.named_parameters()}
    size, batch = recipe["augment"]["size"], recipe["batch"]
    pictures = [torch.rand(batch, 3, size, size).contiguous(memory_format=torch.channels_last)
                for _ in range(4)]
    scales = None
    for step in range(steps + 3):
        if step == 3:
            start = time.perf_counter()
        x = pictures[step % len(pictures)]
        with torch.no_grad():
            targets = [t for network, _ in teachers for t in network(x.bfloat16() if half else x)]
            if scales is None:
                scales = [t.float().std((0, 2, 3), keepdim=True).clamp_min(1e-3).reciprocal()
                          for t in targets]
        loss = sum(((s - t * scale) ** 2).mean()
                   for s, t, scale in zip(student(x), targets, scales))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(student.parameters(), recipe["optimizer"]["clip_norm"])
        optimizer.step()
        with torch.no_grad():
            for name, parameter in student.named_parameters():
                average[name].lerp_(parameter, 1 - recipe["average"])
        loss.item()
    return steps * batch / (time.perf_counter() - start)


def strata_rate(strata, file, steps, threads):
    """Pictures a second of the last row of the log, which leaves the first steps out."""
    with tempfile.TemporaryDirectory() as folder:
        run = subprocess.run(
            [strata, "train", file, "-o", folder + "/run", "--steps", str(2 * steps), "--threads",
             str(threads), "--json", "--quiet", "--set", f"log_every={steps}", "--set",
             f"evaluation.every={2 * steps}", "--set", "schedule.warm_up=1"],
            check=True, capture_output=True, text=True)
        return json.loads(run.stdout)["pictures_per_second"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("strata")
    parser.add_argument("recipe", type=pathlib.Path)
    parser.add_argument("weights", type=pathlib.Path)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    recipe = yaml.safe_load(arguments.recipe.read_text())
    for projection in recipe["student"]["card"]["architecture"]["projections"]:
        projection["on"] = projection.pop(True)  # which is how PyYAML reads that key
    ratios = []
    for _ in range(arguments.rounds):
        theirs = pytorch_rate(recipe, arguments.weights, arguments.steps)
        ours = strata_rate(arguments.strata, str(arguments.recipe), arguments.steps,
                           arguments.threads)
        ratios.append(ours / theirs)
        print(f"pictures a second: strata {ours:.1f}, PyTorch {theirs:.1f}, "
              f"ratio {ratios[-1]:.3f}", flush=True)
    print(f"median ratio {statistics.median(ratios):.3f}, {arguments.threads} threads")


if __name__ == "__main__":
    main()
