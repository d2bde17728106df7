"""Ways from one sample to another through real ones that resemble each other."""

from operator import index
from typing import NamedTuple, SupportsIndex

import numpy as np
from jaxtyping import Int
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from sklearn.metrics import pairwise_distances_argmin_min

from . import knn
from .arrays import Rows

NEIGHBORS = 10

Numbers = Int[np.ndarray, "K"]


class SamplePath(NamedTuple):
    """A way through real samples.

    Attributes:
        indices: of the samples, both ends included.
        length: sum of the Euclidean distances.
        gap: place in `indices` from which the path leaps, because no chain of neighbours joins the
            ends; None if there is no such place.
    """

    indices: Numbers
    length: float
    gap: int | None


def sample_graph(x: Rows, k: int = NEIGHBORS) -> csr_array:
    """Return Euclidean distances to the k nearest of each sample; [B, B], other places empty.

    Takes seconds for ten thousand images: keep it while the samples stay the same.
    """
    chosen, squared = knn.nearest(x, k, "euclidean")
    source = np.repeat(np.arange(len(x)), chosen.shape[1])
    target, far = np.asarray(chosen).ravel(), np.sqrt(np.asarray(squared, np.float64).ravel())
    known = np.isfinite(far)
    # An edge of length 0, between equal samples, would be none.
    far = np.maximum(far[known], np.finfo(np.float32).tiny)
    return csr_array((far, (source[known], target[known])), shape=(len(x), len(x)))


def path_through_samples(
    x: Rows,
    a_index: SupportsIndex,
    b_index: SupportsIndex,
    k: int = NEIGHBORS,
    graph: csr_array | None = None,
) -> SamplePath:
    """Return the shortest path from one sample to another by way of near neighbours.

    Geodesics of Isomap (Tenenbaum et al. 2000, "A global geometric framework for nonlinear
    dimensionality reduction"). Where no chain joins the two, the path leaps once: between the two
    closest of the samples that one end reaches and those that the other reaches.

    Args:
        k: neighbours of each sample.
        graph: what `sample_graph` gave for these samples, to save its time.
    Raises:
        ValueError: there is no such sample, or the graph has another number of them.
    """
    a, b = index(a_index), index(b_index)
    for end in (a, b):
        if not 0 <= end < len(x):
            raise ValueError(f"sample must be 0..{len(x) - 1}, got {end}")
    graph = sample_graph(x, k) if graph is None else graph
    if graph.shape != (len(x), len(x)):
        raise ValueError(f"graph must join {len(x)} samples, got one of shape {graph.shape}")
    far, before = dijkstra(graph, directed=False, indices=[a, b], return_predecessors=True)
    if np.isfinite(far[0, b]):
        return SamplePath(_walk(before[0], b), float(far[0, b]), None)
    near_a, near_b = (np.flatnonzero(np.isfinite(row)) for row in far)
    rows = np.nan_to_num(np.asarray(x))  # samples that are not finite have no neighbours
    partner, leap = pairwise_distances_argmin_min(rows[near_a], rows[near_b])
    shortest = int(leap.argmin())
    leave, land = int(near_a[shortest]), int(near_b[partner[shortest]])
    here, there = _walk(before[0], leave), _walk(before[1], land)[::-1]
    length = float(far[0, leave] + leap[shortest] + far[1, land])
    return SamplePath(np.concatenate([here, there]), length, len(here) - 1)


def _walk(before: Int[np.ndarray, "B"], end: int) -> Int[np.ndarray, "K"]:
    """Follow the predecessors of Dijkstra's algorithm back to where it began."""
    path = [end]
    while before[path[-1]] >= 0:
        path.append(int(before[path[-1]]))
    return np.array(path[::-1])
