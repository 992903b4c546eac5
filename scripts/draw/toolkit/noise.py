"""Seeded gradient noise in any number of dimensions, and sums of its octaves."""

import functools
import itertools
from typing import Sequence

import numpy as np

from toolkit.arrays import Array

PERIOD = 256
"""Cells after which the noise repeats."""


@functools.lru_cache(maxsize=None)
def _tables(seed: int, dimensions: int) -> tuple:
    rng = np.random.default_rng((seed, dimensions))
    gradients = rng.normal(size=(PERIOD, dimensions))
    gradients /= np.linalg.norm(gradients, axis=1, keepdims=True)
    return rng.permutation(PERIOD).astype(np.int32), gradients.astype(np.float32).T.copy()


def gradient_noise(coordinates: Sequence[Array], seed: int) -> Array:
    """Smooth noise, about -1 to 1, with features of about one unit."""
    permutation, gradients = _tables(seed, len(coordinates))
    floors = [np.floor(c) for c in coordinates]
    cells = [f.astype(np.int32) for f in floors]
    offsets = [(c - f).astype(np.float32) for c, f in zip(coordinates, floors)]
    fades = [t * t * t * (t * (t * 6.0 - 15.0) + 10.0) for t in offsets]
    total = np.zeros(np.broadcast(*coordinates).shape, np.float32)
    for corner in itertools.product((0, 1), repeat=len(coordinates)):
        key = np.int32(0)
        slope = np.float32(0.0)
        weight = np.float32(1.0)
        for cell, bit in zip(cells, corner):
            key = permutation[(key + cell + bit) & (PERIOD - 1)]
        for axis, bit in enumerate(corner):
            slope = slope + gradients[axis][key] * (offsets[axis] - bit)
            weight = weight * (fades[axis] if bit else 1.0 - fades[axis])
        total += slope * weight
    return total * np.float32(1.5)


def fbm(
    coordinates: Sequence[Array],
    seed: int,
    octaves: int = 5,
    gain: float = 0.5,
    lacunarity: float = 2.03,
    ridged: bool = False,
) -> Array:
    """A sum of octaves of noise, about -1 to 1; ridged: 0 to 1 with sharp crests near 1."""
    total = np.float32(0.0)
    amplitude, scale, norm = 1.0, 1.0, 0.0
    for octave in range(octaves):
        layer = gradient_noise(
            [c * np.float32(scale) + 17.3 * octave for c in coordinates], seed + octave
        )
        total = total + amplitude * ((1.0 - np.abs(layer)) ** 2 if ridged else layer)
        norm += amplitude
        amplitude *= gain
        scale *= lacunarity
    return total / np.float32(norm)


@functools.lru_cache(maxsize=None)
def _scattered(seed: int, jitter: float) -> tuple:
    rng = np.random.default_rng(seed)
    points = (0.5 + jitter * (rng.random((PERIOD, PERIOD, 2)) - 0.5)).astype(np.float32)
    return points, rng.permutation(PERIOD * PERIOD).reshape(PERIOD, PERIOD)


def cells(x: Array, y: Array, seed: int, jitter: float = 1.0) -> tuple:
    """Cellular noise: distances to the nearest and second nearest point, and the nearest's number.

    There is one point per unit square; the number is an integer below 65536.
    """
    points, numbers = _scattered(seed, jitter)
    column, row = np.floor(x).astype(np.int32), np.floor(y).astype(np.int32)
    nearest = np.full(x.shape, 9.0, np.float32)
    second = nearest.copy()
    number = np.zeros(x.shape, np.int64)
    for dy, dx in itertools.product((-1, 0, 1), repeat=2):
        c, r = (column + dx) % PERIOD, (row + dy) % PERIOD
        point = points[r, c]
        distance = np.hypot(column + dx + point[..., 0] - x, row + dy + point[..., 1] - y)
        closer = distance < nearest
        second = np.where(closer, nearest, np.minimum(second, distance))
        number = np.where(closer, numbers[r, c], number)
        nearest = np.where(closer, distance, nearest)
    return nearest, second, number
