"""Four ways of drawing a picture, which are the domains of the set."""

import numpy as np
from PIL import Image, ImageDraw

from shapes.picture import Picture
from toolkit.arrays import Array, mix, normalised, smoothstep, vector
from toolkit.brush import Canvas, scattered
from toolkit.film import blurred, reduced
from toolkit.noise import cells, fbm

FACTOR = 3
"""Pictures are drawn so much larger, then made smaller."""


def _grid(side: int) -> tuple:
    rows, columns = np.mgrid[0:side, 0:side].astype(np.float32)
    return columns / side, rows / side


def _mask(points: Array, side: int) -> Array:
    picture = Image.new("L", (side, side), 0)
    ImageDraw.Draw(picture).polygon([(x * side, y * side) for x, y in points], fill=255)
    return np.asarray(picture) > 127


def _flat(picture: Picture, side: int) -> Array:
    """Every part in its plain colour."""
    colour = np.tile(picture.ground, (side, side, 1))
    for part in picture.parts:
        colour[_mask(part.points, side)] = picture.colours[part.role]
    return colour


def rendered(picture: Picture, side: int) -> Array:
    """Rounded, textured solids in light, with soft shadows, before a blurred background."""
    side *= FACTOR
    x, y = _grid(side)
    rng = np.random.default_rng(picture.seed)
    light = normalised(vector(rng.uniform(-0.8, 0.8), -0.6, 0.7))
    slope = rng.normal(0.0, 0.5, 2)
    ground = (
        picture.ground
        * (
            0.85
            + 0.35 * fbm([5 * x, 5 * y], picture.seed % 1000, 5)
            + 0.4 * (slope[0] * (x - 0.5) + slope[1] * (y - 0.5))
        )[..., None]
    )
    colour = ground.astype(np.float32)
    bumps = fbm([30 * x, 30 * y], picture.seed % 997, 3)
    for index, part in enumerate(picture.parts):
        if index == picture.thing:
            colour = blurred(colour, rng.uniform(0.5, 2.2) * FACTOR)
        mask = _mask(part.points, side).astype(np.float32)
        shadow = np.roll(
            blurred(mask, 1.6 * FACTOR), (2 * FACTOR, int(-2 * FACTOR * np.sign(light[0]))), (0, 1)
        )
        colour = colour * (1.0 - 0.45 * shadow * (1.0 - mask))[..., None]
        height = (
            np.minimum(blurred(mask, 2.2 * FACTOR), 0.98) * 7.0 + blurred(mask, 5.0 * FACTOR) * 11.0
        )
        slope_y, slope_x = np.gradient(height + 0.7 * bumps)
        normal = normalised(np.stack([-slope_x, -slope_y, np.full_like(slope_x, 0.8)], axis=-1))
        lit = 0.28 + 0.80 * np.clip(normal @ light, 0.0, 1.0)
        shine = np.clip(normal @ normalised(light + vector(0, 0, 1)), 0.0, 1.0) ** 30
        grain = 1.0 + 0.22 * fbm([9 * x + 7.1 * part.role, 14 * y], picture.seed % 983, 4)
        own = picture.colours[part.role] * (lit * grain)[..., None] + 0.28 * shine[..., None]
        colour = mix(colour, own, mask[..., None])
    noise = rng.normal(0.0, 0.018, (side // FACTOR, side // FACTOR, 1))
    return reduced(colour, FACTOR) + noise


def cartoon(picture: Picture, side: int) -> Array:
    """Flat colours inside dark outlines."""
    side *= FACTOR
    image = Image.new("RGB", (side, side), tuple(int(255 * v) for v in picture.ground))
    drawing = ImageDraw.Draw(image)
    rng = np.random.default_rng(picture.seed)
    ink = tuple(int(v) for v in rng.uniform(5, 45, 3))
    wide = int(rng.integers(3, 7))
    for index, part in enumerate(picture.parts):
        points = [(x * side, y * side) for x, y in part.points]
        tone = np.clip(picture.colours[part.role] * 1.12, 0, 1)
        drawing.polygon(points, fill=tuple(int(255 * v) for v in tone))
        thick = wide if index >= picture.thing or picture.seed % 3 else max(wide - 2, 1)
        drawing.line(points + points[:2], fill=ink, width=thick, joint="curve")
    return reduced(np.asarray(image).astype(np.float32) / 255.0, FACTOR)


def sketch(picture: Picture, side: int) -> Array:
    """Pencil on paper: outlines drawn more than once, hatching for what is dark."""
    side *= FACTOR
    rng = np.random.default_rng(picture.seed)
    x, y = _grid(side)
    tone = _flat(picture, side) @ vector(0.3, 0.59, 0.11)
    graphite = np.zeros((side, side), np.float32)
    for angle, level in zip(rng.uniform(0, np.pi) + np.array([0.0, 1.1, 2.2]), (0.62, 0.42, 0.22)):
        across = (
            np.cos(angle) * x
            + np.sin(angle) * y
            + 0.010 * fbm([4 * x, 4 * y], picture.seed % 991, 2)
        )
        lines = 0.5 + 0.5 * np.cos(2 * np.pi * across * rng.uniform(26, 34))
        graphite += (
            0.42 * smoothstep(level + 0.08, level - 0.12, tone) * smoothstep(0.35, 0.85, lines)
        )
    outlines = Image.new("L", (side, side), 0)
    for part in picture.parts:
        erased = Image.fromarray(_mask(part.points, side))
        outlines.paste(0, mask=erased)
        drawing = ImageDraw.Draw(outlines)
        for _ in range(2):
            wobble = rng.normal(0.0, 0.0035, part.points.shape) + rng.normal(0.0, 0.004, 2)
            points = [(px * side, py * side) for px, py in part.points + wobble]
            drawing.line(
                points + points[:1],
                fill=int(rng.integers(130, 235)),
                width=int(rng.integers(2, 4)),
                joint="curve",
            )
    graphite += 0.75 * blurred(np.asarray(outlines).astype(np.float32) / 255.0, 0.6)
    tooth = fbm([70 * x, 70 * y], picture.seed % 977, 3)
    graphite = np.clip(graphite * (0.95 + 0.6 * tooth), 0.0, 0.92)
    paper = vector(0.95, 0.94, 0.91) * (1.0 + 0.03 * tooth)[..., None] * rng.uniform(0.94, 1.04)
    return reduced(mix(paper, vector(0.13, 0.13, 0.15), graphite[..., None]), FACTOR)


def painting(picture: Picture, side: int) -> Array:
    """Short strokes of thick paint, or little tiles: a mosaic every other time."""
    side *= FACTOR
    rng = np.random.default_rng(picture.seed)
    flat = _flat(picture, side)
    if picture.seed % 2:
        return reduced(_mosaic(picture, flat, rng), FACTOR)
    tone = blurred(flat @ vector(0.3, 0.59, 0.11), 2.0 * FACTOR)
    slope_y, slope_x = np.gradient(tone)
    angle = np.arctan2(slope_x, -slope_y) + 0.9 * fbm(list(_grid(side)), picture.seed % 971, 2)
    canvas = Canvas(side, side, picture.ground * 0.7, rng)
    for wide, long, spacing in ((15, 34, 8.0), (8, 20, 5.0), (5, 11, 4.0)):
        for row, column in scattered(side, side, spacing, rng):
            r, c = int(np.clip(row, 0, side - 1)), int(np.clip(column, 0, side - 1))
            reach = np.array([np.sin(angle[r, c]), np.cos(angle[r, c])]) * long / 2
            path = np.array([(row, column) - reach, (row, column), (row, column) + reach])
            canvas.stroke(path, wide, flat[r, c] + rng.normal(0.0, 0.05, 3), 1.0, 0.05, 0.1)
    return reduced(canvas.lit(0.9, 0.05, picture.seed % 967, 0.08), FACTOR)


def _mosaic(picture: Picture, flat: Array, rng: np.random.Generator) -> Array:
    side = flat.shape[0]
    x, y = _grid(side)
    count = rng.uniform(24, 32)
    near, second, number = cells(x * count, y * count, picture.seed % 953, 0.6)
    total = np.bincount(number.ravel(), minlength=1 << 16)
    mean = np.stack(
        [np.bincount(number.ravel(), flat[..., k].ravel(), 1 << 16) for k in range(3)], axis=-1
    )
    tiles = mean / np.maximum(total, 1)[:, None] + rng.normal(0.0, 0.045, (1 << 16, 3))
    joint = smoothstep(0.14, 0.05, second - near)
    tile = tiles[number].astype(np.float32) * (1.06 - 0.25 * near)[..., None]
    return mix(tile, vector(0.20, 0.19, 0.18) * rng.uniform(0.6, 1.9), joint[..., None])


DOMAINS = {"cartoon": cartoon, "painting": painting, "rendered": rendered, "sketch": sketch}
