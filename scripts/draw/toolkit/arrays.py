"""Small arithmetic on arrays of numbers and of vectors (last axis x, y, z or red, green, blue)."""

import numpy as np

Array = np.ndarray


def vector(*components: float) -> Array:
    """A vector, or a linear colour, of given components."""
    return np.array(components, dtype=np.float32)


def dot(a: Array, b: Array) -> Array:
    """Inner product over the last axis."""
    return np.einsum("...i,...i->...", a, b)


def normalised(a: Array) -> Array:
    """Vectors of length one."""
    return a / np.maximum(np.sqrt(dot(a, a)), 1e-12)[..., None]


def mix(a, b, weight):
    """From a (weight 0) to b (weight 1)."""
    return a + (b - a) * weight


def smoothstep(low: float, high: float, x: Array) -> Array:
    """0 below low, 1 above high, smooth between; low may exceed high."""
    t = np.clip((x - low) / (high - low), 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


def reflected(direction: Array, normal: Array) -> Array:
    """Directions mirrored at surfaces of given normals."""
    return direction - 2.0 * dot(direction, normal)[..., None] * normal


def pixel_grid(height: int, width: int) -> tuple:
    """Rows and columns of pixel centres, as float32."""
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    return rows + 0.5, columns + 0.5
