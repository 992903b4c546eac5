"""Oil in dots of pure colour: a summer afternoon by a river."""

import numpy as np
from PIL import Image

from toolkit import masks
from toolkit.arrays import Array, mix, pixel_grid, smoothstep, vector
from toolkit.brush import Canvas
from toolkit.film import blurred, to_bytes
from toolkit.noise import fbm

SEED = 53
PIGMENTS = np.array(
    [
        (0.98, 0.95, 0.86),
        (0.98, 0.87, 0.42),
        (0.97, 0.70, 0.18),
        (0.93, 0.45, 0.14),
        (0.80, 0.20, 0.16),
        (0.88, 0.48, 0.52),
        (0.60, 0.22, 0.42),
        (0.36, 0.22, 0.52),
        (0.18, 0.20, 0.52),
        (0.20, 0.40, 0.74),
        (0.52, 0.72, 0.88),
        (0.30, 0.66, 0.66),
        (0.10, 0.42, 0.34),
        (0.22, 0.56, 0.24),
        (0.58, 0.74, 0.26),
        (0.80, 0.84, 0.40),
        (0.10, 0.14, 0.26),
        (0.56, 0.34, 0.20),
        (0.80, 0.76, 0.86),
        (0.90, 0.72, 0.60),
    ],
    np.float32,
)


