"""Stained glass: a heron among reeds before the rising sun."""

import numpy as np

from toolkit import masks
from toolkit.arrays import Array, mix, normalised, pixel_grid, smoothstep, vector
from toolkit.film import blurred, decoded, encoded, reduced, to_bytes
from toolkit.noise import fbm, gradient_noise

SEED = 67
SUN = (0.60, 0.42)


class _Window:
    """Regions of the design; lengths are shares of the width."""

    def __init__(self, height: int, width: int):
        rows, columns = pixel_grid(height, width)
        self.shape, self.width = (height, width), width
        self.x, self.y = columns / width, rows / width
        self.region = np.zeros(self.shape, np.int32)
        self.bases, self.spacings = [], []

    def add(self, mask: Array, colours: list, spacing: float) -> None:
        """A region above those so far, of panes of given colours about a spacing apart."""
        self.bases.append(np.array(colours, np.float32))
        self.spacings.append(spacing)
        self.region[mask > 0.5] = len(self.bases) - 1

    def area(self, points: list) -> Array:
        """Inside of a polygon."""
        return masks.polygon(self.shape, points, self.width)

    def panes(self, rng: np.random.Generator) -> tuple:
        """Each region broken into panes: their numbers, and the colour of each."""
        number = np.zeros(self.shape, np.int32)
        colours = []
        for index, (palette, spacing) in enumerate(zip(self.bases, self.spacings)):
            inside = np.flatnonzero(self.region == index)
            if not len(inside):
                continue
            x, y = self.x.ravel()[inside], self.y.ravel()[inside]
            seeds = _spread(x, y, spacing, rng)
            distance = (x[:, None] - seeds[None, :, 0]) ** 2 + (y[:, None] - seeds[None, :, 1]) ** 2
            number.ravel()[inside] = len(colours) + distance.argmin(axis=1)
            for _ in seeds:
                base = palette[rng.integers(len(palette))]
                colours.append(
                    np.clip(base * rng.uniform(0.72, 1.2) + rng.normal(0, 0.025, 3), 0.01, 1.0)
                )
        return number, np.array(colours, np.float32)


def _spread(x: Array, y: Array, spacing: float, rng: np.random.Generator) -> Array:
    """Points of a region, no two nearer than a spacing."""
    chosen = []
    for candidate in rng.integers(len(x), size=1500):
        place = np.array([x[candidate], y[candidate]])
        if all(np.hypot(*(place - other)) > spacing for other in chosen):
            chosen.append(place)
    return np.array(chosen)


SKY = [(0.05, 0.16, 0.55), (0.08, 0.30, 0.68), (0.16, 0.45, 0.75), (0.10, 0.22, 0.60)]
DAWN = [(0.90, 0.40, 0.12), (0.92, 0.55, 0.16), (0.85, 0.25, 0.20), (0.80, 0.30, 0.38)]
GOLD = [(0.98, 0.80, 0.20), (0.98, 0.68, 0.12), (0.99, 0.88, 0.42)]
HILLS = [(0.16, 0.10, 0.42), (0.26, 0.12, 0.46), (0.12, 0.16, 0.48)]
WATER = [(0.04, 0.32, 0.45), (0.06, 0.45, 0.52), (0.10, 0.25, 0.55), (0.30, 0.60, 0.62)]
LEAVES = [(0.08, 0.42, 0.14), (0.20, 0.55, 0.16), (0.40, 0.62, 0.15), (0.05, 0.30, 0.18)]
WHITE = [(0.86, 0.88, 0.86), (0.78, 0.84, 0.90), (0.92, 0.90, 0.80)]
GREY = [(0.34, 0.44, 0.62), (0.42, 0.52, 0.70), (0.28, 0.36, 0.55)]
RED = [(0.78, 0.05, 0.08), (0.88, 0.12, 0.10), (0.62, 0.03, 0.12)]
BORDER = [(0.55, 0.04, 0.10), (0.10, 0.12, 0.45), (0.70, 0.46, 0.06), (0.06, 0.35, 0.22)]


