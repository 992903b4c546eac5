"""A street of old houses after rain, at dusk. Lengths in metres; the street runs along z."""

import numpy as np

from photographs import street_facade, street_layout
from photographs.street_layout import FACADE, GROUND_FLOOR, KERB
from toolkit import film
from toolkit.arrays import Array, dot, mix, normalised, pixel_grid, reflected, smoothstep, vector
from toolkit.camera import Camera
from toolkit.noise import cells, fbm, gradient_noise

SEED = 5
SUN = normalised(vector(-0.42, 0.20, 0.86))
SUNLIGHT = vector(2.3, 0.92, 0.36)
AMBIENT = vector(0.155, 0.185, 0.29)
LAMPLIGHT = vector(1.0, 0.56, 0.22) * 5.5
WALKERS = (
    (-1.55, 13.5, 0),
    (0.55, 21.0, 1),
    (1.15, 21.6, 2),
    (5.2, 15.5, 1),
    (-5.0, 27.0, 2),
    (-0.6, 44.0, 0),
)
"""Where people walk, and how they are dressed."""
COATS = ((0.16, 0.03, 0.03), (0.04, 0.05, 0.09), (0.13, 0.10, 0.06))
UMBRELLAS = ((0.50, 0.03, 0.03), (0.05, 0.10, 0.30), None)


def sky(direction: Array) -> Array:
    """Dusk: fire at the horizon, clouds lit from below, blue above."""
    up = np.clip(direction[:, 1], 0.0, 1.0)
    towards = np.clip(dot(direction, SUN), 0.0, 1.0)
    colour = mix(
        vector(0.85, 0.50, 0.40), vector(0.07, 0.13, 0.33), smoothstep(0.0, 0.62, up)[:, None]
    )
    colour = colour + vector(1.5, 0.55, 0.14) * (np.exp(-7.0 * up) * towards**3)[:, None]
    colour = colour + vector(1.6, 0.8, 0.3) * (0.8 * towards**40)[:, None]
    spread = 1.0 / (up + 0.16)
    u, v = 0.9 * direction[:, 0] * spread + 2.0, 1.25 * direction[:, 2] * spread
    warp = 0.6 * fbm([0.7 * u, 0.7 * v], 12, 3)
    body = fbm([u + warp, 1.3 * v + warp], 13, 6, gain=0.55)
    nearer = fbm([u + warp - 0.06, 1.3 * v + warp + 0.16], 13, 6, gain=0.55)
    cover = smoothstep(-0.08, 0.42, body)
    edge = np.clip(0.5 + 2.2 * (body - nearer), 0.0, 1.0)
    fire = mix(
        vector(1.9, 0.52, 0.24), vector(0.95, 0.36, 0.38), smoothstep(0.1, 0.55, up)[:, None]
    )
    cloud = mix(vector(0.13, 0.12, 0.20), fire, (edge * (0.3 + 0.7 * towards))[:, None])
    return mix(colour, cloud, (0.88 * cover * smoothstep(0.02, 0.2, up))[:, None])


