"""Folders and files that the scripts write."""

import argparse
import sys
from pathlib import Path

from PIL import Image

from toolkit.arrays import Array


def parser(description: str) -> argparse.ArgumentParser:
    """Arguments that both scripts have."""
    result = argparse.ArgumentParser(description=description)
    result.add_argument("out", metavar="OUT", type=Path, help="folder to write to")
    result.add_argument(
        "--force",
        action="store_true",
        help="write to OUT even if it is not empty; files of the same name are replaced",
    )
    return result


def prepared(folder: Path, force: bool) -> Path:
    """An empty folder, made if need be; ends the program with a message if that cannot be."""
    if folder.exists() and not folder.is_dir():
        sys.exit(f"{folder}: is not a folder")
    if folder.is_dir() and any(folder.iterdir()) and not force:
        sys.exit(f"{folder}: is not empty; --force writes there all the same")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        sys.exit(f"{folder}: {error.strerror}")
    return folder


def save(pixels: Array, path: Path, quality: int) -> None:
    """A JPEG, its folder made if need be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, quality=quality, optimize=True)