def _design(window: _Window, tall: float) -> None:
    x, y = window.x, window.y
    window.add(np.ones(window.shape), SKY, 0.11)
    angle = np.arctan2(y - SUN[1], x - SUN[0])
    reach = np.hypot(x - SUN[0], y - SUN[1])
    rays = np.floor((angle + np.pi) / (2 * np.pi) * 24).astype(int)
    for ray in range(0, 24, 2):
        for near, far, palette in ((0.16, 0.34, DAWN), (0.34, 0.9, DAWN[:3])):
            window.add((rays == ray) & (reach > near) & (reach < far) & (y < 0.9), palette, 0.16)
    for ray in range(1, 24, 2):
        window.add(
            (rays == ray) & (reach > 0.16) & (reach < 0.34) & (y < 0.9), GOLD[1:2] + DAWN[1:2], 0.2
        )
    window.add(reach < 0.16, GOLD, 0.085)
    ridge = 0.72 + 0.06 * np.sin(7.0 * x + 0.6) + 0.03 * np.sin(17.0 * x)
    window.add(y > ridge, HILLS, 0.12)
    for step, level in enumerate((0.84, 0.93, 1.03, 1.14, 1.26)):
        window.add(
            y > level + 0.02 * np.sin(9.0 * x + 2.2 * step),
            WATER[step % 2 :: 2] + WATER[step % 4 :],
            0.13,
        )
    window.add(
        (np.abs(y - 0.98) < 0.016 + 0.01 * np.sin(20 * x)) & (np.abs(x - SUN[0]) < 0.14), GOLD, 0.1
    )
    window.add((np.abs(y - 1.10) < 0.015) & (np.abs(x - SUN[0]) < 0.10), GOLD, 0.1)
    _reeds(window, tall)
    _heron(window)
    for cx, cy, radius in ((0.20, 1.20, 0.075), (0.80, 1.16, 0.085), (0.62, 1.29, 0.065)):
        _lily(window, cx, cy, radius)
    frame = (x < 0.075) | (x > 0.925) | (y < 0.075) | (y > tall - 0.075)
    tile = (np.floor(np.where((x < 0.075) | (x > 0.925), y, x) / 0.093) % 4).astype(int)
    for index in range(4):
        window.add(frame & (tile == index), BORDER[index : index + 1], 0.4)
    for cx in (0.0375, 0.9625):
        for cy in (0.0375, tall - 0.0375):
            window.add((np.abs(x - cx) < 0.038) & (np.abs(y - cy) < 0.038), GOLD[:1], 0.4)


def _reeds(window: _Window, tall: float) -> None:
    rng = np.random.default_rng(SEED + 1)
    for foot, lean, height in (
        (0.11, 0.05, 0.75),
        (0.17, -0.03, 0.62),
        (0.22, 0.07, 0.50),
        (0.80, -0.05, 0.60),
        (0.86, 0.03, 0.78),
        (0.90, -0.08, 0.55),
    ):
        base = tall - 0.05
        spine = [
            (foot, base),
            (foot + 0.4 * lean, base - 0.5 * height),
            (foot + lean, base - height),
        ]
        path = masks.curve(spine, 24)
        wide = np.linspace(0.020, 0.0, 24)
        blade = [(px - w, py) for (px, py), w in zip(path, wide)]
        blade += [(px + w, py) for (px, py), w in zip(path[::-1], wide[::-1])]
        window.add(window.area(blade), LEAVES, 0.12)
        bend = rng.choice([-1, 1])
        px, py = path[15]
        leaf = masks.curve(
            [(px, py + 0.03), (px + 0.05 * bend, py - 0.07), (px + 0.13 * bend, py - 0.05)], 12
        )
        leaf += masks.curve(
            [(px + 0.13 * bend, py - 0.05), (px + 0.06 * bend, py - 0.03), (px, py + 0.08)], 12
        )
        window.add(window.area(leaf), LEAVES, 0.2)


def _heron(window: _Window) -> None:
    for leg in (
        [(0.40, 0.93), (0.405, 1.07), (0.39, 1.21)],
        [(0.45, 0.93), (0.475, 1.05), (0.47, 1.20)],
    ):
        path = masks.curve(leg, 12)
        window.add(masks.line(window.shape, path, 0.020, window.width), [(0.80, 0.50, 0.10)], 0.14)
    body = masks.curve(
        [
            (0.52, 0.66),
            (0.55, 0.76),
            (0.50, 0.89),
            (0.40, 0.95),
            (0.27, 0.99),
            (0.19, 1.02),
            (0.26, 0.90),
            (0.33, 0.76),
            (0.43, 0.67),
        ],
        70,
        closed=True,
    )
    window.add(window.area(body), GREY, 0.065)
    wing = masks.curve(
        [(0.46, 0.73), (0.45, 0.82), (0.37, 0.90), (0.22, 1.00), (0.28, 0.89), (0.36, 0.77)],
        50,
        closed=True,
    )
    window.add(
        window.area(wing), [(0.14, 0.22, 0.50), (0.20, 0.30, 0.60), (0.10, 0.16, 0.40)], 0.05
    )
    neck = masks.curve(
        [(0.505, 0.80), (0.565, 0.72), (0.535, 0.63), (0.455, 0.56), (0.44, 0.47), (0.49, 0.41)], 40
    )
    window.add(masks.line(window.shape, neck, 0.062, window.width), WHITE, 0.075)
    head = masks.curve(
        [(0.44, 0.40), (0.48, 0.365), (0.545, 0.385), (0.55, 0.425), (0.50, 0.45), (0.45, 0.44)],
        40,
        closed=True,
    )
    window.add(window.area(head), WHITE[:1], 0.2)
    window.add(
        window.area([(0.535, 0.385), (0.74, 0.445), (0.54, 0.43)]), [(0.95, 0.60, 0.08)], 0.3
    )
    crest = masks.curve([(0.50, 0.37), (0.43, 0.36), (0.33, 0.42)], 12) + [
        (0.44, 0.395),
        (0.50, 0.39),
    ]
    window.add(window.area(crest), [(0.08, 0.12, 0.30)], 0.3)
    window.add(
        masks.disc(window.shape, (0.512, 0.402), 0.011, window.width), [(0.02, 0.02, 0.03)], 0.3
    )