class _Scene:
    """What is painted, before it is taken apart into dots; lengths are shares of the height."""

    def __init__(self, height: int, width: int):
        rows, columns = pixel_grid(height, width)
        self.shape = (height, width)
        self.x, self.y = columns / height, rows / height
        self.rng = np.random.default_rng(SEED)
        self._sky_and_far_bank()
        self._river()
        self._meadow()
        for x, y, tall, red in (
            (0.50, 0.575, 0.20, False),
            (0.86, 0.505, 0.12, True),
            (0.70, 0.470, 0.075, False),
        ):
            self._boat(x, y, tall, red)
        self._tree(0.10, 0.93, 0.98, 0.30)
        self._tree(1.30, 0.80, 0.62, 0.20)
        self._walkers()

    def _add(self, mask: Array, colour: Array) -> None:
        self.colour = mix(self.colour, colour, mask[..., None])

    def _area(self, points: list) -> Array:
        return masks.polygon(self.shape, points, self.shape[0])

    def _sky_and_far_bank(self) -> None:
        x, y = self.x, self.y
        self.colour = mix(
            vector(0.40, 0.62, 0.88), vector(0.95, 0.88, 0.74), smoothstep(0.0, 0.40, y)[..., None]
        )
        cloud = fbm([2.2 * x + 3.0, 5.0 * y], SEED, 5)
        self._add(
            smoothstep(0.02, 0.40, cloud),
            mix(
                vector(0.98, 0.95, 0.90),
                vector(0.82, 0.72, 0.84),
                smoothstep(0.1, 0.5, cloud)[..., None],
            ),
        )
        hills = 0.335 + 0.03 * np.sin(3.0 * x + 2.0) + 0.012 * np.sin(9.0 * x)
        self._add(
            smoothstep(0.0, 0.006, y - hills),
            mix(
                vector(0.52, 0.56, 0.80),
                vector(0.52, 0.70, 0.66),
                smoothstep(0.33, 0.42, y)[..., None],
            ),
        )
        for place in np.arange(0.30, 1.36, 0.046):
            tall = self.rng.uniform(0.04, 0.12) if self.rng.random() < 0.7 else 0.16
            self._poplar(place + self.rng.uniform(-0.015, 0.015), 0.425, tall)
        for place in (0.58, 0.665, 0.96, 1.03):
            wall = [
                (place - 0.03, 0.425),
                (place - 0.03, 0.385),
                (place + 0.03, 0.385),
                (place + 0.03, 0.425),
            ]
            self._add(self._area(wall), vector(0.97, 0.90, 0.76))
            self._add(
                self._area([(place - 0.036, 0.386), (place, 0.355), (place + 0.036, 0.386)]),
                vector(0.84, 0.38, 0.22),
            )
        self._add(smoothstep(0.410, 0.418, y), vector(0.66, 0.74, 0.34))

    def _poplar(self, x: float, foot: float, tall: float) -> None:
        wide = 0.15 * tall + 0.008
        inside = (
            1.0 - ((self.x - x) / wide) ** 2 - ((self.y - foot + tall / 2) / (0.55 * tall)) ** 2
        )
        inside += 0.6 * fbm([40 * self.x, 40 * self.y], SEED + 2, 2)
        sunny = smoothstep(0.8, -0.8, (self.x - x) / wide)
        self._add(
            smoothstep(-0.05, 0.15, inside),
            mix(vector(0.12, 0.30, 0.38), vector(0.50, 0.66, 0.30), sunny[..., None]),
        )

    def _river(self) -> None:
        x, y = self.x, self.y
        bank = 0.60 + 0.12 * smoothstep(1.35, 0.2, x) + 0.015 * np.sin(7.0 * x)
        river = smoothstep(0.428, 0.432, y) * smoothstep(0.002, -0.002, y - bank)
        depth = smoothstep(0.43, 0.70, y)
        ripple = np.sin(y * 210.0 / (0.5 + depth) + 3.0 * fbm([3.0 * x, 12.0 * y], SEED + 3, 3))
        water = mix(vector(0.70, 0.80, 0.90), vector(0.22, 0.46, 0.76), depth[..., None])
        water = mix(
            water, vector(0.96, 0.92, 0.80), (0.55 * smoothstep(0.3, 1.0, ripple))[..., None]
        )
        mirrored = smoothstep(0.53, 0.432, y) * (0.5 + 0.5 * np.sin(60.0 * x + 2.0 * ripple))
        water = mix(water, vector(0.30, 0.48, 0.40), 0.75 * mirrored[..., None])
        self._add(river, water)
        self.bank = bank

    def _meadow(self) -> None:
        x, y = self.x, self.y
        grass = fbm([5.0 * x, 12.0 * y], SEED + 4, 4)
        sunny = mix(
            vector(0.62, 0.74, 0.22),
            vector(0.94, 0.86, 0.40),
            smoothstep(-0.3, 0.4, grass)[..., None],
        )
        shade = mix(
            vector(0.10, 0.30, 0.36),
            vector(0.22, 0.46, 0.26),
            smoothstep(-0.3, 0.4, grass)[..., None],
        )
        dark = smoothstep(
            0.52, 0.28, x + 0.12 * fbm([4 * x, 8 * y], SEED + 5, 3) - 0.55 * (y - 0.80)
        )
        dark = np.maximum(dark, smoothstep(0.975, 1.0, y + 0.05 * grass + 0.02 * np.sin(9 * x)))
        dark = np.maximum(
            dark,
            smoothstep(0.06, 0.03, np.abs(y - 0.815 - 0.04 * grass)) * smoothstep(1.02, 1.12, x),
        )
        self._add(smoothstep(-0.002, 0.002, y - self.bank), mix(sunny, shade, dark[..., None]))
        edge = smoothstep(0.018, 0.004, np.abs(y - self.bank - 0.006))
        self._add(edge, vector(0.20, 0.40, 0.24))
        self.colour = np.ascontiguousarray(self.colour)
        for _ in range(150):
            fx, fy = self.rng.uniform(0.3, 1.33), self.rng.uniform(0.75, 1.0)
            colours = (vector(0.86, 0.24, 0.20), vector(0.98, 0.96, 0.88), vector(0.55, 0.30, 0.62))
            self._add(
                masks.disc(self.shape, (fx, fy), 0.0045 + 0.004 * (fy - 0.7), self.shape[0]),
                colours[self.rng.integers(3)],
            )

    def _boat(self, x: float, y: float, tall: float, red: bool) -> None:
        sail = masks.curve(
            [(x, y - tall), (x + 0.27 * tall, y - 0.45 * tall), (x + 0.36 * tall, y - 0.08 * tall)],
            16,
        )
        jib = masks.curve(
            [
                (x - 0.02 * tall, y - 0.9 * tall),
                (x - 0.18 * tall, y - 0.4 * tall),
                (x - 0.30 * tall, y - 0.08 * tall),
            ],
            16,
        )
        cloth = vector(0.90, 0.40, 0.24) if red else vector(0.99, 0.95, 0.86)
        fold = smoothstep(-0.1, 0.36, (self.x - x) / tall)[..., None]
        below = [(px, 2 * y - py) for px, py in sail + [(x, y - 0.06 * tall)] + jib]
        self._add(0.55 * self._area(below), cloth)
        self._add(
            self._area(sail + [(x, y - 0.06 * tall)]),
            mix(cloth, vector(0.76, 0.66, 0.84), 0.8 * fold),
        )
        self._add(
            self._area(jib + [(x - 0.02 * tall, y - 0.06 * tall)]),
            mix(cloth, vector(0.98, 0.84, 0.58), 0.7),
        )
        hull = [
            (x - 0.36 * tall, y - 0.05 * tall),
            (x - 0.24 * tall, y + 0.05 * tall),
            (x + 0.28 * tall, y + 0.05 * tall),
            (x + 0.42 * tall, y - 0.06 * tall),
        ]
        self._add(self._area(hull), vector(0.30, 0.16, 0.28))

    def _tree(self, x: float, foot: float, tall: float, wide: float) -> None:
        trunk = masks.curve(
            [(x - 0.06 * wide, foot - 0.75 * tall), (x, foot - 0.4 * tall), (x + 0.02, foot)], 20
        )
        self._add(
            masks.line(self.shape, trunk, 0.11 * wide, self.shape[0]), vector(0.30, 0.20, 0.32)
        )
        for _ in range(46):
            angle, reach = self.rng.uniform(0, 2 * np.pi), np.sqrt(self.rng.random())
            cx = x + wide * reach * np.cos(angle)
            cy = foot - 0.68 * tall + 0.33 * tall * reach * np.sin(angle)
            radius = wide * self.rng.uniform(0.16, 0.34)
            offset = np.hypot(self.x - cx, (self.y - cy) * 1.15) / radius
            leafy = offset + 0.55 * fbm([26 * self.x + cx, 26 * self.y], SEED + 6, 3)
            light = np.clip(
                0.45 - 0.9 * (self.y - cy) / radius + 0.55 * (self.x - cx) / radius, 0, 1
            )
            green = mix(
                vector(0.07, 0.20, 0.34),
                vector(0.20, 0.50, 0.26),
                smoothstep(0.1, 0.5, light)[..., None],
            )
            green = mix(green, vector(0.76, 0.80, 0.30), smoothstep(0.55, 1.0, light)[..., None])
            self._add(smoothstep(1.0, 0.86, leafy), green)

    def _walkers(self) -> None:
        for x, foot, tall, dress, parasol in (
            (0.98, 0.915, 0.27, vector(0.90, 0.46, 0.50), vector(0.86, 0.22, 0.18)),
            (1.09, 0.925, 0.285, vector(0.16, 0.18, 0.40), None),
            (0.64, 0.79, 0.13, vector(0.98, 0.94, 0.84), vector(0.97, 0.72, 0.22)),
        ):
            long_shadow = [
                (x - 0.02, foot),
                (x + 0.02, foot),
                (x - 0.55 * tall, foot + 0.10 * tall),
            ]
            self._add(0.8 * self._area(long_shadow), vector(0.14, 0.34, 0.38))
            flare = 0.20 * tall if parasol is not None else 0.10 * tall
            gown = masks.curve(
                [
                    (x - 0.055 * tall, foot - 0.80 * tall),
                    (x - 0.05 * tall, foot - 0.55 * tall),
                    (x - flare, foot),
                ],
                12,
            )
            gown += masks.curve(
                [
                    (x + flare, foot),
                    (x + 0.05 * tall, foot - 0.55 * tall),
                    (x + 0.055 * tall, foot - 0.80 * tall),
                ],
                12,
            )
            lit = smoothstep(-0.10, 0.12, (x - self.x) / tall)[..., None]
            self._add(
                self._area(gown),
                mix(dress * 0.62 + vector(0.02, 0.02, 0.14), dress * 0.85 + 0.15, lit),
            )
            self._add(
                masks.disc(self.shape, (x, foot - 0.87 * tall), 0.055 * tall, self.shape[0]),
                vector(0.94, 0.72, 0.56),
            )
            self._add(
                masks.disc(self.shape, (x, foot - 0.905 * tall), 0.055 * tall, self.shape[0]),
                vector(0.30, 0.16, 0.20),
            )
            if parasol is None:
                hat = [
                    (x - 0.05 * tall, foot - 0.93 * tall),
                    (x - 0.045 * tall, foot - 1.05 * tall),
                    (x + 0.045 * tall, foot - 1.05 * tall),
                    (x + 0.05 * tall, foot - 0.93 * tall),
                ]
                self._add(self._area(hat), vector(0.12, 0.12, 0.26))
                continue
            px = x - 0.12 * tall
            self._add(
                masks.line(
                    self.shape,
                    [(x - 0.02 * tall, foot - 0.62 * tall), (px, foot - 1.16 * tall)],
                    0.012 * tall,
                    self.shape[0],
                ),
                vector(0.36, 0.20, 0.20),
            )
            dome = [
                (px + 0.27 * tall * np.cos(a), foot - 1.02 * tall - 0.20 * tall * np.sin(a))
                for a in np.linspace(0, np.pi, 24)
            ]
            shade = smoothstep(-0.25, 0.25, (self.x - px) / tall)[..., None]
            self._add(
                self._area(dome),
                mix(parasol + 0.12, parasol * 0.66 + vector(0.0, 0.0, 0.10), shade),
            )


