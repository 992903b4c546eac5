"""What a labelled picture shows, before it is drawn in one style or another."""

from typing import NamedTuple

import numpy as np

from toolkit.arrays import Array

ROLES = 5
"""Colours that a thing may use: their meaning differs from class to class."""


class Part(NamedTuple):
    """A polygon of (x, y) points in a square from -1 to 1, y downwards, in the colour of a role."""

    points: Array
    role: int


class Picture(NamedTuple):
    """Parts from back to front, in shares of the side; those from `thing` on are labelled."""

    parts: list
    colours: Array
    ground: Array
    thing: int
    seed: int


def ellipse(
    x: float, y: float, wide: float, tall: float, turn: float = 0.0, count: int = 28
) -> Array:
    """Points of an ellipse of given half axes, turned by an angle in radians."""
    angle = np.linspace(0, 2 * np.pi, count, endpoint=False)
    u, v = wide * np.cos(angle), tall * np.sin(angle)
    return np.stack(
        [x + u * np.cos(turn) - v * np.sin(turn), y + u * np.sin(turn) + v * np.cos(turn)], axis=-1
    )


def rectangle(left: float, top: float, right: float, bottom: float) -> Array:
    """Corners of a rectangle."""
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)])


def smooth(points: list, count: int = 48) -> Array:
    """A closed curve through points."""
    knots = np.array(points, float)
    knots = np.concatenate([knots[-1:], knots, knots[:2]])
    spans = len(points)
    t = np.linspace(0, spans, count, endpoint=False)
    i = t.astype(int)
    s = (t - i)[:, None]
    a, b, c, d = (knots[i + k] for k in range(4))
    return 0.5 * (
        2 * b + (c - a) * s + (2 * a - 5 * b + 4 * c - d) * s**2 + (3 * b - a - 3 * c + d) * s**3
    )


def moved(
    part: Part, scale: float, turn: float, flip: bool, x: float, y: float, squeeze: float
) -> Part:
    """A part mirrored, stretched, turned, and put somewhere."""
    u = part.points[:, 0] * (-1 if flip else 1) * squeeze
    v = part.points[:, 1] / squeeze
    points = np.stack(
        [
            x + scale * (u * np.cos(turn) - v * np.sin(turn)),
            y + scale * (u * np.sin(turn) + v * np.cos(turn)),
        ],
        axis=-1,
    )
    return Part(points, part.role)
