"""Communities of a graph: the partition of most modularity, by the Louvain method."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

Members = Int[np.ndarray, "V"]

_SWEEPS = 50
_LEAST_GAIN = 1e-9


class Graph(NamedTuple):
    """A weighted graph of nodes 0..size-1, every edge both ways, sorted by row then column."""

    size: int
    row: Int[np.ndarray, "W"]
    col: Int[np.ndarray, "W"]
    weight: Float[np.ndarray, "W"]

    def degrees(self) -> Float[np.ndarray, "V"]:
        """Return the summed weight of each node's edges."""
        # Of no edge at all, `bincount` makes whole numbers.
        return np.bincount(self.row, self.weight, minlength=self.size).astype(np.float64)


def build(
    size: int,
    row: Int[np.ndarray, "W"],
    col: Int[np.ndarray, "W"],
    weight: Float[np.ndarray, "W"],
) -> Graph:
    """Return a graph of edges given in any order, adding up those given more than once."""
    edge, place = np.unique(row.astype(np.int64) * size + col, return_inverse=True)
    return Graph(size, edge // size, edge % size, np.bincount(place, weight, minlength=len(edge)))


def modularity(graph: Graph, members: Members) -> float:
    """Return by how much more weight lies within communities than chance would put there.

    Newman and Girvan (2004, "Finding and evaluating community structure in networks").

    Args:
        members: the community of each node, 0..C-1.
    """
    total = graph.weight.sum()
    if total == 0:
        return 0.0
    within = graph.weight[members[graph.row] == members[graph.col]].sum() / total
    return float(within - ((np.bincount(members, graph.degrees()) / total) ** 2).sum())


def pieces(size: int, row: Int[np.ndarray, "W"], col: Int[np.ndarray, "W"]) -> Int[np.ndarray, "V"]:
    """Return the piece that each node is in, 0, 1, … by their first nodes: no edge joins two.

    Args:
        size: number of nodes.
        row, col: the ends of each edge.
    """
    first = np.arange(size)  # the lowest node known to be of the same piece
    while True:
        lower = first.copy()
        np.minimum.at(lower, row, first[col])
        np.minimum.at(lower, col, first[row])
        lower = lower[lower]
        if np.array_equal(lower, first):
            return np.unique(first, return_inverse=True)[1]
        first = lower


def louvain(graph: Graph, start: Members, rng: np.random.Generator) -> Members:
    """Return the community of each node, 0..C-1.

    Nodes move to the neighbouring community of most gain, then each community becomes a node, until
    nothing merges (Blondel et al. 2008, "Fast unfolding of communities in large networks").

    Args:
        start: communities to begin from; each node its own is the usual.
        rng: draws the order in which nodes are looked at.
    """
    members = np.arange(graph.size)
    while graph.size > 0:
        labels = np.unique(_moved(graph, start, rng), return_inverse=True)[1]
        members = labels[members]
        count = int(labels.max()) + 1
        if count == graph.size:
            break
        graph = build(count, labels[graph.row], labels[graph.col], graph.weight)
        start = np.arange(count)
    return members


def _moved(graph: Graph, start: Members, rng: np.random.Generator) -> Members:
    """Move nodes one by one until none gains; lists, because NumPy is slow one item at a time."""
    degree = graph.degrees()
    begin = np.searchsorted(graph.row, np.arange(graph.size + 1)).tolist()
    edges = list(zip(graph.col.tolist(), graph.weight.tolist(), strict=True))
    volume = np.bincount(start, degree, minlength=graph.size).tolist()
    pull = (degree / max(degree.sum(), 1e-12)).tolist()
    home, degree = start.tolist(), degree.tolist()
    order = rng.permutation(graph.size).tolist()
    for _ in range(_SWEEPS):
        moves = 0
        for node in order:
            old = home[node]
            links = {old: 0.0}
            for neighbor, weight in edges[begin[node] : begin[node + 1]]:
                if neighbor != node:
                    there = home[neighbor]
                    links[there] = links.get(there, 0.0) + weight
            volume[old] -= degree[node]
            best, gain = old, links[old] - pull[node] * volume[old]
            for there, link in links.items():
                if link - pull[node] * volume[there] > gain + _LEAST_GAIN:
                    best, gain = there, link - pull[node] * volume[there]
            volume[best] += degree[node]
            home[node] = best
            moves += best != old
        if moves == 0:
            break
    return np.array(home)
