"""All pictures of some folders on one, small and with their names."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from toolkit.arrays import Array

PAPER, INK = (250, 248, 244), (50, 48, 46)
HEIGHT, GAP, CAPTION = 210, 14, 26


def contact_sheet(rows: dict) -> Array:
    """Pictures, of each name a list of paths, one row for each name."""
    font, title = ImageFont.load_default(15), ImageFont.load_default(19)
    drawn = []
    for name, paths in rows.items():
        thumbnails = [_thumbnail(path) for path in paths]
        width = sum(picture.width + GAP for picture in thumbnails) + GAP
        row = Image.new("RGB", (width, HEIGHT + CAPTION + 2 * GAP + 18), PAPER)
        drawing = ImageDraw.Draw(row)
        drawing.text((GAP, 6), name, INK, title)
        left = GAP
        for path, picture in zip(paths, thumbnails):
            row.paste(picture, (left, 36))
            drawing.text((left, 40 + HEIGHT), path.stem.replace("_", " "), INK, font)
            left += picture.width + GAP
        drawn.append(row)
    sheet = Image.new(
        "RGB", (max(row.width for row in drawn), sum(row.height for row in drawn)), PAPER
    )
    top = 0
    for row in drawn:
        sheet.paste(row, (0, top))
        top += row.height
    return np.asarray(sheet)


def _thumbnail(path: Path) -> Image.Image:
    with Image.open(path) as picture:
        width = round(picture.width * HEIGHT / picture.height)
        return picture.convert("RGB").resize((width, HEIGHT), Image.Resampling.LANCZOS)
