"""Flowers in the vase of the still life. Lengths in decimetres."""

import numpy as np

from toolkit.arrays import Array, mix, normalised, smoothstep, vector
from toolkit.noise import fbm
from toolkit.solids import Solid, axial, capsule, ellipsoid

BLOSSOMS = (
    ((0.05, 1.45, -0.25), (0.1, 0.45, -1.0), 0.60, (0.86, 0.46, 0.02)),
    ((-0.80, 1.05, -0.15), (-0.7, 0.35, -0.8), 0.52, (0.78, 0.10, 0.08)),
    ((0.85, 1.00, -0.10), (0.75, 0.30, -0.8), 0.52, (0.80, 0.72, 0.62)),
    ((-0.45, 1.90, 0.10), (-0.4, 0.9, -0.7), 0.46, (0.80, 0.74, 0.66)),
    ((0.62, 1.80, 0.15), (0.5, 0.8, -0.7), 0.50, (0.74, 0.17, 0.30)),
    ((-0.10, 0.72, -0.62), (-0.1, 0.25, -1.0), 0.46, (0.72, 0.14, 0.26)),
)
"""Places above the mouth of the vase, facing directions, radii and colours of petals."""


def bouquet(mouth: tuple, rng: np.random.Generator) -> list:
    """Blossoms, their stems, and leaves."""
    mouth = np.array(mouth)
    things = []
    for offset, facing, radius, colour in BLOSSOMS:
        place = np.array(offset) * 0.92
        things.append(_blossom(mouth + place, facing, radius, colour, int(rng.integers(15, 20))))
        things.append(_stem(mouth + vector(0, -0.4, 0) + 0.1 * place * (1, 0, 1), mouth + place))
    for _ in range(16):
        angle, lift = rng.uniform(0, 2 * np.pi), rng.uniform(-0.05, 1.15)
        out = rng.uniform(0.35, 0.85)
        foot = mouth + (0.5 * out * np.sin(angle), lift, -0.5 * out * np.cos(angle))
        axis = (np.sin(angle), rng.uniform(-0.2, 0.7), -0.8 * np.cos(angle))
        things.append(_leaf(foot, axis, rng.uniform(0.36, 0.60), rng.uniform(0, 1)))
    return things


def _frame(axis: tuple) -> Array:
    """A rotation that takes the y axis to a given one."""
    y = normalised(vector(*axis))
    x = normalised(np.cross(y, vector(0.3, 0.1, 1.0)))
    return np.stack([x, y, np.cross(x, y)], axis=1).astype(np.float32)


def _blossom(place: Array, facing: tuple, radius: float, colour: tuple, petals: int) -> Solid:
    def folded(points: Array, turn: float) -> Array:
        angle = np.arctan2(points[:, 0], points[:, 2]) + turn
        sector = 2 * np.pi / petals
        angle = (angle + sector / 2) % sector - sector / 2
        around = axial(points)
        return np.stack([around * np.sin(angle), points[:, 1], around * np.cos(angle)], axis=-1)

    def shape(points: Array) -> Array:
        cup = 0.30 * axial(points) ** 2 / radius
        lower = folded(points, 0.0) - vector(0, 1, 0) * (cup - 0.05)[:, None]
        upper = folded(points, np.pi / petals) - vector(0, 1, 0) * (1.9 * cup)[:, None]
        width = 2.3 * radius / petals
        rows = np.minimum(
            ellipsoid(lower, (0, 0, 0.58 * radius), (width, 0.03, 0.42 * radius)),
            ellipsoid(upper, (0, 0, 0.46 * radius), (width, 0.03, 0.34 * radius)),
        )
        heart = ellipsoid(points, (0, 0.03, 0), (0.27 * radius, 0.11, 0.27 * radius))
        return np.minimum(rows, heart) * 0.55

    def paint(points: Array, _: Array) -> tuple:
        around = axial(points)
        angle = np.arctan2(points[:, 0], points[:, 2])
        vein = fbm([40.0 * np.cos(angle), 40.0 * np.sin(angle), 2.0 * around], 100, 2)
        petal = vector(*colour) * (0.62 + 0.45 * around / radius + 0.22 * vein)[:, None]
        seed = fbm([40.0 * points[:, 0], 40.0 * points[:, 2]], 101, 2)
        heart = mix(vector(0.05, 0.022, 0.012), vector(0.42, 0.22, 0.03), (0.5 + seed)[:, None])
        heart = heart * (0.4 + 2.4 * around / radius)[:, None]
        own = mix(heart, petal, smoothstep(0.25, 0.29, around / radius)[:, None])
        many = len(points)
        return np.clip(own, 0, 0.9), np.full(many, 0.02, np.float32), np.full(many, 0.6, np.float32)

    return Solid(place.astype(np.float32), 1.12 * radius, shape, paint, _frame(facing))


def _stem(start: Array, end: Array) -> Solid:
    middle = ((start + end) / 2).astype(np.float32)

    def shape(points: Array) -> Array:
        return capsule(points, start - middle, end - middle, 0.035)

    def paint(points: Array, _: Array) -> tuple:
        many = len(points)
        return (
            np.tile(vector(0.09, 0.16, 0.035), (many, 1)),
            np.full(many, 0.03, np.float32),
            np.full(many, 0.4, np.float32),
        )

    return Solid(middle, float(np.linalg.norm(end - start) / 2 + 0.05), shape, paint)


def _leaf(foot: Array, axis: tuple, length: float, tone: float) -> Solid:
    """A pointed leaf, folded along its midrib; y runs along it."""

    def shape(points: Array) -> Array:
        along = np.clip(points[:, 1] / length * 0.5 + 0.5, 0.0, 1.0)
        width = 0.30 * length * np.clip(np.sin(np.pi * along), 0, 1) ** 0.8 + 0.006
        sag = 0.22 * np.abs(points[:, 0]) - 0.25 * length * along**2
        flat = np.stack(
            [
                np.maximum(np.abs(points[:, 0]) - width, 0.0),
                np.maximum(np.abs(points[:, 1]) - length, 0.0),
                points[:, 2] - sag,
            ],
            axis=-1,
        )
        return (np.sqrt((flat**2).sum(axis=1)) - 0.014) * 0.7

    def paint(points: Array, _: Array) -> tuple:
        rib = smoothstep(0.016, 0.006, np.abs(points[:, 0]))
        vein = 0.5 + 0.5 * np.sin(60.0 * (points[:, 1] - 0.8 * np.abs(points[:, 0])))
        green = mix(vector(0.035, 0.095, 0.022), vector(0.10, 0.19, 0.045), tone)
        colour = green * (0.8 + 0.3 * vein)[:, None]
        colour = mix(colour, vector(0.20, 0.28, 0.10), 0.7 * rib[:, None])
        many = len(points)
        return colour, np.full(many, 0.04, np.float32), np.full(many, 0.3, np.float32)

    centre = foot + normalised(vector(*axis)) * length
    return Solid(centre.astype(np.float32), 1.25 * length, shape, paint, _frame(axis))
