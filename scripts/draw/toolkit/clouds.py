"""Heaps of cloud in sunlight, on a map of the sky that pictures look up."""

import numpy as np

from toolkit.arrays import Array, dot, mix, smoothstep, vector
from toolkit.noise import fbm

BASE, TOP = 1.0, 2.1
"""Kilometres above ground between which the clouds are."""


class CloudMap:
    """Opacity and brightness of clouds by azimuth (about the z axis) and elevation, in radians."""

    azimuths, elevations = (-1.25, 1.25), (0.015, 0.95)

    def __init__(self, width: int, sun: Array, seed: int, cover: float, steps: int = 44):
        height = max(int(width * 0.45), 2)
        self.shape = (height, width)
        elevation, azimuth = np.meshgrid(
            np.linspace(*self.elevations, height, dtype=np.float32),
            np.linspace(*self.azimuths, width, dtype=np.float32),
            indexing="ij",
        )
        level = np.cos(elevation)
        direction = np.stack(
            [level * np.sin(azimuth), np.sin(elevation), level * np.cos(azimuth)], axis=-1
        ).reshape(-1, 3)
        self.seed, self.cover = seed, cover
        self.opacity, self.brightness = self._marched(direction, sun, steps)

    def _density(self, points: Array) -> Array:
        x, y, z = points[:, 0], points[:, 1], points[:, 2]
        up = (y - BASE) / (TOP - BASE)
        heap = fbm([0.42 * x, 0.42 * z], self.seed, 3)
        body = fbm([1.5 * x, 1.9 * y, 1.5 * z], self.seed + 10, 5, gain=0.52)
        shape = smoothstep(0.0, 0.10, up) * (1.35 * heap + self.cover - 0.62 * up) + 0.62 * body
        return np.clip(shape - 0.22, 0.0, 1.0) * smoothstep(-0.01, 0.03, up)

    def _marched(self, direction: Array, sun: Array, steps: int) -> tuple:
        near = BASE / direction[:, 1]
        step = (np.minimum(TOP / direction[:, 1], near + 9.0) - near) / steps
        rng = np.random.default_rng(self.seed)
        travelled = near + step * rng.random(len(direction), dtype=np.float32)
        clear = np.ones(len(direction), np.float32)
        bright = np.zeros(len(direction), np.float32)
        active = np.arange(len(direction))
        for _ in range(steps):
            points = travelled[active, None] * direction[active]
            density = self._density(points)
            dense = np.flatnonzero(density > 0.0)
            if len(dense):
                rays = active[dense]
                lit = self._sunlight(points[dense], sun, dot(direction[rays], sun))
                stopped = 1.0 - np.exp(-26.0 * density[dense] * np.minimum(step[rays], 0.12))
                bright[rays] += clear[rays] * stopped * lit
                clear[rays] *= 1.0 - stopped
            travelled[active] += step[active]
            active = active[clear[active] > 0.01]
        opacity = 1.0 - clear
        return opacity.reshape(self.shape), (bright / np.maximum(opacity, 1e-3)).reshape(self.shape)

    def _sunlight(self, points: Array, sun: Array, towards: Array) -> Array:
        depth = np.zeros(len(points), np.float32)
        for distance in (0.05, 0.13, 0.28, 0.5):
            depth += self._density(points + distance * sun) * distance * 0.9
        up = np.clip((points[:, 1] - BASE) / (TOP - BASE), 0.0, 1.0)
        lobe = 0.85 + 0.5 * np.clip(towards, 0.0, 1.0) ** 6
        return lobe * (0.80 * np.exp(-14.0 * depth) + 0.20 * np.exp(-2.5 * depth)) + 0.10 * up

    def over(self, colour: Array, direction: Array, shade: Array, light: Array) -> Array:
        """A sky with the clouds before it; they fade into its own colour at the horizon."""
        height, width = self.shape
        azimuth = np.arctan2(direction[:, 0], direction[:, 2])
        elevation = np.arcsin(np.clip(direction[:, 1], -1.0, 1.0))
        u = (azimuth - self.azimuths[0]) / (self.azimuths[1] - self.azimuths[0]) * (width - 1)
        v = (
            (elevation - self.elevations[0])
            / (self.elevations[1] - self.elevations[0])
            * (height - 1)
        )
        u, v = np.clip(u, 0, width - 1.001), np.clip(v, 0, height - 1.001)
        column, row = u.astype(int), v.astype(int)
        u, v = u - column, v - row

        def sampled(grid: Array) -> Array:
            return mix(
                mix(grid[row, column], grid[row, column + 1], u),
                mix(grid[row + 1, column], grid[row + 1, column + 1], u),
                v,
            )

        cloud = mix(shade, light, sampled(self.brightness)[:, None])
        distant = np.exp(-0.05 * np.maximum(BASE / np.maximum(direction[:, 1], 0.02) - 3.0, 0.0))
        cloud = mix(mix(colour, vector(0.75, 0.80, 0.86), 0.5), cloud, distant[:, None])
        return mix(
            colour, cloud, (sampled(self.opacity) * smoothstep(0.012, 0.05, elevation))[:, None]
        )
