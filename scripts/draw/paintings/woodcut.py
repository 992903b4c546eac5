"""A woodcut from two blocks: a farm below mountains at sunrise, cut in lines that follow form."""

import numpy as np
from PIL import Image

from toolkit import masks
from toolkit.arrays import Array, mix, pixel_grid, smoothstep, vector
from toolkit.film import blurred, to_bytes
from toolkit.noise import fbm, gradient_noise

SEED = 79
SUN = (0.93, 0.27)
VANISHING = (0.60, 0.50)


class _Block:
    """The wood: how dark each place is to print, and along which lines it is cut.

    Lengths are shares of the height. The phase counts cuts; where it goes up by one there is one
    more line.
    """

    def __init__(self, height: int, width: int):
        rows, columns = pixel_grid(height, width)
        self.shape = (height, width)
        self.x, self.y = columns / height, rows / height
        self.tone = np.zeros(self.shape, np.float32)
        self.phase = np.zeros(self.shape, np.float32)
        self.tint = np.zeros(self.shape, np.float32)
        self.outline = np.zeros(self.shape, np.float32)

    def cut(
        self, mask: Array, tone: Array, phase: Array, tint: float = 0.0, outline: float = 1.0
    ) -> None:
        """An area above what there is: tone 0 (paper) to 1 (ink)."""
        inside = mask > 0.5
        if not inside.any():
            return
        for own, value in ((self.tone, tone), (self.phase, phase), (self.tint, tint)):
            np.copyto(own, value, where=inside, casting="same_kind")
        unit = self.shape[0] / 600.0
        window = self._window(inside, int(6 * unit) + 2)
        soft = blurred(mask[window].astype(np.float32), 1.5 * unit)
        edge = outline * smoothstep(0.30, 0.10, np.abs(soft - 0.5))
        kept = np.where(inside[window], 0.0, self.outline[window])
        self.outline[window] = np.maximum(kept, edge)

    @staticmethod
    def _window(inside: Array, margin: int) -> tuple:
        """The part of the block that holds an area and a margin."""
        spans = []
        for axis in (1, 0):
            found = np.flatnonzero(inside.any(axis=axis))
            spans.append(slice(max(found[0] - margin, 0), found[-1] + margin))
        return tuple(spans)

    def area(self, points: list) -> Array:
        """Inside of a polygon."""
        return masks.polygon(self.shape, points, self.shape[0])


def _sky(block: _Block) -> None:
    x, y = block.x, block.y
    reach = np.hypot(x - SUN[0], y - SUN[1])
    angle = np.arctan2(y - SUN[1], x - SUN[0])
    rays = 0.5 + 0.5 * np.sin(angle * 15.0)
    tone = (
        0.12
        + 0.62 * smoothstep(0.12, 0.95, reach)
        + 0.22 * (rays - 0.5) * smoothstep(0.1, 0.3, reach)
    )
    turns = np.where(reach > 0.62, 190.0, np.where(reach > 0.28, 95.0, 48.0)) / (2 * np.pi)
    block.cut(np.ones(block.shape), tone, angle * turns + 1.5 * np.sin(9.0 * reach))
    block.cut(reach < 0.105, np.full(block.shape, 0.0), reach * 40, tint=1.0)
    for cx, cy, wide in (
        (0.30, 0.16, 0.26),
        (0.58, 0.30, 0.17),
        (1.20, 0.13, 0.14),
        (0.10, 0.36, 0.15),
    ):
        puffs = [
            (cx + wide * dx, cy - wide * dy, wide * r)
            for dx, dy, r in (
                (-0.62, 0.0, 0.26),
                (-0.25, 0.14, 0.36),
                (0.18, 0.18, 0.40),
                (0.58, 0.05, 0.28),
            )
        ]
        cloud = np.max([radius - np.hypot(x - px, y - py) for px, py, radius in puffs], axis=0)
        cloud = np.minimum(cloud, cy + 0.07 * wide - y)
        shade = smoothstep(cy - 0.25 * wide, cy + 0.06 * wide, y)
        nearest = np.argmin([np.hypot(x - px, y - py) - radius for px, py, radius in puffs], axis=0)
        rings = np.choose(nearest, [np.hypot(x - px, y - py) for px, py, _ in puffs])
        block.cut(cloud > 0, 0.62 * shade - 0.02, rings * 90.0)


