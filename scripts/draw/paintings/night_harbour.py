"""Oil: a harbour under a swirling night sky, in thick strokes."""

import numpy as np
from PIL import Image

from toolkit import masks
from toolkit.arrays import Array, mix, pixel_grid, smoothstep, vector
from toolkit.brush import Canvas, flow_path, scattered
from toolkit.film import to_bytes
from toolkit.noise import fbm

SEED = 41
SHORE = 0.645
MOON = (0.98, 0.19, 0.062)
STARS = (
    (0.12, 0.10, 0.020),
    (0.30, 0.24, 0.026),
    (0.47, 0.08, 0.018),
    (0.62, 0.20, 0.022),
    (0.77, 0.07, 0.016),
    (0.16, 0.38, 0.020),
    (0.80, 0.40, 0.018),
    (1.18, 0.36, 0.022),
    (0.52, 0.40, 0.014),
    (1.22, 0.08, 0.018),
)
SWIRLS = ((0.42, 0.27, 0.17, 1.25), (0.70, 0.33, 0.13, -1.05), (0.14, 0.22, 0.12, -0.9))
"""Centres, radii and strengths of what the wind does; all lengths are shares of the height."""
BOATS = (
    (0.24, 0.86, 0.36, 1),
    (0.66, 0.745, 0.15, -1),
    (1.03, 0.72, 0.11, 1),
    (0.84, 0.80, 0.17, 1),
)
"""Where their hulls lie, how tall they are, and which way they sail."""


