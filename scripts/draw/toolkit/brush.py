"""Brush strokes with bristles, on a canvas that remembers how thick the paint lies."""

from typing import Optional

import numpy as np

from toolkit.arrays import Array, mix, normalised, vector
from toolkit.film import blurred
from toolkit.noise import fbm


class Canvas:
    """Colour (sRGB, 0 to 1) and thickness of paint."""

    def __init__(self, height: int, width: int, ground: Array, rng: np.random.Generator):
        self.colour = np.empty((height, width, 3), np.float32)
        self.colour[:] = ground
        self.thickness = np.zeros((height, width), np.float32)
        self.rng = rng

    @property
    def shape(self) -> tuple:
        """Rows and columns."""
        return self.thickness.shape

    def stroke(
        self,
        path: Array,
        width: float,
        colour: Array,
        load: float = 1.0,
        spread: float = 0.05,
        dryness: float = 0.15,
        taper: float = 0.35,
        within: Optional[tuple] = None,
    ) -> None:
        """Paint along a path of (row, column) points.

        load: thickness of the paint; spread: how much bristles differ in colour; dryness: share
        that leaves the ground uncovered towards the end; taper: how far the ends narrow;
        within: numbers of areas for every pixel, and the one that the paint must not leave.
        """
        points, normals, along = _resampled(path, 0.7)
        if len(points) < 2:
            return
        bristles = max(int(width * 1.5), 3)
        across = (np.arange(bristles) + 0.5) / bristles * 2.0 - 1.0
        profile = np.sqrt(np.maximum(1.0 - taper * (2.0 * along - 1.0) ** 4, 0.05))
        offset = across[None, :] * (profile * width / 2.0)[:, None]
        place = points[:, None, :] + offset[..., None] * normals[:, None, :]
        rows, columns = np.round(place[..., 0]).astype(int), np.round(place[..., 1]).astype(int)
        tone = self.rng.normal(0.0, spread, bristles).astype(np.float32)
        ridge = 0.55 + 0.45 * self.rng.random(bristles, dtype=np.float32)
        wet = self.rng.random(bristles) + 0.25 * self.rng.random((len(points), bristles))
        wet = wet > dryness * (0.4 + 1.9 * along[:, None] ** 2) + 0.25 * np.abs(across) ** 6
        edge = 1.0 + 0.5 * (np.abs(across) > 0.72)
        height = load * ridge * edge * (0.6 + 0.6 * along[:, None] ** 3)
        inside = (
            (rows >= 0) & (rows < self.shape[0]) & (columns >= 0) & (columns < self.shape[1]) & wet
        )
        if within is not None:
            inside[inside] = within[0][rows[inside], columns[inside]] == within[1]
        rows, columns = rows[inside], columns[inside]
        paint = np.broadcast_to(colour + tone[:, None], (len(points), bristles, 3))[inside]
        self.colour[rows, columns] = mix(self.colour[rows, columns], paint, 0.93)
        before = self.thickness[rows, columns]
        self.thickness[rows, columns] = 0.35 * before + height[inside]

    def lit(self, relief: float, weave: float, seed: int, gloss: float = 0.10) -> Array:
        """The picture in light from the upper left: relief of the paint, weave of the cloth."""
        rows, columns = np.mgrid[0 : self.shape[0], 0 : self.shape[1]].astype(np.float32)
        cloth = np.sin(rows * 1.35) * np.sin(columns * 1.35) + 0.6 * fbm(
            [0.05 * rows, 0.05 * columns], seed, 3
        )
        surface = blurred(self.thickness, 0.7) * relief + weave * cloth
        slope_y, slope_x = np.gradient(surface)
        normal = normalised(np.stack([-slope_x, -slope_y, np.ones_like(slope_x)], axis=-1))
        light = normalised(vector(-0.55, -0.62, 0.9))
        shade = normal @ light / light[2]
        half = normalised(light + vector(0, 0, 1))
        shine = np.clip(normal @ half, 0.0, 1.0) ** 40
        base = half[2] ** 40
        return np.clip(
            self.colour * (0.30 + 0.70 * shade)[..., None] + gloss * (shine - base)[..., None],
            0.0,
            1.0,
        )


def _resampled(path: Array, spacing: float) -> tuple:
    """Points at even distances along a path, unit normals there, and the share of the way gone."""
    steps = np.hypot(*np.diff(path, axis=0).T)
    gone = np.concatenate([[0.0], np.cumsum(steps)])
    count = int(gone[-1] / spacing) + 1
    where = np.linspace(0.0, gone[-1], count)
    points = np.stack([np.interp(where, gone, path[:, k]) for k in (0, 1)], axis=-1)
    if count < 2:
        return points, points, where
    tangent = np.gradient(points, axis=0)
    tangent /= np.maximum(np.hypot(tangent[:, 0], tangent[:, 1]), 1e-6)[:, None]
    return points, np.stack([-tangent[:, 1], tangent[:, 0]], axis=-1), where / max(gone[-1], 1e-6)


def flow_path(start: tuple, angle: Array, length: float, step: float) -> Array:
    """A path that follows a field of directions (radians, 0 along the row, growing clockwise)."""
    half = []
    for sign in (-1.0, 1.0):
        row, column = start
        points = []
        heading = None
        for _ in range(max(int(length / 2 / step), 1)):
            r, c = int(row), int(column)
            if not (0 <= r < angle.shape[0] and 0 <= c < angle.shape[1]):
                break
            move = np.array([np.sin(angle[r, c]), np.cos(angle[r, c])]) * sign * step
            if heading is not None and move @ heading < 0.0:
                move = -move
            heading = move
            row, column = row + move[0], column + move[1]
            points.append((row, column))
        half.append(points)
    return np.array(half[0][::-1] + [start] + half[1])


def scattered(height: int, width: int, spacing: float, rng: np.random.Generator) -> Array:
    """Places about a spacing apart, in random order."""
    rows, columns = np.meshgrid(
        np.arange(0.5 * spacing, height + spacing, spacing),
        np.arange(0.5 * spacing, width + spacing, spacing),
        indexing="ij",
    )
    places = np.stack([rows.ravel(), columns.ravel()], axis=-1)
    places += rng.uniform(-0.55, 0.55, places.shape) * spacing
    rng.shuffle(places)
    return places
