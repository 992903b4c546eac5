"""Solids given by signed distances, each in coordinates of its own."""

from typing import Callable, NamedTuple, Sequence

import numpy as np

from toolkit.arrays import Array, dot

Shape = Callable[[Array], Array]
"""Distances of points (own coordinates) to a surface, negative inside."""

Paint = Callable[[Array, Array], tuple]
"""Of points and normals, in own coordinates: colour, mirror share and roughness."""


class Solid(NamedTuple):
    """A shape with its paint, at a place, and the radius of a ball about it that holds it."""

    place: Array
    radius: float
    shape: Shape
    paint: Paint
    turn: Array = np.eye(3, dtype=np.float32)

    def local(self, points: Array) -> Array:
        """Points of space in own coordinates."""
        return (points - self.place) @ self.turn


def turned(yaw: float = 0.0, pitch: float = 0.0, roll: float = 0.0) -> Array:
    """A rotation, angles in degrees: about z first, then x, then y."""
    y, x, z = np.radians([yaw, pitch, roll])
    about_y = [[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]]
    about_x = [[1, 0, 0], [0, np.cos(x), -np.sin(x)], [0, np.sin(x), np.cos(x)]]
    about_z = [[np.cos(z), -np.sin(z), 0], [np.sin(z), np.cos(z), 0], [0, 0, 1]]
    return (np.array(about_y) @ np.array(about_x) @ np.array(about_z)).astype(np.float32)


def axial(points: Array) -> Array:
    """Distances from the y axis."""
    return np.hypot(points[:, 0], points[:, 2])


def ball(points: Array, centre: Sequence[float], radius: float) -> Array:
    """A sphere."""
    offset = points - np.array(centre, np.float32)
    return np.sqrt(dot(offset, offset)) - radius


def ellipsoid(points: Array, centre: Sequence[float], radii: Sequence[float]) -> Array:
    """An ellipsoid, nearly."""
    offset = points - np.array(centre, np.float32)
    radii = np.array(radii, np.float32)
    inner = np.sqrt(dot(offset / radii, offset / radii))
    slope = np.sqrt(dot(offset / radii**2, offset / radii**2))
    return inner * (inner - 1.0) / np.maximum(slope, 1e-5)


def capsule(points: Array, start: Sequence[float], end: Sequence[float], radius: float) -> Array:
    """A rod with round ends."""
    start, axis = np.array(start, np.float32), np.subtract(end, start).astype(np.float32)
    offset = points - start
    along = np.clip(offset @ axis / (axis @ axis), 0.0, 1.0)
    offset = offset - along[:, None] * axis
    return np.sqrt(dot(offset, offset)) - radius


def box(
    points: Array, centre: Sequence[float], half: Sequence[float], rounding: float = 0.0
) -> Array:
    """A box of given half sides."""
    outside = np.abs(points - np.array(centre, np.float32)) - np.array(half, np.float32) + rounding
    beyond = np.maximum(outside, 0.0)
    return np.sqrt(dot(beyond, beyond)) + np.minimum(outside.max(axis=1), 0.0) - rounding


def joined(a: Array, b: Array, softness: float) -> Array:
    """A union with a fillet."""
    overlap = np.maximum(softness - np.abs(a - b), 0.0) / softness
    return np.minimum(a, b) - overlap**2 * softness * 0.25
