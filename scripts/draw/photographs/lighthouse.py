"""A lighthouse on a cliff above breaking waves. Lengths in metres."""

import numpy as np

from photographs.lighthouse_buildings import Buildings
from toolkit import film
from toolkit.arrays import Array, dot, mix, normalised, pixel_grid, reflected, smoothstep, vector
from toolkit.camera import Camera
from toolkit.clouds import CloudMap
from toolkit.heightfield import HeightField
from toolkit.noise import fbm, gradient_noise
from toolkit.pathtracer import march, normals

SEED = 31
SUN = normalised(vector(-0.70, 0.52, -0.42))
SUNLIGHT = vector(3.3, 2.75, 2.05)
SKYLIGHT = vector(0.34, 0.46, 0.66)
EYE = (-4.0, 17.0, 0.0)
TARGET = (9.0, 14.8, 100.0)
PLACE = (25.0, 11.4, 100.0)


def _terrain(columns: int) -> HeightField:
    x_range, z_range = (-70.0, 130.0), (6.0, 206.0)
    z, x = np.meshgrid(
        np.linspace(*z_range, columns, dtype=np.float32),
        np.linspace(*x_range, columns, dtype=np.float32),
        indexing="ij",
    )
    wobble = 12.0 * fbm([0.020 * x, 0.020 * z], SEED, 4)
    notch = 5.0 * fbm([0.09 * x, 0.09 * z], SEED + 5, 4)
    bay = -6.0 + 34.0 * smoothstep(72.0, 26.0, z) + 30.0 * smoothstep(120.0, 190.0, z)
    inland = x - bay + wobble + notch
    crags = fbm([0.10 * x, 0.10 * z], SEED + 10, 6, ridged=True)
    cliff = smoothstep(-3.0, 17.0, inland + 13.0 * (crags - 0.5))
    plateau = 10.2 + 3.0 * fbm([0.018 * x, 0.018 * z], SEED + 20, 3) + 0.05 * np.clip(inland, 0, 60)
    heights = -3.0 + (plateau + 3.0) * cliff**0.8
    ledge = np.where(cliff < 0.93, 1.0, 0.12)
    heights += ledge * (3.0 * (crags - 0.5) + 1.3 * fbm([0.5 * x, 0.5 * z], SEED + 30, 5))
    level = heights / 2.3 + 0.5 * fbm([0.05 * x, 0.05 * z], SEED + 35, 3)
    stepped = 2.3 * (np.floor(level) + smoothstep(0.55, 0.95, level % 1.0) - level)
    heights += np.where(cliff < 0.97, 0.85, 0.0) * stepped * smoothstep(0.0, 2.0, heights)
    heights = np.maximum(heights, _skerries(x, z) - 3.0)
    yard = smoothstep(24.0, 13.0, np.hypot(x - PLACE[0] + 4.0, z - PLACE[2]))
    heights = mix(heights, np.float32(11.3), yard * smoothstep(3.0, 9.0, heights))
    tufts = smoothstep(6.5, 9.5, heights) * (1.0 - 0.7 * yard)
    heights += tufts * 0.30 * np.abs(gradient_noise([1.4 * x, 1.4 * z], SEED + 40))
    return HeightField(heights, x_range, z_range)


def _skerries(x: Array, z: Array) -> Array:
    """Rocks that stand in the sea."""
    rng = np.random.default_rng(SEED)
    total = np.zeros_like(x)
    for _ in range(34):
        depth = rng.uniform(15.0, 95.0)
        side = rng.uniform(-0.42, 0.30) * depth - 2.0
        radius = rng.uniform(0.8, 3.4) * (0.6 + depth / 80.0)
        reach = np.hypot((x - side) * rng.uniform(0.7, 1.2), z - depth) / radius
        total = np.maximum(total, rng.uniform(3.4, 5.6) * np.clip(1.2 - reach**2, 0.0, 1.0) ** 0.8)
    rough = fbm([0.6 * x, 0.6 * z], SEED + 50, 5, ridged=True)
    return total * (0.72 + 0.50 * rough)


def _waves(x: Array, z: Array, octaves: int) -> Array:
    """Height of the sea: swell towards the shore with steep crests, and chop."""
    total = np.zeros_like(x)
    amplitude, scale, turn = 0.62, 0.070, 0.5
    for octave in range(octaves):
        u = np.cos(turn) * x + np.sin(turn) * z
        v = np.cos(turn) * z - np.sin(turn) * x
        layer = gradient_noise(
            [scale * u * 1.5 + 3.1 * octave, scale * v * 0.62], SEED + 60 + octave
        )
        total += amplitude * (np.maximum(1.0 - np.abs(layer), 0.0) ** 2.2 - 0.45)
        amplitude *= 0.56
        scale *= 1.85
        turn += 0.75 if octave % 2 else -0.55
    return total


