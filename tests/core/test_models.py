"""Weights of a network in a file: what is written is read, and nothing else."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest
from neuronaut.core import models
from neuronaut.core.models import ModelError
from neuronaut.core.network import Layer, Params

W, B = np.ones((4, 3), "f4"), np.ones(3, "f4")


def chain(*sizes: int) -> Params:
    """Return a network of random weights."""
    rng = np.random.default_rng(0)
    return tuple(
        Layer(*(jnp.asarray(rng.standard_normal(shape), "f4") for shape in ((i, o), o)))
        for i, o in pairwise(sizes)
    )


def write(path: Path, *arrays: np.ndarray) -> Path:
    np.savez(path, **{f"a{k}": array for k, array in enumerate(arrays)})  # pyright: ignore[reportArgumentType]
    return path


def test_what_is_saved_is_loaded(tmp_path):
    params = chain(5, 4, 3, 2)
    models.save(tmp_path / "model.npz", params)
    loaded = models.load(tmp_path / "model.npz")
    assert models.sizes(loaded) == (5, 4, 3, 2)
    for wrote, read in zip(params, loaded, strict=True):
        np.testing.assert_array_equal(wrote.weight, read.weight)
        np.testing.assert_array_equal(wrote.bias, read.bias)


def test_many_layers_keep_their_order(tmp_path):
    sizes = tuple(range(2, 16))
    models.save(tmp_path / "deep.npz", chain(*sizes))
    assert models.sizes(models.load(tmp_path / "deep.npz")) == sizes


def test_other_types_of_number_become_float32(tmp_path):
    (layer,) = models.load(write(tmp_path / "m.npz", W.astype("f8"), B.astype("i8")))
    assert layer.weight.dtype == layer.bias.dtype == np.float32


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ((), "not 0 arrays"),
        ((W,), "not 1 arrays"),
        ((W, B, W), "not 3 arrays"),
        ((W, B, np.ones((4, 2)), np.ones(2)), r"layer 1 should have shape \[3, outputs\]"),
        ((W, np.ones(4)), r"bias of layer 0 should have shape \[3\], not \[4\]"),
        ((W, np.ones((1, 3))), "bias of layer 0"),
        ((W, B, np.ones((3, 2)), np.ones(3)), "bias of layer 1"),
        ((B, B), "weight of layer 0"),
        ((np.ones((2, 2, 2)), np.ones(2)), "weight of layer 0"),
        ((np.ones((0, 3)), B), "weight of layer 0"),
        ((np.full((4, 3), np.nan), B), "layer 0 holds a number that is not finite"),
        ((W, np.full(3, np.inf)), "layer 0 holds a number that is not finite"),
        ((W.astype(str), B), "layer 0 should hold numbers"),
        ((W, B.astype(complex)), "layer 0 should hold numbers, not complex"),
        ((W.astype(object), B), "no .npz of plain arrays"),
        ((np.full((4, 3), 1e300), B), "layer 0 holds a number"),
    ],
)
def test_arrays_that_make_no_chain(tmp_path, arrays, said):
    path = write(tmp_path / "model.npz", *arrays)
    with pytest.raises(ModelError, match=said) as raised:
        models.load(path)
    assert str(path) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_files_that_are_no_archive(tmp_path):
    with pytest.raises(ModelError, match="cannot be read"):
        models.load(tmp_path / "missing.npz")
    with pytest.raises(ModelError, match="cannot be read"):
        models.load(tmp_path)
    for name, content in (("text.npz", b"no archive"), ("empty.npz", b""), ("cut.npz", b"PK\3\4")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ModelError, match=r"no \.npz of plain arrays"):
            models.load(tmp_path / name)
    np.save(tmp_path / "one.npy", W)
    with pytest.raises(ModelError, match=r"no \.npz of plain arrays"):
        models.load(tmp_path / "one.npy")