class Street:
    """The scene."""

    def __init__(self) -> None:
        rng = np.random.default_rng(SEED)
        self.houses = street_layout.houses(rng)
        self.boxes = street_layout.street(self.houses, rng)
        self.lamps = [
            vector(side * (KERB + 0.45), 4.2, z)
            for side in (-1, 1)
            for z in street_layout.lamp_places(side)
        ]

    def light(self, origin: Array, direction: Array, mirrors: int = 1) -> Array:
        """What is seen along rays."""
        origin = np.broadcast_to(origin, direction.shape)
        distance, number, normal = self.boxes.hit(origin, direction)
        road = np.where(
            direction[:, 1] < -1e-5, -origin[:, 1] / np.minimum(direction[:, 1], -1e-5), np.inf
        )
        is_road = road < distance
        distance = np.where(is_road, road, distance).astype(np.float32)
        result = sky(direction)
        on_road = np.flatnonzero(is_road & (distance < 140.0))
        on_box = np.flatnonzero(~is_road & np.isfinite(distance))
        for chosen, shade in ((on_road, self._road), (on_box, self._box)):
            points = origin[chosen] + distance[chosen, None] * direction[chosen]
            own = shade(points, direction[chosen], number[chosen], normal[chosen], mirrors)
            result[chosen] = _haze(own, direction[chosen], distance[chosen])
        self._add_awnings(result, distance, origin, direction)
        self._add_walkers(result, distance, origin, direction)
        return result

    def _lit(self, points: Array, normal: Array) -> Array:
        """Light that arrives: sky, last sun, lamps, shop windows."""
        from_wall = FACADE - np.abs(points[:, 0])
        openness = 0.42 + 0.58 * smoothstep(0.0, 14.0, points[:, 1])
        corner = 1.0 - 0.35 * np.exp(-np.maximum(from_wall, 0.0) / 0.7) * np.exp(
            -points[:, 1] / 0.6
        )
        total = AMBIENT * (openness * corner * (0.75 + 0.25 * normal[:, 1]))[:, None] * 1.3
        sun = np.clip(dot(normal, SUN), 0.0, 1.0)
        facing = np.flatnonzero(sun > 0.0)
        sun[facing] *= ~self.boxes.blocked(points[facing] + 0.03 * normal[facing], SUN)
        total = total + SUNLIGHT * sun[:, None]
        for lamp in self.lamps:
            offset = lamp - points
            square = dot(offset, offset) + 0.3
            cosine = np.clip(dot(offset, normal) / np.sqrt(square), 0.0, 1.0)
            total = total + LAMPLIGHT * ((0.08 + 0.92 * cosine) / square)[:, None]
        shop = np.exp(-np.maximum(from_wall, 0.0) / 1.5) * np.exp(-points[:, 1] / 2.5)
        return (
            total + vector(0.9, 0.52, 0.22) * (0.42 * shop * (np.abs(normal[:, 0]) < 0.5))[:, None]
        )

    def _box(self, points: Array, direction: Array, number: Array, normal: Array, _: int) -> Array:
        material = np.array(self.boxes.material)[number]
        owner = np.array(self.boxes.house)[number]
        light = np.zeros_like(points)
        grain = fbm([3.0 * points[:, 0] + 3.0 * points[:, 2], 3.0 * points[:, 1]], 20, 5)
        colour = np.tile(vector(0.40, 0.37, 0.33), (len(points), 1)) * (1.0 + 0.5 * grain)[:, None]
        slate = 0.75 + 0.5 * (np.abs((4.0 * points[:, 2]) % 1.0 - 0.5) < 0.42)
        colour[material == street_layout.ROOF] = vector(0.085, 0.08, 0.095)
        colour[material == street_layout.ROOF] *= (slate * (1 + 0.6 * grain))[
            material == street_layout.ROOF, None
        ]
        colour[material == street_layout.IRON] = vector(0.018, 0.022, 0.022)
        colour[material == street_layout.TOWER] = self._tower(points, grain)[
            material == street_layout.TOWER
        ]
        paved = material == street_layout.PAVEMENT
        slab = np.maximum(
            np.abs((points[:, 2] / 0.9) % 1.0 - 0.5), np.abs((points[:, 0] / 0.77) % 1.0 - 0.5)
        )
        colour[paved] = (
            vector(0.17, 0.165, 0.165)
            * ((1 + 0.6 * grain) * (1.0 - 0.6 * smoothstep(0.47, 0.49, slab)))[:, None]
        )[paved]
        lantern = material == street_layout.LANTERN
        light[lantern] = vector(7.5, 4.4, 1.9)
        wall = (material == street_layout.WALL) & (np.abs(normal[:, 0]) > 0.5)
        for index in np.unique(owner[wall]):
            mine = np.flatnonzero(wall & (owner == index))
            mirrored = reflected(direction[mine], normal[mine])
            mirrored[:, 1] = np.abs(mirrored[:, 1])
            own = street_facade.facade(
                self.houses[index], points[mine], direction[mine], normal[mine], sky(mirrored)
            )
            colour[mine], normal[mine], light[mine] = own
        gable = (material == street_layout.WALL) & ~wall
        colour[gable] = np.array([h.colour for h in self.houses])[owner[gable]] * 0.7
        return colour * self._lit(points, normal) + light

    @staticmethod
    def _tower(points: Array, grain: Array) -> Array:
        x, y = points[:, 0] - 1.6, points[:, 1]
        course = smoothstep(0.44, 0.5, np.abs((y / 0.6) % 1.0 - 0.5))
        stone = vector(0.36, 0.31, 0.26) * (1.0 + 0.4 * grain - 0.3 * course)[:, None]
        arch = (
            (np.abs(np.abs(x) - 1.6) < 0.8)
            & (y > 17.0)
            & ((y < 21.0) | (np.hypot(np.abs(x) - 1.6, y - 21.0) < 0.8))
        )
        clock = np.hypot(x, y - 14.0)
        stone = np.where(arch[:, None], vector(0.02, 0.02, 0.03), stone)
        face = mix(
            vector(3.2, 2.6, 1.7),
            vector(0.03, 0.03, 0.03),
            (
                (np.abs(x) < 0.09) & (y > 14.0) & (y < 15.1)
                | (np.abs(y - 14.0) < 0.09) & (x > 0) & (x < 0.8)
            ).astype(np.float32)[:, None],
        )
        return np.where(
            (clock < 1.5)[:, None], face, np.where((clock < 1.75)[:, None], 0.05, stone)
        )

    def _road(
        self, points: Array, direction: Array, _number: Array, _normal: Array, mirrors: int
    ) -> Array:
        x, z = points[:, 0], points[:, 2]
        distance = np.maximum(z, 1.0)
        near, second, stone = cells(x / 0.15 + 0.25 * np.sin(z), z / 0.19, 21, 0.45)
        gap = smoothstep(0.10, 0.0, second - near)
        detail = np.clip(14.0 / distance, 0.0, 1.0)
        tint = 0.75 + 0.5 * (stone % 97) / 97.0
        patch = fbm([0.7 * x, 0.5 * z], 22, 4)
        colour = vector(0.085, 0.082, 0.085) * (tint * (1.0 - 0.7 * gap * detail))[:, None]
        puddle = smoothstep(0.05, 0.30, patch + 0.25 * smoothstep(3.2, 4.1, np.abs(x)))
        swell = 0.055 * (1.0 - 0.93 * puddle) * detail
        ripple = 0.011 + 0.02 * (1.0 - puddle)
        tilt_x = swell * 3.0 * (near - 0.3) * np.sin(x * 41.0 + z * 3.0) + ripple * gradient_noise(
            [7 * x, 2.2 * z], 23
        )
        tilt_z = swell * 3.0 * (near - 0.3) * np.cos(z * 33.0) + ripple * gradient_noise(
            [7 * x, 2.2 * z], 24
        )
        rail = np.minimum(np.abs(np.abs(x - 0.1) - 0.72), 9.0)
        steel = smoothstep(0.055, 0.035, rail)
        normal = normalised(np.stack([tilt_x, np.ones_like(x), tilt_z], axis=-1)).astype(np.float32)
        base = colour * self._lit(points, normal)
        if not mirrors:
            return base
        mirrored = reflected(direction, normal)
        mirrored[:, 1] = np.abs(mirrored[:, 1]) + 1e-3
        image = self.light(points + vector(0, 0.004, 0), normalised(mirrored).astype(np.float32), 0)
        fresnel = 0.04 + 0.96 * np.clip(1.0 + dot(direction, normal), 0.0, 1.0) ** 5
        wetness = np.maximum(0.45 + 0.55 * puddle, steel) * (1.0 - 0.5 * gap * detail)
        share = np.clip((fresnel * 1.35 + 0.10 + 0.35 * steel) * wetness, 0.0, 0.95)
        return mix(base, np.minimum(image, 6.0), share[:, None])

    def _add_awnings(self, result: Array, distance: Array, origin: Array, direction: Array) -> None:
        """Striped cloth above the shops, sloping out from the wall, and its hanging front."""
        for house in self.houses:
            if house.seed % 5 < 2 or house.end < 4.0:
                continue
            slope = vector(-house.side * 0.55, 1.25, 0.0)
            root = vector(house.side * FACADE, GROUND_FLOOR - 0.45, 0.0)
            slant = dot(root - origin, slope) / dot(direction, slope)
            front = (house.side * (FACADE - 1.25) - origin[:, 0]) / direction[:, 0]
            for t, is_front in ((slant, False), (front, True)):
                x, y, z = (origin[:, i] + t * direction[:, i] for i in range(3))
                within = (
                    (z > house.start + 0.35) & (z < house.end - 0.35) & (t > 0.02) & (t < distance)
                )
                drop = 0.20 + 0.05 * np.abs(np.sin(7.0 * z))
                low = GROUND_FLOOR - 1.0
                within &= (
                    (y < low) & (y > low - drop)
                    if is_front
                    else (np.abs(x) > FACADE - 1.25) & (np.abs(x) < FACADE)
                )
                chosen = np.flatnonzero(within)
                if not len(chosen):
                    continue
                points = np.stack([x, y, z], axis=-1)[chosen].astype(np.float32)
                stripe = ((points[:, 2] / 0.36) % 1.0 < 0.5)[:, None]
                cloth = np.where(stripe, house.awning, vector(0.60, 0.56, 0.48))
                normal = np.tile(vector(-house.side * 0.4, 0.9, 0.1), (len(points), 1))
                shade = cloth * (self._lit(points, normal) + vector(0.30, 0.17, 0.07))
                result[chosen] = _haze(shade, direction[chosen], t[chosen])
                distance[chosen] = t[chosen]

    def _add_walkers(self, result: Array, distance: Array, origin: Array, direction: Array) -> None:
        for place, z, dress in sorted(WALKERS, key=lambda walker: -walker[1]):
            t = (z - origin[:, 2]) / np.where(np.abs(direction[:, 2]) < 1e-5, 1e-5, direction[:, 2])
            x, y = origin[:, 0] + t * direction[:, 0] - place, origin[:, 1] + t * direction[:, 1]
            y = y - (0.14 if abs(place) > KERB else 0.0)
            seen = np.flatnonzero(
                (t > 0.05) & (t < distance) & (np.abs(x) < 0.75) & (y < 2.4) & (y > 0.0)
            )
            if not len(seen):
                continue
            colour, covered = _walker(x[seen], y[seen], dress)
            chosen = seen[covered]
            points = np.stack([x[chosen] + place, y[chosen], np.full(len(chosen), z)], axis=-1)
            round_ = normalised(
                np.stack([x[chosen] * 3.0, 0.3 + 0 * x[chosen], -0.6 + 0 * x[chosen]], axis=-1)
            )
            shade = colour[covered] * (self._lit(points.astype(np.float32), round_) * 1.2)
            result[chosen] = _haze(shade, direction[chosen], t[chosen])
            distance[chosen] = t[chosen]


