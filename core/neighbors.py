"""Who attracts whom: affinities of one perplexity, as in t-SNE (van der Maaten and Hinton 2008).

The nearest of every row become a table of fixed width that the force simulation reads. It is made
with NumPy and SciPy's sparse matrices, not with JAX: sorting a table of 4,096 rows took JAX 80 ms
on a CPU, where transposing and adding takes 3, and nothing has to be compiled, which took 0.9 s.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float32, Int
from scipy.sparse import csr_array

from . import knn
from .arrays import Affinities, AnyArray, NeighborTable, Rows

NEIGHBORS = 15
TABLE_WIDTH = 40  # neighbours of a neuron once symmetric: its own, and those that chose it
# A share of k.  Nearly even weights over the 15 nearest kept neighbourhoods best of all that was
# tried on trained networks (2026-11): recall@15 .48 at 128 neurons, against .38 for k / 3.
PERPLEXITY = 0.99
FAINT = 5e-4  # about a hundredth of a usual affinity: nobody sees one this small go
_BISECTIONS = 24
_TILE = 8192  # rows whose affinities are sought at once: they stay in the cache
_TINY = 1e-12

Squared = Float[AnyArray, "B K"]
Weights = Float32[np.ndarray, "B K"]
Perplexities = Float[np.ndarray, "B 1"]


class Neighbors(NamedTuple):
    """Who attracts whom.

    Attributes:
        neuron: those that attract neuron n; n itself where a row has fewer.
        affinity: how much, symmetric; a row adds up to about 1, unused places are 0.
    """

    neuron: NeighborTable
    affinity: Affinities


def table_of_rows(
    rows: Rows, k: int = NEIGHBORS, metric: str = "cosine", seed: int = 0
) -> Neighbors:
    """Return the neighbour table among any vectors, numbered from 0.

    Args:
        rows: those that are not finite resemble nobody.
        k: how many nearest neighbours each chooses; at most B - 1.
        metric: one of `knn.METRICS`; under `cosine` rows of zeros resemble nobody.
        seed: of the search, where there are so many rows that it is approximate.
    Raises:
        ValueError: there is no such metric, or k is below 1.
    """
    found = knn.nearest(rows, k, metric, seed)
    return symmetric_table(found.chosen, found.squared)


def conditional_affinities(squared: Squared, perplexity: float | Perplexities) -> Weights:
    """Return p(j|i) over each row's neighbours, a Gaussian whose width gives the perplexity.

    Args:
        squared: squared distances; infinite where there is no neighbour.
        perplexity: effective number of neighbours, 1..K, of all rows or of each; where a row has
            fewer, all weigh the same.
    Returns:
        Every row adds up to 1, or is 0 if it has no neighbours.
    """
    squared = np.asarray(squared, np.float32)
    wanted = np.broadcast_to(np.log(np.maximum(perplexity, 1.0)), (len(squared), 1))
    tiles = [slice(s, s + _TILE) for s in range(0, max(len(squared), 1), _TILE)]
    return np.concatenate([_conditional(squared[tile], wanted[tile]) for tile in tiles])


def symmetric_table(
    chosen: Int[AnyArray, "B K"], squared: Squared, first: int = 0, neurons: int | None = None
) -> Neighbors:
    """Return (p(j|i) + p(i|j)) / 2 as a table; both ends of a pair keep it or neither does.

    The strongest `TABLE_WIDTH` of a row stay: a hub that many choose is not pulled by all.

    Args:
        chosen: the K nearest of every row, numbered from 0; none twice.
        squared: how far they are; infinite where there is nobody.
        first: number of the first row in the table; those before have no neighbours.
        neurons: rows of the table; as many as end with the last one if None.
    """
    rows, k = chosen.shape
    squared = np.asarray(squared)
    other = np.asarray(chosen).ravel() + first
    count = first + rows if neurons is None else neurons
    found = np.isfinite(squared).sum(axis=1, keepdims=True)
    p = conditional_affinities(squared, PERPLEXITY * found)
    begins = np.clip(np.arange(count + 1) - first, 0, rows) * k
    chose = _sorted(csr_array((p.ravel(), other, begins), (count, count)))
    return _table((chose + _sorted(chose.T.tocsr())) / 2)


def fade(previous: Neighbors, target: Neighbors, share: float) -> Neighbors:
    """Return a table that lies a share of the way between two: new edges fade in, old ones out.

    Called again and again with one target it comes to that target, but for its last rounding.

    Args:
        previous: what attracted so far.
        target: what is to attract, of as many neurons.
        share: 0..1; 1 gives the target.
    Raises:
        ValueError: the tables are not of one size.
    """
    if previous.neuron.shape != target.neuron.shape:
        raise ValueError(
            f"the tables must have one shape, got {previous.neuron.shape} before "
            f"and {target.neuron.shape} as target"
        )
    before, after = _matrix(previous), _matrix(target)
    leaving = before - before.multiply(after > 0)
    leaving.data[(1.0 - share) * leaving.data >= FAINT] = 0.0
    return _table((1.0 - share) * (before - leaving) + share * after)


def _conditional(squared: Weights, wanted: Perplexities) -> Weights:
    """Return p(j|i) of some rows, whose entropy is as wanted."""
    found = np.isfinite(squared)
    largest = np.finfo(np.float32).max
    nearest = squared.min(axis=1, keepdims=True, initial=largest, where=found)
    shifted = np.subtract(squared, nearest, out=np.zeros_like(squared), where=found)
    # Precision in units of each row's own spread: the same search serves any scale.
    mean = shifted.sum(axis=1, keepdims=True) / np.maximum(found.sum(axis=1, keepdims=True), 1)
    shifted /= np.maximum(mean, _TINY)
    high = np.full(wanted.shape, 12.0, np.float32)
    low = -high
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        precision = np.exp(middle)
        weight = np.exp(-precision * shifted) * found
        total = np.maximum(weight.sum(axis=1, keepdims=True), _TINY)
        entropy = np.log(total) + precision * (weight * shifted).sum(axis=1, keepdims=True) / total
        too_flat = entropy > wanted
        low, high = np.where(too_flat, middle, low), np.where(too_flat, high, middle)
    weight = np.exp(-np.exp((low + high) / 2) * shifted) * found
    return weight / np.maximum(weight.sum(axis=1, keepdims=True), _TINY)


def _matrix(table: Neighbors) -> csr_array:
    neuron, affinity = np.asarray(table.neuron), np.asarray(table.affinity)
    count, width = neuron.shape
    begins = np.arange(count + 1) * width
    return _sorted(csr_array((affinity.ravel(), neuron.ravel(), begins), (count, count)))


def _sorted(matrix: csr_array) -> csr_array:
    """Return the matrix without stored zeros and with rows in order: sums are fast and exact so."""
    matrix = matrix.copy()
    matrix.eliminate_zeros()
    matrix.sort_indices()
    return matrix


def _table(affinity: csr_array) -> Neighbors:
    """Lay a symmetric matrix out in rows of `TABLE_WIDTH`."""
    affinity = _uncrowded(affinity)
    count = len(affinity.indptr) - 1
    row, place = _rows_and_places(affinity)
    neuron = np.repeat(np.arange(count, dtype=np.int32)[:, None], TABLE_WIDTH, axis=1)
    value = np.zeros((count, TABLE_WIDTH), np.float32)
    neuron[row, place], value[row, place] = affinity.indices, affinity.data
    return Neighbors(neuron, value)


def _uncrowded(affinity: csr_array) -> csr_array:
    """Drop what is not among the strongest `TABLE_WIDTH` of both its rows."""
    row, _ = _rows_and_places(affinity)
    crowded = np.flatnonzero(np.diff(affinity.indptr)[row] > TABLE_WIDTH)
    if not len(crowded):
        return affinity
    value = np.asarray(affinity.data, np.float32)[crowded]
    order = crowded[np.lexsort((-value, row[crowded]))]
    rank = np.arange(len(order)) - np.searchsorted(row[order], row[order])
    kept = affinity.copy()
    kept.data[:] = 1.0
    kept.data[order[rank >= TABLE_WIDTH]] = 0.0
    return affinity.multiply(kept).multiply(kept.T.tocsr()).tocsr()


def _rows_and_places(matrix: csr_array) -> tuple[Int[np.ndarray, "T"], Int[np.ndarray, "T"]]:
    """Return the row of every stored entry, and its place within that row."""
    begins = np.asarray(matrix.indptr)
    count = np.diff(begins)
    row = np.repeat(np.arange(len(count)), count)
    return row, np.arange(len(row)) - np.repeat(begins[:-1], count)
