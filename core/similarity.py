"""What makes two neurons alike: feature vectors, nearest neighbours and affinities.

A metric gives every hidden neuron a vector; the cosine between two vectors is their similarity.
The k nearest become a table of symmetric affinities of one perplexity, as in t-SNE
(van der Maaten and Hinton 2008), which the force simulation reads.
"""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from .arrays import Affinities, NeighborTable, Rows, Squares
from .network import Params, check_choice

METRICS = ("output", "outgoing")
NEIGHBORS = 15
TABLE_WIDTH = 40  # neighbours of a neuron once symmetric: its own, and those that chose it
# A share of k.  Nearly even weights over the 15 nearest kept neighbourhoods best of all that was
# tried on trained networks (2026-11): recall@15 .48 at 128 neurons, against .38 for k / 3.
_PERPLEXITY = 0.99
_BISECTIONS = 40
_TINY = 1e-12


class Neighbors(NamedTuple):
    """Who attracts whom.

    Attributes:
        neuron: those that attract neuron n; n itself where a row has fewer.
        affinity: how much, symmetric; a row adds up to about 1, unused places are 0.
    """

    neuron: NeighborTable
    affinity: Affinities


def vectors(params: Params, metric: str) -> list[Rows]:
    """Return one unit vector for each hidden neuron, layer by layer; [H, D] each.

    Args:
        metric: `output`, the effective weights on the outputs, carried linearly through the layers
            above, so that all hidden layers can be compared; or `outgoing`, the weights that leave
            the neuron, comparable within a layer only.
    Raises:
        ValueError: there is no such metric.
    """
    check_choice("metric", metric, METRICS)
    found: list[Rows] = []
    carried = None
    for layer in reversed(params[1:]):
        carried = layer.weight if carried is None else layer.weight @ carried
        found.append(_unit_rows(carried if metric == "output" else layer.weight))
    return found[::-1]


@partial(jax.jit, static_argnames=("metric", "k"))
def neighbors(params: Params, metric: str, k: int = NEIGHBORS) -> Neighbors:
    """Return the neighbour table of all neurons of a network.

    Inputs and outputs have no neighbours.

    Args:
        metric: one of `METRICS`.
        k: how many nearest neighbours a neuron chooses; less in small layers.
    Raises:
        ValueError: there is no such metric.
    """
    layers = vectors(params, metric)
    comparable = [jnp.concatenate(layers)] if metric == "output" and layers else layers
    index, affinity = _nobody(0, params[0].weight.shape[0])
    for rows in comparable:
        part = neighbors_of_rows(rows, k)
        index = jnp.concatenate([index, part.neuron + len(index)])
        affinity = jnp.concatenate([affinity, part.affinity])
    nobody = _nobody(len(index), params[-1].weight.shape[1])
    return Neighbors(
        jnp.concatenate([index, nobody.neuron]), jnp.concatenate([affinity, nobody.affinity])
    )


def neighbors_of_rows(rows: Rows, k: int = NEIGHBORS) -> Neighbors:
    """Return the neighbour table among unit vectors, numbered from 0.

    Args:
        rows: [B, D], of length 1 or 0.
        k: how many nearest neighbours each chooses; at most B - 1.
    """
    count = rows.shape[0]
    k = min(k, count - 1)
    if k < 1:
        return _nobody(0, count)
    similarity = jnp.where(jnp.eye(count, dtype=bool), -jnp.inf, rows @ rows.T)
    nearest, chosen = lax.top_k(similarity, k)
    squared = jnp.maximum(2.0 - 2.0 * nearest, 0.0)
    return _symmetric_table(chosen, conditional_affinities(squared, _PERPLEXITY * k))


def conditional_affinities(squared: Squares, perplexity: float) -> Squares:
    """Return p(j|i) over each row's neighbours, a Gaussian whose width gives the perplexity.

    Args:
        squared: [B, k] squared distances.
        perplexity: effective number of neighbours, 1..k.
    Returns:
        [B, k], every row adds up to 1.
    """
    shifted = squared - squared.min(axis=1, keepdims=True)
    # Precision in units of each row's own spread: the same search serves any scale.
    unit = jnp.maximum(shifted.mean(axis=1, keepdims=True), _TINY)
    shifted = shifted / unit

    def weights(log_precision: Squares) -> Squares:
        return jax.nn.softmax(-jnp.exp(log_precision) * shifted, axis=1)

    def halve(_: int, bounds: tuple[Squares, Squares]) -> tuple[Squares, Squares]:
        low, high = bounds
        middle = (low + high) / 2
        p = weights(middle)
        entropy = -(p * jnp.log(jnp.maximum(p, _TINY))).sum(axis=1, keepdims=True)
        too_flat = entropy > jnp.log(perplexity)
        return jnp.where(too_flat, middle, low), jnp.where(too_flat, high, middle)

    start = jnp.full((squared.shape[0], 1), 12.0)
    low, high = lax.fori_loop(0, _BISECTIONS, halve, (-start, start))
    return weights((low + high) / 2)


def _symmetric_table(chosen: jax.Array, p: jax.Array) -> Neighbors:
    """Return (p(j|i) + p(i|j)) / 2 as a table; both ends of a pair keep it or neither does.

    The strongest `TABLE_WIDTH` of a row stay: a hub that many choose is not pulled by all.
    """
    count, k = chosen.shape
    own = jnp.repeat(jnp.arange(count), k)
    row = jnp.concatenate([own, chosen.ravel()])
    col = jnp.concatenate([chosen.ravel(), own])
    order = jnp.lexsort((col, row))
    row, col, value = row[order], col[order], jnp.tile(p.ravel(), 2)[order] / 2
    # A pair that chose each other stands twice, side by side: the first takes both halves.
    same = (row[1:] == row[:-1]) & (col[1:] == col[:-1])
    value = value.at[:-1].add(jnp.where(same, value[1:], 0.0))
    value = value.at[1:].set(jnp.where(same, 0.0, value[1:]))

    by_strength = jnp.lexsort((-value, row))
    begin = jnp.searchsorted(row, jnp.arange(count))
    rank = jnp.zeros_like(row).at[by_strength].set(jnp.arange(2 * count * k) - begin[row])
    kept = (rank < TABLE_WIDTH) & (value > 0)
    partner = jnp.lexsort((row, col))  # entry t is (a, b), entry partner[t] is (b, a)
    kept = kept & kept[partner]

    place = jnp.where(kept, rank, TABLE_WIDTH)  # beyond the table: dropped
    nobody = _nobody(0, count)
    return Neighbors(
        nobody.neuron.at[row, place].set(col.astype(jnp.int32), mode="drop"),
        nobody.affinity.at[row, place].set(value, mode="drop"),
    )


def _nobody(first: int, count: int) -> Neighbors:
    own = jnp.arange(first, first + count, dtype=jnp.int32)
    index = jnp.broadcast_to(own[:, None], (count, TABLE_WIDTH))
    return Neighbors(index, jnp.zeros((count, TABLE_WIDTH), jnp.float32))


def _unit_rows(rows: Rows) -> Rows:
    """Scale to length 1; what is zero or not finite becomes zero, and resembles nobody."""
    largest = jnp.max(jnp.abs(rows), axis=1, keepdims=True)
    usable = jnp.isfinite(largest) & (largest > 0)
    scaled = jnp.where(usable, rows / jnp.where(usable, largest, 1.0), 0.0)
    length = jnp.linalg.norm(scaled, axis=1, keepdims=True)
    return scaled / jnp.where(length > 0, length, 1.0)
