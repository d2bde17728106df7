"""What makes two neurons alike: a vector for every hidden neuron, and who is nearest to whom.

A metric gives every hidden neuron a vector; the cosine between two vectors is their similarity.
The k nearest become a table of affinities, see `neighbors`, which the force simulation reads.
While a network learns, `refresh` seeks the nearest of a share of the neurons at a time.
"""

from functools import partial
from math import ceil
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Int32

from . import network
from .arrays import AnyArray, Probe
from .knn import near_few, near_rows
from .neighbors import NEIGHBORS, TABLE_WIDTH, Neighbors, fade, symmetric_table, table_of_rows
from .network import NetworkConfig, Params, check_choice

__all__ = [
    "METRICS",
    "NEIGHBORS",
    "TABLE_WIDTH",
    "Neighbors",
    "Search",
    "comparable",
    "fade",
    "neighbors",
    "neighbors_of_rows",
    "refresh",
    "search",
    "table",
    "vectors",
]

METRICS = ("output", "dominance", "activation", "outgoing", "incoming")
SHARE = 0.1
# Up to so many hidden neurons all rows are sought each time.
_ALL_BELOW = 1_024
# And up to so many by NumPy: it takes 3 ms at most, and compiling the search takes 200.
_FEW = 512
_CONSTANT = 1e-5  # an activation that varies by less, relative to its size, is constant

neighbors_of_rows = table_of_rows

Vectors = Float[AnyArray, "H V"]
Turn = Int32[AnyArray | np.int32, ""]


class Search(NamedTuple):
    """The nearest neurons as last seen, hidden neurons numbered from 0.

    Attributes:
        chosen: the K nearest of each, nearest first; itself where there are fewer.
        squared: how far they were; infinite where there is nobody.
        turn: how many refreshes there have been.
    """

    chosen: Int32[AnyArray, "H K"]
    squared: Float[AnyArray, "H K"]
    turn: Turn


def comparable(metric: str) -> str:
    """Return among whom neurons can be compared: those of one `layer`, or the whole `network`.

    Raises:
        ValueError: there is no such metric.
    """
    check_choice("metric", metric, METRICS)
    return "layer" if metric in ("outgoing", "incoming") else "network"


@partial(jax.jit, static_argnames=("metric", "config"))
def vectors(
    params: Params,
    metric: str,
    probe: Probe | None = None,
    config: NetworkConfig | None = None,
) -> list[Vectors]:
    """Return one vector for each hidden neuron, layer by layer; [H, V] each.

    Args:
        metric: `output`, the effective weights on the outputs, carried linearly through the layers
            above; `dominance`, the output it votes for most, and how strongly; `activation`, its
            activations over the probe, centred, so that the cosine is their correlation; or
            `outgoing` and `incoming`, the weights that leave the neuron or lead into it.
        probe: samples for `activation`.
        config: of the network, for `activation`.
    Returns:
        Vectors of length 1, or 0 for what resembles nobody: neurons whose vector is zero or not
        finite, or whose activation is always the same.
    Raises:
        ValueError: there is no such metric, or probe or config is missing.
    """
    check_choice("metric", metric, METRICS)
    if metric == "activation":
        if probe is None or config is None:
            raise ValueError("the metric activation needs probe and config, got none")
        layers = network.activations(params, probe, config)[1:-1]
        return [_unit_rows(_centred(layer.T)) for layer in layers]
    if metric == "outgoing":
        return [_unit_rows(layer.weight) for layer in params[1:]]
    if metric == "incoming":
        return [_unit_rows(layer.weight.T) for layer in params[:-1]]
    effective = _effective_weights(params)
    return [_unit_rows(w) if metric == "output" else _votes(w) for w in effective]


def search(
    params: Params,
    metric: str,
    probe: Probe | None = None,
    config: NetworkConfig | None = None,
    k: int = NEIGHBORS,
) -> Search:
    """Return the k nearest of every hidden neuron, all sought now; arguments as in `vectors`."""
    hidden = sum(layer.weight.shape[0] for layer in params[1:])
    nobody = np.repeat(np.arange(hidden, dtype=np.int32)[:, None], k, axis=1)
    blank = Search(nobody, np.full((hidden, k), np.inf, np.float32), np.int32(0))
    if hidden <= _FEW:
        return _search_few(blank, params, metric, probe, config)
    return _refresh(blank, params, metric, probe, config, 1.0)


def refresh(
    known: Search,
    params: Params,
    metric: str,
    probe: Probe | None = None,
    config: NetworkConfig | None = None,
    share: float | None = None,
) -> Search:
    """Seek the nearest of the next neurons in turn, keep the others'.

    Args:
        known: what `search` or `refresh` gave for this network and metric.
        share: of the neurons, 0..1; all where that costs little, else `SHARE`, if None.
    Raises:
        ValueError: as `vectors`, or the share is out of range.
    """
    if share is None and len(known.chosen) <= _FEW:
        return _search_few(known, params, metric, probe, config)
    if share is None:
        share = 1.0 if len(known.chosen) <= _ALL_BELOW else SHARE
    if not 0 < share <= 1:
        raise ValueError(f"share must be above 0 and at most 1, got {share}")
    return _refresh(known, params, metric, probe, config, share)


