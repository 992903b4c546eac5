"""Oil: a guitar, a bottle and fruit on a table, broken into planes."""

import numpy as np
from PIL import Image

from toolkit import masks
from toolkit.arrays import Array, mix, pixel_grid, smoothstep, vector
from toolkit.brush import Canvas, scattered
from toolkit.film import blurred, to_bytes
from toolkit.noise import fbm

SEED = 97
CUTS = 12
TINTS = (
    (0.97, 0.72, 0.30),
    (0.16, 0.44, 0.60),
    (0.86, 0.30, 0.16),
    (0.12, 0.20, 0.42),
    (0.20, 0.52, 0.46),
    (0.97, 0.90, 0.74),
)


class _StillLife:
    """What is on the table, before it is broken; lengths are shares of the width."""

    def __init__(self, height: int, width: int):
        rows, columns = pixel_grid(height, width)
        self.shape, self.width = (height, width), width
        self.x, self.y = columns / width, rows / width
        self.colour = mix(
            vector(0.10, 0.24, 0.42),
            vector(0.90, 0.62, 0.30),
            smoothstep(-0.1, 1.3, self.x + 0.35 * self.y)[..., None],
        )
        self._table()
        self._bottle(0.20, 0.92)
        self._guitar()
        self._fruit()

    def _add(self, points: list, colour: Array) -> None:
        mask = masks.polygon(self.shape, points, self.width)
        self.colour = mix(self.colour, colour, mask[..., None])

    def _stroke(self, points: list, wide: float, colour: Array) -> None:
        mask = masks.line(self.shape, points, wide, self.width)
        self.colour = mix(self.colour, colour, mask[..., None])

    def _table(self) -> None:
        grain = 0.5 + 0.5 * np.sin(
            120.0 * (self.y - 0.25 * self.x) + 6.0 * fbm([3 * self.x, 12 * self.y], SEED, 4)
        )
        wood = mix(vector(0.36, 0.19, 0.10), vector(0.58, 0.34, 0.17), grain[..., None])
        self._add([(0.0, 0.98), (0.30, 0.86), (1.0, 0.80), (1.0, 1.40), (0.0, 1.40)], wood)
        self._add(
            [(0.56, 0.90), (0.98, 0.96), (0.86, 1.22), (0.46, 1.13)], vector(0.93, 0.89, 0.78)
        )
        for line in range(9):
            y = 0.945 + 0.026 * line
            self._stroke(
                [(0.60 - 0.012 * line, y), (0.90 - 0.012 * line, y + 0.045)],
                0.004,
                vector(0.18, 0.16, 0.16),
            )
            for note in range(line % 3, 7, 2):
                mask = masks.disc(
                    self.shape, (0.62 + 0.04 * note, y + 0.012 + 0.006 * note), 0.009, self.width
                )
                self.colour = mix(self.colour, vector(0.12, 0.10, 0.12), mask[..., None])

    def _bottle(self, x: float, foot: float) -> None:
        outline = [
            (x - 0.095, foot),
            (x - 0.095, foot - 0.34),
            (x - 0.035, foot - 0.46),
            (x - 0.032, foot - 0.62),
            (x + 0.032, foot - 0.62),
            (x + 0.035, foot - 0.46),
            (x + 0.095, foot - 0.34),
            (x + 0.095, foot),
        ]
        shine = smoothstep(0.10, -0.08, self.x - x)
        self._add(
            outline, mix(vector(0.05, 0.16, 0.14), vector(0.22, 0.48, 0.38), shine[..., None])
        )
        self._add(
            [
                (x - 0.095, foot - 0.27),
                (x + 0.095, foot - 0.27),
                (x + 0.095, foot - 0.09),
                (x - 0.095, foot - 0.09),
            ],
            vector(0.90, 0.80, 0.58),
        )
        self._stroke(
            [(x - 0.06, foot - 0.22), (x + 0.06, foot - 0.22)], 0.014, vector(0.62, 0.16, 0.12)
        )
        self._stroke(
            [(x - 0.06, foot - 0.15), (x + 0.04, foot - 0.15)], 0.008, vector(0.16, 0.14, 0.14)
        )
        self._stroke([(x, foot - 0.66), (x, foot - 0.60)], 0.05, vector(0.66, 0.48, 0.30))

    def _guitar(self) -> None:
        body = masks.curve(
            [
                (0.36, 0.98),
                (0.31, 0.84),
                (0.40, 0.73),
                (0.44, 0.63),
                (0.43, 0.54),
                (0.54, 0.46),
                (0.66, 0.51),
                (0.67, 0.62),
                (0.70, 0.70),
                (0.79, 0.78),
                (0.78, 0.95),
                (0.66, 1.06),
                (0.48, 1.08),
            ],
            90,
            closed=True,
        )
        shade = smoothstep(0.35, 0.80, self.x)
        self._add([(px + 0.022, py + 0.022) for px, py in body], vector(0.13, 0.07, 0.06))
        grain = 0.5 + 0.5 * np.sin(
            210.0 * (self.x + 0.22 * self.y) + 5.0 * fbm([8 * self.x, 2 * self.y], SEED + 1, 3)
        )
        top = mix(vector(0.93, 0.60, 0.22), vector(0.70, 0.28, 0.10), shade[..., None])
        self._add(body, mix(top, vector(0.98, 0.76, 0.40), (0.3 * grain)[..., None]))
        for radius, colour in (
            (0.088, (0.93, 0.84, 0.62)),
            (0.078, (0.30, 0.12, 0.08)),
            (0.066, (0.07, 0.05, 0.06)),
        ):
            mask = masks.disc(self.shape, (0.555, 0.70), radius, self.width)
            self.colour = mix(self.colour, vector(*colour), mask[..., None])
        self._add(
            [(0.500, 0.70), (0.590, 0.70), (0.655, 0.10), (0.600, 0.09)], vector(0.24, 0.13, 0.10)
        )
        for fret in range(11):
            t = 0.05 + fret * 0.082
            self._stroke(
                [(0.502 + 0.098 * t, 0.66 - 0.56 * t), (0.588 + 0.066 * t, 0.665 - 0.56 * t)],
                0.005,
                vector(0.80, 0.74, 0.58),
            )
        self._add(
            [(0.585, 0.11), (0.668, 0.12), (0.695, -0.03), (0.600, -0.04)], vector(0.42, 0.20, 0.12)
        )
        for peg in range(3):
            for side in (-1, 1):
                mask = masks.disc(
                    self.shape, (0.642 + 0.058 * side, 0.085 - 0.045 * peg), 0.014, self.width
                )
                self.colour = mix(self.colour, vector(0.92, 0.86, 0.70), mask[..., None])
        self._add(
            [(0.47, 0.915), (0.665, 0.925), (0.66, 0.955), (0.465, 0.945)], vector(0.16, 0.08, 0.07)
        )
        for string in range(6):
            self._stroke(
                [(0.492 + 0.031 * string, 0.93), (0.610 + 0.0085 * string, 0.08)],
                0.0028,
                vector(0.97, 0.93, 0.80),
            )

    def _fruit(self) -> None:
        for x, y, radius, dark, bright in (
            (0.13, 1.06, 0.085, (0.50, 0.07, 0.07), (0.93, 0.32, 0.18)),
            (0.27, 1.10, 0.080, (0.52, 0.42, 0.06), (0.97, 0.84, 0.28)),
            (0.19, 1.19, 0.090, (0.15, 0.32, 0.14), (0.62, 0.74, 0.28)),
        ):
            light = np.clip(
                1.0 - np.hypot(self.x - x + 0.03, self.y - y + 0.035) / (1.35 * radius), 0, 1
            )
            mask = masks.disc(self.shape, (x, y), radius, self.width)
            self.colour = mix(
                self.colour, mix(vector(*dark), vector(*bright), light[..., None]), mask[..., None]
            )


