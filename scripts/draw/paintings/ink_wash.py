"""Ink on paper: bamboo before mountains in mist, a boat, a red seal."""

import numpy as np
from PIL import Image

from toolkit import masks
from toolkit.arrays import Array, mix, pixel_grid, smoothstep, vector
from toolkit.film import blurred, to_bytes
from toolkit.noise import fbm, gradient_noise

SEED = 83


class _Sheet:
    """Paper with the ink it has taken; lengths are shares of the width."""

    def __init__(self, height: int, width: int):
        rows, columns = pixel_grid(height, width)
        self.shape, self.width = (height, width), width
        self.x, self.y = columns / width, rows / width
        self.ink = np.zeros(self.shape, np.float32)
        self.grain = fbm([95.0 * self.x, 95.0 * self.y], SEED, 4)

    def wash(self, amount: Array, edge: float = 0.35) -> None:
        """Wet ink, which settles in the grain and gathers at its rim."""
        unit = self.width / 600.0
        rim = np.clip(amount - blurred(amount.astype(np.float32), 3.0 * unit), 0.0, None)
        self.ink += np.clip(amount * (1.0 + 0.30 * self.grain) + edge * 2.0 * rim, 0.0, None)

    def brush(
        self, path: list, widths: Array, darkness: float, dry: float, seed: int, hollow: float = 0.0
    ) -> None:
        """One stroke through (x, y) points: dry shows the hairs; hollow leaves the middle paler."""
        path = np.array(path)
        reach = float(np.max(widths)) + 0.01
        window = self._window(path, reach)
        if window is None:
            return
        x, y = self.x[window], self.y[window]
        best = np.full(x.shape, np.inf, np.float32)
        along, across = np.zeros_like(x), np.zeros_like(x)
        gone = 0.0
        total = np.hypot(*np.diff(path, axis=0).T).sum()
        for (ax, ay), (bx, by), wa, wb in zip(path[:-1], path[1:], widths[:-1], widths[1:]):
            dx, dy = bx - ax, by - ay
            length = np.hypot(dx, dy) + 1e-9
            t = np.clip(((x - ax) * dx + (y - ay) * dy) / length**2, 0.0, 1.0)
            offset = np.hypot(x - ax - t * dx, y - ay - t * dy)
            relative = offset / np.maximum(mix(wa, wb, t) / 2.0, 1e-4)
            closer = relative < best
            side = np.sign((x - ax) * dy - (y - ay) * dx)
            best = np.where(closer, relative, best)
            along = np.where(closer, (gone + t * length) / total, along)
            across = np.where(closer, side * relative, across)
            gone += length
        hairs = gradient_noise([across * 7.0 + 3.0 * seed, along * 2.5 + seed], SEED + seed)
        hairs = hairs + 0.5 * gradient_noise([across * 17.0, along * 4.0 + seed], SEED + 1 + seed)
        rough = best + 0.10 * self.grain[window]
        inside = smoothstep(1.02, 0.90, rough)
        gaps = smoothstep(
            0.95 - 0.9 * dry,
            1.25 - 0.9 * dry,
            hairs + 0.55 * dry * along + 0.25 * self.grain[window],
        )
        tone = darkness * (1.0 - hollow * (1.0 - np.abs(across) ** 1.5)) * (1.15 - 0.35 * along)
        self.ink[window] += (
            inside * (1.0 - gaps) * tone * (1.0 + 0.22 * hairs + 0.18 * self.grain[window])
        )

    def _window(self, path: Array, reach: float):
        low, high = path.min(axis=0) - reach, path.max(axis=0) + reach
        left, top = np.maximum((low * self.width).astype(int), 0)
        right, bottom = np.minimum(
            (high * self.width).astype(int) + 1, (self.shape[1], self.shape[0])
        )
        return None if left >= right or top >= bottom else np.s_[top:bottom, left:right]