def table(known: Search, params: Params) -> Neighbors:
    """Return the neighbour table of all neurons; inputs and outputs have no neighbours."""
    inputs, outputs = params[0].weight.shape[0], params[-1].weight.shape[1]
    chosen, squared = np.asarray(known.chosen), np.asarray(known.squared)
    return symmetric_table(chosen, squared, inputs, inputs + len(chosen) + outputs)


def neighbors(
    params: Params,
    metric: str,
    probe: Probe | None = None,
    config: NetworkConfig | None = None,
    k: int = NEIGHBORS,
) -> Neighbors:
    """Return the neighbour table of all neurons, made anew; arguments as in `vectors`.

    Args:
        k: how many nearest neighbours a neuron chooses; less in small layers.
    """
    return table(search(params, metric, probe, config, k), params)


def _search_few(
    known: Search,
    params: Params,
    metric: str,
    probe: Probe | None,
    config: NetworkConfig | None,
) -> Search:
    """Return the nearest of every neuron, all sought now, by NumPy."""
    groups = [np.asarray(rows) for rows in vectors(params, metric, probe, config)]
    if comparable(metric) == "network" and groups:
        groups = [np.concatenate(groups)]
    chosen, squared = np.array(known.chosen), np.array(known.squared)
    first = 0
    for rows in groups:
        squares = np.where(np.any(rows != 0, axis=1), np.float32(1.0), np.float32(np.inf))
        own = slice(first, first + len(rows))
        found = near_few(rows, squares, chosen.shape[1])
        chosen[own], squared[own] = found.chosen + first, found.squared
        first += len(rows)
    return Search(chosen, squared, known.turn + np.int32(1))


@partial(jax.jit, static_argnames=("metric", "config", "share"))
def _refresh(
    known: Search,
    params: Params,
    metric: str,
    probe: Probe | None,
    config: NetworkConfig | None,
    share: float,
) -> Search:
    groups = vectors(params, metric, probe, config)
    if comparable(metric) == "network" and groups:
        groups = [jnp.concatenate(groups)]
    chosen, squared, turn = map(jnp.asarray, known)
    first = 0
    for rows in groups:
        count = len(rows)
        some = ceil(share * count)
        sought = (turn % -(-count // some) * some + jnp.arange(some)) % count
        squares = jnp.where(jnp.any(rows != 0, axis=1), 1.0, jnp.inf)
        found = near_rows(rows, squares, sought, chosen.shape[1])
        chosen = chosen.at[first + sought].set(found.chosen + first)
        squared = squared.at[first + sought].set(found.squared)
        first += count
    return Search(chosen, squared, turn + 1)


def _effective_weights(params: Params) -> list[jax.Array]:
    """Return what each hidden neuron adds to each output through linear layers; [H, O] each.

    Up to a factor for each layer: in deep networks the products leave the range of float32.
    """
    found = [params[-1].weight]
    for layer in reversed(params[1:-1]):
        found.append(layer.weight @ _relative(found[-1]))
    return found[::-1] if len(params) > 1 else []


def _votes(effective: jax.Array) -> jax.Array:
    """Return unit vectors that tell the output a neuron votes for most, and how strongly.

    What is equal for all outputs is no vote.  A vote is its output's axis, turned towards one that
    all share by at most 45 degrees, the farther the weaker it is beside the strongest of the layer:
    the nearest of a neuron vote for the same output as strongly, and the undecided lie between.
    """
    if effective.shape[1] == 1:
        votes = jnp.concatenate([effective, -effective], axis=1)  # for or against
    else:
        votes = effective - effective.mean(axis=1, keepdims=True)
    most = jnp.where(jnp.isfinite(votes).all(axis=1), votes.max(axis=1), 0.0)
    least = _CONSTANT * jnp.abs(effective).max(axis=1)
    strength = jnp.minimum(most / jnp.maximum(most.max(), jnp.finfo(most.dtype).tiny), 1.0)
    turned = (jnp.pi / 4) * (1.0 - strength)[:, None]
    axis = jax.nn.one_hot(votes.argmax(axis=1), votes.shape[1])
    vote = jnp.concatenate([jnp.cos(turned) * axis, jnp.sin(turned)], axis=1)
    return jnp.where((most > least)[:, None], vote, 0.0)


def _centred(rows: jax.Array) -> jax.Array:
    """Take the mean away; rows that hardly vary become 0, not the noise of their rounding."""
    centred = rows - rows.mean(axis=1, keepdims=True)
    varies = jnp.abs(centred).max(axis=1) > _CONSTANT * jnp.abs(rows).max(axis=1)
    return jnp.where(varies[:, None], centred, 0.0)


def _relative(rows: jax.Array) -> jax.Array:
    largest = jnp.abs(rows).max()
    return jnp.where(jnp.isfinite(largest) & (largest > 0), rows / largest, rows)


def _unit_rows(rows: jax.Array) -> jax.Array:
    """Scale to length 1; what is zero or not finite becomes zero, and resembles nobody."""
    largest = jnp.max(jnp.abs(rows), axis=1, keepdims=True)
    usable = jnp.isfinite(largest) & (largest > 0)
    scaled = jnp.where(usable, rows / jnp.where(usable, largest, 1.0), 0.0)
    length = jnp.linalg.norm(scaled, axis=1, keepdims=True)
    return scaled / jnp.where(length > 0, length, 1.0)
