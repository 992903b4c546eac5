"""Fruit, a vase of flowers and a cloth on a wooden table by a window. Lengths in decimetres."""

import numpy as np

from photographs import cloth, flowers, fruit, vessels
from toolkit import film
from toolkit.arrays import Array, dot, mix, normalised, smoothstep, vector
from toolkit.camera import Camera
from toolkit.crowd import Crowd
from toolkit.noise import fbm, gradient_noise
from toolkit.pathtracer import Surface, photograph

SEED = 23
LAMP = vector(-5.2, 5.4, -1.2)
LAMP_LIGHT = vector(1.0, 0.86, 0.68) * 62.0
WALL = 3.4


class StillLife:
    """The scene, as the path tracer asks for it: a table, a wall, and solids on the one before the
    other."""

    far = 30.0
    ambient_limit = 0.5

    def __init__(self, solids: list, cell: float):
        self.crowd = Crowd(solids, vector(-4.6, 0.0, -3.8), vector(4.6, 4.6, 2.2), cell)

    def distance(self, points: Array) -> Array:
        flat = np.minimum(points[:, 1], WALL - points[:, 2])
        return np.minimum(flat, self.crowd.distance(points))

    def _owners(self, points: Array) -> Array:
        distance, number = self.crowd.nearest(points)
        flat = np.minimum(points[:, 1], WALL - points[:, 2])
        return np.where(distance < flat, number, -1)

    def bumps(self, points: Array, normal: Array) -> Array:
        flat = self._owners(points) < 0
        table = flat & (normal[:, 1] > 0.5)
        strength = np.select([table, flat], [0.04, 0.16], 0.03)
        scale = np.select([table, flat], [22.0, 7.0], 30.0)
        x, y, z = (
            points[:, 0] * scale * np.where(table, 0.12, 1.0),
            points[:, 1] * scale,
            points[:, 2] * scale,
        )
        tilt = np.stack([gradient_noise([x + 31.7 * axis, y, z], 40) for axis in range(3)], axis=-1)
        return normalised(normal + strength[:, None] * tilt).astype(np.float32)

    def surface(self, points: Array, normal: Array) -> Surface:
        owner = self._owners(points)
        colour = np.empty_like(points)
        mirror = np.empty(len(points), np.float32)
        roughness = np.empty(len(points), np.float32)
        for number in np.unique(owner):
            mine = np.flatnonzero(owner == number)
            if number >= 0:
                solid = self.crowd.solids[number]
                painted = solid.paint(solid.local(points[mine]), normal[mine] @ solid.turn)
                colour[mine], mirror[mine], roughness[mine] = painted
                continue
            on_wall = normal[mine, 1] < 0.5
            for part, paint in ((mine[on_wall], _plaster), (mine[~on_wall], _wood)):
                colour[part], mirror[part], roughness[part] = paint(points[part])
        return Surface(colour, mirror, roughness, np.zeros_like(points))

    def lamp(self, points: Array, rng: np.random.Generator) -> tuple:
        spread = (rng.random((len(points), 2), dtype=np.float32) - 0.5) * np.float32(2.6)
        place = LAMP + np.stack([0.3 * spread[:, 0], spread[:, 1], spread[:, 0]], axis=-1)
        offset = points - place
        fade = 1.0 / np.maximum(dot(offset, offset), 1.0)
        return place, LAMP_LIGHT * fade[:, None]

    def environment(self, direction: Array) -> Array:
        """A dim room with a window (also seen in glossy things) at the left."""
        colour = mix(
            vector(0.055, 0.045, 0.04),
            vector(0.17, 0.18, 0.21),
            smoothstep(-0.3, 0.9, direction[:, 1])[:, None],
        )
        window = normalised(LAMP)
        aside = normalised(np.cross(vector(0, 1, 0), window))
        u, v = direction @ aside, direction @ np.cross(window, aside)
        pane = (np.abs(u) < 0.26) & (np.abs(v) < 0.3) & (np.abs(u) > 0.02) & (np.abs(v) > 0.02)
        return np.where((pane & (direction @ window > 0))[:, None], vector(7.5, 6.9, 6.0), colour)


