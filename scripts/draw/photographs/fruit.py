"""Fruit for the still life. Lengths in decimetres."""

import numpy as np

from toolkit.arrays import Array, dot, mix, smoothstep, vector
from toolkit.noise import cells, fbm
from toolkit.solids import Solid, axial, ball, capsule, joined, turned

APPLES = (
    ((0.50, 0.022, 0.02), (0.62, 0.26, 0.05)),
    ((0.42, 0.50, 0.06), (0.62, 0.30, 0.05)),
    ((0.58, 0.08, 0.03), (0.66, 0.50, 0.10)),
)
"""Skin and blush of the sorts of apple."""


def _constant(points: Array, value: float) -> Array:
    return np.full(len(points), value, np.float32)


def apple(place: tuple, yaw: float, pitch: float, sort: int) -> Solid:
    """An apple with its stalk; its equator at the place."""

    def shape(points: Array) -> Array:
        around = axial(points)
        narrow = 1.0 + 0.16 * (points[:, 1] + 0.1)
        ribs = 0.005 * np.cos(5.0 * np.arctan2(points[:, 0], points[:, 2])) * (points[:, 1] < 0)
        flesh = np.hypot(around / narrow - 0.115, points[:, 1] * 0.95) - 0.335 + ribs
        stalk = capsule(points, (0.0, 0.20, 0.0), (0.06, 0.50, 0.03), 0.019)
        return np.minimum(flesh * 0.8, stalk)

    def paint(points: Array, _: Array) -> tuple:
        skin, blush = (vector(*colour) for colour in APPLES[sort])
        angle = np.arctan2(points[:, 0], points[:, 2])
        streak = fbm([9.0 * np.cos(angle), 9.0 * np.sin(angle), 1.3 * points[:, 1]], 70, 4)
        patch = fbm([1.6 * points[:, 0], 1.6 * points[:, 1], 1.6 * points[:, 2]], 71, 3)
        colour = mix(
            skin,
            blush,
            smoothstep(-0.1, 0.7, 0.8 * streak + 0.9 * patch + 0.8 * (points[:, 1] - 0.2))[:, None],
        )
        near, _, _ = cells(20.0 * angle, 20.0 * points[:, 1] + 99.0, 72)
        colour = mix(
            colour, vector(0.75, 0.62, 0.35), (0.55 * smoothstep(0.13, 0.06, near))[:, None]
        )
        hollow = smoothstep(0.13, 0.03, axial(points)) * (points[:, 1] > 0)
        colour = mix(colour, vector(0.35, 0.33, 0.08), 0.8 * hollow[:, None])
        is_stalk = (axial(points) < 0.09) & (points[:, 1] > 0.31)
        colour = np.where(is_stalk[:, None], vector(0.09, 0.05, 0.025), colour)
        return colour, _constant(points, 0.05), np.where(is_stalk, 0.9, 0.12).astype(np.float32)

    return Solid(vector(*place), 0.58, shape, paint, turned(yaw, pitch))


def pear(place: tuple, yaw: float, pitch: float) -> Solid:
    """A pear; the centre of its belly at the place."""

    def shape(points: Array) -> Array:
        bent = points - vector(0.06, 0, 0) * np.maximum(points[:, 1:2], 0.0) ** 2
        flesh = joined(ball(bent, (0, 0, 0), 0.385), ball(bent, (0, 0.50, 0), 0.185), 0.42)
        stalk = capsule(points, (0.02, 0.62, 0.0), (0.10, 0.93, 0.04), 0.02)
        return np.minimum(flesh * 0.9, stalk)

    def paint(points: Array, _: Array) -> tuple:
        patch = fbm([2.0 * points[:, 0], 2.0 * points[:, 1], 2.0 * points[:, 2]], 73, 4)
        sunny = smoothstep(-0.5, 0.8, patch - 1.2 * points[:, 0])
        colour = mix(vector(0.42, 0.44, 0.06), vector(0.58, 0.25, 0.05), sunny[:, None])
        speck = fbm([34.0 * points[:, 0], 34.0 * points[:, 1], 34.0 * points[:, 2]], 74, 2)
        colour = mix(
            colour, vector(0.25, 0.16, 0.05), (0.7 * smoothstep(0.28, 0.5, speck))[:, None]
        )
        is_stalk = points[:, 1] > 0.70
        colour = np.where(is_stalk[:, None], vector(0.10, 0.06, 0.03), colour)
        return colour, _constant(points, 0.04), _constant(points, 0.28)

    return Solid(vector(*place), 1.0, shape, paint, turned(yaw, pitch))


