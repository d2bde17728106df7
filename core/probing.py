"""Asking a network about samples: its answers, its mistakes, and what happens between two of them.

Activations are flat, one column per neuron as numbered by `Wiring`, so that every neuron keeps its
number. Probabilities have a column for each class; see `class_probabilities`.
"""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Int
from optax.projections import projection_simplex

from . import network
from .arrays import AnyArray, PerNeuron, Rows, Sample, Samples
from .network import NetworkConfig, Params
from .wiring import Wiring

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