class Coast:
    """The scene."""

    def __init__(self, size: int):
        self.terrain = _terrain(max(2 * size, 64))
        self.buildings = Buildings(PLACE)
        self.clouds = CloudMap(max(size, 48), SUN, SEED, cover=0.20)

    def sky(self, direction: Array) -> Array:
        """Blue, paler below, with clouds."""
        up = np.clip(direction[:, 1], 0.0, 1.0)
        colour = mix(vector(0.55, 0.70, 0.84), vector(0.05, 0.17, 0.52), (up**0.50)[:, None])
        colour = (
            colour + vector(0.5, 0.4, 0.25) * (np.clip(dot(direction, SUN), 0, 1) ** 6)[:, None]
        )
        return self.clouds.over(
            colour, direction, vector(0.36, 0.42, 0.54), vector(1.55, 1.42, 1.25)
        )

    def _solid(self, origin: Array, direction: Array) -> tuple:
        """Distances to land and to buildings."""
        land = self.terrain.hit(origin, direction, 4.0, 330.0, fineness=0.0012, steps=700)
        house = np.full(len(direction), np.inf, np.float32)
        offset = self.buildings.middle - origin
        along = dot(offset, direction)
        aside = np.sqrt(np.maximum(dot(offset, offset) - along**2, 0.0))
        near = np.flatnonzero((aside < self.buildings.reach) & (along > 0.0))
        if len(near):
            start = np.maximum(along[near] - self.buildings.reach, 0.0)
            begun = origin[near] + start[:, None] * direction[near]
            house[near] = start + march(
                self.buildings, begun, direction[near], 2 * self.buildings.reach
            )
        return land, house

    def _sun_at(self, points: Array, normal: Array) -> Array:
        lit = np.clip(dot(normal, SUN), 0.0, 1.0)
        facing = np.flatnonzero(lit > 0.0)
        lit[facing] *= self.terrain.shade(points[facing] + 0.1 * normal[facing], SUN, 90.0, 22.0)
        offset = self.buildings.middle - points[facing]
        along = dot(offset, SUN)
        aside = np.sqrt(np.maximum(dot(offset, offset) - along**2, 0.0))
        near = facing[(aside < self.buildings.reach) & (along > -self.buildings.reach)]
        if len(near):
            start = points[near] + 0.12 * normal[near]
            direction = np.broadcast_to(SUN, start.shape).astype(np.float32)
            lit[near] *= ~np.isfinite(march(self.buildings, start, direction, 70.0, steps=90))
        return lit

    def _land_colour(self, points: Array, distance: Array) -> Array:
        x, y, z = points[:, 0], points[:, 1], points[:, 2]
        normal = self.terrain.normal(x, z, np.maximum(0.0011 * distance, self.terrain.x_step))
        broad = self.terrain.normal(x, z, np.full_like(x, 1.3))
        grain = fbm([0.9 * x, 1.6 * y, 0.9 * z], SEED + 80, 5)
        layer = np.sin(3.4 * y + 0.1 * x + 3.0 * fbm([0.08 * x, 0.08 * z], SEED + 81, 3))
        rock = mix(
            vector(0.085, 0.075, 0.072),
            vector(0.29, 0.235, 0.19),
            np.clip(0.5 + 0.28 * layer + 0.8 * grain, 0, 1)[:, None],
        )
        rock = rock * (0.30 + 0.70 * smoothstep(0.2, 2.2, y + 0.8 * grain))[:, None]
        meadow = fbm([0.12 * x, 0.12 * z], SEED + 82, 4)
        blade = fbm([2.6 * x, 2.6 * z], SEED + 83, 3)
        grass = mix(
            vector(0.070, 0.115, 0.022),
            vector(0.24, 0.225, 0.065),
            smoothstep(-0.4, 0.5, meadow + 0.5 * blade)[:, None],
        )
        heath = smoothstep(0.18, 0.36, fbm([0.25 * x, 0.25 * z], SEED + 84, 4))
        grass = mix(grass, vector(0.20, 0.085, 0.14), 0.55 * heath[:, None])
        path = np.abs(x - 20.0 - 5.0 * np.sin(0.11 * (z - 92.0)) + 0.42 * (z - 100.0))
        grass = mix(
            grass,
            vector(0.42, 0.34, 0.23),
            (smoothstep(1.5, 0.9, path + 0.6 * blade) * (z < 103.0))[:, None],
        )
        green = smoothstep(0.60, 0.76, broad[:, 1] + 0.14 * grain) * smoothstep(
            4.0, 7.0, y + 2.0 * grain
        )
        colour = mix(rock, grass, green[:, None])
        cavity = np.clip(0.65 + 0.9 * (normal[:, 1] - broad[:, 1]) + 0.35 * normal[:, 1], 0.35, 1.1)
        sun = self._sun_at(points, normal)
        ambient = SKYLIGHT * (cavity * (0.5 + 0.5 * normal[:, 1]))[:, None]
        bounce = vector(0.10, 0.085, 0.06) * (1.0 - np.abs(normal[:, 1]))[:, None]
        return colour * (SUNLIGHT * sun[:, None] + ambient + bounce)

    def _house_colour(self, points: Array, direction: Array) -> Array:
        normal = normals(self.buildings, points, 0.02)
        colour, mirror = self.buildings.paint(points)
        below = self.buildings.distance(points + 0.7 * normal) / 0.7
        ambient = (
            SKYLIGHT * ((0.55 + 0.45 * normal[:, 1]) * np.clip(0.35 + 0.65 * below, 0, 1))[:, None]
        )
        light = (
            SUNLIGHT * self._sun_at(points, normal)[:, None] + ambient + vector(0.10, 0.10, 0.06)
        )
        image = self.sky(normalised(np.abs(reflected(direction, normal)) + 1e-4))
        return mix(colour * light, image, mirror[:, None])

    def _sea(self, origin: Array, direction: Array, distance: Array) -> Array:
        for _ in range(5):
            points = origin + distance[:, None] * direction
            height = _waves(points[:, 0], points[:, 2], 5)
            distance = (
                distance
                + np.clip((points[:, 1] - height) / np.maximum(-direction[:, 1], 0.02), -8.0, 8.0)
                * 0.7
            )
            distance = np.maximum(distance, 1.0)
        points = origin + distance[:, None] * direction
        x, z = points[:, 0], points[:, 2]
        step = np.maximum(0.0025 * distance, 0.05)
        here = _waves(x, z, 7)
        slope_x, slope_z = (_waves(x + step, z, 7) - here) / step, (
            _waves(x, z + step, 7) - here
        ) / step
        calm = 1.0 / (1.0 + 0.004 * distance)
        normal = normalised(
            np.stack([-slope_x * calm, np.ones_like(x), -slope_z * calm], axis=-1)
        ).astype(np.float32)
        mirrored = reflected(direction, normal)
        mirrored[:, 1] = np.abs(mirrored[:, 1])
        mirrored = normalised(mirrored).astype(np.float32)
        image = self.sky(mirrored)
        close = np.flatnonzero((distance < 200.0) & (x > -60.0))
        land = self.terrain.hit(
            points[close] + vector(0, 0.25, 0), mirrored[close], 0.5, 60.0, 0.01, 120
        )
        found = close[np.isfinite(land)]
        image[found] = vector(0.10, 0.095, 0.08)
        fresnel = 0.02 + 0.98 * np.clip(1.0 + dot(direction, normal), 0.0, 1.0) ** 5
        floor = self.terrain.height(x, z)
        shallow = np.exp(-np.maximum(here - floor, 0.0) / 1.3) * (distance < 230.0)
        body = mix(
            vector(0.008, 0.055, 0.095),
            vector(0.05, 0.25, 0.24),
            np.clip(shallow + 0.35 * np.maximum(here, 0.0), 0, 1)[:, None],
        )
        sun = self.terrain.shade(points + vector(0, 0.3, 0), SUN, 60.0, 22.0)
        colour = mix(body * (0.35 + 0.85 * sun)[:, None], image, np.clip(fresnel, 0, 1)[:, None])
        glint = np.clip(dot(mirrored, SUN), 0.0, 1.0) ** 180
        colour = colour + SUNLIGHT * (2.0 * glint * sun)[:, None]
        return self._with_foam(colour, x, z, here, floor, distance, sun)

    @staticmethod
    def _with_foam(
        colour: Array, x: Array, z: Array, here: Array, floor: Array, distance: Array, sun: Array
    ) -> Array:
        lace = fbm([0.9 * x, 0.9 * z], SEED + 90, 6, gain=0.6, ridged=True)
        bubbles = fbm([4.0 * x, 4.0 * z], SEED + 91, 3)
        depth = here - floor + 0.6 * bubbles
        wash = smoothstep(3.2, 0.3, depth) * (distance < 230.0)
        surge = 0.5 + 0.5 * np.sin(2.6 * depth + 4.0 * fbm([0.12 * x, 0.12 * z], SEED + 92, 3))
        caps = smoothstep(0.30, 0.60, here + 0.28 * fbm([0.03 * x, 0.03 * z], SEED + 93, 3))
        foam = np.maximum(wash * (0.45 + 0.55 * surge), 0.85 * caps)
        foam = smoothstep(0.42, 0.78, 0.62 * foam + 0.55 * foam * lace + 0.18 * foam * bubbles)
        white = vector(0.86, 0.90, 0.92) * (0.42 + 0.85 * sun + 0.21 * bubbles)[:, None]
        return mix(colour, white, np.clip(foam, 0, 1)[:, None])

    def seen(self, origin: Array, direction: Array) -> Array:
        """Light along rays."""
        start = np.broadcast_to(origin, direction.shape)
        land, house = self._solid(start, direction)
        water = np.where(
            direction[:, 1] < -2e-4, -origin[1] / np.minimum(direction[:, 1], -2e-4), np.inf
        )
        nearest = np.minimum(np.minimum(land, house), water).astype(np.float32)
        colour = self.sky(direction)
        for reached, shade in ((land, 0), (house, 1), (water, 2)):
            chosen = np.flatnonzero(np.isfinite(nearest) & (reached == nearest))
            if not len(chosen):
                continue
            d, t = direction[chosen], nearest[chosen]
            points = start[chosen] + t[:, None] * d
            own = (
                self._land_colour(points, t)
                if shade == 0
                else (
                    self._house_colour(points, d)
                    if shade == 1
                    else self._sea(start[chosen], d, np.minimum(t, 20000.0))
                )
            )
            colour[chosen] = mix(vector(0.60, 0.72, 0.82), own, np.exp(-t / 2600.0)[:, None])
        return colour