def _dots(
    canvas: Canvas,
    wanted: Array,
    spacing: float,
    radius: float,
    noise: float,
    keep: Array,
    rng: np.random.Generator,
) -> None:
    """A layer of dots about a spacing apart, each of the pigment nearest to what is wanted."""
    height, width = canvas.shape
    rows, columns = np.mgrid[0:height:spacing, 0:width:spacing]
    places = (
        np.stack([rows.ravel(), columns.ravel()], axis=-1)
        + rng.uniform(-0.6, 0.6, (rows.size, 2)) * spacing
    )
    rng.shuffle(places)
    r = np.clip(places[:, 0].astype(int), 0, height - 1)
    c = np.clip(places[:, 1].astype(int), 0, width - 1)
    chosen = rng.random(len(places)) < keep[r, c]
    places, r, c = places[chosen], r[chosen], c[chosen]
    colour = wanted[r, c] + rng.normal(0.0, noise, (len(r), 3)).astype(np.float32)
    pigment = ((colour[:, None, :] - PIGMENTS[None]) ** 2).sum(axis=2).argmin(axis=1)
    paint = PIGMENTS[pigment] + rng.normal(0.0, 0.025, (len(r), 3)).astype(np.float32)
    paint = 0.78 * paint + 0.22 * wanted[r, c]
    size = radius * rng.uniform(0.75, 1.25, len(r))
    reach = int(np.ceil(1.3 * radius))
    window = np.arange(-reach, reach + 1)
    dy, dx = (grid.ravel() for grid in np.meshgrid(window, window, indexing="ij"))
    square = (dy**2 + dx**2)[None, :] / (size**2)[:, None]
    y, x = np.round(places[:, :1]).astype(int) + dy, np.round(places[:, 1:]).astype(int) + dx
    inside = (square < 1.0) & (y >= 0) & (y < height) & (x >= 0) & (x < width)
    dot, _ = np.nonzero(inside)
    canvas.colour[y[inside], x[inside]] = paint[dot]
    canvas.thickness[y[inside], x[inside]] = np.sqrt(1.0 - square[inside]) * 1.6


