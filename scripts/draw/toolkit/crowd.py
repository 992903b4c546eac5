"""Many solids at once: a grid over space knows how far the nearest is and which are near."""

from typing import Sequence

import numpy as np

from toolkit.arrays import Array, dot
from toolkit.solids import Solid

LIMIT = 64
"""As many solids as an integer of the grid has bits."""


class Crowd:
    """The union of up to 64 solids inside a box."""

    def __init__(self, solids: Sequence[Solid], low: Array, high: Array, cell: float):
        assert len(solids) <= LIMIT
        self.solids = solids
        self.low, self.high, self.cell = low, high, cell
        self.counts = np.ceil((high - low) / cell).astype(int)
        self.reach = 0.5 * np.sqrt(3.0) * cell
        axes = [low[i] + cell * (np.arange(self.counts[i]) + 0.5) for i in range(3)]
        centres = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
        centres = centres.astype(np.float32)
        nearest = np.full(len(centres), 1e3, np.float32)
        self.near = np.zeros(len(centres), np.uint64)
        for index, solid in enumerate(solids):
            far = np.full(len(centres), 1e3, np.float32)
            offset = centres - solid.place
            close = np.flatnonzero(dot(offset, offset) < (solid.radius + 4.0 * self.reach) ** 2)
            far = np.sqrt(dot(offset, offset)) - solid.radius
            far[close] = solid.shape(solid.local(centres[close]))
            nearest = np.minimum(nearest, far)
            self.near[far < 2.5 * self.reach] |= np.uint64(1) << np.uint64(index)
        self.bound = nearest - self.reach

    def _cells(self, points: Array) -> tuple:
        position = (points - self.low) / np.float32(self.cell)
        index = np.clip(position.astype(np.int32), 0, self.counts - 1)
        beyond = np.maximum(np.maximum(self.low - points, points - self.high), 0.0)
        flat = (index[:, 0] * self.counts[1] + index[:, 1]) * self.counts[2] + index[:, 2]
        return flat, np.sqrt(dot(beyond, beyond))

    def distance(self, points: Array) -> Array:
        """Distances to the nearest solid, or less."""
        flat, outside = self._cells(points)
        result = np.where(outside > 0.0, outside + 0.02, self.bound[flat])
        near = np.flatnonzero((outside == 0.0) & (result < 1.4 * self.reach))
        result[near] = self._exact(points[near], self.near[flat[near]])[0]
        return result

    def nearest(self, points: Array) -> tuple:
        """Distances of points near a surface, and the numbers of the solids they belong to."""
        flat, _ = self._cells(points)
        return self._exact(points, self.near[flat])

    def _exact(self, points: Array, near: Array) -> tuple:
        distance = np.full(len(points), self.reach, np.float32)
        number = np.full(len(points), -1)
        present = np.bitwise_or.reduce(near) if len(near) else 0
        for index, solid in enumerate(self.solids):
            bit = np.uint64(1) << np.uint64(index)
            if not present & bit:
                continue
            mine = np.flatnonzero(near & bit)
            own = solid.shape(solid.local(points[mine]))
            closer = own < distance[mine]
            distance[mine[closer]] = own[closer]
            number[mine[closer]] = index
        return distance, number
