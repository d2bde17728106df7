"""A small network that drifts from step to step, and runs of it."""

import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import jax.numpy as jnp
import numpy as np
from neuronaut.core import run_codec
from neuronaut.core.network import Layer, Params
from neuronaut.core.runs import About, RunWriter, Snapshots

SIZES = (5, 4, 3)
ABOUT = About(SIZES, "tanh", data="toy", class_names=("a", "b", "c"), seed=7, config={"rate": 0.1})
EVERY = Snapshots("float32", every=1)


def params(step: int, sizes: tuple[int, ...] = SIZES) -> Params:
    """Return weights that drift from step to step."""
    start, drift = np.random.default_rng(0), np.random.default_rng(step)
    return tuple(
        Layer(
            jnp.asarray(start.normal(size=(i, o)) + 0.01 * drift.normal(size=(i, o)), "f4"),
            jnp.asarray(0.01 * drift.normal(size=o), "f4"),
        )
        for i, o in pairwise(sizes)
    )


def joined(step: int) -> np.ndarray:
    return run_codec.pack_host(params(step), "float32")


def write(path: Path, steps: int, about: About = ABOUT, snapshots: Snapshots = EVERY) -> Path:
    with RunWriter(path, about, snapshots=snapshots) as run:
        for step in range(steps):
            run.log(step, params(step, about.sizes or SIZES), loss=1 / (step + 1))
    return path


def assert_same(found: Params, expected: Params) -> None:
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one.weight, other.weight)
        np.testing.assert_array_equal(one.bias, other.bias)


def until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.01)
