"""What a stored network is looked at with: its data set, else its probe, else noise.  No OpenGL."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
from neuronaut.core import datasets
from neuronaut.core.datasets import DataError, Dataset
from neuronaut.core.runs import About, Samples

from ..options import UserError

_NOISE_ROWS = 256
_SEEDS = 2**32
_LEAST_IMAGE = 64  # features; fewer that make a square need not be an image


def data_for(
    about: About,
    probe: Samples | None,
    named: str | None = None,
    progress: datasets.Progress | None = None,
) -> tuple[Dataset, str]:
    """Return samples that fit a stored network, and a sentence if they are not its own data set.

    Args:
        about: what is known of the network; its sizes are.
        probe: samples that were kept with it.
        named: the data set that a person asked for.
        progress: told of downloads.
    Raises:
        UserError: the data set that was asked for does not fit the network.
        DataError: it cannot be had.
    """
    if named is not None:
        data = _load(named, about, progress)
        _check_fits(data, about)
        return data, ""
    reason = ""
    if about.data in datasets.NAMES and not datasets.is_here(about.data):
        reason = f", as {about.data} is not on this machine"
    elif about.data in datasets.NAMES:
        try:
            data = _load(about.data, about, progress)
            _check_fits(data, about)
            return data, ""
        except (DataError, UserError) as error:
            reason = f": {error}"
    if probe is not None:
        return _of(about, probe.x, probe.y, about.data or "probe"), (
            f"shown with the {len(probe.x)} samples that were kept with it{reason}"
        )
    noise = np.random.default_rng(0).random((_NOISE_ROWS, about.sizes[0]), np.float32)
    labels = np.arange(_NOISE_ROWS, dtype=np.int32) % _classes(about)
    return _of(about, noise, labels, "noise"), (
        f"no samples came with it, so it is shown noise; --data names better ones{reason}"
    )


def _load(named: str, about: About, progress: datasets.Progress | None) -> Dataset:
    """Load a data set as it was trained on: its classes, and its points where they are drawn."""
    data = datasets.load(named, seed=seed_of(about), progress=progress)
    names = about.class_names
    if names and names != data.class_names and set(names) <= set(data.class_names):
        return datasets.subset(data, names)
    return data


def _check_fits(data: Dataset, about: About) -> None:
    inputs, classes = about.sizes[0], _classes(about)
    if (data.features, data.classes) != (inputs, classes):
        raise UserError(
            f"the network takes {inputs} numbers and knows {classes} classes, "
            f"but {data.name} has {data.features} and {data.classes}."
        )


def _classes(about: About) -> int:
    """Return how many classes it tells apart: a single output says how likely the second is."""
    return max(about.sizes[-1], 2)


def _of(about: About, x: np.ndarray, y: np.ndarray, name: str) -> Dataset:
    classes = _classes(about)
    x = np.nan_to_num(np.ascontiguousarray(x, np.float32))
    names = about.class_names if len(about.class_names) == classes else map(str, range(classes))
    labels = np.clip(y, 0, classes - 1).astype(np.int32)  # a foreign loop may keep what it likes
    return Dataset(name, x, labels, x, labels, tuple(names), _shape(about))


def _shape(about: About) -> tuple[int, ...]:
    features = about.sizes[0]
    if math.prod(about.input_shape) == features and about.input_shape:
        return about.input_shape
    side = math.isqrt(features)
    is_square = side * side == features and features >= _LEAST_IMAGE
    return (side, side) if is_square else (features,)


def seed_of(about: About) -> int:
    """Return the seed of a stored training, 0 where it has none that `neuronaut` could have had."""
    seed = about.seed or 0
    return seed if 0 <= seed < _SEEDS else 0


def with_sizes(about: About, sizes: tuple[int, ...]) -> About:
    """Return the same of a network whose sizes have become known."""
    return dataclasses.replace(about, sizes=sizes)
