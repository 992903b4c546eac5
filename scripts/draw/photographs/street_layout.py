"""The boxes that a street is built of. Lengths in metres; the street runs along z."""

from typing import NamedTuple

import numpy as np

from toolkit.arrays import Array, vector

WALL, ROOF, STONE, IRON, LANTERN, PAVEMENT, TOWER = range(7)
"""What a box is made of."""

FACADE = 6.4
KERB = 4.1
GROUND_FLOOR = 3.9
STOREY = 3.15


class House(NamedTuple):
    """One house of the row: along the street from start to end."""

    side: int
    start: float
    end: float
    storeys: int
    colour: Array
    brick: bool
    shutters: Array
    awning: Array
    seed: int

    @property
    def height(self) -> float:
        """Of the eaves."""
        return GROUND_FLOOR + self.storeys * STOREY + 0.35

    @property
    def bays(self) -> int:
        """Windows side by side."""
        return max(int(round((self.end - self.start) / 2.3)), 2)


class Boxes:
    """Boxes along the axes, with what they are made of and the house they belong to."""

    def __init__(self) -> None:
        self.low, self.high, self.material, self.house = [], [], [], []

    def add(self, low: tuple, high: tuple, material: int, house: int = -1) -> None:
        """One more box; corners in any order along x."""
        self.low.append(vector(min(low[0], high[0]), low[1], low[2]))
        self.high.append(vector(max(low[0], high[0]), high[1], high[2]))
        self.material.append(material)
        self.house.append(house)

    def hit(self, origin: Array, direction: Array) -> tuple:
        """Distances (inf where none), numbers of the boxes met, and normals."""
        nearest = np.full(len(direction), np.inf, np.float32)
        number = np.full(len(direction), -1)
        axis = np.zeros(len(direction), np.int64)
        inverse = 1.0 / np.where(np.abs(direction) < 1e-7, 1e-7, direction)
        for index, (low, high) in enumerate(zip(self.low, self.high)):
            entry, leave, entered = self._slabs(low, high, origin, inverse)
            met = (entry < leave) & (entry > 1e-3) & (entry < nearest)
            nearest[met], number[met], axis[met] = entry[met], index, entered[met]
        normal = np.zeros_like(direction)
        rows = np.arange(len(direction))
        normal[rows, axis] = -np.sign(direction[rows, axis])
        return nearest, number, normal

    def blocked(self, origin: Array, direction: Array) -> Array:
        """Whether anything but lamps stands between points and the far end of a direction."""
        result = np.zeros(len(origin), bool)
        inverse = 1.0 / np.broadcast_to(direction, origin.shape)
        for low, high, material in zip(self.low, self.high, self.material):
            if material in (WALL, ROOF, TOWER):
                entry, leave, _ = self._slabs(low, high, origin, inverse)
                result |= (entry < leave) & (leave > 0.02) & (entry > -1e-3)
        return result

    @staticmethod
    def _slabs(low: Array, high: Array, origin: Array, inverse: Array) -> tuple:
        entry = np.full(len(inverse), -np.inf, np.float32)
        leave = np.full(len(inverse), np.inf, np.float32)
        entered = np.zeros(len(inverse), np.int8)
        for k in range(3):
            a, b = (low[k] - origin[:, k]) * inverse[:, k], (high[k] - origin[:, k]) * inverse[:, k]
            first = np.minimum(a, b)
            later = first > entry
            entry = np.where(later, first, entry)
            entered[later] = k
            leave = np.minimum(leave, np.maximum(a, b))
        return entry, leave, entered


PLASTERS = (
    (0.62, 0.40, 0.25),
    (0.55, 0.47, 0.33),
    (0.50, 0.26, 0.18),
    (0.38, 0.42, 0.42),
    (0.60, 0.52, 0.42),
    (0.46, 0.33, 0.30),
    (0.35, 0.40, 0.33),
    (0.58, 0.36, 0.30),
)
SHUTTERS = ((0.05, 0.14, 0.11), (0.07, 0.11, 0.19), (0.20, 0.05, 0.04), (0.16, 0.13, 0.10))
AWNINGS = ((0.50, 0.06, 0.05), (0.06, 0.22, 0.14), (0.08, 0.14, 0.34), (0.55, 0.34, 0.06))


