"""Who attracts whom: affinities of one perplexity, as in t-SNE (van der Maaten and Hinton 2008).

The nearest of every row become a table of fixed width that the force simulation reads. It is made
with NumPy, not with JAX: sorting a table of 4,096 rows took JAX 80 ms on a CPU, and nothing has to
be compiled, which took 0.9 s; nor with SciPy's sparse matrices, which take 0.1 s to import.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Float32, Int

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
Places = Int[np.ndarray, "W"]


class Neighbors(NamedTuple):
    """Who attracts whom.

    Attributes:
        neuron: those that attract neuron n; n itself where a row has fewer.
        affinity: how much, symmetric; a row adds up to about 1, unused places are 0.
    """

    neuron: NeighborTable
    affinity: Affinities


class Pairs(NamedTuple):
    """A sparse matrix of affinities above 0, every place once, from row to row.

    Attributes:
        neurons: how many rows and columns.
        place: row times `neurons` plus column, in order.
        value: the affinity there.
    """

    neurons: int
    place: Places
    value: Float32[np.ndarray, "W"]


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
    row = np.repeat(np.arange(first, first + rows), k)
    col = np.asarray(chosen).ravel().astype(np.int64) + first
    count = first + rows if neurons is None else neurons
    found = np.isfinite(squared).sum(axis=1, keepdims=True)
    p = conditional_affinities(squared, PERPLEXITY * found).ravel()
    there = np.flatnonzero(p)
    row, col, p = row[there], col[there], p[there] / 2
    both_ways = np.concatenate([row * count + col, col * count + row])
    return _table(_added(count, both_ways, np.concatenate([p, p])))


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
    before, after = _pairs(previous), _pairs(target)
    fading = (1.0 - share) * before.value
    stays = (fading >= FAINT) | _are_among(before.place, after.place)
    places = np.concatenate([before.place[stays], after.place])
    values = np.concatenate([fading[stays], share * after.value])
    return _table(_added(before.neurons, places, values))


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


def _pairs(table: Neighbors) -> Pairs:
    neuron, affinity = np.asarray(table.neuron), np.asarray(table.affinity)
    row, place = np.nonzero(affinity)
    places = row * len(neuron) + neuron[row, place]
    return _added(len(neuron), places, affinity[row, place])


def _added(neurons: int, places: Places, values: Float32[np.ndarray, "W"]) -> Pairs:
    """Put values in the order of their places; two of one place are added up."""
    order = np.argsort(places, kind="stable")  # the fastest where most are in order
    places, values = places[order], values[order]
    is_new = np.diff(places, prepend=-1) > 0
    total = values[is_new]
    total[np.cumsum(is_new)[~is_new] - 1] += values[~is_new]
    there = total > 0  # the smallest numbers of all have no half
    return Pairs(neurons, places[is_new][there], total[there])


def _table(pairs: Pairs) -> Neighbors:
    """Lay a symmetric matrix out in rows of `TABLE_WIDTH`."""
    pairs = _uncrowded(pairs)
    row, col = np.divmod(pairs.place, pairs.neurons)
    place = _ranks(row)
    neuron = np.repeat(np.arange(pairs.neurons, dtype=np.int32)[:, None], TABLE_WIDTH, axis=1)
    value = np.zeros((pairs.neurons, TABLE_WIDTH), np.float32)
    neuron[row, place], value[row, place] = col, pairs.value
    return Neighbors(neuron, value)


def _uncrowded(pairs: Pairs) -> Pairs:
    """Drop what is not among the strongest `TABLE_WIDTH` of both its rows."""
    neurons, place, value = pairs
    row, col = np.divmod(place, neurons)
    crowded = np.flatnonzero(np.bincount(row, minlength=neurons)[row] > TABLE_WIDTH)
    if not len(crowded):
        return pairs
    order = crowded[np.lexsort((-value[crowded], row[crowded]))]
    dropped = np.zeros(len(place), bool)
    dropped[order[_ranks(row[order]) >= TABLE_WIDTH]] = True
    # The pair seen from its other end.
    mirror = np.searchsorted(place, col * neurons + row)
    kept = ~(dropped | dropped[mirror])
    return Pairs(neurons, place[kept], value[kept])


def _are_among(places: Places, others: Int[np.ndarray, "V"]) -> Bool[np.ndarray, "W"]:
    """Return which of some places are among others; both in order."""
    if len(others) == 0:
        return np.zeros(len(places), bool)
    return others[np.searchsorted(others[:-1], places)] == places


def _ranks(row: Places) -> Places:
    """Return how many of the same row come before each, of rows in order."""
    begins = np.flatnonzero(np.diff(row, prepend=-1))
    return np.arange(len(row)) - np.repeat(begins, np.diff(begins, append=len(row)))
