"""A striped linen cloth on the table of the still life. Lengths in decimetres."""

import numpy as np

from toolkit.arrays import Array, mix, smoothstep, vector
from toolkit.solids import Solid, turned

HALF_LENGTH, HALF_WIDTH = 2.15, 1.25


def cloth(place: tuple) -> Solid:
    """The cloth, lying in folds; its middle at the place."""

    def shape(points: Array) -> Array:
        u, v = points[:, 0], points[:, 2]
        folds = (
            0.055 * np.sin(3.1 * u + 1.5 * np.sin(0.9 * v))
            + 0.035 * np.sin(5.3 * v + 1.7 * u)
            + 0.02 * np.sin(9.0 * u - 3.0 * v)
        )
        top = 0.085 + folds
        edge = np.maximum(
            np.abs(u) - HALF_LENGTH + 0.04 * np.sin(2.0 * v),
            np.abs(v) - HALF_WIDTH + 0.05 * np.sin(2.3 * u),
        )
        return np.maximum(points[:, 1] - np.maximum(top, 0.015), edge) * 0.78

    def paint(points: Array, _: Array) -> tuple:
        u, v = points[:, 0], points[:, 2]
        weave = 0.93 + 0.07 * np.sin(110.0 * u) * np.sin(110.0 * v)
        band = np.abs(u % 0.72 - 0.36)
        stripe = smoothstep(0.075, 0.06, band)
        stripe += smoothstep(0.10, 0.105, band) * smoothstep(0.13, 0.125, band)
        border = smoothstep(0.10, 0.085, np.abs(np.abs(v) - 0.98))
        colour = mix(
            vector(0.80, 0.76, 0.68),
            vector(0.09, 0.17, 0.36),
            np.clip(stripe + 0.8 * border, 0, 1)[:, None],
        )
        many = len(points)
        return colour * weave[:, None], np.zeros(many, np.float32), np.ones(many, np.float32)

    return Solid(vector(*place), 2.65, shape, paint, turned(yaw=33.5))
