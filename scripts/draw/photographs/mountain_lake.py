"""A lake between mountains in the last light. Lengths in kilometres."""

import numpy as np
from PIL import Image, ImageDraw

from toolkit import film
from toolkit.arrays import Array, dot, mix, normalised, pixel_grid, reflected, smoothstep, vector
from toolkit.camera import Camera
from toolkit.heightfield import HeightField
from toolkit.noise import fbm, gradient_noise

SUN = normalised(vector(-0.86, 0.31, 0.30))
SUNLIGHT = vector(3.9, 2.15, 1.05)
SKYLIGHT = vector(0.26, 0.36, 0.62)
CAMERA_HEIGHT = 0.012
SEED = 11


def _eroded(x: Array, z: Array, octaves: int) -> Array:
    """Octaves of noise that weigh less where the slope is steep, as if worn by water."""
    total = np.zeros_like(x)
    slope_x, slope_z = np.zeros_like(x), np.zeros_like(x)
    amplitude, scale = 1.0, 1.0
    for octave in range(octaves):
        angle = 0.6 * octave
        u = scale * (np.cos(angle) * x - np.sin(angle) * z) + 5.1 * octave
        v = scale * (np.sin(angle) * x + np.cos(angle) * z) + 9.7 * octave
        layer = gradient_noise([u, v], SEED + octave)
        if octave < 5:
            layer = 0.75 - 1.5 * np.abs(layer)
        d_z, d_x = np.gradient(layer * amplitude, z[1, 0] - z[0, 0], x[0, 1] - x[0, 0])
        slope_x, slope_z = slope_x + d_x, slope_z + d_z
        steepness = film.blurred(slope_x**2 + slope_z**2, 2.0)
        total += amplitude * layer / (1.0 + 0.4 * steepness)
        amplitude *= 0.46
        scale *= 2.0
    return total


def _terrain(columns: int) -> HeightField:
    x_range, z_range = (-8.0, 8.0), (0.6, 13.0)
    rows = int(columns * 0.775)
    z, x = np.meshgrid(
        np.linspace(*z_range, rows, dtype=np.float32),
        np.linspace(*x_range, columns, dtype=np.float32),
        indexing="ij",
    )
    shape = _eroded(0.62 * x + 3.3, 0.62 * z + 1.9, 11)
    wobble = 0.5 * gradient_noise([0.9 * x, 0.9 * z], SEED + 40)
    beside = smoothstep(0.9, 4.2, np.abs(x + 0.15 * z - 0.3 + wobble))
    behind = smoothstep(3.6, 8.5, z + 0.8 * wobble)
    peak = np.exp(-((x - 1.3) ** 2 / 3.2 + (z - 8.6) ** 2 / 3.0))
    second = np.exp(-((x + 2.3) ** 2 / 1.6 + (z - 9.5) ** 2 / 3.0))
    lift = np.maximum(beside * smoothstep(0.8, 4.0, z), behind)
    heights = (
        -0.07
        + 0.25 * lift
        + 0.42 * lift * (shape + 0.5)
        + 1.55 * peak * (0.72 + 0.26 * shape)
        + 0.95 * second * (0.8 + 0.26 * shape)
    )
    forest = smoothstep(0.62, 0.3, heights) * smoothstep(0.0, 0.02, heights)
    crowns = np.abs(gradient_noise([38.0 * x, 38.0 * z], SEED + 50))
    heights += forest * (0.02 * (1.0 - crowns) ** 2 + 0.012 * gradient_noise([70 * x, 70 * z], 3))
    return HeightField(heights, x_range, z_range)


def _sky(direction: Array) -> Array:
    up = np.clip(direction[:, 1], 0.0, 1.0)
    towards = np.clip(dot(direction, SUN), 0.0, 1.0)
    colour = mix(vector(0.60, 0.58, 0.66), vector(0.07, 0.18, 0.50), (up**0.55)[:, None])
    warm = np.exp(-6.5 * up) * (0.34 + 0.9 * towards**2)
    colour = mix(colour, vector(1.6, 0.68, 0.33), np.clip(warm, 0, 1)[:, None])
    colour = colour + vector(1.2, 0.6, 0.25) * (0.5 * towards**8)[:, None]
    return _with_clouds(colour, direction, up, towards)