def _mountains(block: _Block) -> None:
    x, y = block.x, block.y
    for peak, top, spread, seed in (
        (0.30, 0.30, 0.72, 1),
        (0.98, 0.40, 0.55, 2),
        (0.66, 0.245, 0.62, 3),
    ):
        rough = 0.035 * fbm([9.0 * x, 3.0 * y], SEED + seed, 4)
        slope = np.abs(x - peak) * (0.62 / spread) + rough
        inside = y - top - slope
        ridge = x - peak - 0.16 * (y - top) - 0.05 * np.sin(22.0 * (y - top)) - 0.5 * rough
        shadow = smoothstep(-0.006, 0.012, -ridge)
        gully = fbm([16.0 * x + 5.0 * y * np.sign(ridge), 3.5 * y], SEED + 10 + seed, 4)
        snow = smoothstep(0.20, 0.05, y - top + 0.08 * gully)
        tone = mix(0.24 - 0.22 * snow + 0.65 * np.maximum(gully, 0.0), 0.80 + 0.4 * gully, shadow)
        phase = np.where(ridge > 0, x * 62.0 - 95.0 * y, x * 70.0 + 80.0 * y) + 3.0 * gully
        block.cut(inside > 0, tone, phase)


def _hills(block: _Block) -> None:
    x, y = block.x, block.y
    for level, height, wave, seed in ((0.56, 0.035, 4.0, 4), (0.62, 0.03, 6.0, 5)):
        profile = level + height * np.sin(wave * x + seed) + 0.008 * np.sin(31.0 * x)
        below = y - profile
        tone = 0.80 - 0.62 * smoothstep(0.0, 0.085, below) + 0.15 * np.sin(19.0 * x + seed)
        block.cut(below > 0, tone, below * 105.0 + 1.2 * np.sin(11.0 * x))
        rng = np.random.default_rng(SEED + seed)
        for place in np.sort(rng.uniform(0.0, 1.32, 16)):
            foot = level + height * np.sin(wave * place + seed) + 0.012
            _pine(block, place, foot, rng.uniform(0.035, 0.075), 3)


def _fields(block: _Block) -> None:
    x, y = block.x, block.y
    horizon = 0.665 + 0.012 * np.sin(5.0 * x)
    depth = np.maximum(y - VANISHING[1], 0.02)
    across = (x - VANISHING[0]) / depth
    furrow = 0.5 + 0.5 * np.sin(across * 19.0)
    block.cut(y > horizon, 0.30 + 0.36 * furrow, across * 19.0)
    meadow = smoothstep(0.0, 0.004, y - 0.84 + 0.16 * x - 0.03 * np.sin(6 * x))
    tuft = fbm([14.0 * x, 30.0 * y], SEED + 20, 3)
    block.cut(
        meadow > 0.5, 0.40 + 0.7 * tuft, 60.0 * (y + 0.16 * x) + 2.2 * np.sin(26.0 * x) + 1.4 * tuft
    )
    road = [(0.74, 0.672), (0.70, 0.72), (0.80, 0.78), (0.72, 0.86), (0.86, 1.01)]
    left = masks.curve(road, 40)
    wide = np.linspace(0.006, 0.085, 40)
    right = [(px + w, py) for (px, py), w in zip(left, wide)]
    block.cut(
        block.area([(px - w, py) for (px, py), w in zip(left, wide)] + right[::-1]),
        np.full(block.shape, 0.10),
        46.0 * y + 12.0 * x,
    )
    for t in np.linspace(0.06, 0.95, 12):
        depth = t**1.8
        px, py = 0.80 + 0.56 * depth, 0.690 + 0.25 * depth
        tall = 0.02 + 0.10 * depth
        block.cut(
            block.area(
                [
                    (px - 0.05 * tall, py),
                    (px - 0.05 * tall, py - tall),
                    (px + 0.07 * tall, py - tall),
                    (px + 0.07 * tall, py),
                ]
            ),
            np.full(block.shape, 1.0),
            y,
        )
    for high in (0.75, 0.40):
        rail = [
            (0.80 + 0.56 * t, 0.690 + 0.25 * t - high * (0.02 + 0.10 * t))
            for t in np.linspace(0, 1, 12)
        ]
        block.cut(
            masks.line(block.shape, rail, 0.005, block.shape[0]), np.full(block.shape, 1.0), y
        )