def draw(size: int = 768) -> Array:
    """The picture, its long side of given pixels."""
    factor = 3
    width, height = factor * size, factor * int(size * 0.74)
    rng = np.random.default_rng(SEED)
    scene = _Scene(height // factor, width // factor)
    wanted = np.asarray(
        Image.fromarray(to_bytes(scene.colour)).resize((width, height))
    ) / np.float32(255)
    wanted = blurred(wanted.astype(np.float32), 1.0)
    canvas = Canvas(height, width, vector(0.86, 0.80, 0.66), rng)
    everywhere = np.ones((height, width), np.float32)
    unit = size / 768.0 * factor
    _dots(canvas, wanted, 3.4 * unit, 2.9 * unit, 0.085, everywhere, rng)
    _dots(canvas, wanted, 2.7 * unit, 1.75 * unit, 0.12, 0.8 * everywhere, rng)
    _dots(canvas, np.clip(1.1 * wanted, 0, 1), 2.6 * unit, 1.25 * unit, 0.14, 0.5 * everywhere, rng)
    picture = canvas.lit(relief=0.55, weave=0.05, seed=SEED, gloss=0.06)
    small = Image.fromarray(to_bytes(picture)).resize(
        (size, height // factor), Image.Resampling.LANCZOS
    )
    return np.asarray(small)