def _with_clouds(colour: Array, direction: Array, up: Array, towards: Array) -> Array:
    ray = 1.0 / (up + 0.09)
    u, v = direction[:, 0] * ray * 1.1 + 4.0, direction[:, 2] * ray * 2.1
    warp = 0.5 * fbm([0.8 * u, 0.8 * v], 71, 3)

    def density(shift: float) -> Array:
        body = fbm([u + warp - shift, v + warp + 0.3 * shift], 72, 7, gain=0.54)
        return smoothstep(0.02, 0.55, body + 0.06)

    cover = density(0.0)
    self_shadow = np.clip(0.75 + 1.6 * (cover - density(0.16)), 0.0, 1.4)
    bright = mix(
        vector(0.36, 0.27, 0.38),
        vector(2.7, 1.08, 0.55),
        (self_shadow * (0.35 + 0.65 * towards))[:, None],
    )
    cover = cover * smoothstep(0.015, 0.13, up) * 0.9
    return mix(colour, bright, cover[:, None])


def _haze(colour: Array, direction: Array, distance: Array, height: Array) -> Array:
    """Air between the eye and what is seen: bluish, golden towards the sun, dense in the valley."""
    towards = np.clip(dot(direction, SUN), 0.0, 1.0) ** 2
    air = mix(vector(0.30, 0.36, 0.52), vector(1.15, 0.66, 0.42), towards[:, None])
    depth = 0.042 * distance * (0.45 + 0.55 * np.exp(-2.2 * np.maximum(height, 0.0)))
    return mix(air, colour, np.exp(-depth)[:, None])


def _ground(terrain: HeightField, points: Array, distance: Array) -> Array:
    x, y, z = points[:, 0], points[:, 1], points[:, 2]
    normal = terrain.normal(x, z, np.maximum(0.0022 * distance, terrain.x_step))
    broad = terrain.normal(x, z, np.full_like(x, 0.05))
    patches = fbm([2.2 * x, 2.2 * z], 91, 5)
    grain = fbm([30 * x, 22 * y, 30 * z], 92, 3)
    strata = 0.5 + 0.5 * np.sin(70.0 * y + 5.0 * patches + 2.0 * grain)
    rock = mix(
        vector(0.17, 0.155, 0.15),
        vector(0.31, 0.27, 0.235),
        np.clip(0.25 + 0.5 * strata * 0.6 + 0.6 * grain, 0, 1)[:, None],
    )
    grass = mix(
        vector(0.075, 0.088, 0.026),
        vector(0.15, 0.115, 0.035),
        smoothstep(-0.3, 0.4, patches + 0.5 * grain)[:, None],
    )
    wood = mix(
        vector(0.016, 0.034, 0.018),
        vector(0.075, 0.088, 0.028),
        smoothstep(-0.4, 0.5, grain + patches)[:, None],
    )
    colour = mix(
        rock,
        grass,
        (smoothstep(0.74, 0.9, broad[:, 1]) * smoothstep(0.95, 0.5, y + 0.2 * patches))[:, None],
    )
    colour = mix(
        colour,
        wood,
        (
            smoothstep(0.62, 0.74, broad[:, 1] + 0.1 * patches)
            * smoothstep(0.62, 0.4, y + 0.25 * patches)
        )[:, None],
    )
    snow = smoothstep(0.55, 0.74, normal[:, 1] + 0.12 * grain + 0.30 * (y - 1.15))
    snow = snow * smoothstep(0.72, 1.0, y + 0.18 * patches)
    colour = mix(colour, vector(0.86, 0.88, 0.92), snow[:, None])
    lit = np.clip(dot(normal, SUN), 0.0, 1.0)
    facing = np.flatnonzero(lit > 0.0)
    lit[facing] *= terrain.shade(points[facing], SUN, 7.0, 14.0)
    ambient = SKYLIGHT * (0.45 + 0.55 * normal[:, 1])[:, None]
    bounce = vector(0.16, 0.10, 0.07) * np.clip(-normal @ vector(SUN[0], 0, SUN[2]), 0, 1)[:, None]
    return colour * (SUNLIGHT * lit[:, None] + ambient + bounce)


def _land_and_sky(terrain: HeightField, origin: Array, direction: Array) -> Array:
    distance = terrain.hit(origin, direction, 0.55, 22.0, 0.0015, 900)
    colour = _sky(direction)
    found = np.flatnonzero(np.isfinite(distance))
    points = (
        np.broadcast_to(origin, direction.shape)[found] + distance[found, None] * direction[found]
    )
    colour[found] = _haze(
        _ground(terrain, points, distance[found]), direction[found], distance[found], points[:, 1]
    )
    return colour


