"""Damaged and hostile pictures for the drawing pad; see `fuzzing`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import seeds
from fuzzing import EDITS, Edit, Reader, corpus, damaged, fuzzed, sealed_png
from hypothesis import given
from hypothesis import strategies as st
from neuronaut.app.lab import image_files
from neuronaut.app.options import UserError


def draw(path: Path) -> None:
    """Read a picture and fit it to a pad, both ways."""
    for is_grey in (False, True):
        pixels = image_files.read(path, is_grey)
        for drawn in (
            image_files.filling(pixels, (8, 8)),
            image_files.fitted(image_files.ink_of(pixels, path), (8, 8)),
        ):
            assert drawn.shape == (8, 8, 1 if is_grey else 3)
            assert drawn.dtype == np.float32
            assert 0 <= drawn.min() <= drawn.max() <= 1


PICTURE = Reader(draw, UserError, ".png")


@corpus("pictures")
def test_what_once_broke_the_reader_of_pictures(found: Path) -> None:
    PICTURE.try_file(found)


@fuzzed(150)
@given(st.sampled_from(seeds.PICTURES), EDITS)
def test_pictures(tmp_path_factory, kind: tuple[str, str], edits: list[Edit]) -> None:
    content = damaged(seeds.picture(*kind), edits, seeds.picture("tif", "RGB"))
    content = sealed_png(content) if kind[0] == "png" else content
    PICTURE.try_bytes(content, tmp_path_factory.getbasetemp())
