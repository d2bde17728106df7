"""Asking a network about samples: its answers, its mistakes, and what happens between two of them.

Activations are flat, one column per neuron as numbered by `Wiring`, so that every neuron keeps its
number. Probabilities have a column for each class; see `class_probabilities`.
"""

from functools import partial
from operator import index
from typing import NamedTuple, SupportsIndex

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Int
from optax.projections import projection_simplex
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from sklearn.metrics import pairwise_distances_argmin_min

from . import knn, network
from .arrays import AnyArray, PerNeuron, Rows, Sample, Samples
from .network import NetworkConfig, Params
from .wiring import Wiring

NEIGHBORS = 10
# Where a net input of 0 puts a neuron: below, it is off. All other functions are 0 there.
_OFF_BELOW = {"sigmoid": 0.5}

Shares = Float[AnyArray, "S"]
Between = Float[jax.Array, "S D"]
Probabilities = Float[AnyArray, "*B C"]
ByNeuron = Float[jax.Array, "S N"]
Numbers = Int[np.ndarray, "K"]
Values = Float[np.ndarray, "K"]
TrueLabels = Int[AnyArray, "B"]


class Ranking(NamedTuple):
    """Numbers of neurons or samples, first to last, and the value by which each was ranked."""

    numbers: Numbers
    values: Values


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


class Along(NamedTuple):
    """What a network makes of some samples: probabilities by class, activations by neuron."""

    probabilities: Probabilities
    activations: ByNeuron


class Flips(NamedTuple):
    """Where an answer changes: places of the first samples with the new one, and both labels."""

    places: Numbers
    before: Numbers
    after: Numbers


class Switched(NamedTuple):
    """Hidden neurons that one sample activates and the other does not, as numbers of `Wiring`."""

    on: Numbers
    off: Int[np.ndarray, "J"]


@partial(jax.jit, static_argnames="config")
def class_probabilities(params: Params, x: Samples, config: NetworkConfig) -> Probabilities:
    """Return how likely each class is, [..., C]; the likeliest is the predicted label.

    Softmax or sigmoid under cross-entropy; two classes if there is a single output. Under squared
    error the outputs estimate probabilities (Richard and Lippmann 1991, "Neural network classifiers
    estimate Bayesian a posteriori probabilities"): they are moved to the nearest that add up to 1.
    """
    return _by_class(network.activations(params, x, config)[-1], config)


def interpolate(a: Sample, b: Sample, shares: Shares) -> Between:
    """Return the blends of two samples, pixel by pixel: `a` at share 0, `b` at share 1."""
    share = jnp.asarray(shares)[:, None]
    return (1 - share) * jnp.asarray(a) + share * jnp.asarray(b)


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


@partial(jax.jit, static_argnames="config")
def along(params: Params, samples: Rows, config: NetworkConfig) -> Along:
    """Return what the network makes of samples, such as those of `interpolate`.

    Raises:
        ValueError: the samples do not fit the input layer.
    """
    layers = network.activations(params, samples, config)
    return Along(_by_class(layers[-1], config), jnp.concatenate(layers, axis=1))


def flips(probabilities: Probabilities) -> Flips:
    """Return where the likeliest class is another than one place before."""
    label = np.asarray(probabilities).argmax(axis=1)
    places = np.flatnonzero(np.diff(label)) + 1
    return Flips(places, label[places - 1], label[places])


def switched(a: PerNeuron, b: PerNeuron, config: NetworkConfig) -> Switched:
    """Return the hidden neurons that are on for one sample and off for the other.

    On is a net input above 0: relu passes it; tanh, gelu and swish are positive, sigmoid above ½.

    Args:
        a, b: activations of all neurons; `on` are those that only `b` activates, `off` only `a`.
    """
    hidden = hidden_neurons(config)
    threshold = _OFF_BELOW.get(config.activation, 0.0)
    is_on = [np.asarray(sample)[hidden] > threshold for sample in (a, b)]
    return Switched(hidden[is_on[1] & ~is_on[0]], hidden[is_on[0] & ~is_on[1]])


def tell_apart(a: PerNeuron, b: PerNeuron, config: NetworkConfig) -> Ranking:
    """Rank the hidden neurons by how differently two samples activate them.

    Args:
        a, b: activations of all neurons.
    Returns:
        All hidden neurons, the most different first, with b - a over the largest |activation| of
        their layer for either sample; 0 where it is not finite.
    """
    hidden = hidden_neurons(config)
    both = np.stack([np.asarray(a), np.asarray(b)]).astype(np.float64)
    both = np.where(np.isfinite(both).all(axis=0), both, 0.0)
    difference = both[1] - both[0]
    for layer in range(1, len(config.sizes) - 1):
        own = Wiring(config.sizes).neuron_range(layer)
        largest = np.abs(both[:, own]).max()
        difference[own] /= largest if largest > 0 else 1.0
    return ranking(hidden, difference[hidden], np.abs(difference[hidden]))


def confusion_matrix(probabilities: Probabilities, y: TrueLabels) -> Int[np.ndarray, "C C"]:
    """Count the samples by true label (row) and predicted label (column)."""
    classes = probabilities.shape[1]
    cell = np.asarray(y) * classes + np.asarray(probabilities).argmax(axis=1)
    return np.bincount(cell, minlength=classes**2).reshape(classes, classes)


def wrongly_classified(probabilities: Probabilities, y: TrueLabels) -> Numbers:
    """Return the samples whose likeliest class is not their label, in their own order."""
    return np.flatnonzero(np.asarray(probabilities).argmax(axis=1) != np.asarray(y))


def most_uncertain(probabilities: Probabilities) -> Ranking:
    """Rank all samples by the entropy of their probabilities, in bits, the greatest first."""
    p = np.asarray(probabilities, np.float64)
    entropy = -(p * np.log2(np.where(p > 0, p, 1.0))).sum(axis=1)
    return ranking(np.arange(len(p)), entropy, entropy)


def ranking(numbers: Numbers, values: Values, strength: Values, k: int | None = None) -> Ranking:
    """Order numbers by strength, the strongest first; NaN comes last, equals keep their order.

    Args:
        k: how many to return; all if None or more than there are.
    """
    order = np.argsort(-np.asarray(strength), kind="stable")[:k]
    return Ranking(np.asarray(numbers)[order], np.asarray(values)[order])


def hidden_neurons(config: NetworkConfig) -> Numbers:
    """Return the numbers of all hidden neurons, as `Wiring` has them."""
    offsets = Wiring(config.sizes).neuron_offsets
    return np.arange(offsets[1], offsets[-2])


def _by_class(outputs: jax.Array, config: NetworkConfig) -> jax.Array:
    if config.is_binary:
        outputs = jnp.concatenate([1 - outputs, outputs], axis=-1)
    if config.loss == "cross-entropy":
        return outputs
    return jnp.vectorize(projection_simplex, signature="(c)->(c)")(outputs)


def _walk(before: Int[np.ndarray, "B"], end: int) -> Int[np.ndarray, "K"]:
    """Follow the predecessors of Dijkstra's algorithm back to where it began."""
    path = [end]
    while before[path[-1]] >= 0:
        path.append(int(before[path[-1]]))
    return np.array(path[::-1])