def orange(place: tuple, radius: float) -> Solid:
    """An orange."""

    def shape(points: Array) -> Array:
        return ball(points * vector(1.0, 1.06, 1.0), (0, 0, 0), radius) * 0.94

    def paint(points: Array, _: Array) -> tuple:
        patch = fbm([2.4 * points[:, 0], 2.4 * points[:, 1], 2.4 * points[:, 2]], 76, 4)
        colour = mix(
            vector(0.82, 0.27, 0.012),
            vector(0.86, 0.42, 0.03),
            smoothstep(-0.5, 0.6, patch)[:, None],
        )
        navel = np.sqrt(
            dot(
                points - vector(0.12, radius * 0.9, -0.2), points - vector(0.12, radius * 0.9, -0.2)
            )
        )
        colour = mix(colour, vector(0.18, 0.20, 0.05), smoothstep(0.06, 0.03, navel)[:, None])
        return colour, _constant(points, 0.045), _constant(points, 0.24)

    return Solid(vector(*place), radius + 0.03, shape, paint)


def lemon(place: tuple, yaw: float) -> Solid:
    """A lemon lying on its side."""

    def shape(points: Array) -> Array:
        along = np.abs(points[:, 0])
        radius = 0.33 * np.sqrt(np.maximum(1.0 - (along / 0.50) ** 2, 0.0)) ** 1.15
        tip = capsule(points, (-0.50, 0, 0), (0.52, 0, 0), 0.055)
        across = np.hypot(points[:, 1], points[:, 2])
        body = np.where(along < 0.5, across - radius, np.hypot(along - 0.5, across))
        return joined(body * 0.72, tip, 0.16) * 0.9

    def paint(points: Array, _: Array) -> tuple:
        patch = fbm([3.0 * points[:, 0], 3.0 * points[:, 1], 3.0 * points[:, 2]], 77, 5)
        colour = mix(
            vector(0.84, 0.58, 0.035),
            vector(0.80, 0.68, 0.10),
            smoothstep(-0.5, 0.5, patch)[:, None],
        )
        return colour, _constant(points, 0.045), _constant(points, 0.25)

    return Solid(vector(*place), 0.72, shape, paint, turned(yaw, 0, 8))


def grapes(place: tuple, rng: np.random.Generator) -> list:
    """A bunch of dark grapes that lies on the table; one solid for a few berries each."""
    berries = []
    for _ in range(4000):
        along = rng.random() ** 1.2
        spread = 0.46 * (1.0 - 0.75 * along)
        size = rng.uniform(0.145, 0.18)
        centre = np.array(
            [
                (along - 0.3) * 1.5,
                size + rng.uniform(0.0, 0.42) * (1.0 - along),
                rng.normal(0.0, 0.6) * spread,
            ]
        )
        if all(
            np.linalg.norm(centre - other) > 0.9 * (size + other_size)
            for other, other_size in berries
        ):
            berries.append((centre, size))
        if len(berries) == 34:
            break
    berries.sort(key=lambda berry: berry[0][0])
    groups = [berries[i : i + 4] for i in range(0, len(berries), 4)]
    return [_berries(np.array(place), group) for group in groups]


def _berries(place: Array, berries: list) -> Solid:
    middle = np.mean([centre for centre, _ in berries], axis=0)
    local = [(centre - middle, size) for centre, size in berries]
    reach = max(np.linalg.norm(centre) + size for centre, size in local)

    def shape(points: Array) -> Array:
        return np.min([ball(points, centre, size) for centre, size in local], axis=0)

    def paint(points: Array, _: Array) -> tuple:
        own = np.argmin([ball(points, centre, size) for centre, size in local], axis=0)
        tint = 0.5 + 0.5 * np.sin(own * 2.4 + 10.0 * middle[0])
        bloom = fbm([6.0 * points[:, 0], 6.0 * points[:, 1], 6.0 * points[:, 2]], 78, 4)
        colour = mix(vector(0.075, 0.012, 0.055), vector(0.17, 0.02, 0.05), tint[:, None])
        dust = smoothstep(-0.1, 0.6, bloom)
        colour = mix(colour, vector(0.20, 0.19, 0.33), 0.75 * dust[:, None])
        return colour, _constant(points, 0.05), (0.08 + 0.35 * dust).astype(np.float32)

    return Solid(vector(*(place + middle)), float(reach), shape, paint)
