"""Terrain: heights on a grid, met by rays."""

import numpy as np

from toolkit.arrays import Array, normalised


class HeightField:
    """Heights over a rectangle of the x-z plane, bilinear between the points of a grid."""

    def __init__(self, heights: Array, x_range: tuple, z_range: tuple):
        self.heights = np.ascontiguousarray(heights, np.float32)
        self.x_range, self.z_range = x_range, z_range
        rows, columns = heights.shape
        self.x_step = (x_range[1] - x_range[0]) / (columns - 1)
        self.z_step = (z_range[1] - z_range[0]) / (rows - 1)
        self.top = float(self.heights.max())

    def sample(self, grid: Array, x: Array, z: Array) -> Array:
        """Values of a grid that is laid out as the heights are; its edge goes on beyond it."""
        rows, columns = self.heights.shape
        u = np.clip((x - self.x_range[0]) / self.x_step, 0.0, columns - 1.001)
        v = np.clip((z - self.z_range[0]) / self.z_step, 0.0, rows - 1.001)
        column, row = u.astype(np.int32), v.astype(np.int32)
        u, v = u - column, v - row
        index = row * columns + column
        flat = grid.ravel()
        return (flat[index] * (1 - u) + flat[index + 1] * u) * (1 - v) + (
            flat[index + columns] * (1 - u) + flat[index + columns + 1] * u
        ) * v

    def height(self, x: Array, z: Array) -> Array:
        """Heights of the terrain."""
        return self.sample(self.heights, x, z)

    def normal(self, x: Array, z: Array, step: Array) -> Array:
        """Upward normals, over a given distance so that far detail does not flicker."""
        slope_x = (self.height(x + step, z) - self.height(x - step, z)) / (2 * step)
        slope_z = (self.height(x, z + step) - self.height(x, z - step)) / (2 * step)
        return normalised(np.stack([-slope_x, np.ones_like(slope_x), -slope_z], axis=-1))

    def hit(
        self,
        origin: Array,
        direction: Array,
        near: float,
        far: float,
        fineness: float = 0.004,
        steps: int = 400,
    ) -> Array:
        """Distances along rays to the terrain, inf where they miss it."""
        count = len(direction)
        origin = np.broadcast_to(origin, direction.shape)
        result = np.full(count, np.inf, np.float32)
        travelled = np.full(count, near, np.float32)
        before = travelled.copy()
        active = np.arange(count)
        for _ in range(steps):
            o, d, t = origin[active], direction[active], travelled[active]
            x, y, z = (o[:, i] + t * d[:, i] for i in range(3))
            gap = y - self.height(x, z)
            hit = gap < 0.0
            result[active[hit]] = t[hit]
            gone = (t > far) | ((y > self.top) & (d[:, 1] > 0.0))
            going = ~hit & ~gone
            active, t, gap = active[going], t[going], gap[going]
            if not len(active):
                break
            before[active] = t
            travelled[active] = t + np.maximum(0.45 * gap, fineness * t + 0.02 * self.x_step)
        return self._refined(origin, direction, before, result)

    def _refined(self, origin: Array, direction: Array, before: Array, result: Array) -> Array:
        found = np.flatnonzero(np.isfinite(result))
        o, d, low, high = origin[found], direction[found], before[found], result[found]
        for _ in range(8):
            middle = (low + high) / 2
            x, y, z = (o[:, i] + middle * d[:, i] for i in range(3))
            below = y < self.height(x, z)
            high = np.where(below, middle, high)
            low = np.where(below, low, middle)
        result[found] = high
        return result

    def shade(
        self, points: Array, light: Array, far: float, softness: float, steps: int = 60
    ) -> Array:
        """How much of a distant light reaches points: 0 in shadow of the terrain, 1 in light."""
        lit = np.ones(len(points), np.float32)
        travelled = np.full(len(points), 1.5 * self.x_step, np.float32)
        active = np.arange(len(points))
        for _ in range(steps):
            t = travelled[active]
            p = points[active] + t[:, None] * light
            gap = p[:, 1] - self.height(p[:, 0], p[:, 2])
            lit[active] = np.minimum(lit[active], np.clip(0.5 + softness * gap / t, 0.0, 1.0))
            travelled[active] = t + np.maximum(0.5 * np.abs(gap), 0.6 * self.x_step + 0.02 * t)
            active = active[(lit[active] > 0.0) & (travelled[active] < far) & (p[:, 1] < self.top)]
            if not len(active):
                break
        return lit