def _farm(block: _Block) -> None:
    x, y = block.x, block.y
    ink, paper = np.full(block.shape, 1.0), np.full(block.shape, 0.0)
    for left, foot, size in ((0.37, 0.80, 0.20), (0.64, 0.735, 0.10)):
        right, top = left + 0.62 * size, foot - 0.42 * size
        far = right + 0.55 * size
        block.cut(
            block.area(
                [(right, foot), (right, top), (far, top + 0.03 * size), (far, foot - 0.07 * size)]
            ),
            np.full(block.shape, 0.66),
            y * 16.0 / size,
        )
        gable = [
            (left, foot),
            (left, top),
            ((left + right) / 2, top - 0.42 * size),
            (right, top),
            (right, foot),
        ]
        block.cut(block.area(gable), np.full(block.shape, 0.14), x * 15.0 / size)
        peak = ((left + right) / 2, top - 0.42 * size)
        roof = [
            peak,
            (peak[0] + 0.62 * size, peak[1] + 0.06 * size),
            (far + 0.05 * size, top + 0.08 * size),
            (right + 0.03 * size, top + 0.06 * size),
        ]
        block.cut(
            block.area(roof),
            0.42 + 0.1 * np.sin(x * 60.0),
            (y * 1.0 - 0.7 * x) * 13.0 / size,
            tint=1.0,
        )
        edge = [
            (left - 0.05 * size, top + 0.08 * size),
            peak,
            (right + 0.05 * size, top + 0.08 * size),
        ]
        block.cut(masks.line(block.shape, edge, 0.045 * size, block.shape[0]), ink, y)
        for wx, wy in ((0.16, 0.27), (0.46, 0.27), (0.31, 0.52)):
            cx, cy, half = left + wx * size, foot - wy * size, 0.055 * size
            block.cut(
                block.area(
                    [
                        (cx - half, cy - half),
                        (cx + half, cy - half),
                        (cx + half, cy + half),
                        (cx - half, cy + half),
                    ]
                ),
                ink,
                y,
            )
            for bar in ([(cx, cy - half), (cx, cy + half)], [(cx - half, cy), (cx + half, cy)]):
                block.cut(
                    masks.line(block.shape, bar, 0.014 * size, block.shape[0]),
                    paper,
                    y,
                    outline=0.0,
                )
        door = left + 0.31 * size
        block.cut(
            block.area(
                [
                    (door - 0.05 * size, foot),
                    (door - 0.05 * size, foot - 0.20 * size),
                    (door + 0.05 * size, foot - 0.20 * size),
                    (door + 0.05 * size, foot),
                ]
            ),
            ink,
            y,
        )
        stack = peak[0] + 0.40 * size
        block.cut(
            block.area(
                [
                    (stack, peak[1] + 0.10 * size),
                    (stack, peak[1] - 0.16 * size),
                    (stack + 0.09 * size, peak[1] - 0.16 * size),
                    (stack + 0.09 * size, peak[1] + 0.1 * size),
                ]
            ),
            np.full(block.shape, 0.6),
            y * 20 / size,
        )
        puff = masks.curve(
            [
                (stack + 0.045 * size, peak[1] - 0.18 * size),
                (stack + 0.20 * size, peak[1] - 0.45 * size),
                (stack + 0.02 * size, peak[1] - 0.75 * size),
                (stack + 0.30 * size, peak[1] - 1.15 * size),
            ],
            30,
        )
        block.cut(
            masks.line(block.shape, puff, 0.06 * size, block.shape[0]),
            np.full(block.shape, 0.08),
            y * 60.0,
        )


def _pine(block: _Block, x: float, foot: float, tall: float, tiers: int) -> None:
    """A conifer of drooping tiers, cut in chevrons."""
    points = [(x, foot - tall)]
    for side in (1, -1):
        half = []
        for tier in range(tiers):
            low, wide = (tier + 1.0) / tiers, 0.24 * tall * (tier + 1.2) / tiers
            half.append((x + side * wide, foot - tall * (1.0 - 0.93 * low)))
            half.append((x + side * 0.42 * wide, foot - tall * (1.0 - 0.93 * low) - 0.02 * tall))
        points += half if side > 0 else half[::-1]
    trunk = 0.028 * tall
    block.cut(
        block.area(
            [
                (x - trunk, foot),
                (x - trunk, foot - 0.2 * tall),
                (x + trunk, foot - 0.2 * tall),
                (x + trunk, foot),
            ]
        ),
        np.full(block.shape, 1.0),
        block.y,
        outline=0.4,
    )
    shade = smoothstep(0.12, -0.12, (block.x - x) / tall)
    chevron = (block.y - 0.75 * np.abs(block.x - x)) * 26.0 / max(tall, 0.12)
    block.cut(block.area(points), 0.60 + 0.38 * shade, chevron, outline=0.9)


