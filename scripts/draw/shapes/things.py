"""Seven classes of things, each drawn anew every time: parts in a square from -1 to 1."""

import numpy as np

from shapes.picture import Part, ellipse, rectangle, smooth


def fish(rng: np.random.Generator) -> list:
    """A body with tail, fins, gill, eye and stripes."""
    tall, tail = rng.uniform(0.28, 0.52), rng.uniform(0.28, 0.48)
    fork = rng.uniform(0.45, 0.85)
    parts = [
        Part(np.array([(0.45, 0.0), (0.96, -tail), (0.45 + 0.5 * fork, 0.0), (0.96, tail)]), 1)
    ]
    fin = rng.uniform(0.15, 0.35)
    parts.append(Part(smooth([(-0.25, -0.8 * tall), (0.10, -tall - fin), (0.42, -0.35 * tall)]), 2))
    parts.append(
        Part(smooth([(-0.05, 0.8 * tall), (0.22, tall + 0.7 * fin), (0.36, 0.4 * tall)]), 2)
    )
    parts.append(
        Part(
            smooth(
                [
                    (-0.88, 0.02),
                    (-0.5, -0.82 * tall),
                    (-0.05, -tall),
                    (0.45, -0.28 * tall),
                    (0.66, 0.0),
                    (0.45, 0.28 * tall),
                    (-0.05, tall),
                    (-0.5, 0.82 * tall),
                ]
            ),
            0,
        )
    )
    for index in range(rng.integers(0, 4)):
        x = -0.12 + 0.19 * index
        half = tall * (0.86 - 0.2 * index)
        parts.append(
            Part(
                smooth(
                    [
                        (x - 0.04, -half),
                        (x + 0.05, 0),
                        (x - 0.04, half),
                        (x + 0.03, half),
                        (x + 0.12, 0),
                        (x + 0.03, -half),
                    ]
                ),
                3,
            )
        )
    parts.append(Part(smooth([(-0.24, 0.0), (-0.02, -0.12), (0.12, 0.06), (-0.05, 0.2)], 20), 2))
    parts.append(Part(ellipse(-0.56, -0.22 * tall, 0.095, 0.095), 4))
    parts.append(Part(ellipse(-0.57, -0.22 * tall, 0.05, 0.05), 3))
    return parts


def house(rng: np.random.Generator) -> list:
    """Walls, a roof, a door, windows, perhaps a chimney and a wing."""
    wide, tall, roof = rng.uniform(0.48, 0.75), rng.uniform(0.45, 0.85), rng.uniform(0.35, 0.65)
    top, parts = 0.8 - tall, []
    if rng.random() < 0.6:
        x = rng.uniform(0.25, 0.6) * wide
        parts.append(Part(rectangle(x - 0.09, top - 0.75 * roof, x + 0.09, top), 2))
    if rng.random() < 0.45:
        parts.append(Part(rectangle(wide, top + 0.3 * tall, min(wide + 0.4, 1.0), 0.8), 0))
        parts.append(
            Part(
                np.array(
                    [
                        (wide, top + 0.3 * tall),
                        (wide, top + 0.1 * tall),
                        (min(wide + 0.45, 1.0), top + 0.3 * tall),
                    ]
                ),
                1,
            )
        )
    parts.append(Part(rectangle(-wide, top, wide, 0.8), 0))
    ridge = 0.0 if rng.random() < 0.6 else 0.55 * wide
    parts.append(
        Part(
            np.array(
                [(-wide - 0.12, top), (-ridge, top - roof), (ridge, top - roof), (wide + 0.12, top)]
            ),
            1,
        )
    )
    door = rng.uniform(-0.3, 0.3) * wide
    parts.append(Part(rectangle(door - 0.11, 0.8 - 0.55 * tall, door + 0.11, 0.8), 2))
    for x in (-0.66, 0.66) if rng.random() < 0.6 else (-0.68, 0.0, 0.68):
        if abs(x * wide - door) > 0.26:
            parts.append(
                Part(
                    rectangle(
                        x * wide - 0.11, top + 0.18 * tall, x * wide + 0.11, top + 0.5 * tall
                    ),
                    4,
                )
            )
            parts.append(
                Part(
                    rectangle(
                        x * wide - 0.015, top + 0.18 * tall, x * wide + 0.015, top + 0.5 * tall
                    ),
                    3,
                )
            )
    if rng.random() < 0.5:
        parts.append(Part(ellipse(0.0, top - 0.4 * roof, 0.1, 0.1), 4))
    return parts


