"""What the colour of a neuron says: which number or category it has in each mode."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from neuronaut.core.signals import Signals
from neuronaut.renderer.neurons import Coloring

from ..lab.insight import HEALTH, Insight

COLORS = ("activation", "bias", "gradient", "update", "class", "region", "health", "compare")
SCALES = {
    "activation": "activation",
    "bias": "bias",
    "gradient": "gradient of the loss by net input",
    "update": "size of the last update",
}
_SIGNED_ACTIVATIONS = ("tanh", "gelu", "swish")


@dataclass(frozen=True)
class Tint:
    """Numbers that colour the neurons, float32 [N] each."""

    value: np.ndarray
    second: np.ndarray | None = None


@dataclass(frozen=True)
class Categories:
    """What the neurons belong to.

    Attributes:
        ids: int32 [N], -1 for none.
        count: how many colours there must be.
        rows: number, name and neurons of what there is, in the order of the legend.
        title: of the legend.
    """

    ids: np.ndarray
    count: int
    rows: tuple[tuple[int, str, int], ...]
    title: str


def style_of(color: str) -> Coloring:
    """Return how the spheres of the hidden layers take their colour."""
    if color in SCALES:
        return Coloring.VALUE
    return Coloring.TWO if color == "compare" else Coloring.CATEGORY


def is_signed(color: str, activation: str) -> bool:
    """Say whether a scale runs from -1, not from 0."""
    if color == "activation":
        return activation in _SIGNED_ACTIVATIONS
    return color in ("bias", "gradient")


def tint(color: str, signals: Signals, both: tuple[np.ndarray, np.ndarray] | None) -> Tint:
    """Return the numbers of one moment.

    Args:
        color: one of `COLORS`.
        signals: of the moment.
        both: activations of the two inputs that `compare` shows.
    """
    if color == "compare" and both is not None:
        return Tint(*both)
    name = color if color in SCALES else "activation"  # a category's brightness is activity
    return Tint(np.asarray(getattr(signals, name)))


def largest(value: np.ndarray, sizes: Sequence[int]) -> tuple[float, ...]:
    """Return the largest finite |value| of each layer."""
    ends = np.cumsum(sizes)[:-1]
    return tuple(
        float(np.abs(part[np.isfinite(part)]).max(initial=0.0)) for part in np.split(value, ends)
    )


def categorize(
    color: str, found: Insight, sizes: Sequence[int], class_names: tuple[str, ...]
) -> Categories:
    """Return what the neurons belong to, for the colours `class`, `region` and `health`."""
    first, last = sizes[0], sum(sizes) - sizes[-1]
    ids = np.full(sum(sizes), -1, np.int32)
    if color == "region":
        ids[first:last] = found.tracked.ids
        rows = [(region.id, region.name, region.neurons) for region in found.regions]
        rows = sorted(rows, key=lambda row: -row[2])
        return Categories(ids, found.tracked.next_id, tuple(rows), "regions by class")
    if color == "class":
        ids[first:last] = found.served
        rows = _counted(found.served, class_names)
        if sizes[-1] == len(class_names):
            ids[last:] = np.arange(sizes[-1])
        return Categories(ids, len(class_names), rows, "class served")
    ids[first:last] = found.health
    return Categories(ids, len(HEALTH), _counted(found.health, HEALTH), "health")


def _counted(ids: np.ndarray, names: Sequence[str]) -> tuple[tuple[int, str, int], ...]:
    counts = np.bincount(ids[ids >= 0], minlength=len(names))
    return tuple((k, name, int(counts[k])) for k, name in enumerate(names) if counts[k])
