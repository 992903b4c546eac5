#!/usr/bin/env python3
"""Writes colour_match.json: colour matching computed with NumPy in double precision.

Style and content colours are 3 x N; the matrices of the three linear forms of Gatys et al. 2016
come from numpy.linalg, the histogram match from numpy.quantile and numpy.interp.
"""

import json
import pathlib

import numpy as np


def moments(colours):
    return colours.mean(axis=1), np.cov(colours, bias=True)


def root(matrix):
    values, vectors = np.linalg.eigh(matrix)
    return vectors @ np.diag(np.sqrt(np.maximum(values, 0))) @ vectors.T


def axes(style, content):
    (values_s, axes_s), (values_c, axes_c) = np.linalg.eigh(style), np.linalg.eigh(content)
    signs = np.where((axes_s * axes_c).sum(axis=0) < 0, -1.0, 1.0)
    return values_s, axes_s, values_c, axes_c * signs


def chol(style, content):
    return np.linalg.cholesky(content) @ np.linalg.inv(np.linalg.cholesky(style))


def pca(style, content):
    values_s, axes_s, values_c, axes_c = axes(style, content)
    return axes_c @ np.diag(np.sqrt(values_c / values_s)) @ axes_s.T


def sym(style, content):
    q = root(style)
    inverse = np.linalg.inv(q)
    return inverse @ root(q @ content @ q) @ inverse


def histogram(style, content):
    (mean_s, cov_s), (mean_c, cov_c) = moments(style), moments(content)
    _, axes_s, _, axes_c = axes(cov_s, cov_c)
    along_s = axes_s.T @ (style - mean_s[:, None])
    along_c = axes_c.T @ (content - mean_c[:, None])
    levels = np.linspace(0, 1, 1025)
    for a in range(3):
        knots, targets = np.quantile(along_s[a], levels), np.quantile(along_c[a], levels)
        unique, place = np.unique(knots, return_inverse=True)
        means = np.bincount(place, targets) / np.bincount(place)
        along_s[a] = np.interp(along_s[a], unique, means)
    return axes_c @ along_s + mean_c[:, None]


def main():
    random = np.random.default_rng(7)
    style = 0.5 + 0.1 * random.normal(size=(3, 3)) @ random.normal(size=(3, 40))
    content = 0.4 + 0.1 * random.normal(size=(3, 3)) @ random.uniform(-1, 1, size=(3, 50))
    covariances = moments(style)[1], moments(content)[1]
    golden = {
        "style": style,
        "content": content,
        "chol": chol(*covariances),
        "pca": pca(*covariances),
        "sym": sym(*covariances),
        "histogram": histogram(style, content),
    }
    text = json.dumps({name: array.tolist() for name, array in golden.items()})
    pathlib.Path(__file__).with_suffix(".json").write_text(text + "\n")


if __name__ == "__main__":
    main()