def _lake(terrain: HeightField, origin: Array, direction: Array, distance: Array) -> Array:
    points = origin + distance[:, None] * direction
    x, z = points[:, 0], points[:, 2]
    ripple = np.stack(
        [
            gradient_noise([260 * x, 420 * z], 60) + 0.6 * gradient_noise([900 * x, 1500 * z], 61),
            gradient_noise([260 * x + 9, 420 * z], 62)
            + 0.6 * gradient_noise([900 * x, 1500 * z + 7], 63),
        ]
    )
    breeze = 0.35 + 0.65 * smoothstep(-0.1, 0.35, fbm([3.0 * x, 9.0 * z], 64, 3))
    slope = 0.016 * breeze * ripple / (1.0 + 2.2 * distance)
    normal = normalised(np.stack([slope[0], np.ones_like(x), slope[1]], axis=-1))
    mirrored = reflected(direction, normal)
    mirrored[:, 1] = np.abs(mirrored[:, 1])
    image = _land_and_sky(terrain, points, normalised(mirrored).astype(np.float32))
    grazing = np.clip(1.0 + dot(direction, normal), 0.0, 1.0)
    fresnel = 0.03 + 0.97 * grazing**5
    stones = fbm([700 * x, 700 * z], 65, 4)
    deep = mix(
        vector(0.012, 0.05, 0.06),
        vector(0.05, 0.085, 0.06) * (1.0 + 0.9 * stones)[:, None],
        np.exp(-distance / 0.07)[:, None],
    )
    colour = mix(deep, image * vector(0.93, 0.96, 1.0), np.clip(fresnel + 0.12, 0, 1)[:, None])
    return _haze(colour, direction, distance, np.zeros_like(distance))


def _shore(scale: int) -> HeightField:
    """A bank with boulders at the left and by the water, on a grid of its own."""
    columns = 90 * scale
    x_range, z_range = (-0.10, 0.10), (0.045, 0.21)
    rows = int(columns * 0.8)
    z, x = np.meshgrid(
        np.linspace(*z_range, rows, dtype=np.float32),
        np.linspace(*x_range, columns, dtype=np.float32),
        indexing="ij",
    )
    aside = x / z + 0.10 * fbm([40 * x, 40 * z], 79, 3)
    bank = np.maximum(
        smoothstep(-0.24, -0.50, aside) * smoothstep(0.19, 0.14, z),
        smoothstep(0.27, 0.50, aside) * smoothstep(0.10, 0.07, z),
    )
    heights = 0.0065 * bank - 0.0022 + 0.0012 * fbm([90 * x, 90 * z], 80, 6)
    rng = np.random.default_rng(SEED)
    for _ in range(260):
        depth = 0.055 + 0.115 * rng.random() ** 1.3
        side = depth * (rng.normal(-0.31, 0.10) if rng.random() < 0.75 else rng.normal(0.30, 0.08))
        radius = 0.0012 + 0.0052 * rng.random() ** 3.0
        squash = rng.uniform(0.75, 1.3)
        reach = ((x - side) / squash) ** 2 + ((z - depth) * squash) ** 2
        dome = np.sqrt(np.maximum(1.0 - reach / radius**2, 0.0)) * radius * rng.uniform(0.5, 0.85)
        heights = np.maximum(heights, np.where(dome > 0, dome - 0.0012, -1.0))
    rough = fbm([420 * x, 420 * z], 81, 6, ridged=True) - 0.5
    return HeightField(heights + 0.0011 * rough, x_range, z_range)


def _boulders(shore: HeightField, points: Array, direction: Array) -> Array:
    x, y, z = points[:, 0], points[:, 1], points[:, 2]
    normal = shore.normal(x, z, np.full_like(x, 1.2 * shore.x_step))
    tone = fbm([500 * x, 900 * y, 500 * z], 82, 5)
    colour = mix(
        vector(0.10, 0.095, 0.09), vector(0.33, 0.29, 0.25), smoothstep(-0.5, 0.5, tone)[:, None]
    )
    lichen = smoothstep(0.15, 0.4, fbm([300 * x, 300 * z], 83, 4)) * smoothstep(
        0.6, 0.9, normal[:, 1]
    )
    colour = mix(colour, vector(0.21, 0.19, 0.06), 0.7 * lichen[:, None])
    wet = smoothstep(0.0005, 0.0, y)
    colour = colour * (1.0 - 0.65 * wet)[:, None]
    lit = np.clip(dot(normal, SUN), 0, 1) * shore.shade(points, SUN, 0.05, 8.0)
    mirror = reflected(direction, normal)
    sheen = (0.04 + 0.3 * np.clip(1 + dot(direction, normal), 0, 1) ** 5) * (0.3 + wet)
    gloss = _sky(normalised(np.abs(mirror) * vector(-1, 1, 1))) * sheen[:, None]
    crevice = np.clip((y + 0.0015) / 0.005, 0.25, 1.0)
    light = SUNLIGHT * lit[:, None] + SKYLIGHT * ((0.5 + 0.5 * normal[:, 1]) * crevice)[:, None]
    return colour * light + gloss


