"""A lighthouse and its keeper's house. Lengths in metres."""

import numpy as np

from toolkit.arrays import Array, mix, vector
from toolkit.noise import fbm
from toolkit.solids import axial, ball, box

TALL = 21.0


class Buildings:
    """Both, as signed distances, standing on a place."""

    reach = 27.0
    """Radius of a ball about the middle that holds them."""

    def __init__(self, place: tuple):
        self.place = vector(*place)
        self.middle = self.place + vector(0, 12, 0)

    def _tower(self, p: Array) -> Array:
        y, around = p[:, 1], axial(p)
        shaft = np.maximum(
            around - mix(3.3, 2.15, np.clip(y / TALL, 0, 1)), np.abs(y - TALL / 2) - TALL / 2
        )
        gallery = np.maximum(around - 3.0, np.abs(y - TALL) - 0.28)
        corbel = np.maximum(
            around - mix(2.1, 2.9, np.clip((y - TALL + 1.3) / 1.1, 0, 1)),
            np.abs(y - TALL + 0.75) - 0.6,
        )
        lantern = np.maximum(around - 1.55, np.abs(y - TALL - 1.5) - 1.4)
        dome = np.maximum(
            ball(p * vector(1, 1.15, 1), (0, (TALL + 2.8) * 1.15, 0), 1.95), TALL + 2.8 - y
        )
        finial = np.minimum(
            ball(p, (0, TALL + 4.75, 0), 0.32),
            np.maximum(around - 0.06, np.abs(y - TALL - 5.3) - 0.9),
        )
        angle = np.arctan2(p[:, 0], p[:, 2])
        post = np.abs((angle * 18 / np.pi) % 2.0 - 1.0) * np.pi / 18 * 2.85
        bars = np.maximum(np.hypot(around - 2.85, post) - 0.05, np.abs(y - TALL - 0.75) - 0.55)
        rail = (
            np.minimum(
                np.hypot(around - 2.85, y - TALL - 1.3), np.hypot(around - 2.85, y - TALL - 0.8)
            )
            - 0.055
        )
        parts = [
            shaft * 0.97,
            gallery,
            corbel * 0.8,
            lantern,
            dome * 0.85,
            finial,
            bars * 0.8,
            rail,
        ]
        return np.min(parts, axis=0)

    def _house(self, p: Array) -> Array:
        q = p - vector(-8.2, 0, 1.5)
        walls = box(q, (0, 1.6, 0), (4.6, 2.2, 2.9))
        slope = (np.abs(q[:, 2]) * 0.72 + (q[:, 1] - 6.3)) * 0.81
        roof = np.maximum(np.maximum(slope, -slope - 0.35), np.abs(q[:, 0]) - 5.0)
        roof = np.maximum(roof, 3.45 - q[:, 1])
        gable = np.maximum(np.maximum(slope, np.abs(q[:, 0]) - 4.6), 3.4 - q[:, 1])
        chimney = box(q, (2.6, 6.0, 0.4), (0.55, 1.5, 0.55))
        return np.min([walls, roof, gable, chimney], axis=0)

    def distance(self, points: Array) -> Array:
        """Distances to the nearer of both."""
        p = points - self.place
        return np.minimum(self._tower(p), self._house(p))

    def paint(self, points: Array) -> tuple:
        """Colours, and how much of a mirror."""
        p = points - self.place
        tower = self._tower(p) < self._house(p)
        colour, mirror = self._house_paint(p)
        colour[tower], mirror[tower] = (part[tower] for part in self._tower_paint(p))
        streak = fbm([2.2 * (p[:, 0] + p[:, 2]), 0.28 * p[:, 1]], 3, 5)
        return colour * np.clip(1.0 + 0.22 * streak - 0.1, 0.5, 1.1)[:, None], mirror

    @staticmethod
    def _tower_paint(p: Array) -> tuple:
        y, angle = p[:, 1], np.arctan2(p[:, 0], p[:, 2])
        band = (np.floor((y + 0.2) / 4.1) % 2) == 1
        colour = np.where(band[:, None], vector(0.60, 0.045, 0.035), vector(0.80, 0.79, 0.76))
        slit = (
            (np.abs((y - 2.8) % 6.2 - 1.4) < 0.8)
            & (np.abs((angle + 0.35 + np.pi) % (2 * np.pi) - np.pi + 2.9) < 0.16)
            & (y < 19)
        )
        slit |= (np.abs((y - 2.8) % 6.2 - 1.4) < 0.8) & (np.abs(angle + 2.6) < 0.2) & (y < 19)
        colour = np.where(slit[:, None], vector(0.02, 0.025, 0.03), colour)
        door = (y < 2.7) & (np.abs(np.abs(angle) - np.pi + 0.1) < 0.26)
        colour = np.where(door[:, None], vector(0.05, 0.13, 0.17), colour)
        head = y > TALL - 0.3
        colour = np.where(head[:, None], vector(0.55, 0.05, 0.04), colour)
        colour = np.where(
            (head & (y < TALL + 1.6) & (axial(p) > 1.8))[:, None], vector(0.72, 0.72, 0.7), colour
        )
        pane = (axial(p) < 1.7) & (np.abs(y - TALL - 1.6) < 1.05)
        bar = np.abs((angle * 5 / np.pi) % 1.0 - 0.5) > 0.44
        colour = np.where((pane & ~bar)[:, None], vector(0.9, 0.75, 0.35), colour)
        return colour, np.where(pane & ~bar, 0.5, 0.03).astype(np.float32)

    @staticmethod
    def _house_paint(p: Array) -> tuple:
        q = p - vector(-8.2, 0, 1.5)
        tiles = np.abs((q[:, 1] * 3.2) % 1.0 - 0.5) * 0.5 + 0.2 * np.sign(
            np.sin(q[:, 0] * 12.0 + 3.1 * np.floor(q[:, 1] * 3.2))
        )
        roof = q[:, 1] > 6.3 - 0.72 * np.abs(q[:, 2]) - 0.12
        colour = np.tile(vector(0.78, 0.75, 0.68), (len(p), 1))
        red = mix(
            vector(0.42, 0.12, 0.06), vector(0.56, 0.20, 0.10), np.clip(0.5 + tiles, 0, 1)[:, None]
        )
        colour = np.where(roof[:, None], red, colour)
        window = (np.abs(np.abs(q[:, 0]) - 2.6) < 0.65) & (np.abs(q[:, 1] - 1.9) < 0.85) & ~roof
        frame = (
            (np.abs(np.abs(q[:, 0]) - 2.6) < 0.82)
            & (np.abs(q[:, 1] - 1.9) < 1.02)
            & ~roof
            & ~window
        )
        window |= (
            (np.abs(q[:, 2]) < 0.6)
            & (np.abs(q[:, 1] - 2.4) < 0.8)
            & ~roof
            & (np.abs(q[:, 0]) > 4.5)
        )
        bars = (np.abs(np.abs(q[:, 0]) - 2.6) < 0.07) | (np.abs(q[:, 1] - 1.9) < 0.06)
        colour = np.where((window & ~bars)[:, None], vector(0.03, 0.045, 0.06), colour)
        colour = np.where(frame[:, None], vector(0.06, 0.20, 0.28), colour)
        door = (np.abs(q[:, 0]) < 0.6) & (q[:, 1] < 2.2)
        colour = np.where(door[:, None], vector(0.06, 0.20, 0.28), colour)
        colour = np.where(
            (np.abs(q[:, 0] - 2.6) < 0.7)[:, None] & (q[:, 1] > 5.9)[:, None],
            vector(0.36, 0.20, 0.15),
            colour,
        )
        return colour, np.where(window & ~bars, 0.35, 0.02).astype(np.float32)
