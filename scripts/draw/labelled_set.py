#!/usr/bin/env python3
"""Draws the labelled set: seven classes in four styles, OUT/DOMAIN/CLASS/NNN.jpg."""

import sys

import numpy as np

from shapes.composition import composed
from shapes.styles import DOMAINS
from shapes.things import CLASSES
from toolkit.film import to_bytes
from toolkit.output import parser, prepared, save

SEED = 2024
QUALITY = 88


def draw(domain: str, name: str, number: int, side: int):
    """One picture; none depends on how many others there are."""
    seed = (SEED, sorted(DOMAINS).index(domain), sorted(CLASSES).index(name), number)
    return to_bytes(DOMAINS[domain](composed(name, np.random.default_rng(seed)), side))


def main() -> None:
    """Draws what is asked for on the command line."""
    arguments = parser(__doc__)
    arguments.add_argument(
        "--count",
        type=int,
        default=15,
        metavar="N",
        help="pictures of each class in each domain (default: %(default)s)",
    )
    arguments.add_argument(
        "--side",
        type=int,
        default=96,
        metavar="PIXELS",
        help="width and height (default: %(default)s)",
    )
    options = arguments.parse_args()
    if not 1 <= options.count <= 999:
        sys.exit(f"--count {options.count}: must be from 1 to 999")
    if not 32 <= options.side <= 512:
        sys.exit(f"--side {options.side}: must be from 32 to 512")
    out = prepared(options.out, options.force)
    for domain in sorted(DOMAINS):
        for name in sorted(CLASSES):
            for number in range(options.count):
                path = out / domain / name / f"{number + 1:03d}.jpg"
                save(draw(domain, name, number, options.side), path, QUALITY)
        print(f"{domain}: {len(CLASSES)} classes, {options.count} pictures of each", flush=True)


if __name__ == "__main__":
    main()