def _wood(points: Array) -> tuple:
    x, z = points[:, 0], points[:, 2]
    plank = np.floor(z / 0.95 + 40.3)
    shift = 7.31 * plank
    centre = 0.25 + 0.4 * np.sin(shift)
    wander = 0.16 * fbm([0.35 * x + shift, 0.9 * z], 50, 4)
    rings = np.hypot(z % 0.95 - centre + wander, 0.16 * x + np.sin(shift * 3.0)) * 26.0
    grain = (rings + 1.2 * gradient_noise([0.8 * x + shift, 5.0 * z], 51)) % 1.0
    fibre = fbm([3.0 * x + shift, 60.0 * z], 52, 3)
    tone = np.clip(0.35 + 0.5 * grain**2 + 0.35 * fibre + 0.12 * np.sin(shift * 5.0), 0.0, 1.0)
    colour = mix(vector(0.30, 0.145, 0.06), vector(0.105, 0.042, 0.017), tone[:, None])
    seam = np.abs((z / 0.95 + 40.3) % 1.0 - 0.5)
    colour = colour * (1.0 - 0.85 * smoothstep(0.488, 0.497, seam))[:, None]
    return colour, 0.045 * (1.2 - 0.6 * tone), 0.16 + 0.14 * tone


def _plaster(points: Array) -> tuple:
    stain = fbm([0.5 * points[:, 0], 0.5 * points[:, 1] + 3.0], 60, 6)
    fleck = fbm([5.0 * points[:, 0], 5.0 * points[:, 1]], 61, 4)
    colour = mix(
        vector(0.13, 0.165, 0.155),
        vector(0.25, 0.235, 0.18),
        smoothstep(-0.5, 0.6, stain + 0.3 * fleck)[:, None],
    )
    return colour, np.zeros(len(points)), np.ones(len(points))


def _solids() -> list:
    rng = np.random.default_rng(SEED)
    things = [
        cloth.cloth((-0.35, 0.0, -1.25)),
        vessels.vase((-1.25, 0.0, 0.9)),
        vessels.bowl((1.25, 0.0, 0.55)),
    ]
    things += flowers.bouquet((-1.25, 2.1, 0.9), rng)
    things += [
        fruit.orange((0.90, 0.74, 0.42), 0.43),
        fruit.orange((1.66, 0.76, 0.40), 0.45),
        fruit.orange((1.32, 0.78, 1.02), 0.44),
        fruit.apple((1.22, 1.33, 0.55), 12, 20, 1),
    ]
    things += [
        fruit.apple((-0.42, 0.46, -0.62), 30, -14, 0),
        fruit.pear((0.28, 0.40, -0.02), -30, 0),
        fruit.pear((2.62, 0.37, 0.30), 120, 78),
        fruit.lemon((1.92, 0.32, -0.72), 35),
        fruit.lemon((-2.35, 0.40, -0.25), -50),
        fruit.apple((-2.75, 0.44, 0.75), 80, 10, 2),
    ]
    things += fruit.grapes((0.55, 0.02, -1.10), rng)
    return things


def developed(light: Array) -> Array:
    """The picture of the light that paths brought back."""
    light = film.denoised(film.despeckled(film.despeckled(light)))
    light = film.bloom(light, light.shape[1] / 110, 0.06)
    picture = film.saturated(film.tone_mapped(light, 1.15), 1.08)
    picture = film.grained(film.vignetted(picture, 0.25), 0.004, SEED)
    return film.sharpened(film.to_bytes(picture), 50)


def draw(size: int = 768, samples: int = 72) -> Array:
    """The picture, its long side of given pixels, each from some paths."""
    camera = Camera((0.25, 2.55, -7.2), (0.02, 1.66, 0.4), 43.0, size, size * 5 // 6)
    return developed(
        photograph(
            StillLife(_solids(), cell=0.06),
            camera,
            samples,
            SEED,
            bounces=3,
            aperture=0.05,
            focus=7.2,
        )
    )