def _mountains(sheet: _Sheet) -> None:
    x, y = sheet.x, sheet.y
    layers = (
        (0.40, 0.13, 2.3, 0.20, 0.30, 0),
        (0.50, 0.22, 2.9, 0.42, 0.26, 1),
        (0.66, 0.13, 3.4, 0.75, 0.20, 2),
    )
    for level, tall, scale, darkness, fade, seed in layers:
        shape = fbm([scale * x + 3.7 * seed, 0.0 * x + 0.5 + seed], SEED + 10 + seed, 7, gain=0.46)
        peaks = np.abs(
            gradient_noise([scale * 0.8 * x + 1.3 + 2.1 * seed, 0 * x + 0.3], SEED + 20 + seed)
        )
        lean = (0.35 - x) * 0.18 if seed == 1 else (x - 0.5) * 0.10
        ridge = level - tall * (1.25 * peaks + 0.55 * shape) + lean
        below = y - ridge
        top = smoothstep(-0.002, 0.004, below + 0.004 * sheet.grain)
        body = np.exp(-np.maximum(below, 0.0) / (fade * (0.55 + 0.5 * peaks)))
        mist = smoothstep(
            0.42,
            -0.25,
            fbm([2.2 * x, 7.0 * y + seed], SEED + 30 + seed, 4) + 2.2 * (below - 0.6 * fade),
        )
        slant = 9.0 * x + 7.0 * np.sin(7.0 * x + seed) * below
        folds = fbm([3.2 * slant, 5.0 * below + seed], SEED + 40 + seed, 5)
        texture = smoothstep(0.02, 0.40, folds) * np.exp(-np.maximum(below, 0) / (0.55 * fade))
        dry = smoothstep(
            -0.1, 0.35, fbm([60.0 * slant * 0.3, 16.0 * below], SEED + 50 + seed, 3) + 0.25
        )
        rim = smoothstep(0.018, 0.0, below) * (0.4 + 0.6 * smoothstep(-0.2, 0.3, folds))
        sheet.wash(top * mist * darkness * (0.42 * body + 0.95 * texture * dry + 0.5 * rim))
    rng = np.random.default_rng(SEED + 5)
    for _ in range(46):
        px = rng.uniform(0.02, 0.62)
        column = int(px * sheet.width)
        shape = fbm([3.4 * np.float32([px]) + 7.4, np.float32([2.5])], SEED + 12, 7, gain=0.46)[0]
        peaks = abs(
            gradient_noise([2.72 * np.float32([px]) + 5.5, np.float32([0.3])], SEED + 22)[0]
        )
        py = (
            0.66 - 0.13 * (1.25 * peaks + 0.55 * shape) + (px - 0.5) * 0.10 + rng.uniform(0.0, 0.05)
        )
        if column < sheet.shape[1]:
            _small_pine(sheet, px, py, rng.uniform(0.016, 0.036), rng)


def _small_pine(sheet: _Sheet, x: float, y: float, tall: float, rng: np.random.Generator) -> None:
    sheet.brush([(x, y), (x + 0.1 * tall, y - tall)], np.array([0.0030, 0.0016]), 1.1, 0.1, 1)
    for level in np.linspace(0.35, 1.0, 4):
        half = 0.42 * tall * (1.25 - level)
        for side in (-1, 1):
            sheet.brush(
                [(x, y - level * tall), (x + side * half, y - level * tall + 0.10 * tall)],
                np.array([0.0055, 0.0015]),
                rng.uniform(0.6, 1.2),
                0.25,
                int(rng.integers(90)),
            )


def _bamboo(sheet: _Sheet, rng: np.random.Generator) -> None:
    for foot, lean, wide, darkness in (
        (0.80, -0.055, 0.030, 0.55),
        (0.905, 0.02, 0.040, 1.05),
        (0.70, -0.12, 0.017, 0.30),
    ):
        y, step = 1.42, 0.215
        while y > -0.1:
            step *= rng.uniform(0.92, 1.06)
            x0, x1 = foot + lean * (1.42 - y), foot + lean * (1.42 - y + step)
            path = masks.curve(
                [(x0, y - 0.010), ((x0 + x1) / 2 + 0.002, y - step / 2), (x1, y - step + 0.010)], 8
            )
            widths = wide * np.array([1.12, 1.0, 0.95, 0.93, 0.93, 0.95, 1.0, 1.10])
            sheet.brush(path, widths, darkness, 0.42, int(rng.integers(90)), hollow=0.62)
            joint = masks.curve(
                [
                    (x1 - 0.62 * wide, y - step - 0.004),
                    (x1, y - step + 0.004),
                    (x1 + 0.62 * wide, y - step - 0.006),
                ],
                8,
            )
            sheet.brush(
                joint,
                0.20 * wide * np.array([0.7, 1, 1, 0.8, 0.8, 1, 1, 0.7]),
                1.5 * darkness,
                0.1,
                5,
            )
            if rng.random() < 0.75 and y < 1.3:
                _twig(sheet, (x1, y - step), rng.choice([-1, -1, 1]), darkness, rng)
            y -= step