def tree(rng: np.random.Generator) -> list:
    """A trunk with boughs under a round crown, or the tiers of a conifer."""
    trunk, lean = rng.uniform(0.07, 0.14), rng.uniform(-0.12, 0.12)
    parts = [
        Part(
            smooth(
                [
                    (-1.7 * trunk, 0.95),
                    (-0.8 * trunk, 0.5),
                    (lean - 0.6 * trunk, -0.2),
                    (lean + 0.6 * trunk, -0.2),
                    (0.8 * trunk, 0.5),
                    (1.7 * trunk, 0.95),
                ]
            ),
            1,
        )
    ]
    if rng.random() < 0.35:
        tiers = int(rng.integers(3, 5))
        for tier in range(tiers):
            wide = (0.68 - 0.42 * tier / (tiers - 1)) * rng.uniform(0.85, 1.05)
            low = 0.55 - 1.05 * tier / tiers
            parts.append(
                Part(
                    np.array(
                        [
                            (lean - wide, low),
                            (lean - 0.3 * wide, low - 0.12),
                            (lean, low - 0.75),
                            (lean + 0.3 * wide, low - 0.12),
                            (lean + wide, low),
                            (lean, low + 0.07),
                        ]
                    ),
                    0 if tier % 2 else 2,
                )
            )
        return parts
    for side in (-1, 1):
        parts.append(
            Part(
                np.array(
                    [
                        (lean * 0.5 - 0.04, 0.25),
                        (side * 0.42, -0.2),
                        (side * 0.46, -0.14),
                        (lean * 0.5 + 0.04, 0.38),
                    ]
                ),
                1,
            )
        )
    count = int(rng.integers(5, 9))
    for index in range(count):
        angle = 2 * np.pi * index / count + rng.uniform(-0.2, 0.2)
        radius = rng.uniform(0.24, 0.38)
        place = (lean + 0.45 * np.cos(angle), -0.38 + 0.34 * np.sin(angle))
        parts.append(Part(ellipse(*place, radius, 0.9 * radius), 0 if index % 2 else 2))
    parts.append(Part(ellipse(lean, -0.40, 0.42, 0.36), 0))
    for _ in range(rng.integers(0, 7)):
        angle, reach = rng.uniform(0, 2 * np.pi), rng.uniform(0.1, 0.6)
        parts.append(
            Part(
                ellipse(
                    lean + reach * np.cos(angle),
                    -0.4 + 0.8 * reach * np.sin(angle),
                    0.06,
                    0.06,
                    count=12,
                ),
                3,
            )
        )
    return parts


def flower(rng: np.random.Generator) -> list:
    """Petals about a heart, on a stem with leaves."""
    petals, radius = int(rng.integers(5, 10)), rng.uniform(0.42, 0.56)
    bend, cy = rng.uniform(-0.25, 0.25), -0.32
    parts = [
        Part(
            smooth(
                [
                    (bend - 0.05, 0.98),
                    (0.35 * bend - 0.05, 0.4),
                    (-0.04, cy),
                    (0.04, cy),
                    (0.35 * bend + 0.06, 0.4),
                    (bend + 0.05, 0.98),
                ]
            ),
            1,
        )
    ]
    for side in (-1, 1):
        if rng.random() < 0.85:
            y, reach = rng.uniform(0.45, 0.75), side * rng.uniform(0.4, 0.62)
            parts.append(
                Part(
                    smooth(
                        [
                            (0.4 * bend, y),
                            (0.5 * reach, y - 0.26),
                            (reach, y - 0.2),
                            (0.55 * reach, y),
                        ],
                        24,
                    ),
                    1,
                )
            )
    plump, start = rng.uniform(0.65, 1.1) * radius * np.pi / petals, rng.uniform(0, 2)
    for index in range(petals):
        angle = start + 2 * np.pi * index / petals
        middle = 0.62 * radius
        parts.append(
            Part(
                ellipse(
                    middle * np.cos(angle),
                    cy + middle * np.sin(angle),
                    0.42 * radius,
                    plump,
                    angle,
                    20,
                ),
                0 if index % 2 else 2,
            )
        )
    parts.append(Part(ellipse(0.0, cy, 0.30 * radius, 0.30 * radius), 4))
    parts.append(Part(ellipse(0.0, cy, 0.15 * radius, 0.15 * radius), 3))
    return parts


