"""Damaged and hostile .npy files for `neuronaut layout`; see `fuzzing`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import seeds
from fuzzing import EDITS, Edit, Reader, corpus, damaged, fuzzed
from hypothesis import given
from hypothesis import strategies as st
from neuronaut.app.options import UserError
from neuronaut.app.scene.layouts import read_features


def read(path: Path) -> None:
    features = read_features(path)
    assert features.dtype == np.float32
    assert features.ndim == 2
    assert features.size
    assert np.isfinite(features).all()


FEATURES = Reader(read, UserError, ".npy")
SEEDS = (
    np.eye(3),
    np.eye(2, 5, dtype="f4").T,
    np.ones((2, 2), "?"),
    np.arange(6, dtype=">i2").reshape(2, 3),
)


@corpus("features")
def test_what_once_broke_the_reader_of_features(found: Path) -> None:
    FEATURES.try_file(found)


@fuzzed(200)
@given(st.sampled_from(SEEDS), st.booleans(), EDITS)
def test_features(tmp_path_factory, array: np.ndarray, head: bool, edits: list[Edit]) -> None:
    content = seeds.npy(array)
    end = 10 + content[8] if head else len(content)
    content = damaged(content[:end], edits, seeds.npz(x=array)) + content[end:]
    FEATURES.try_bytes(content, tmp_path_factory.getbasetemp())
