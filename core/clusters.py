"""Clusters of neurons: communities in the graph of nearest neighbours, steady over training.

Neurons that resemble each other are joined to a graph, and the partition of most modularity gives
the clusters and their number, as Levine et al. (2015, "Data-driven phenotypic dissection of AML")
do with cells; a piece of the graph that no edge joins to the rest stays whole. Chosen by trial:
HDBSCAN leaves half or more of a real network's neurons as noise; silhouettes and eigengaps find no
number of clusters there; and distances mislead, since the neurons of one independent sub-network
may point in opposite ways, while those of two are orthogonal: only near neighbours tell who belongs
together. Some partition is always found, in random weights too: whether it means anything is for
`separability` to say.
"""

import numpy as np
from jaxtyping import Float, Int

from .arrays import AnyArray
from .communities import Graph, build, louvain, modularity, pieces

NEIGHBORS = 20
SMALLEST = 3  # fewer neurons are no cluster
STEADY = 0.02  # modularity to be gained before a partition is given up for another
LARGEST_GRAPH = 4096  # neurons; beyond, a sample is clustered and the others join it
NONE = -1
_LEAST_COSINE = 1e-6  # orthogonal neurons are not alike; rounding must not join them
_TILE = 1024

Clusters = Int[np.ndarray, "H"]
_Previous = Int[np.ndarray, "G"]
_Vectors = Float[AnyArray, "V D"]
_Rows = Float[np.ndarray, "B D"]
_Others = Float[np.ndarray, "A D"]
_Sampled = Int[np.ndarray, "A"]


def cluster(
    vectors: _Vectors, start: Clusters | None = None, k: int = NEIGHBORS, seed: int = 0
) -> Clusters:
    """Return the cluster of each neuron, 0, 1, … from the largest on; -1 for none.

    Zero and non-finite vectors belong to none, nor do clusters below `SMALLEST`.

    Args:
        vectors: unit vectors that can be compared.
        start: clusters found a moment before, to begin from: the search then changes what has
            changed, and only gives the whole up for a partition that is better by `STEADY`.
        k: how many nearest neighbours a neuron is joined to, where their cosine is positive.
        seed: fixes the order in which neurons are looked at, and the sample where there is one.
    Raises:
        ValueError: `start` does not fit, or k is not positive.
    """
    if start is not None and len(start) != len(vectors):
        raise ValueError(f"start must have {len(vectors)} clusters, got {len(start)}")
    if k < 1:
        raise ValueError(f"k must be at least 1, got {k}")
    rows = np.asarray(vectors, np.float32)
    labels = np.full(len(rows), NONE, np.int32)
    live = np.nonzero(np.isfinite(rows).all(axis=1) & (rows != 0).any(axis=1))[0]
    if len(live) < SMALLEST:
        return labels
    rng = np.random.default_rng(seed)
    drawn = live
    if len(live) > LARGEST_GRAPH:
        drawn = np.sort(rng.choice(live, LARGEST_GRAPH, replace=False))
    graph = neighbor_graph(rows[drawn], k)
    found = _partition(graph, None if start is None else start[drawn], rng)
    labels[drawn] = np.unique(_whole_pieces(graph, found), return_inverse=True)[1]
    others = np.setdiff1d(live, drawn)
    if len(others) > 0:
        labels[others] = _joined(rows[others], rows[drawn], labels[drawn], k)
    return _by_size(labels)


def match(previous: _Previous, labels: Clusters, next_id: int) -> tuple[Clusters, int]:
    """Return the clusters under ids that they keep over training, and the next unused id.

    Clusters take the ids of previous ones so that as many neurons as possible keep theirs (the
    assignment problem, Kuhn 1955); one that shares no neuron gets a new id, from `next_id` on,
    so that no id is used again for another.

    Args:
        previous: ids of the same neurons a moment before; -1 for none.
        labels: as `cluster` returns them.
        next_id: above all ids used so far.
    Raises:
        ValueError: the lengths differ.
    """
    if len(previous) != len(labels):
        raise ValueError(f"previous must have {len(labels)} ids, got {len(previous)}")
    new, old = np.unique(labels[labels >= 0]), np.unique(previous[previous >= 0])
    both = (labels >= 0) & (previous >= 0)
    shared = np.zeros((len(new), len(old)), int)
    places = np.searchsorted(new, labels[both]), np.searchsorted(old, previous[both])
    np.add.at(shared, places, 1)
    id_of = np.full(len(new), NONE, np.int32)
    taken, given = _assigned(shared)
    known = shared[taken, given] > 0
    id_of[taken[known]] = old[given[known]]
    fresh = id_of == NONE
    id_of[fresh] = next_id + np.arange(fresh.sum())
    ids = np.full(len(labels), NONE, np.int32)
    ids[labels >= 0] = id_of[np.searchsorted(new, labels[labels >= 0])]
    return ids, next_id + int(fresh.sum())


