#!/usr/bin/env python3
"""Judges the pictures that networks paint by a network that took no part, and times an evaluation.

    python3 bench/style_judge.py STRATA OUT --contents A.jpg B.jpg ... --styles C.jpg D.jpg ...
        [--networks vgg19_slim embedded embedded:random] [--size 256] [--optimizer adam]

Every content is painted in every style by every network (NETWORK or NETWORK:WEIGHTS) with the preset
strata. SqueezeNet 1.1 (`strata gram`, three layers) compares each picture with the style's; figures
are its distance relative to that of the untouched content: 0 is the style itself, 1 is no change.
With adam all networks have equally many evaluations; with lbfgs nearly so. Pictures already in OUT are
not painted again; OUT/figures.json has all numbers. The time of an evaluation at one scale of
--timing-size is (t(60) - t(20)) / (evaluations(60) - evaluations(20)) of runs with 20 and 60
iterations, the median over --rounds, networks in turn. Needs PyYAML, and the weights of squeezenet1_1.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import tempfile

import yaml

JUDGE, TAPS = "squeezenet1_1", ("relu1", "fire4", "fire7")
PRESET = pathlib.Path(__file__).parent.parent / "configs/presets/strata.yaml"


def run(strata, *arguments):
    command = [strata, *map(str, arguments), "--json", "--quiet"]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def network_flags(network):
    name, _, weights = network.partition(":")
    return ["--network", name, *(["--weights", weights] if weights else [])]


def paint(arguments, network, content, style, picture):
    """Evaluations of the painting, which is not done again where the picture is there."""
    record = picture.with_suffix(".json")
    if not record.exists():
        report = run(arguments.strata, "stylize", content, style, "-o", picture,
                     *network_flags(network), "--size", arguments.size, "--optimizer",
                     arguments.optimizer, "--threads", arguments.threads)
        record.write_text(json.dumps(report))
    return json.loads(record.read_text())["evaluations"]


def relative_distances(arguments, content, style, picture):
    report = run(arguments.strata, "gram", style, content, picture, "--network", JUDGE, "--taps",
                 ",".join(TAPS), "--threads", arguments.threads)
    return {layer["tap"]: layer["distances"][0][2] / layer["distances"][0][1]
            for layer in report["layers"]}


def judge(arguments):
    results = []
    for content in arguments.contents:
        for style in arguments.styles:
            for network in arguments.networks:
                name = "_".join((content.stem, style.stem, network.replace(":", "-")))
                picture = arguments.out / f"{name}.png"
                evaluations = paint(arguments, network, content, style, picture)
                results.append({"network": network, "content": content.stem, "style": style.stem,
                                "evaluations": evaluations,
                                **relative_distances(arguments, content, style, picture)})
                print(results[-1], flush=True)
    return results


def seconds_of(arguments, network, folder, iterations):
    preset = yaml.safe_load(PRESET.read_text())
    preset["scales"] = [{"iterations": iterations}]
    file = pathlib.Path(folder) / "one_scale.yaml"
    file.write_text(yaml.safe_dump(preset))
    report = run(arguments.strata, "stylize", arguments.contents[0], arguments.styles[0], "-o",
                 pathlib.Path(folder) / "timed.png", *network_flags(network), "--size",
                 arguments.timing_size, "--preset", file, "--threads", arguments.threads)
    return report["seconds"], report["evaluations"]


def time_evaluations(arguments):
    times = {network: [] for network in arguments.networks}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(arguments.rounds):
            for network in arguments.networks:
                short, few = seconds_of(arguments, network, folder, 20)
                long, many = seconds_of(arguments, network, folder, 60)
                times[network].append((long - short) / (many - few))
    return {network: statistics.median(values) for network, values in times.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("strata")
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--contents", nargs="+", type=pathlib.Path, required=True)
    parser.add_argument("--styles", nargs="+", type=pathlib.Path, required=True)
    parser.add_argument("--networks", nargs="+",
                        default=["vgg19_slim", "embedded", "embedded:random"],
                        help="the first is what the others are compared with")
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--timing-size", type=int, default=512)
    parser.add_argument("--optimizer", default="adam")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    results = judge(arguments)
    times = time_evaluations(arguments)
    figures = arguments.out / "figures.json"
    figures.write_text(json.dumps({"results": results, "seconds": times}, indent=1))

    first = arguments.networks[0]

    def median(network, taps):
        return statistics.median(r[tap] for r in results if r["network"] == network for tap in taps)

    print("| | " + " | ".join(TAPS) + " | all | beside " + first + " | evaluations | seconds each | "
          f"beside {first} |\n" + "|---" * (len(TAPS) + 6) + "|")
    for network in arguments.networks:
        counts = [r["evaluations"] for r in results if r["network"] == network]
        whole = median(network, TAPS)
        cells = [f"{median(network, [tap]):.3f}" for tap in TAPS]
        cells += [f"{whole:.3f}", f"{whole / median(first, TAPS):.3f}",
                  f"{statistics.median(counts):.0f}", f"{times[network]:.4f}",
                  f"{times[network] / times[first]:.3f}"]
        print(f"| {network} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