class _Scene:
    """Colours and directions of strokes for every point of the canvas."""

    def __init__(self, height: int, width: int):
        rows, columns = pixel_grid(height, width)
        self.shape = (height, width)
        self.x, self.y = columns / height, rows / height
        self.rng = np.random.default_rng(SEED)
        self.stream = self._stream()
        slope_y, slope_x = np.gradient(self.stream)
        self.angle = np.arctan2(-slope_x, slope_y).astype(np.float32)
        self.colour = self._sky()
        self._add_land_and_sea()

    def _stream(self) -> Array:
        x, y = self.x, self.y
        total = y + 0.035 * np.sin(5.0 * x + 1.0) + 0.05 * fbm([1.6 * x, 2.4 * y], SEED, 3)
        for cx, cy, radius, strength in SWIRLS:
            square = ((x - cx) ** 2 + (y - cy) ** 2) / radius**2
            total += 0.30 * strength * radius / 0.15 * np.exp(-square)
        for cx, cy, radius in STARS + (MOON,):
            reach = np.hypot(x - cx, y - cy) / (2.7 * radius)
            total = mix(total, 0.25 * reach, np.exp(-(reach**4)))
        return total

    def _sky(self) -> Array:
        y = self.y
        colour = mix(
            vector(0.055, 0.10, 0.36),
            vector(0.20, 0.45, 0.62),
            smoothstep(0.02, SHORE, y)[..., None],
        )
        band = 0.5 + 0.5 * np.sin(self.stream * 75.0 + 2.0 * fbm([3 * self.x, 3 * y], SEED + 1, 3))
        colour = mix(colour, vector(0.42, 0.66, 0.80), (0.62 * band**3)[..., None])
        colour = mix(colour, vector(0.03, 0.06, 0.24), (0.6 * (1.0 - band) ** 3)[..., None])
        glow = smoothstep(0.50, SHORE, y) * (0.5 + 0.5 * band)
        colour = mix(colour, vector(0.74, 0.72, 0.52), 0.65 * glow[..., None])
        for cx, cy, radius in STARS + (MOON,):
            reach = np.hypot(self.x - cx, y - cy) / radius
            ring = 0.5 + 0.5 * np.cos(reach * 5.2)
            halo = np.exp(-((reach / 2.5) ** 2))
            colour = mix(colour, vector(0.93, 0.84, 0.42), (halo * (0.35 + 0.6 * ring))[..., None])
            colour = mix(colour, vector(0.99, 0.93, 0.66), smoothstep(1.0, 0.75, reach)[..., None])
        bite = np.hypot(self.x - MOON[0] + 0.022, y - MOON[1] + 0.012) / MOON[2]
        crescent = smoothstep(0.95, 0.8, bite) * smoothstep(
            1.0, 0.8, np.hypot(self.x - MOON[0], y - MOON[1]) / MOON[2]
        )
        return mix(colour, vector(0.97, 0.72, 0.22), 0.8 * crescent[..., None])

    def _add(self, mask: Array, colour: Array, angle=None) -> None:
        self.colour = mix(self.colour, colour, mask[..., None])
        if angle is not None:
            self.angle = np.where(mask > 0.5, angle, self.angle)

    def _area(self, points: list) -> Array:
        return masks.polygon(self.shape, points, self.shape[0])

    def _add_land_and_sea(self) -> None:
        x, y = self.x, self.y
        far = (
            0.565
            + 0.040 * np.sin(3.1 * x + 0.4)
            + 0.018 * np.sin(8.3 * x)
            + 0.01 * np.sin(17.0 * x)
        )
        slope = np.arctan(np.gradient(far[0]) * self.shape[0])[None, :] * np.ones_like(x)
        hill = smoothstep(0.0, 0.004, y - far)
        shade = 0.5 + 0.5 * np.sin((y - far) * 190.0 + 4.0 * np.sin(9.0 * x))
        self._add(
            hill, mix(vector(0.05, 0.11, 0.22), vector(0.13, 0.28, 0.36), shade[..., None]), slope
        )
        self._add_village()
        sea = smoothstep(0.0, 0.003, y - SHORE)
        depth = np.clip((y - SHORE) / (1.0 - SHORE), 0.0, 1.0)
        ripple = np.sin(y * 150.0 / (0.35 + depth) + 3.0 * fbm([4.0 * x, 9.0 * y], SEED + 2, 3))
        water = mix(vector(0.16, 0.38, 0.50), vector(0.03, 0.10, 0.29), depth[..., None])
        water = mix(
            water, vector(0.30, 0.56, 0.64), (0.55 * smoothstep(0.2, 1.0, ripple))[..., None]
        )
        for cx, strength in (
            (MOON[0], 1.0),
            (0.45, 0.5),
            (0.58, 0.45),
            (0.74, 0.5),
            (0.90, 0.4),
            (0.33, 0.35),
            (1.18, 0.4),
        ):
            wide = 0.018 + 0.075 * depth * strength
            wander = 0.014 * np.sin(60.0 * y + 20.0 * cx)
            path = np.exp(-(((x - cx + wander) / wide) ** 2)) * (
                0.35 + 0.65 * smoothstep(-0.3, 0.6, ripple)
            )
            water = mix(
                water, vector(0.95, 0.80, 0.40), (strength * path * (1.0 - 0.3 * depth))[..., None]
            )
        wave = 0.20 * np.sin(14.0 * x + 30.0 * depth) * (0.3 + depth)
        self._add(sea, water, wave.astype(np.float32))
        for boat in BOATS:
            self._add_boat(*boat)

    def _add_village(self) -> None:
        walls = (vector(0.16, 0.20, 0.34), vector(0.25, 0.22, 0.30), vector(0.11, 0.15, 0.27))
        for place in np.arange(0.28, 1.30, 0.041):
            x = place + self.rng.uniform(-0.01, 0.01)
            wide, tall = self.rng.uniform(0.014, 0.024), self.rng.uniform(0.026, 0.050)
            top, foot = SHORE - tall, SHORE + 0.004
            self._add(
                self._area([(x - wide, foot), (x - wide, top), (x + wide, top), (x + wide, foot)]),
                walls[self.rng.integers(3)],
                np.float32(np.pi / 2),
            )
            roof = [(x - wide - 0.004, top), (x, top - 0.8 * wide), (x + wide + 0.004, top)]
            self._add(self._area(roof), vector(0.40, 0.16, 0.14), np.float32(0.4))
            for side in (-0.45, 0.45):
                if self.rng.random() < 0.62:
                    self._add(
                        masks.disc(
                            self.shape, (x + side * wide, top + 0.45 * tall), 0.0055, self.shape[0]
                        ),
                        vector(0.99, 0.83, 0.34),
                    )
        spire = [(0.585, SHORE), (0.585, 0.56), (0.597, 0.47), (0.609, 0.56), (0.609, SHORE)]
        self._add(self._area(spire), vector(0.10, 0.13, 0.26), np.float32(np.pi / 2))

    def _add_boat(self, x: float, y: float, tall: float, way: int) -> None:
        main = masks.curve(
            [
                (x, y - tall),
                (x + 0.28 * way * tall, y - 0.42 * tall),
                (x + 0.36 * way * tall, y - 0.09 * tall),
            ],
            20,
        )
        jib = masks.curve(
            [
                (x - 0.03 * way * tall, y - 0.88 * tall),
                (x - 0.20 * way * tall, y - 0.40 * tall),
                (x - 0.36 * way * tall, y - 0.07 * tall),
            ],
            20,
        )
        fold = 0.5 + 0.5 * np.sin((self.x - x) / tall * 26.0 + 3.0 * self.y / tall)
        red = mix(vector(0.50, 0.11, 0.09), vector(0.86, 0.36, 0.15), fold[..., None])
        cream = mix(vector(0.68, 0.52, 0.34), vector(0.96, 0.86, 0.60), fold[..., None])
        lean = np.float32(np.pi / 2 - 0.28 * way)
        self._add(self._area(main + [(x, y - 0.07 * tall)]), red, lean)
        self._add(
            self._area(jib + [(x - 0.03 * way * tall, y - 0.10 * tall)]),
            cream,
            np.float32(np.pi / 2 + 0.35 * way),
        )
        hull = masks.curve(
            [
                (x - 0.42 * tall, y - 0.045 * tall),
                (x - 0.28 * tall, y + 0.055 * tall),
                (x, y + 0.085 * tall),
                (x + 0.30 * tall, y + 0.055 * tall),
                (x + 0.42 * tall, y - 0.055 * tall),
            ],
            30,
        )
        self._add(self._area(hull), vector(0.06, 0.07, 0.14), np.float32(0.0))
        rim = masks.line(
            self.shape,
            [
                (x - 0.42 * tall, y - 0.045 * tall),
                (x, y - 0.015 * tall),
                (x + 0.42 * tall, y - 0.055 * tall),
            ],
            0.012 * tall + 0.002,
            self.shape[0],
        )
        self._add(rim, vector(0.88, 0.62, 0.26), np.float32(0.05))
        mast = masks.line(
            self.shape, [(x, y), (x, y - 1.02 * tall)], 0.010 * tall + 0.0015, self.shape[0]
        )
        self._add(mast, vector(0.12, 0.08, 0.08), np.float32(np.pi / 2))