def _lily(window: _Window, cx: float, cy: float, radius: float) -> None:
    for turn, palette, scale in (
        (-1.15, RED, 1.0),
        (1.15, RED, 1.0),
        (-0.6, RED[1:], 1.1),
        (0.6, RED[1:], 1.1),
        (0.0, [(0.92, 0.35, 0.40)], 1.1),
    ):
        tip = (cx + np.sin(turn) * radius * scale, cy - np.cos(turn) * radius * scale)
        side = (np.cos(turn) * 0.33 * radius, np.sin(turn) * 0.33 * radius)
        middle = ((cx + tip[0]) / 2, (cy + tip[1]) / 2)
        petal = masks.curve(
            [
                (cx, cy),
                (middle[0] - side[0], middle[1] - side[1]),
                tip,
                (middle[0] + side[0], middle[1] + side[1]),
            ],
            30,
            closed=True,
        )
        window.add(window.area(petal), palette, 0.3)
    pad = [
        (cx + 1.25 * radius * np.cos(a), cy + 0.10 * radius + 0.30 * radius * np.sin(a))
        for a in np.linspace(0, np.pi, 20)
    ]
    window.add(window.area(pad), LEAVES, 0.09)


def draw(size: int = 768) -> Array:
    """The picture, its long side of given pixels."""
    factor = 2
    height = factor * size
    width = int(size * 0.72) * factor
    rng = np.random.default_rng(SEED)
    window = _Window(height, width)
    _design(window, height / width)
    number, colours = window.panes(rng)
    unit = width / 1100.0
    edge = np.zeros(number.shape, np.float32)
    edge[:, 1:] = number[:, 1:] != number[:, :-1]
    edge[1:] = np.maximum(edge[1:], number[1:] != number[:-1])
    field = blurred(edge, 3.2 * unit)
    lead = smoothstep(0.055, 0.085, field)
    light = (
        _glass(window, number, colours, rng)
        * (1.0 - 0.5 * smoothstep(0.0, 0.055, blurred(edge, 7 * unit)))[..., None]
    )
    picture = mix(light, _lead(field, window, unit), lead[..., None])
    glow = blurred(np.where(lead[..., None] > 0.5, 0.0, picture), 14.0 * unit)
    return to_bytes(encoded(np.clip(reduced(picture + 0.26 * glow, factor), 0.0, 1.0)))


def _glass(window: _Window, number: Array, colours: Array, rng: np.random.Generator) -> Array:
    """Light through the panes: streaks that turn from pane to pane; brighter by the sun."""
    x, y = window.x, window.y
    turn = rng.uniform(0, np.pi, len(colours)).astype(np.float32)[number]
    u = np.cos(turn) * x + np.sin(turn) * y
    v = np.cos(turn) * y - np.sin(turn) * x
    streak = fbm([9.0 * u + turn * 9, 46.0 * v], SEED + 2, 4)
    ripple = gradient_noise([60.0 * u, 60.0 * v], SEED + 3)
    bubble = smoothstep(0.52, 0.62, gradient_noise([120.0 * x, 120.0 * y], SEED + 4))
    day = 0.85 + 0.75 * np.exp(-((x - SUN[0]) ** 2 + (y - SUN[1]) ** 2) / 0.30)
    shade = day * (1.0 + 0.38 * streak + 0.13 * ripple + 0.35 * bubble)
    deep = decoded(colours)[number] ** (1.0 + 0.4 * np.clip(-streak, -0.4, 0.6))[..., None]
    pale = rng.uniform(0.0, 0.05, len(colours)).astype(np.float32)[number]
    return np.maximum(mix(deep, 0.8, pale[..., None]) * shade[..., None], 0.0)


def _lead(field: Array, window: _Window, unit: float) -> Array:
    """The cames: dark metal, round, lit from the upper left."""
    slope_y, slope_x = np.gradient(blurred(field, 1.5 * unit))
    normal = normalised(np.stack([-slope_x * 30, -slope_y * 30, np.ones_like(field)], axis=-1))
    light = normalised(vector(-0.5, -0.6, 0.6))
    shine = np.clip(normal @ light, 0, 1)
    grain = fbm([90.0 * window.x, 90.0 * window.y], SEED + 5, 3)
    metal = vector(0.028, 0.027, 0.030) * (1.0 + 0.6 * grain)[..., None]
    return metal + vector(0.16, 0.16, 0.18) * (shine**14)[..., None]
