"""A pinhole camera."""

import numpy as np

from toolkit.arrays import Array, dot, normalised, vector


class Camera:
    """Looks from a place to another; the picture spans a given angle from left to right."""

    def __init__(self, place, target, degrees: float, width: int, height: int):
        self.place = vector(*place)
        self.forward = normalised(vector(*target) - self.place)
        self.right = normalised(np.cross(vector(0, 1, 0), self.forward))
        self.up = np.cross(self.forward, self.right)
        self.width, self.height = width, height
        self.reach = np.tan(np.radians(degrees) / 2.0)

    def rays(self, rows: Array, columns: Array) -> Array:
        """Directions through points of the picture, in pixels from its upper left corner."""
        x = (columns / self.width * 2.0 - 1.0) * self.reach
        y = (1.0 - rows / self.height * 2.0) * self.reach * self.height / self.width
        return normalised(self.forward + x[..., None] * self.right + y[..., None] * self.up).astype(
            np.float32
        )

    def seen_at(self, point) -> tuple:
        """Row and column, in pixels, at which a point in space is seen."""
        offset = vector(*point) - self.place
        depth = dot(offset, self.forward)
        x, y = dot(offset, self.right) / depth, dot(offset, self.up) / depth
        column = (x / self.reach + 1.0) / 2.0 * self.width
        row = (1.0 - y / self.reach * self.width / self.height) / 2.0 * self.height
        return row, column