def _walker(x: Array, y: Array, dress: int) -> tuple:
    """Colours of a walking figure seen from behind, and where it is."""
    coat = vector(*COATS[dress])
    shoulders = np.sqrt(np.clip((1.53 - y) / 0.16, 0.0, 1.0))
    width = (
        0.235 - 0.05 * smoothstep(1.35, 1.05, y) + 0.09 * smoothstep(1.05, 0.60, y)
    ) * shoulders
    body = (np.abs(x) < width) & (y > 0.58)
    legs = (np.abs(np.abs(x) - 0.07 - 0.05 * (0.6 - y)) < 0.065) & (y < 0.60)
    head = np.hypot(x, (y - 1.63) * 0.85) < 0.105
    colour = np.tile(coat, (len(x), 1))
    colour[legs] = vector(0.025, 0.025, 0.035)
    colour[head] = vector(0.11, 0.06, 0.035)
    covered = body | legs | head
    if UMBRELLAS[dress] is not None:
        bow = 1.74 + 0.04 * np.abs(np.sin(x * 9.0))
        roof = (np.hypot(x / 0.66, (y - 1.72) / 0.42) < 1.0) & (y > bow)
        ribs = 0.7 + 0.5 * np.abs(np.sin(4.6 * x / np.sqrt(np.maximum(1.0 - (x / 0.7) ** 2, 0.05))))
        colour = np.where(roof[:, None], vector(*UMBRELLAS[dress]) * ribs[:, None], colour)
        covered |= roof
    return colour, covered