def _with_gulls(light: Array) -> Array:
    """A few gulls in the sky."""
    height, width = light.shape[:2]
    rows, columns = pixel_grid(height, width)
    rng = np.random.default_rng(SEED + 7)
    for _ in range(9):
        x, y = rng.uniform(0.08, 0.62) * width, rng.uniform(0.12, 0.42) * height
        span, bank = rng.uniform(0.010, 0.024) * width, rng.uniform(-0.35, 0.35)
        u = (columns - x) * np.cos(bank) + (rows - y) * np.sin(bank)
        v = (rows - y) * np.cos(bank) - (columns - x) * np.sin(bank)
        fold = rng.uniform(0.35, 0.7)
        t = np.clip(np.abs(u) / span, 0.0, 1.0)
        wing = -fold * span * np.sin(2.2 * t) * 0.5
        thick = 0.085 * span * (1.0 - t) ** 0.6 + 0.25
        mask = smoothstep(1.0, 0.0, np.abs(v - wing) - thick) * (np.abs(u) < span)
        mask = np.maximum(
            mask, smoothstep(1.2, 0.7, np.hypot(u / (0.10 * span), v / (0.30 * span)))
        )
        tone = mix(
            vector(0.95, 0.93, 0.9), vector(0.22, 0.24, 0.27), smoothstep(0.55, 0.95, t)[..., None]
        )
        light = mix(light, tone, mask[..., None])
    return light


def draw(size: int = 768, quality: int = 2) -> Array:
    """The picture, its long side of given pixels, each from quality² samples."""
    width, height = size * quality, size * 3 // 4 * quality
    camera = Camera(EYE, TARGET, 56.0, width, height)
    scene = Coast(size)
    rows, columns = (grid.ravel() for grid in pixel_grid(height, width))
    light = np.empty((height * width, 3), np.float32)
    for part in np.array_split(np.arange(height * width), max(height * width // 200000, 1)):
        light[part] = scene.seen(camera.place, camera.rays(rows[part], columns[part]))
    light = film.reduced(_with_gulls(np.minimum(light, 8.0).reshape(height, width, 3)), quality)
    light = film.bloom(light, size / 120, 0.08)
    picture = film.saturated(film.tone_mapped(light, 0.70), 1.22)
    return film.to_bytes(film.grained(film.vignetted(picture, 0.16), 0.005, SEED))
