"""Tests of the drawing scripts at small size: python3 -m unittest discover scripts/draw"""

import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import demo_pictures  # noqa: E402
import labelled_set  # noqa: E402
from photographs import still_life  # noqa: E402
from shapes.styles import DOMAINS  # noqa: E402
from shapes.things import CLASSES  # noqa: E402
from toolkit import noise, output  # noqa: E402


class Noise(unittest.TestCase):
    """toolkit.noise"""

    def test_is_seeded_and_smooth(self):
        x = np.linspace(0.0, 9.0, 900, dtype=np.float32)
        first, second = (noise.gradient_noise([x, 0.3 * x], seed) for seed in (1, 2))
        self.assertTrue(np.array_equal(first, noise.gradient_noise([x, 0.3 * x], 1)))
        self.assertFalse(np.array_equal(first, second))
        self.assertLess(np.abs(np.diff(first)).max(), 0.06)

    def test_nearest_point_is_nearer_than_the_second(self):
        x, y = np.meshgrid(np.linspace(0, 7, 40), np.linspace(0, 5, 40))
        nearest, second, number = noise.cells(x, y, 3)
        self.assertTrue((nearest <= second).all())
        self.assertGreater(len(np.unique(number)), 20)


class Pictures(unittest.TestCase):
    """Every demo picture, drawn twice at small size, the still life with one path per pixel."""

    def test_are_the_same_again(self):
        for modules in demo_pictures.PICTURES.values():
            for module in modules:
                draw = module.draw
                if module is still_life:
                    draw = lambda size: still_life.draw(size, samples=1)  # noqa: E731
                with self.subTest(module.__name__):
                    first, second = draw(40), draw(40)
                    self.assertEqual(first.dtype, np.uint8)
                    self.assertEqual(max(first.shape[:2]), 40)
                    self.assertGreater(first.std(), 15.0)
                    self.assertTrue(np.array_equal(first, second))


class LabelledSet(unittest.TestCase):
    """The seven classes in four styles."""

    def test_is_the_same_again(self):
        for domain in DOMAINS:
            for name in CLASSES:
                with self.subTest(f"{domain}/{name}"):
                    first = labelled_set.draw(domain, name, 0, 32)
                    self.assertEqual(first.shape, (32, 32, 3))
                    self.assertTrue(np.array_equal(first, labelled_set.draw(domain, name, 0, 32)))
                    self.assertFalse(np.array_equal(first, labelled_set.draw(domain, name, 1, 32)))


class Output(unittest.TestCase):
    """toolkit.output"""

    def test_a_folder_in_use_needs_force(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder)
            self.assertEqual(output.prepared(path / "new", force=False), path / "new")
            with self.assertRaisesRegex(SystemExit, "is not empty"):
                output.prepared(path, force=False)
            self.assertEqual(output.prepared(path, force=True), path)

    def test_a_file_is_no_folder(self):
        with tempfile.NamedTemporaryFile() as file, self.assertRaisesRegex(
            SystemExit, "is not a folder"
        ):
            output.prepared(Path(file.name), force=True)


if __name__ == "__main__":
    unittest.main()