def _pine(rng: np.random.Generator, canvas: ImageDraw.ImageDraw, foot: tuple, tall: float) -> None:
    """One conifer: whorls of drooping boughs with needles; brighter towards the sun (left)."""
    x, y = foot
    canvas.polygon([(x - 0.012 * tall, y), (x, y - tall), (x + 0.012 * tall, y)], fill=(52, 34, 24))
    level = 0.10
    while level < 0.985:
        reach = tall * 0.20 * (1.0 - level) ** 0.8 * rng.uniform(0.7, 1.1) + 0.006 * tall
        for side in (-1, 1):
            for _ in range(5):
                angle = rng.uniform(0.05, 0.5)
                length = reach * rng.uniform(0.55, 1.0) * np.cos(rng.uniform(-1.1, 1.1))
                _bough(
                    rng,
                    canvas,
                    (x, y - tall * (level + rng.uniform(-0.008, 0.008))),
                    side * abs(length),
                    abs(length) * np.tan(angle),
                )
        level += 0.012 + 0.018 * (1.0 - level)


def _bough(
    rng: np.random.Generator, canvas: ImageDraw.ImageDraw, root: tuple, along: float, down: float
) -> None:
    needles = max(int(abs(along) / 2.2), 3)
    for i in range(needles):
        t = (i + rng.random()) / needles
        x = root[0] + along * t
        y = root[1] + down * (t - 0.55 * t * t)
        size = 2.0 + abs(along) * 0.16 * (1.0 - 0.6 * t)
        sunny = 0.25 + 0.75 * rng.random() if along < 0 else 0.35 * rng.random()
        tone = 10 + 40 * sunny * (0.35 + 0.65 * t)
        colour = (int(tone * 1.15), int(tone * 1.02), int(tone * 0.5 + 5))
        lean = size * rng.uniform(0.2, 1.0) * np.sign(along)
        canvas.line([(x, y), (x + lean, y + size * rng.uniform(0.2, 0.9))], fill=colour, width=2)


def _with_pines(light: Array) -> Array:
    height, width = light.shape[:2]
    rng = np.random.default_rng(SEED + 1)
    picture = Image.new("RGBA", (width, height), (24, 22, 10, 0))
    canvas = ImageDraw.Draw(picture)
    for side, foot, tall in (
        (0.985, 1.06, 0.80),
        (0.925, 1.03, 0.97),
        (0.86, 1.05, 0.58),
        (0.045, 0.80, 0.45),
        (0.10, 0.785, 0.27),
        (0.0, 0.83, 0.58),
    ):
        _pine(rng, canvas, (side * width, foot * height), tall * height)
    pixels = np.asarray(picture).astype(np.float32) / 255.0
    return mix(light, film.decoded(pixels[..., :3]) * 1.5, pixels[..., 3:])


def draw(size: int = 768, quality: int = 2) -> Array:
    """The picture, its long side of given pixels, each from quality² samples."""
    width, height = size * quality, size * 2 // 3 * quality
    terrain = _terrain(columns=max(3 * size, 64))
    shore = _shore(max(size // 24, 4))
    camera = Camera((0.0, CAMERA_HEIGHT, 0.0), (0.07, 0.165, 1.6), 44.0, width, height)
    rows, columns = (grid.ravel() for grid in pixel_grid(height, width))
    light = np.empty((height * width, 3), np.float32)
    for part in np.array_split(np.arange(height * width), max(height * width // 300000, 1)):
        light[part] = _seen(terrain, shore, camera.place, camera.rays(rows[part], columns[part]))
    light = _with_pines(light.reshape(height, width, 3))
    light = film.bloom(film.reduced(light, quality), size / 90, 0.10)
    picture = film.saturated(film.tone_mapped(light, 0.92), 1.12)
    return film.to_bytes(film.grained(film.vignetted(picture, 0.22), 0.006, SEED))


def _seen(terrain: HeightField, shore: HeightField, eye: Array, direction: Array) -> Array:
    water = np.where(direction[:, 1] < 0, eye[1] / np.maximum(-direction[:, 1], 1e-6), np.inf)
    land = terrain.hit(eye, direction, 0.55, 22.0, 0.0015, 900)
    stone = shore.hit(eye, direction, 0.045, 0.25)
    is_stone = stone < np.minimum(water, land)
    is_lake = ~is_stone & (water < land) & (water < 22.0)
    colour = np.empty_like(direction)
    rest = ~is_stone & ~is_lake
    colour[rest] = _land_and_sky(terrain, eye, direction[rest])
    colour[is_lake] = _lake(terrain, eye, direction[is_lake], water[is_lake].astype(np.float32))
    points = eye + stone[is_stone, None] * direction[is_stone]
    colour[is_stone] = _boulders(shore, points, direction[is_stone])
    return colour