def _assigned(shared: Int[np.ndarray, "C P"]) -> tuple[np.ndarray, np.ndarray]:
    """Return rows and columns of the assignment that makes the sum greatest."""
    if 0 in shared.shape:
        return np.zeros(0, int), np.zeros(0, int)
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415  # slow, and not at a start

    return linear_sum_assignment(shared, maximize=True)


def neighbor_graph(rows: _Rows, k: int) -> Graph:
    """Return the graph of the k nearest by cosine, those of positive cosine alone.

    A pair weighs 1 where both chose each other, else 1/2.
    """
    chosen, cosine = nearest(rows, rows, k, itself=False)
    row, place = np.nonzero(cosine > _LEAST_COSINE)
    col = chosen[row, place]
    both_ways = np.concatenate([row, col]), np.concatenate([col, row])
    return build(len(rows), *both_ways, np.full(2 * len(row), 0.5))


def nearest(rows: _Rows, others: _Others, k: int, *, itself: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return the k nearest others of each unit vector and their cosines, in no order; [B, k] each.

    Args:
        itself: whether a row may be its own neighbour; False where `others` are the rows.
    """
    k = min(k, len(others) - (not itself))
    chosen, cosine = np.zeros((len(rows), k), int), np.zeros((len(rows), k), np.float32)
    for start in range(0, len(rows), _TILE):
        tile = slice(start, start + _TILE)
        alike = rows[tile] @ others.T
        if not itself:
            own = np.arange(len(alike))
            alike[own, start + own] = -np.inf
        chosen[tile] = np.argpartition(-alike, k - 1, axis=1)[:, :k]
        cosine[tile] = np.take_along_axis(alike, chosen[tile], axis=1)
    return chosen, cosine


def _whole_pieces(graph: Graph, labels: Clusters) -> Clusters:
    """Make each piece of the graph that no edge joins to the rest one cluster.

    It is independent of the rest, whatever communities there are within. A piece of more than half
    of the neurons keeps them: a network of one piece is told apart by nothing else.
    """
    piece = pieces(graph.size, graph.row, graph.col)
    small = 2 * np.bincount(piece)[piece] <= graph.size
    return np.where(small, graph.size + piece, labels)


def _partition(graph: Graph, start: Clusters | None, rng: np.random.Generator) -> Clusters:
    fresh = louvain(graph, np.arange(graph.size), rng)
    if start is None or not (start >= 0).any():
        return fresh
    own = np.where(start >= 0, start, start.max() + 1 + np.arange(graph.size))
    kept = louvain(graph, np.unique(own, return_inverse=True)[1], rng)
    return fresh if modularity(graph, fresh) > modularity(graph, kept) + STEADY else kept


def _joined(rows: _Rows, sampled: _Others, labels: _Sampled, k: int) -> Clusters:
    """Return the cluster that each row's nearest sampled neurons belong to, weighted by cosine."""
    chosen, cosine = nearest(rows, sampled, k, itself=True)
    votes = np.zeros((len(rows), int(labels.max()) + 1), np.float32)
    own = np.arange(len(rows))[:, None]
    np.add.at(votes, (own, labels[chosen]), np.maximum(cosine, 0.0))
    return np.where(votes.max(axis=1) > 0, votes.argmax(axis=1), NONE)


def _by_size(labels: Clusters) -> Clusters:
    """Number the clusters from the largest on; too small ones become none."""
    found, place, size = np.unique(labels, return_inverse=True, return_counts=True)
    order = np.argsort(-size, kind="stable")
    kept = order[(found[order] >= 0) & (size[order] >= SMALLEST)]
    number = np.full(len(found), NONE, np.int32)
    number[kept] = np.arange(len(kept))
    return number[place]