def _twig(sheet: _Sheet, root: tuple, side: int, darkness: float, rng: np.random.Generator) -> None:
    end = (root[0] + side * rng.uniform(0.10, 0.22), root[1] - rng.uniform(0.02, 0.12))
    middle = ((root[0] + end[0]) / 2, (root[1] + end[1]) / 2 - 0.015)
    path = masks.curve([root, middle, end], 14)
    sheet.brush(path, np.linspace(0.0065, 0.0030, 14), 1.1 * darkness, 0.2, int(rng.integers(90)))
    for index in (5, 8, 10, 12, 13, 13):
        for _ in range(rng.integers(1, 3)):
            _leaf(
                sheet,
                path[index],
                rng.uniform(0.35, 1.35) if side > 0 else np.pi - rng.uniform(0.35, 1.35),
                rng.uniform(0.085, 0.165),
                darkness * rng.uniform(0.75, 1.55),
                rng,
            )


def _leaf(
    sheet: _Sheet,
    root: tuple,
    angle: float,
    length: float,
    darkness: float,
    rng: np.random.Generator,
) -> None:
    sag = rng.uniform(0.0, 0.22) * length
    end = (root[0] + length * np.cos(angle), root[1] + length * np.sin(angle) + sag)
    middle = (
        (root[0] + end[0]) / 2 + 0.05 * length * np.sin(angle),
        (root[1] + end[1]) / 2 - 0.15 * sag,
    )
    path = masks.curve([root, middle, end], 14)
    shape = np.array(
        [0.15, 0.45, 0.78, 0.95, 1.0, 0.98, 0.90, 0.79, 0.66, 0.53, 0.40, 0.27, 0.14, 0.03]
    )
    sheet.brush(
        path, rng.uniform(0.13, 0.18) * length * shape, 1.15 * darkness, 0.30, int(rng.integers(90))
    )


def _boat_and_water(sheet: _Sheet, rng: np.random.Generator) -> None:
    x, y = 0.30, 1.03
    hull = masks.curve(
        [
            (x - 0.115, y - 0.018),
            (x - 0.05, y + 0.014),
            (x + 0.05, y + 0.014),
            (x + 0.125, y - 0.022),
        ],
        20,
    )
    sheet.brush(
        hull,
        0.016 * np.interp(np.linspace(0, 1, 20), [0, 0.2, 0.8, 1], [0.3, 1, 1, 0.2]),
        1.5,
        0.3,
        11,
    )
    hood = masks.curve(
        [
            (x - 0.045, y - 0.002),
            (x - 0.035, y - 0.042),
            (x + 0.015, y - 0.044),
            (x + 0.03, y - 0.002),
        ],
        16,
    )
    sheet.brush(hood, np.full(16, 0.006), 1.2, 0.2, 12)
    sheet.brush(
        [(x - 0.03, y - 0.024), (x + 0.02, y - 0.024)], np.array([0.030, 0.030]), 0.55, 0.45, 13
    )
    sheet.brush(
        masks.curve([(x + 0.072, y - 0.008), (x + 0.070, y - 0.045), (x + 0.078, y - 0.066)], 8),
        np.array([0.018, 0.019, 0.018, 0.016, 0.014, 0.011, 0.008, 0.006]),
        1.3,
        0.15,
        14,
    )
    sheet.brush(
        [(x + 0.052, y - 0.066), (x + 0.079, y - 0.084), (x + 0.104, y - 0.064)],
        np.array([0.004, 0.013, 0.004]),
        1.5,
        0.1,
        15,
    )
    sheet.brush(
        [(x + 0.085, y - 0.045), (x + 0.17, y + 0.045)], np.array([0.003, 0.004]), 1.2, 0.1, 16
    )
    for _ in range(44):
        depth = rng.random()
        cx, cy = rng.uniform(0.02, 0.72), 0.98 + 0.36 * depth
        half = rng.uniform(0.02, 0.09) * (0.4 + depth)
        wave = masks.curve(
            [
                (cx - half, cy),
                (cx - 0.3 * half, cy - 0.004),
                (cx + 0.3 * half, cy + 0.003),
                (cx + half, cy),
            ],
            10,
        )
        sheet.brush(
            wave,
            0.0045 * np.array([0.2, 0.6, 1, 1, 0.9, 0.8, 0.8, 0.7, 0.5, 0.1]) * (0.6 + depth),
            rng.uniform(0.12, 0.42),
            0.5,
            int(rng.integers(90)),
        )
    for cx in (x - 0.02, x + 0.03):
        sheet.wash(
            0.22 * np.exp(-(((sheet.x - cx) / 0.09) ** 2 + ((sheet.y - y - 0.032) / 0.012) ** 2))
        )
    for cx, cy, span in (
        (0.18, 0.20, 0.026),
        (0.235, 0.175, 0.020),
        (0.275, 0.215, 0.016),
        (0.335, 0.185, 0.014),
        (0.14, 0.245, 0.013),
    ):
        wing = masks.curve(
            [
                (cx - span, cy - 0.006),
                (cx - 0.4 * span, cy - 0.35 * span),
                (cx, cy),
                (cx + 0.45 * span, cy - 0.45 * span),
                (cx + span, cy - 0.004),
            ],
            12,
        )
        sheet.brush(
            wing,
            0.0042 * np.array([0.2, 0.6, 1, 1, 0.9, 1, 1, 0.9, 1, 0.9, 0.6, 0.2]),
            1.1,
            0.1,
            17,
        )


