"""A thing in its surroundings: pose, colours and clutter, all of them independent of the class."""

import colorsys

import numpy as np

from shapes.picture import ROLES, Part, Picture, ellipse, moved, rectangle, smooth
from shapes.things import CLASSES
from toolkit.arrays import Array

PALETTE = 12


def _colours(rng: np.random.Generator) -> Array:
    """Colours of the roles, of the ground, of the clutter: any hues, apart in lightness."""
    hues = (
        rng.random() + rng.permutation(PALETTE) / PALETTE + rng.uniform(-0.03, 0.03, PALETTE)
    ) % 1.0
    light = rng.permutation(np.linspace(0.22, 0.85, PALETTE))
    light[3], light[4] = rng.uniform(0.08, 0.22), rng.uniform(0.78, 0.95)
    light[0] = rng.uniform(0.3, 0.75)
    light[ROLES] = (light[0] + rng.choice([-0.38, 0.38])) % 1.0 * 0.8 + 0.1
    strength = rng.uniform(0.25, 0.9, PALETTE)
    return np.array(
        [colorsys.hls_to_rgb(*values) for values in zip(hues, light, strength)], np.float32
    )


def _clutter(rng: np.random.Generator) -> list:
    """Things without a name behind: discs, bars, blobs, triangles."""
    parts = []
    for _ in range(rng.integers(5, 12)):
        x, y, size = rng.uniform(-0.05, 1.05), rng.uniform(-0.05, 1.05), rng.uniform(0.05, 0.22)
        role = int(rng.integers(ROLES + 1, PALETTE))
        kind = rng.integers(4)
        if kind == 0:
            points = ellipse(0, 0, 1.0, rng.uniform(0.4, 1.0))
        elif kind == 1:
            points = rectangle(-1.6, -rng.uniform(0.15, 0.7), 1.6, rng.uniform(0.15, 0.7))
        elif kind == 2:
            points = rng.uniform(-1.2, 1.2, (3, 2))
        else:
            angles = np.sort(rng.uniform(0, 2 * np.pi, 7))
            points = smooth(
                [(r * np.cos(a), r * np.sin(a)) for a, r in zip(angles, rng.uniform(0.5, 1.2, 7))]
            )
        group = [Part(points, role)]
        if rng.random() < 0.4:
            group += [Part(0.5 * points, int(rng.integers(0, PALETTE)))]
        turn = rng.uniform(0, 2 * np.pi)
        parts += [moved(part, size, turn, False, x, y, 1.0) for part in group]
    return parts


def composed(name: str, rng: np.random.Generator) -> Picture:
    """A picture of a class."""
    clutter = _clutter(rng)
    scale, turn = rng.uniform(0.27, 0.46), rng.normal(0.0, 0.22)
    x, y = 0.5 + rng.uniform(-0.62, 0.62) * (0.5 - scale), 0.5 + rng.uniform(-0.62, 0.62) * (
        0.5 - scale
    )
    flip, squeeze = bool(rng.random() < 0.5), rng.uniform(0.86, 1.16)
    thing = [moved(part, scale, turn, flip, x, y, squeeze) for part in CLASSES[name](rng)]
    colours = _colours(rng)
    return Picture(
        clutter + thing, colours, colours[ROLES], len(clutter), int(rng.integers(1 << 30))
    )
