#!/usr/bin/env python3
"""Draws the demo pictures: OUT/pictures/photographs and paintings, and a contact sheet of both."""

import sys
import time
from pathlib import Path

from paintings import (
    guitar_in_planes,
    ink_wash,
    night_harbour,
    river_in_dots,
    stained_glass,
    woodcut,
)
from photographs import lighthouse, mountain_lake, still_life, street
from toolkit.contact_sheet import contact_sheet
from toolkit.output import parser, prepared, save

PICTURES = {
    "photographs": (lighthouse, mountain_lake, still_life, street),
    "paintings": (guitar_in_planes, ink_wash, night_harbour, river_in_dots, stained_glass, woodcut),
}
QUALITY = 92


def _name(module) -> str:
    return module.__name__.rpartition(".")[2]


def _wanted(names: list) -> list:
    every = [(group, module) for group, modules in PICTURES.items() for module in modules]
    known = {_name(module) for _, module in every}
    unknown = sorted(set(names) - known)
    if unknown:
        sys.exit(f"no picture {', '.join(unknown)}; there are {', '.join(sorted(known))}")
    return [(group, module) for group, module in every if not names or _name(module) in names]


def main() -> None:
    """Draws what is asked for on the command line."""
    arguments = parser(__doc__)
    arguments.add_argument(
        "--size",
        type=int,
        default=768,
        metavar="PIXELS",
        help="long side of the pictures (default: %(default)s)",
    )
    arguments.add_argument(
        "--only",
        nargs="+",
        default=[],
        metavar="NAME",
        help="draw only these; without it all, which takes half an hour, "
        "most of it for still_life",
    )
    options = arguments.parse_args()
    if not 32 <= options.size <= 4096:
        sys.exit(f"--size {options.size}: must be from 32 to 4096")
    wanted = _wanted(options.only)
    out = prepared(options.out, options.force)
    for group, module in wanted:
        begun = time.monotonic()
        save(module.draw(options.size), out / "pictures" / group / f"{_name(module)}.jpg", QUALITY)
        print(f"pictures/{group}/{_name(module)}.jpg  {time.monotonic() - begun:.0f} s", flush=True)
    rows = {group: sorted(Path(out / "pictures" / group).glob("*.jpg")) for group in PICTURES}
    save(
        contact_sheet({group: paths for group, paths in rows.items() if paths}),
        out / "contact-sheet.jpg",
        88,
    )


if __name__ == "__main__":
    main()
