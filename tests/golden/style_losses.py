#!/usr/bin/env python3
"""Golden values of style and content losses and of their gradients to the features, in double
precision, from the formulas alone; gradients by torch's automatic differentiation.

    mean-std         mean_c (m - m')^2 + mean_c (s - s')^2
    w2               (|m - m'|^2 + tr(V + V' - 2 (V'^1/2 V V'^1/2)^1/2)) / C, V = S - m m^T + eps I,
                     square roots by eigenvalues
    w2-newton-schulz the same with twelve Newton-Schulz steps, and a gradient by as many steps for
                     the Lyapunov equation
    content-scaled   sum d^2 / (sum |d| + 1e-8), d = F - P
    gram-scaled      the same, d = (F F^T - P P^T) / N
    self-similarity  mean_j sum_i |R_ij - R'_ij|, R = D / column sums, D = 1 - cosine, all positions

    python3 style_losses.py > style_losses.json
"""

import json

import torch
from matrix_root import Root

torch.set_default_dtype(torch.float64)
EPSILON = 1e-4


def moments(f):
    return f.mean(1), f @ f.T / f.shape[1]


def covariance(f, epsilon):
    m, s = moments(f)
    return s - torch.outer(m, m) + epsilon * torch.eye(len(m))


def mean_std(f, p):
    (m, s), (mp, sp) = moments(f), moments(p)
    deviation = lambda mean, second: (second.diagonal() - mean**2).sqrt()
    return ((m - mp) ** 2).mean() + ((deviation(m, s) - deviation(mp, sp)) ** 2).mean()


class TwelveSteps(torch.autograd.Function):
    @staticmethod
    def forward(context, matrix):
        norm, unit = matrix.norm(), torch.eye(len(matrix))
        y, z = matrix / norm, unit
        for _ in range(12):
            t = 1.5 * unit - 0.5 * z @ y
            y, z = y @ t, t @ z
        y = y * norm.sqrt()
        context.save_for_backward(y)
        return y

    @staticmethod
    def backward(context, gradient):
        # A Q + Q A = gradient for the root A, by the iteration for the sign of
        # [[A, gradient], [0, -A]].
        (y,) = context.saved_tensors
        size = len(y)
        block = torch.zeros(2 * size, 2 * size)
        block[:size, :size], block[:size, size:], block[size:, size:] = y, gradient, -y
        block = block / y.norm()
        for _ in range(12):
            block = block @ (1.5 * torch.eye(2 * size) - 0.5 * block @ block)
        return block[:size, size:] / 2


def w2(f, p, square_root=Root.apply):
    target = covariance(p, EPSILON)
    half = square_root(target)
    v = covariance(f, EPSILON)
    cross = square_root(half @ v @ half)
    return ((f.mean(1) - p.mean(1)) ** 2).mean() + (v + target - 2 * cross).diagonal().mean()


def scaled(d):
    return (d**2).sum() / (d.abs().sum() + 1e-8)


def similarities(f):
    unit = f / f.norm(dim=0)
    distance = 1 - unit.T @ unit
    return distance / (distance.sum(0, keepdim=True) + 1e-6 * f.shape[1])


def self_similarity(f, p):
    return (similarities(f) - similarities(p)).abs().sum(0).mean()


LOSSES = {
    "mean-std": mean_std,
    "w2": w2,
    "w2-newton-schulz": lambda f, p: w2(f, p, TwelveSteps.apply),
    "content-scaled": lambda f, p: scaled(f - p),
    "gram-scaled": lambda f, p: scaled(moments(f)[1] - moments(p)[1]),
    "self-similarity": self_similarity,
}


def main():
    cases = []
    # The second has fewer positions than channels: covariances without full rank.
    for seed, (channels, height, width) in enumerate([(4, 3, 5), (7, 2, 2)]):
        torch.manual_seed(seed)
        target = torch.randn(channels, height * width).round(decimals=3) + 0.5
        for name, loss in LOSSES.items():
            features = (target + 0.7 * torch.randn_like(target)).round(decimals=3)
            features.requires_grad_()
            value = loss(features, target.detach())
            value.backward()
            cases.append({"loss": name, "shape": [1, channels, height, width],
                          "features": features.flatten().tolist(), "target": target.flatten().tolist(),
                          "value": value.item(), "gradient": features.grad.flatten().tolist()})
    print(json.dumps({"cases": cases}))


if __name__ == "__main__":
    main()
