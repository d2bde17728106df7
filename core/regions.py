"""Regions of responsibility: clusters of hidden neurons, followed over training and named."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from . import clusters
from .arrays import AnyArray
from .clusters import NONE, Clusters
from .health import Mask
from .responses import ByClass, preferred, selectivity

ACROSS_LAYERS = ("output", "dominance", "activation")

Layers = Sequence[Float[AnyArray, "_ _"]]


class Tracked(NamedTuple):
    """The region of every hidden neuron, layer by layer; -1 for none.

    `next_id` is the first id never used in this run.
    """

    ids: Clusters
    next_id: int


@dataclass(frozen=True)
class Region:
    """What one region is.

    Attributes:
        id: kept over training.
        neurons: how many.
        classes: those that it responds to, by number; none if it responds to all alike.
        name: their names, such as "3, 5"; "all" where there is none.
        selectivity: 0 to 1, see `responses.selectivity`.
        profile: mean activity by class of its neurons, each relative to its own strongest.
    """

    id: int
    neurons: int
    classes: tuple[int, ...]
    name: str
    selectivity: float
    profile: tuple[float, ...]


def find(
    layers: Layers, live: Sequence[Mask], metric: str, before: Tracked | None = None, seed: int = 0
) -> Tracked:
    """Find the regions of a network in similarity space.

    Args:
        layers: unit vectors of each hidden layer under `metric`, as `similarity.vectors` gives.
        live: which neurons take part; the others belong to no region.
        metric: one of `ACROSS_LAYERS` finds regions across layers, any other within each.
        before: the regions a moment before, whose ids are kept; None begins anew.
    Raises:
        ValueError: the layers, `live` and `before` do not fit each other.
    """
    sizes = [len(rows) for rows in layers]
    if sizes != [len(mask) for mask in live] or (before and len(before.ids) != sum(sizes)):
        raise ValueError(
            f"live and before must fit layers of {sizes} neurons, "
            f"got {[len(mask) for mask in live]} and {len(before.ids) if before else None}"
        )
    if not sizes:
        return Tracked(np.zeros(0, np.int32), 0)
    rows = [np.where(mask[:, None], row, 0.0) for row, mask in zip(layers, live, strict=True)]
    before = before or Tracked(np.full(sum(sizes), NONE, np.int32), 0)
    ends = np.cumsum(sizes)
    if metric in ACROSS_LAYERS:
        rows, ends = [np.concatenate(rows)], ends[-1:]
    labels = np.full(len(before.ids), NONE, np.int32)
    for vectors, end in zip(rows, ends, strict=True):
        own = slice(end - len(vectors), end)
        found = clusters.cluster(vectors, before.ids[own], seed=seed)
        labels[own] = np.where(found >= 0, found + labels.max() + 1, NONE)
    return Tracked(*clusters.match(before.ids, labels, before.next_id))


def describe(
    ids: Clusters, by_class: Sequence[ByClass], class_names: Sequence[str]
) -> tuple[Region, ...]:
    """Name each region by the classes that it responds to, from the lowest id on.

    Args:
        ids: of every hidden neuron, as in `Tracked`.
        by_class: see `responses.Responses`.
    """
    if not by_class:
        return ()
    means = np.concatenate(by_class)
    strongest = means.max(axis=1, keepdims=True)
    relative = means / np.where(strongest > 0, strongest, 1.0)
    return tuple(
        _region(int(number), relative[ids == number], class_names)
        for number in np.unique(ids[ids >= 0])
    )


def _region(number: int, relative: ByClass, class_names: Sequence[str]) -> Region:
    profile = relative.mean(axis=0)
    classes = preferred(profile)
    return Region(
        id=number,
        neurons=len(relative),
        classes=classes,
        name=", ".join(class_names[c] for c in classes) or "all",
        selectivity=selectivity(profile, classes),
        profile=tuple(profile.tolist()),
    )