def _broken(scene: _StillLife, rng: np.random.Generator) -> tuple:
    """The picture cut along lines, each piece shifted, turned, shaded and tinted.

    Also the numbers of the pieces, and the directions in which they are painted.
    """
    x, y = scene.x, scene.y
    number = np.zeros(scene.shape, np.int64)
    for _ in range(CUTS):
        angle = rng.choice([0.15, 0.55, 1.0, 1.9, 2.5]) + rng.normal(0.0, 0.12)
        px, py = rng.uniform(0.1, 0.9), rng.uniform(0.1, 1.2)
        side = (x - px) * np.sin(angle) - (y - py) * np.cos(angle) > 0
        reach = np.abs((x - px) * np.cos(angle) + (y - py) * np.sin(angle)) < rng.uniform(0.35, 0.9)
        number = number * 2 + (side & reach)
    _, number = np.unique(number, return_inverse=True)
    number = number.reshape(scene.shape)
    colour = np.empty_like(scene.colour)
    direction = np.empty(scene.shape, np.float32)
    for piece in range(number.max() + 1):
        rows, columns = np.nonzero(number == piece)
        u, v = columns / scene.width, rows / scene.width
        cu, cv = u.mean(), v.mean()
        turn, grow = rng.normal(0.0, 0.09), rng.uniform(0.90, 1.06)
        shift = rng.normal(0.0, 0.014, 2)
        from_u = cu + shift[0] + grow * ((u - cu) * np.cos(turn) - (v - cv) * np.sin(turn))
        from_v = cv + shift[1] + grow * ((u - cu) * np.sin(turn) + (v - cv) * np.cos(turn))
        r = np.clip((from_v * scene.width).astype(int), 0, scene.shape[0] - 1)
        c = np.clip((from_u * scene.width).astype(int), 0, scene.shape[1] - 1)
        slope = rng.uniform(0, 2 * np.pi)
        ramp = (u - cu) * np.cos(slope) + (v - cv) * np.sin(slope)
        ramp = (ramp - ramp.min()) / max(np.ptp(ramp), 1e-6)
        own = mix(
            scene.colour[r, c], vector(*TINTS[rng.integers(len(TINTS))]), rng.uniform(0.06, 0.40)
        )
        own = own * (0.62 + 0.52 * ramp)[:, None] + 0.12 * (ramp**3)[:, None]
        colour[rows, columns] = own
        direction[rows, columns] = slope + np.pi / 2
    edge = np.zeros(scene.shape, np.float32)
    edge[:, 1:] = number[:, 1:] != number[:, :-1]
    edge[1:] = np.maximum(edge[1:], number[1:] != number[:-1])
    line = smoothstep(0.06, 0.20, blurred(edge, 1.6 * scene.width / 600.0))
    return mix(colour, vector(0.13, 0.11, 0.12), (0.72 * line)[..., None]), number, direction


