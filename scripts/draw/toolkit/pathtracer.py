"""A path tracer for scenes of signed distances: one sun or lamp of some size, an environment."""

from typing import NamedTuple, Protocol

import numpy as np

from toolkit.arrays import Array, dot, mix, normalised, reflected
from toolkit.camera import Camera


class Surface(NamedTuple):
    """What light does at points: colour, mirror share seen head-on, roughness, own light."""

    albedo: Array
    mirror: Array
    roughness: Array
    emission: Array


class Scene(Protocol):
    """What is to be drawn."""

    far: float
    ambient_limit: float
    """No more than this comes from any direction of the environment but in mirrors: what is
    brighter is the lamp, which is counted by itself."""

    def distance(self, points: Array) -> Array:
        """Distances to the nearest surface, never more than the true one."""

    def bumps(self, points: Array, normal: Array) -> Array:
        """Normals with the fine relief that distances leave out."""

    def surface(self, points: Array, normal: Array) -> Surface:
        """What the surface at points is made of."""

    def lamp(self, points: Array, rng: np.random.Generator) -> tuple:
        """A random point of the lamp for each point, and the light that would come from there,
        before the cosine at the receiving surface."""

    def environment(self, direction: Array) -> Array:
        """Light from directions that meet nothing."""


def march(scene: Scene, origin: Array, direction: Array, far: Array, steps: int = 160) -> Array:
    """Distances along rays to the scene, inf where there is nothing before `far`."""
    travelled = np.zeros(len(origin), np.float32)
    result = np.full(len(origin), np.inf, np.float32)
    active = np.arange(len(origin))
    far = np.broadcast_to(np.asarray(far, np.float32), travelled.shape)
    for _ in range(steps):
        t = travelled[active]
        gap = scene.distance(origin[active] + t[:, None] * direction[active])
        met = gap < 0.0006 + 0.0002 * t
        result[active[met]] = t[met]
        t = t + gap
        travelled[active] = t
        active = active[~met & (t < far[active])]
        if not len(active):
            break
    return result


def normals(scene: Scene, points: Array, step: float = 0.0012) -> Array:
    """Outward normals by differences of the distance."""
    total = np.zeros_like(points)
    for corner in ((1, -1, -1), (-1, -1, 1), (-1, 1, -1), (1, 1, 1)):
        offset = np.array(corner, np.float32)
        total += offset * scene.distance(points + step * offset)[:, None]
    return normalised(total)


def _around(axis: Array, rng: np.random.Generator, spread: Array) -> Array:
    """Random directions about axes: cosine-weighted at spread 1, the axis itself at 0."""
    ball = normalised(rng.normal(size=axis.shape).astype(np.float32))
    return normalised(axis + (spread * 0.999)[:, None] * ball)


def _direct(scene: Scene, points: Array, normal: Array, rng: np.random.Generator) -> Array:
    place, light = scene.lamp(points, rng)
    offset = place - points
    distance = np.sqrt(dot(offset, offset))
    direction = offset / distance[:, None]
    cosine = np.clip(dot(normal, direction), 0.0, 1.0)
    facing = np.flatnonzero(cosine > 0.0)
    blocked = march(scene, points[facing], direction[facing], distance[facing] * 0.99, steps=90)
    cosine[facing] *= ~np.isfinite(blocked)
    return light * cosine[:, None]


def traced(
    scene: Scene, origin: Array, direction: Array, rng: np.random.Generator, bounces: int
) -> Array:
    """Light that comes back along rays: one random path for each."""
    light = np.zeros_like(direction)
    weight = np.ones_like(direction)
    rays = np.arange(len(direction))
    clear = np.ones(len(direction), bool)  # nothing but mirrors between here and the eye
    for bounce in range(bounces + 1):
        distance = march(scene, origin, direction, scene.far)
        missed = ~np.isfinite(distance)
        limit = np.where(clear[missed], 30.0, scene.ambient_limit)[:, None]
        light[rays[missed]] += weight[missed] * np.minimum(
            scene.environment(direction[missed]), limit
        )
        rays, origin, direction, weight, distance, clear = (
            values[~missed] for values in (rays, origin, direction, weight, distance, clear)
        )
        if not len(rays):
            break
        points = origin + distance[:, None] * direction
        plain = normals(scene, points)
        normal = scene.bumps(points, plain) if bounce == 0 else plain
        surface = scene.surface(points, normal)
        light[rays] += weight * surface.emission
        origin = points + 0.004 * plain
        facing = np.clip(1.0 + dot(direction, normal), 0.0, 1.0)
        share = mix(surface.mirror, 1.0, (1.0 - 0.75 * surface.roughness) * facing**5)
        is_mirror = rng.random(len(rays)) < share
        diffuse = ~is_mirror
        weight[diffuse] *= surface.albedo[diffuse]
        light[rays[diffuse]] += weight[diffuse] * _direct(
            scene, origin[diffuse], normal[diffuse], rng
        )
        onward = _around(normal, rng, np.ones(len(rays), np.float32))
        mirrored = _around(reflected(direction, normal), rng, surface.roughness)
        direction = np.where(is_mirror[:, None], mirrored, onward).astype(np.float32)
        direction -= np.minimum(dot(direction, plain), 0.0)[:, None] * 2.0 * plain
        clear &= is_mirror
        survival = np.clip(weight.max(axis=1) * 1.5, 0.1, 1.0)
        going = rng.random(len(rays)) < survival
        weight = weight / survival[:, None]
        rays, origin, direction, weight, clear = (
            values[going] for values in (rays, origin, direction, weight, clear)
        )
        if not len(rays):
            break
    return light


def photograph(
    scene: Scene,
    camera: Camera,
    samples: int,
    seed: int,
    bounces: int = 3,
    aperture: float = 0.0,
    focus: float = 1.0,
) -> Array:
    """Linear light of a picture, the mean of some paths per pixel; a wide aperture blurs what is
    not at the focus distance."""
    shape = (camera.height, camera.width)
    rows, columns = (
        grid.ravel().astype(np.float32) for grid in np.mgrid[0 : shape[0], 0 : shape[1]]
    )
    total = np.zeros((len(rows), 3), np.float64)
    for sample in range(samples):
        rng = np.random.default_rng((seed, sample))
        jitter = rng.random((2, len(rows)), dtype=np.float32)
        direction = camera.rays(rows + jitter[0], columns + jitter[1])
        angle, radius = 2 * np.pi * rng.random(len(rows)), aperture * np.sqrt(rng.random(len(rows)))
        shift = (radius * np.cos(angle))[:, None] * camera.right + (radius * np.sin(angle))[
            :, None
        ] * camera.up
        target = camera.place + direction * (focus / dot(direction, camera.forward))[:, None]
        origin = (camera.place + shift).astype(np.float32)
        direction = normalised(target - origin).astype(np.float32)
        total += np.minimum(traced(scene, origin, direction, rng, bounces), 20.0)
    return (total / samples).astype(np.float32).reshape(*shape, 3)
