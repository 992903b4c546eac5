"""Trajectories of torch.optim.SGD and AdamW in float64 on a weight and a bias.

Writes parameter_optimizers.json: for each case the values of w (2 x 3) and b (3) after each of 12
steps on f = sum_ij (cosh(w_ij + b_j - t_ij) - 1), with t_ij = 0.3 i - 0.5 j + 0.1, from w_ij =
0.2 (i + 1) - 0.1 j, b = (1, -1, 0.5). Step k uses the learning rate times 1 / (1 + k). Weight decay
is applied to w alone. "clipped" scales gradients to a norm of 0.5.

Usage: python3 parameter_optimizers.py
"""
import json
import pathlib

import torch


def trajectory(make, clip=None):
    i = torch.arange(2, dtype=torch.float64)[:, None]
    j = torch.arange(3, dtype=torch.float64)[None, :]
    target = 0.3 * i - 0.5 * j + 0.1
    w = (0.2 * (i + 1) - 0.1 * j).requires_grad_()
    b = torch.tensor([1.0, -1.0, 0.5], dtype=torch.float64, requires_grad=True)
    groups = [{"params": [w], "weight_decay": 0.1}, {"params": [b], "weight_decay": 0.0}]
    optimizer = make(groups)
    rate = optimizer.param_groups[0]["lr"]
    points = []
    for step in range(12):
        for group in optimizer.param_groups:
            group["lr"] = rate / (1 + step)
        optimizer.zero_grad()
        (torch.cosh(w + b - target) - 1).sum().backward()
        if clip is not None:
            torch.nn.utils.clip_grad_norm_([w, b], clip)
        optimizer.step()
        points.append({"w": w.flatten().tolist(), "b": b.tolist()})
    return points


def main():
    sgd, adamw = torch.optim.SGD, torch.optim.AdamW
    golden = {
        "sgd": trajectory(lambda p: sgd(p, lr=0.1, momentum=0.9)),
        "nesterov": trajectory(lambda p: sgd(p, lr=0.1, momentum=0.9, nesterov=True)),
        "adamw": trajectory(lambda p: adamw(p, lr=0.05, betas=(0.8, 0.95), eps=1e-6)),
        "clipped": trajectory(lambda p: sgd(p, lr=0.1, momentum=0.9), clip=0.5),
    }
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
