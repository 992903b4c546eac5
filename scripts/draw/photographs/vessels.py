"""A vase and a bowl for the still life. Lengths in decimetres."""

import numpy as np

from toolkit.arrays import Array, mix, smoothstep, vector
from toolkit.noise import fbm
from toolkit.solids import Solid, axial, joined

VASE_TALL = 2.25
PROFILE = (
    (0.0, 0.42),
    (0.12, 0.46),
    (0.5, 0.68),
    (0.95, 0.78),
    (1.35, 0.66),
    (1.75, 0.36),
    (2.0, 0.31),
    (2.2, 0.40),
    (2.3, 0.44),
)
"""Heights and radii of the vase."""


def _radius(height: Array) -> Array:
    heights, radii = zip(*PROFILE)
    fine = np.linspace(heights[0], heights[-1], 200)
    smooth = np.interp(fine, heights, radii)
    kernel = np.hanning(31) / np.hanning(31).sum()
    smooth = np.convolve(np.pad(smooth, 15, mode="edge"), kernel, mode="valid")
    return np.interp(height, fine, smooth).astype(np.float32)


def vase(place: tuple) -> Solid:
    """A glazed vase with a painted frieze; it stands on the place."""
    centre = vector(0, VASE_TALL / 2, 0)

    def shape(points: Array) -> Array:
        y = points[:, 1] + centre[1]
        wall = np.abs(axial(points) - _radius(y) + 0.03) - 0.03
        foot = np.maximum(axial(points) - 0.42, np.abs(y - 0.04) - 0.04)
        inside = np.maximum(-y, y - VASE_TALL)
        return np.minimum(np.maximum(wall * 0.72, inside), foot)

    def paint(points: Array, _: Array) -> tuple:
        y, angle = points[:, 1] + centre[1], np.arctan2(points[:, 0], points[:, 2])
        mottle = fbm([3.0 * points[:, 0], 3.0 * points[:, 1], 3.0 * points[:, 2]], 90, 5)
        colour = mix(vector(0.70, 0.68, 0.62), vector(0.78, 0.75, 0.68), (0.5 + mottle)[:, None])
        wave = 0.96 + 0.13 * np.sin(8.0 * angle)
        petal = np.abs(np.sin(4.0 * angle)) ** 0.7 * 0.26
        blue = (
            smoothstep(0.035, 0.025, np.abs(y - wave))
            + smoothstep(0.03, 0.02, np.abs(y - 1.30))
            + smoothstep(0.03, 0.02, np.abs(y - 0.55))
            + smoothstep(0.02, 0.0, np.abs(y - 1.38) - 0.012)
            + smoothstep(0.02, 0.0, np.abs(y - 1.42 - petal))
            + smoothstep(0.0, -0.02, y - (0.12 + 0.30 * np.abs(np.sin(5.0 * angle))))
            + smoothstep(1.98, 2.02, y)
            + smoothstep(
                0.05, 0.03, np.hypot(((angle * 8 / np.pi / 2 + 0.25) % 1.0 - 0.5) * 0.55, y - 0.80)
            )
        )
        brush = 0.75 + 0.35 * fbm([14.0 * angle, 14.0 * y], 91, 3)
        colour = mix(colour, vector(0.012, 0.05, 0.22), np.clip(blue * brush, 0, 1)[:, None])
        many = len(points)
        return colour, np.full(many, 0.06, np.float32), np.full(many, 0.03, np.float32)

    return Solid(vector(*place) + centre, 1.45, shape, paint)


def bowl(place: tuple) -> Solid:
    """A green bowl on a foot."""
    centre = vector(0, 0.45, 0)

    def shape(points: Array) -> Array:
        y, around = points[:, 1] + centre[1], axial(points)
        dish = np.hypot(around, (y - 0.98) * 1.15) - 1.02
        shell = np.maximum(np.abs(dish) - 0.035, y - 0.78)
        lip = np.hypot(around - 0.985, y - 0.78) - 0.05
        foot = np.maximum(np.abs(around - 0.40) - 0.06, np.abs(y - 0.06) - 0.06)
        return joined(joined(shell * 0.85, lip, 0.05), foot, 0.08)

    def paint(points: Array, _: Array) -> tuple:
        y, angle = points[:, 1] + centre[1], np.arctan2(points[:, 0], points[:, 2])
        run = fbm([5.0 * np.cos(angle), 5.0 * np.sin(angle), 0.8 * y], 92, 5)
        colour = mix(
            vector(0.02, 0.115, 0.085),
            vector(0.12, 0.30, 0.20),
            smoothstep(-0.5, 0.5, run + 0.8 * (y - 0.5))[:, None],
        )
        colour = mix(
            colour, vector(0.33, 0.17, 0.06), smoothstep(0.74, 0.81, y + 0.03 * run)[:, None]
        )
        many = len(points)
        return colour, np.full(many, 0.06, np.float32), np.full(many, 0.06, np.float32)

    return Solid(vector(*place) + centre, 1.2, shape, paint)