def draw(size: int = 768) -> Array:
    """The picture, its long side of given pixels."""
    width, height = 2 * size, 2 * int(size * 0.78)
    scene = _Scene(height, width)
    rng = np.random.default_rng(SEED + 3)
    canvas = Canvas(height, width, vector(0.16, 0.18, 0.30), rng)
    unit = height / 1200.0
    for broad, long, spacing, spread, stray in (
        (34, 170, 20, 0.035, 0.06),
        (20, 120, 12.5, 0.045, 0.045),
        (11.5, 70, 8.6, 0.05, 0.03),
    ):
        for row, column in scattered(height, width, max(spacing * unit, 2.0), rng):
            r, c = min(int(abs(row)), height - 1), min(int(abs(column)), width - 1)
            detail = _detail(scene, r, c)
            if broad > 25 and detail > 0.45 or broad < 15 and rng.random() > 0.35 + detail:
                continue
            shrink = 1.0 - 0.55 * detail
            path = flow_path(
                (row, column), scene.angle, long * unit * shrink * rng.uniform(0.6, 1.2), 4 * unit
            )
            colour = scene.colour[r, c] + rng.normal(0.0, stray, 3)
            canvas.stroke(
                path, broad * unit * shrink * rng.uniform(0.8, 1.2), colour, 1.0, spread, 0.12
            )
    picture = canvas.lit(relief=1.15, weave=0.04, seed=SEED, gloss=0.16)
    small = Image.fromarray(to_bytes(picture)).resize((size, height // 2), Image.Resampling.LANCZOS)
    return np.asarray(small)


def _detail(scene: _Scene, row: int, column: int) -> float:
    """How fine the strokes must be at a place: 0 in open sky, 1 at boats and houses."""
    y = scene.y[row, column]
    near = max(
        np.exp(
            -(
                (
                    ((scene.x[row, column] - x) / (0.40 * tall)) ** 2
                    + ((y - by + 0.45 * tall) / (0.62 * tall)) ** 2
                )
                ** 2
            )
        )
        for x, by, tall, _ in BOATS
    )
    village = float(0.59 < y < SHORE + 0.01)
    stars = max(
        np.exp(-(((scene.x[row, column] - x) ** 2 + (y - sy) ** 2) / (2.2 * r) ** 2))
        for x, sy, r in STARS
    )
    return max(0.85 * near, village, 0.5 * stars)
