"""Trajectories of torch.optim.Adam in float64: from the start, and after moments were set.

Writes adam.json: x after each of 20 steps on f(x) = sum_i a_i (cosh(x_i - b_i) - 1), with
a = (1, 10, 0.1, 100), b = (0.5, -1, 2, 0), from x = (1, 1, 1, 1) with learning rate 0.05; then the
same with first moments (0.1, -2, 0.03, 5), second moments (0.2, 5, 0.01, 40) and 7 steps behind it.

Usage: python3 adam.py
"""
import json
import pathlib

import torch


def trajectory(moments=None):
    a = torch.tensor([1.0, 10.0, 0.1, 100.0], dtype=torch.float64)
    b = torch.tensor([0.5, -1.0, 2.0, 0.0], dtype=torch.float64)
    x = torch.ones(4, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adam([x], lr=0.05, betas=(0.9, 0.99), eps=1e-8)
    if moments is not None:
        first, second, steps = moments
        optimizer.state[x] = {
            "step": torch.tensor(float(steps)),
            "exp_avg": torch.tensor(first, dtype=torch.float64),
            "exp_avg_sq": torch.tensor(second, dtype=torch.float64),
        }
    points = []
    for _ in range(20):
        optimizer.zero_grad()
        (a * (torch.cosh(x - b) - 1)).sum().backward()
        optimizer.step()
        points.append(x.tolist())
    return points


def main():
    later = trajectory(([0.1, -2, 0.03, 5], [0.2, 5, 0.01, 40], 7))
    golden = {"start": trajectory(), "after_moments": later}
    pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