def draw(size: int = 768) -> Array:
    """The picture, its long side of given pixels."""
    factor = 2
    height, width = size * factor, int(size * 0.78) * factor
    rng = np.random.default_rng(SEED)
    colour, number, direction = _broken(_StillLife(height, width), rng)
    canvas = Canvas(height, width, vector(0.42, 0.34, 0.27), rng)
    unit = width / 1200.0
    detail = np.abs(colour - blurred(colour, 6.0 * unit)).sum(axis=2)
    for wide, long, spacing, least in (
        (24, 76, 15.0, 0.0),
        (11, 34, 7.5, 0.035),
        (5.0, 12, 3.4, 0.10),
    ):
        for row, column in scattered(height, width, max(spacing * unit, 2.0), rng):
            r, c = int(np.clip(row, 0, height - 1)), int(np.clip(column, 0, width - 1))
            if detail[r, c] < least * rng.uniform(0.5, 1.1):
                continue
            angle = direction[r, c] + rng.normal(0.0, 0.10)
            reach = np.array([np.sin(angle), np.cos(angle)]) * long * unit * rng.uniform(0.35, 0.6)
            path = np.array([(row, column) - reach, (row, column) + reach])
            canvas.stroke(
                path,
                wide * unit,
                colour[r, c] + rng.normal(0.0, 0.022, 3),
                1.0,
                0.035,
                0.14,
                within=(number, number[r, c]),
            )
    picture = canvas.lit(relief=0.85, weave=0.10, seed=SEED, gloss=0.09)
    small = Image.fromarray(to_bytes(picture)).resize(
        (width // factor, size), Image.Resampling.LANCZOS
    )
    return np.asarray(small)
