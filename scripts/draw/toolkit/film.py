"""From linear light to the pixels of a photograph."""

import numpy as np
from PIL import Image, ImageFilter

from toolkit.arrays import Array, pixel_grid


def blurred(picture: Array, radius: float) -> Array:
    """Gaussian blur of one or more channels, radius in pixels."""
    if picture.ndim == 3:
        return np.stack(
            [blurred(picture[..., c], radius) for c in range(picture.shape[2])], axis=-1
        )
    taps = np.arange(-int(3 * radius) - 1, int(3 * radius) + 2)
    kernel = np.exp(-0.5 * (taps / max(radius, 1e-3)) ** 2)
    kernel = (kernel / kernel.sum()).astype(np.float32)
    for axis in (0, 1):
        reach = len(taps) // 2
        padding = [(reach, reach) if a == axis else (0, 0) for a in (0, 1)]
        padded = np.pad(picture, padding, mode="edge")
        length = picture.shape[axis]
        picture = sum(
            weight * (padded[i : i + length] if axis == 0 else padded[:, i : i + length])
            for i, weight in enumerate(kernel)
        )
    return picture


def reduced(picture: Array, factor: int) -> Array:
    """Averages blocks of factor × factor pixels."""
    height, width = picture.shape[0] // factor, picture.shape[1] // factor
    cropped = picture[: height * factor, : width * factor]
    return cropped.reshape(height, factor, width, factor, -1).mean(axis=(1, 3))


def bloom(light: Array, radius: float, amount: float, threshold: float = 1.0) -> Array:
    """Lets what is brighter than a threshold glow into its surroundings."""
    excess = np.minimum(np.maximum(light - threshold, 0.0), 12.0)
    glow = blurred(excess, radius) + 0.5 * blurred(excess, 3.0 * radius)
    return light + amount * glow


def tone_mapped(light: Array, exposure: float = 1.0) -> Array:
    """A filmic curve with a toe and a shoulder, then sRGB: 0 to 1."""
    x = np.maximum(light * exposure, 0.0)
    curve = np.clip(x * (2.51 * x + 0.03) / (x * (2.43 * x + 0.59) + 0.14), 0.0, 1.0)
    return encoded(curve)


def encoded(linear: Array) -> Array:
    """sRGB of linear light, both 0 to 1."""
    x = np.clip(linear, 0.0, 1.0)
    return np.where(x < 0.0031308, 12.92 * x, 1.055 * x ** (1 / 2.4) - 0.055)


def decoded(srgb: Array) -> Array:
    """Linear light of sRGB, both 0 to 1."""
    x = np.asarray(srgb, np.float32)
    return np.where(x < 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4)


def saturated(picture: Array, amount: float) -> Array:
    """Colours pushed from (above 1) or to (below 1) their grey."""
    grey = picture @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    return np.clip(grey[..., None] + amount * (picture - grey[..., None]), 0.0, 1.0)


def vignetted(picture: Array, amount: float) -> Array:
    """Corners darkened."""
    height, width = picture.shape[:2]
    rows, columns = pixel_grid(height, width)
    radius = np.hypot(rows / height - 0.5, columns / width - 0.5)
    return picture * (1.0 - amount * (radius / 0.707) ** 2.5)[..., None]


def grained(picture: Array, amount: float, seed: int) -> Array:
    """Fine luminance grain, as of film."""
    noise = np.random.default_rng(seed).normal(size=picture.shape[:2]).astype(np.float32)
    return picture + amount * noise[..., None]


def to_bytes(picture: Array) -> Array:
    """8-bit pixels of values 0 to 1."""
    return np.round(np.clip(picture, 0.0, 1.0) * 255.0).astype(np.uint8)


def sharpened(pixels: Array, percent: int = 60) -> Array:
    """Unsharp mask of 8-bit pixels."""
    mask = ImageFilter.UnsharpMask(radius=1.2, percent=percent, threshold=2)
    return np.asarray(Image.fromarray(pixels).filter(mask))


def despeckled(light: Array, tolerance: float = 0.3) -> Array:
    """Linear light without lone bright or dark pixels: such take the median of their neighbours."""
    padded = np.pad(light, ((1, 1), (1, 1), (0, 0)), mode="edge")
    height, width = light.shape[:2]
    around = [padded[i : i + height, j : j + width] for i in range(3) for j in range(3)]
    median = np.median(around, axis=0)
    off = np.abs(np.log((light + 0.02) / (median + 0.02))).max(axis=2, keepdims=True) > tolerance
    return np.where(off, median, light)


def denoised(light: Array, radius: int = 3, tolerance: float = 0.10) -> Array:
    """Linear light with grain averaged out where neighbours differ little (a bilateral filter)."""
    tone = np.log(np.maximum(light, 0.0) + 0.03)
    guide = blurred(tone, 0.8)
    total, weight = np.zeros_like(tone), np.zeros(tone.shape[:2] + (1,), np.float32)
    padded = [
        np.pad(a, ((radius, radius), (radius, radius), (0, 0)), mode="edge") for a in (tone, guide)
    ]
    height, width = tone.shape[:2]
    for dy in range(2 * radius + 1):
        for dx in range(2 * radius + 1):
            other, beside = (a[dy : dy + height, dx : dx + width] for a in padded)
            apart = ((beside - guide) ** 2).sum(axis=2, keepdims=True) / (2.0 * tolerance**2)
            far = ((dy - radius) ** 2 + (dx - radius) ** 2) / (0.5 * radius**2)
            share = np.exp(-apart - far).astype(np.float32)
            total += share * other
            weight += share
    return np.exp(total / weight) - 0.03
