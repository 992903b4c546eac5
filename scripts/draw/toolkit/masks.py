"""Areas of a picture as arrays: 1 inside, 0 outside, smooth at the edge."""

from typing import Sequence

import numpy as np
from PIL import Image, ImageDraw

from toolkit.arrays import Array

OVERSAMPLING = 2


def polygon(shape: tuple, points: Sequence[tuple], scale: float = 1.0) -> Array:
    """The inside of a polygon of (x, y) points, which are multiplied by a scale."""
    factor = OVERSAMPLING * scale
    picture = Image.new("L", (shape[1] * OVERSAMPLING, shape[0] * OVERSAMPLING), 0)
    ImageDraw.Draw(picture).polygon([(x * factor, y * factor) for x, y in points], fill=255)
    return _reduced(picture, shape)


def line(shape: tuple, points: Sequence[tuple], width: float, scale: float = 1.0) -> Array:
    """A line through (x, y) points with round joints."""
    factor = OVERSAMPLING * scale
    picture = Image.new("L", (shape[1] * OVERSAMPLING, shape[0] * OVERSAMPLING), 0)
    drawing = ImageDraw.Draw(picture)
    scaled = [(x * factor, y * factor) for x, y in points]
    thick = max(int(round(width * factor)), 1)
    drawing.line(scaled, fill=255, width=thick, joint="curve")
    for x, y in scaled:
        drawing.ellipse([x - thick / 2, y - thick / 2, x + thick / 2, y + thick / 2], fill=255)
    return _reduced(picture, shape)


def disc(shape: tuple, centre: tuple, radius: float, scale: float = 1.0) -> Array:
    """A disc about an (x, y) point."""
    rows, columns = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32) + 0.5
    distance = np.hypot(columns - centre[0] * scale, rows - centre[1] * scale)
    return np.clip(radius * scale - distance + 0.5, 0.0, 1.0)


def _reduced(picture: Image.Image, shape: tuple) -> Array:
    small = picture.resize((shape[1], shape[0]), Image.Resampling.BOX)
    return np.asarray(small).astype(np.float32) / 255.0


def curve(points: Sequence[tuple], count: int = 60, closed: bool = False) -> list:
    """Points of a smooth (Catmull-Rom) curve through (x, y) points."""
    knots = np.array(points, float)
    if closed:
        knots = np.concatenate([knots[-1:], knots, knots[:2]])
    else:
        knots = np.concatenate([2 * knots[:1] - knots[1:2], knots, 2 * knots[-1:] - knots[-2:-1]])
    spans = len(knots) - 3
    result = []
    for t in np.linspace(0.0, spans, count, endpoint=not closed):
        i = min(int(t), spans - 1)
        s = t - i
        a, b, c, d = knots[i : i + 4]
        result.append(
            tuple(
                0.5
                * (
                    2 * b
                    + (c - a) * s
                    + (2 * a - 5 * b + 4 * c - d) * s**2
                    + (3 * b - a - 3 * c + d) * s**3
                )
            )
        )
    return result