def houses(rng: np.random.Generator) -> list:
    """Two rows of houses."""
    row = []
    for side in (-1, 1):
        z = -4.0 if side < 0 else -6.5
        while z < 96.0:
            width = rng.uniform(6.2, 10.5)
            pick = [
                colours[rng.integers(len(colours))] for colours in (PLASTERS, SHUTTERS, AWNINGS)
            ]
            row.append(
                House(
                    side,
                    z,
                    z + width,
                    int(rng.integers(2, 5)),
                    vector(*pick[0]),
                    rng.random() < 0.35,
                    vector(*pick[1]),
                    vector(*pick[2]),
                    int(rng.integers(1 << 30)),
                )
            )
            z += width
    return row


def street(row: list, rng: np.random.Generator) -> Boxes:
    """Houses with ledges, roofs and chimneys; pavements, lamps, and a tower at the end."""
    boxes = Boxes()
    for index, house in enumerate(row):
        _add_house(boxes, house, index, rng)
    for side in (-1, 1):
        boxes.add((side * KERB, 0.0, -8.0), (side * FACADE, 0.14, 120.0), PAVEMENT)
        for z in lamp_places(side):
            x = side * (KERB + 0.45)
            boxes.add((x - 0.13, 0.0, z - 0.13), (x + 0.13, 0.7, z + 0.13), IRON)
            boxes.add((x - 0.05, 0.7, z - 0.05), (x + 0.05, 3.9, z + 0.05), IRON)
            boxes.add((x - 0.17, 3.95, z - 0.17), (x + 0.17, 4.45, z + 0.17), LANTERN)
            boxes.add((x - 0.24, 4.45, z - 0.24), (x + 0.24, 4.55, z + 0.24), IRON)
            boxes.add((x - 0.10, 4.55, z - 0.10), (x + 0.10, 4.70, z + 0.10), IRON)
    boxes.add((-2.2, 0.0, 112.0), (5.4, 25.0, 119.6), TOWER)
    boxes.add((-2.6, 25.0, 111.6), (5.8, 25.8, 120.0), STONE)
    for step in range(24):
        half = 3.5 * (1.0 - step / 24.0)
        boxes.add(
            (1.6 - half, 25.8 + step * 0.75, 115.8 - half),
            (1.6 + half, 26.55 + step * 0.75, 115.8 + half),
            ROOF,
        )
    boxes.add((-14.0, 0.0, 119.0), (18.0, 13.0, 130.0), TOWER)
    return boxes


def lamp_places(side: int) -> Array:
    """Along the street, where lamps stand."""
    return np.arange(5.2 if side < 0 else 11.5, 100.0, 13.0)


def _add_house(boxes: Boxes, house: House, index: int, rng: np.random.Generator) -> None:
    side, top = house.side, house.height
    front, back = side * FACADE, side * (FACADE + 9.0)
    boxes.add((front, 0.0, house.start), (back, top, house.end), WALL, index)
    for level, out, thick in (
        (GROUND_FLOOR - 0.28, 0.16, 0.24),
        (top - 0.32, 0.38, 0.34),
        (top - 0.60, 0.20, 0.26),
        (0.0, 0.06, 0.55),
    ):
        boxes.add(
            (front - side * out, level, house.start + 0.01),
            (front, level + thick, house.end),
            STONE,
            index,
        )
    for floor in range(1, house.storeys):
        level = GROUND_FLOOR + floor * STOREY
        boxes.add(
            (front - side * 0.07, level, house.start),
            (front, level + 0.12, house.end),
            STONE,
            index,
        )
    for step in range(5):
        inset = 0.5 + 0.42 * step
        boxes.add(
            (front + side * inset, top + 0.4 * step, house.start + 0.1),
            (back, top + 0.4 * (step + 1), house.end - 0.1),
            ROOF,
            index,
        )
    for _ in range(2):
        z = rng.uniform(house.start + 0.8, house.end - 0.8)
        boxes.add(
            (front + side * 2.2, top + 1.0, z - 0.35),
            (front + side * 3.0, top + 3.2, z + 0.35),
            STONE,
            index,
        )