def _printed(block: _Block) -> Array:
    x, y = block.x, block.y
    unit = block.shape[0] / 600.0
    hand = 0.20 * fbm([16.0 * x, 16.0 * y], SEED + 30, 3)
    wave = np.abs(((block.phase + hand) % 1.0) * 2.0 - 1.0)
    swell = 0.16 * fbm([22.0 * x, 22.0 * y], SEED + 31, 3)
    ink = block.tone * 1.04 + swell * (block.tone > 0.03) * (block.tone < 0.97) - wave
    chips = fbm([70.0 * x, 70.0 * y], SEED + 32, 2)
    key = smoothstep(-0.07, 0.07, ink + 0.07 * chips)
    key = np.maximum(key, smoothstep(0.35, 0.6, block.outline + 0.25 * chips))
    margin = 0.028 + 0.0025 * gradient_noise([30.0 * x, 30.0 * y], SEED + 33)
    wide = block.shape[1] / block.shape[0]
    edge = np.minimum(np.minimum(x, wide - x), np.minimum(y, 1.0 - y)) - margin
    frame = smoothstep(0.0, 0.002, edge)
    key = np.maximum(key, smoothstep(0.006, 0.004, np.abs(edge - 0.004))) * frame
    key = smoothstep(0.25, 0.75, blurred(key.astype(np.float32), 0.7 * unit))
    grain = fbm([6.0 * x, 130.0 * y + 4.0 * np.sin(5.0 * x)], SEED + 34, 4)
    speck = fbm([170.0 * x, 170.0 * y], SEED + 35, 2)
    cover = np.clip(
        0.95 - 0.42 * smoothstep(0.22, 0.60, grain) - 0.55 * smoothstep(0.42, 0.62, speck), 0, 1
    )
    fibre = fbm([60.0 * x, 22.0 * y], SEED + 36, 4)
    mottle = fbm([5.0 * x, 5.0 * y], SEED + 37, 4)
    paper = vector(0.93, 0.875, 0.76) * (1.0 + 0.035 * fibre + 0.03 * mottle)[..., None]
    second = np.roll(block.tint, (int(2 * unit), int(-2 * unit)), (0, 1)) * frame
    second = blurred(second, 0.8 * unit) * np.clip(0.92 - 0.35 * smoothstep(0.1, 0.6, grain), 0, 1)
    paper = paper * mix(vector(1.0, 1.0, 1.0), vector(0.88, 0.34, 0.16), second[..., None])
    return mix(
        paper,
        vector(0.085, 0.075, 0.075) * (1.0 + 0.3 * speck)[..., None],
        (key * cover)[..., None],
    )


def draw(size: int = 768) -> Array:
    """The picture, its long side of given pixels."""
    factor = 3
    block = _Block(int(size * 0.76) * factor, size * factor)
    _sky(block)
    _mountains(block)
    _hills(block)
    _fields(block)
    _farm(block)
    for x, foot, tall in (
        (0.115, 0.86, 0.60),
        (0.26, 0.82, 0.34),
        (0.015, 0.84, 0.40),
        (1.255, 0.955, 0.44),
    ):
        _pine(block, x, foot, tall, 7)
    for cx, cy, span in (
        (0.70, 0.14, 0.034),
        (0.76, 0.105, 0.026),
        (0.635, 0.095, 0.022),
        (0.80, 0.175, 0.02),
    ):
        bird = masks.curve(
            [
                (cx - span, cy - 0.3 * span),
                (cx - 0.4 * span, cy - 0.45 * span),
                (cx, cy),
                (cx + 0.4 * span, cy - 0.55 * span),
                (cx + span, cy - 0.25 * span),
            ],
            20,
        )
        block.cut(
            masks.line(block.shape, bird, 0.007, block.shape[0]), np.full(block.shape, 1.0), block.y
        )
    picture = Image.fromarray(to_bytes(_printed(block)))
    return np.asarray(picture.resize((size, int(size * 0.76)), Image.Resampling.LANCZOS))