def _haze(colour: Array, direction: Array, distance: Array) -> Array:
    towards = np.clip(dot(direction, SUN), 0.0, 1.0) ** 3
    air = mix(vector(0.30, 0.25, 0.30), vector(1.3, 0.62, 0.30), towards[:, None])
    return mix(air, colour, np.exp(-0.0058 * distance)[:, None])


def _add_garlands(light: Array, camera: Camera) -> None:
    """Strings of bulbs across the street."""
    rows, columns = pixel_grid(*light.shape[:2])
    for z in (11.0, 19.0, 29.0, 41.0, 56.0):
        for step in np.linspace(-1.0, 1.0, 25)[1:-1]:
            row, column = camera.seen_at((step * FACADE, 6.6 - 1.5 * (1.0 - step**2), z))
            radius = 0.05 / z * camera.width / (2 * camera.reach)
            if not (0 < row < camera.height and 0 < column < camera.width):
                continue
            reach = int(4 * radius) + 2
            top, left = max(int(row) - reach, 0), max(int(column) - reach, 0)
            window = np.s_[top : int(row) + reach, left : int(column) + reach]
            square = (rows[window] - row) ** 2 + (columns[window] - column) ** 2
            light[window] += (
                vector(9.0, 5.2, 2.0) * np.exp(-square / max(radius, 0.5) ** 2)[..., None]
            )


def draw(size: int = 768, quality: int = 3) -> Array:
    """The picture, its long side of given pixels, each from quality² samples."""
    width, height = size * quality, size * 3 // 4 * quality
    camera = Camera((-0.9, 1.75, -1.5), (0.15, 4.1, 22.0), 66.0, width, height)
    scene = Street()
    rows, columns = (grid.ravel() for grid in pixel_grid(height, width))
    light = np.empty((height * width, 3), np.float32)
    for part in np.array_split(np.arange(height * width), max(height * width // 150000, 1)):
        light[part] = scene.light(camera.place, camera.rays(rows[part], columns[part]))
    light = film.reduced(np.minimum(light, 12.0).reshape(height, width, 3), quality)
    _add_garlands(light, Camera(camera.place, (0.15, 4.1, 22.0), 66.0, size, height // quality))
    light = film.bloom(light, size / 130, 0.16)
    picture = film.saturated(film.tone_mapped(light, 0.98), 1.12)
    return film.to_bytes(film.grained(film.vignetted(picture, 0.25), 0.006, SEED))