def car(rng: np.random.Generator) -> list:
    """A body with cabin, windows, lights and two wheels."""
    roof, nose, tail = rng.uniform(0.32, 0.56), rng.uniform(0.0, 0.16), rng.uniform(-0.06, 0.14)
    front, back = rng.uniform(-0.62, -0.42), rng.uniform(0.42, 0.82)
    cabin = np.array([(front, -0.02), (front + 0.24, -roof), (back - 0.20, -roof), (back, -0.02)])
    parts = [Part(cabin, rng.choice([0, 2]))]
    body = smooth(
        [
            (-0.96, 0.32),
            (-0.97, 0.06 + nose),
            (-0.80, nose),
            (front, -0.05),
            (back, -0.05),
            (0.88, tail - 0.02),
            (0.97, 0.12 + tail),
            (0.96, 0.32),
            (0.4, 0.36),
            (-0.4, 0.36),
        ],
        60,
    )
    parts.append(Part(body, 0))
    middle = (front + back) / 2 + 0.02
    low, high = -0.07, -roof + 0.08
    parts.append(
        Part(
            np.array(
                [
                    (front + 0.10, low),
                    (front + 0.27, high),
                    (middle - 0.03, high),
                    (middle - 0.03, low),
                ]
            ),
            4,
        )
    )
    parts.append(
        Part(
            np.array(
                [
                    (middle + 0.03, low),
                    (middle + 0.03, high),
                    (back - 0.24, high),
                    (back - 0.09, low),
                ]
            ),
            4,
        )
    )
    parts.append(Part(rectangle(-0.6, 0.17, 0.62, 0.21), 2))
    parts.append(Part(ellipse(-0.90, 0.14 + 0.5 * nose, 0.07, 0.06), 4))
    parts.append(Part(rectangle(middle + 0.1, 0.03, middle + 0.22, 0.07), 3))
    radius = rng.uniform(0.17, 0.25)
    for x in (-0.56, 0.56):
        parts.append(Part(ellipse(x, 0.36, radius, radius), 3))
        parts.append(Part(ellipse(x, 0.36, 0.5 * radius, 0.5 * radius), 4))
    return parts


def face(rng: np.random.Generator) -> list:
    """A head with hair, ears, eyes, brows, nose and mouth."""
    wide, tall = rng.uniform(0.52, 0.66), rng.uniform(0.68, 0.82)
    parts = []
    if rng.random() < 0.5:
        fall = rng.uniform(0.3, 0.9)
        parts.append(
            Part(
                smooth(
                    [
                        (-wide - 0.14, fall),
                        (-wide - 0.1, -0.4),
                        (0, -tall - 0.18),
                        (wide + 0.1, -0.4),
                        (wide + 0.14, fall),
                        (0.3, 0.4),
                        (-0.3, 0.4),
                    ]
                ),
                1,
            )
        )
    for side in (-1, 1):
        parts.append(Part(ellipse(side * wide, 0.0, 0.12, 0.18), 0))
    parts.append(
        Part(
            smooth(
                [
                    (-wide, -0.1),
                    (-0.75 * wide, -0.7 * tall),
                    (0, -tall),
                    (0.75 * wide, -0.7 * tall),
                    (wide, -0.1),
                    (0.72 * wide, 0.6 * tall),
                    (0, tall),
                    (-0.72 * wide, 0.6 * tall),
                ]
            ),
            0,
        )
    )
    fringe = rng.uniform(-0.52, -0.36)
    parts.append(
        Part(
            smooth(
                [
                    (-wide - 0.03, -0.2),
                    (-0.8 * wide, -0.82 * tall),
                    (0, -tall - 0.1),
                    (0.8 * wide, -0.82 * tall),
                    (wide + 0.03, -0.2),
                    (0.6 * wide, fringe),
                    (rng.uniform(-0.2, 0.2), fringe + 0.08),
                    (-0.6 * wide, fringe),
                ]
            ),
            1,
        )
    )
    gaze, size = rng.uniform(-0.03, 0.03), rng.uniform(0.10, 0.14)
    for side in (-1, 1):
        x = side * 0.42 * wide + 0.0
        parts.append(Part(ellipse(x, -0.10, size, 0.72 * size), 4))
        parts.append(Part(ellipse(x + gaze, -0.10, 0.5 * size, 0.5 * size, count=14), 3))
        lift = rng.uniform(-0.05, 0.05)
        parts.append(
            Part(
                np.array(
                    [(x - 0.14, -0.27 + lift), (x, -0.31), (x + 0.14, -0.27 - lift), (x, -0.26)]
                ),
                3,
            )
        )
    parts.append(Part(np.array([(0.0, -0.08), (rng.uniform(0.06, 0.13), 0.18), (-0.03, 0.2)]), 2))
    smile = rng.uniform(-0.08, 0.14)
    half = rng.uniform(0.17, 0.28)
    parts.append(
        Part(
            smooth(
                [
                    (-half, 0.40 - smile),
                    (0, 0.40),
                    (half, 0.40 - smile),
                    (0, 0.49 + 0.3 * abs(smile)),
                ],
                24,
            ),
            2,
        )
    )
    if rng.random() < 0.3:
        for side in (-1, 1):
            ring = np.concatenate(
                [
                    ellipse(side * 0.42 * wide, -0.1, 0.21, 0.19),
                    ellipse(side * 0.42 * wide, -0.1, 0.17, 0.15)[::-1],
                ]
            )
            parts.append(Part(ring, 3))
    return parts