def _seal(sheet: _Sheet) -> Array:
    """Where red paste lies: a square with a pattern left out."""
    u, v = (sheet.x - 0.083) / 0.035, (sheet.y - 1.235) / 0.045
    inside = smoothstep(1.04, 0.96, np.maximum(np.abs(u), np.abs(v)) + 0.08 * sheet.grain)
    frame = smoothstep(0.05, 0.03, np.abs(np.maximum(np.abs(u), np.abs(v)) - 0.80))
    marks = [
        masks.line(
            sheet.shape,
            [(0.083 + 0.035 * ax, 1.235 + 0.045 * ay), (0.083 + 0.035 * bx, 1.235 + 0.045 * by)],
            0.0042,
            sheet.width,
        )
        for ax, ay, bx, by in (
            (-0.5, -0.5, 0.5, -0.5),
            (0.0, -0.6, 0.0, 0.55),
            (-0.5, -0.08, 0.5, -0.08),
            (-0.5, 0.55, -0.1, 0.1),
            (0.5, 0.55, 0.1, 0.1),
        )
    ]
    left_out = np.maximum(np.max(marks, axis=0), frame)
    return inside * (1.0 - left_out) * np.clip(0.9 + 0.35 * sheet.grain, 0, 1)


def draw(size: int = 768) -> Array:
    """The picture, its long side of given pixels."""
    factor = 2
    height, width = size * factor, int(size * 0.74) * factor
    rng = np.random.default_rng(SEED)
    sheet = _Sheet(height, width)
    x, y = sheet.x, sheet.y
    sheet.wash(
        0.10 * smoothstep(-0.2, 0.5, fbm([1.6 * x, 3.5 * y], SEED + 2, 4)) * smoothstep(0.5, 0.0, y)
    )
    moon = np.hypot(x - 0.54, y - 0.20)
    sheet.wash(
        0.16 * np.exp(-np.maximum(moon - 0.085, 0.0) / 0.10) * smoothstep(0.084, 0.088, moon)
    )
    _mountains(sheet)
    _boat_and_water(sheet, rng)
    _bamboo(sheet, rng)
    fibre = fbm([120.0 * x + 20 * y, 34.0 * y], SEED + 3, 3)
    threads = smoothstep(
        0.055, 0.0, np.abs(gradient_noise([16.0 * x + 6.0 * y, 22.0 * y], SEED + 4))
    )
    threads = threads * smoothstep(0.15, 0.5, gradient_noise([9.0 * x, 9.0 * y], SEED + 6))
    paper = (
        vector(0.945, 0.905, 0.815)
        * (
            1.0
            + 0.028 * fibre
            + 0.02 * sheet.grain
            + 0.03 * fbm([3.0 * x, 3.0 * y], SEED + 7, 3)
            - 0.05 * threads
        )[..., None]
    )
    paper = mix(
        paper,
        vector(0.80, 0.22, 0.13),
        (0.80 * smoothstep(0.088, 0.083, moon + 0.002 * sheet.grain) * (0.86 + 0.2 * sheet.grain))[
            ..., None
        ],
    )
    picture = paper * np.exp(-sheet.ink[..., None] * vector(1.42, 1.38, 1.28) * 1.5)
    picture = mix(picture, vector(0.74, 0.11, 0.08), (0.92 * _seal(sheet))[..., None])
    small = Image.fromarray(to_bytes(picture)).resize(
        (width // factor, size), Image.Resampling.LANCZOS
    )
    return np.asarray(small)