def bird(rng: np.random.Generator) -> list:
    """A body with head, beak, wing, tail and legs."""
    plump, neck = rng.uniform(0.30, 0.44), rng.uniform(0.0, 0.25)
    hx, hy = -0.52 - 0.3 * neck, -0.36 - neck
    parts = []
    for x in (-0.04, 0.14):
        parts.append(
            Part(
                np.array(
                    [(x, 0.3), (x + 0.04, 0.3), (x + 0.02, 0.86), (x - 0.16, 0.9), (x - 0.02, 0.82)]
                ),
                3,
            )
        )
    droop = rng.uniform(-0.25, 0.35)
    parts.append(
        Part(np.array([(0.35, -0.05), (0.98, droop - 0.12), (0.95, droop + 0.14), (0.35, 0.2)]), 2)
    )
    parts.append(
        Part(
            np.array(
                [
                    (hx - 0.14, hy - 0.09),
                    (hx - 0.14, hy + 0.09),
                    (hx - rng.uniform(0.34, 0.55), hy + rng.uniform(-0.02, 0.1)),
                ]
            ),
            4,
        )
    )
    parts.append(
        Part(
            smooth(
                [
                    (hx + 0.1, hy - 0.15),
                    (hx - 0.18, hy + 0.02),
                    (-0.55, 0.0),
                    (-0.3, plump),
                    (0.15, plump),
                    (0.55, 0.08),
                    (0.2, -0.28),
                    (-0.22, -0.34),
                ]
            ),
            0,
        )
    )
    parts.append(Part(ellipse(hx, hy, 0.23, 0.21), 0))
    if rng.random() < 0.5:
        lift = rng.uniform(0.55, 0.85)
        parts.append(
            Part(
                smooth(
                    [(-0.28, -0.05), (0.05, -lift), (0.55, -lift - 0.1), (0.42, -0.3), (0.3, 0.1)]
                ),
                1,
            )
        )
    else:
        parts.append(
            Part(
                smooth([(-0.30, -0.10), (0.05, -0.20), (0.62, 0.02), (0.25, 0.24), (-0.18, 0.18)]),
                1,
            )
        )
        parts.append(Part(smooth([(-0.1, 0.02), (0.2, -0.04), (0.5, 0.04), (0.2, 0.12)], 20), 2))
    parts.append(Part(ellipse(hx - 0.05, hy - 0.04, 0.055, 0.055, count=14), 4))
    parts.append(Part(ellipse(hx - 0.05, hy - 0.04, 0.03, 0.03, count=12), 3))
    return parts


CLASSES = {
    "bird": bird,
    "car": car,
    "face": face,
    "fish": fish,
    "flower": flower,
    "house": house,
    "tree": tree,
}
