"""Asking about neurons: what excites them, what they lead to, which of them go together.

Neurons have the numbers of `Wiring`, which also finds them by name.
"""

from functools import partial
from operator import index
from typing import NamedTuple, SupportsIndex

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Int

from . import forward, network, similarity
from .arrays import AnyArray, Labels, Rows
from .attribution import checked_label, label_logits
from .network import NetworkConfig, Params
from .probing import Ranking, hidden_neurons, ranking
from .responses import check_probe, class_count
from .wiring import Wiring


class Histogram(NamedTuple):
    """How often a neuron's activation falls between two edges, class by class."""

    edges: Float[np.ndarray, "K"]
    counts: Int[np.ndarray, "C J"]  # J = K - 1


def top_samples(
    params: Params, config: NetworkConfig, x: Rows, neuron: SupportsIndex, k: int
) -> Ranking:
    """Return the samples that excite a neuron most, and its activation for each.

    Raises:
        ValueError: there is no such neuron, or the samples do not fit the input layer.
    """
    values = _activation(params, config, x, neuron)
    return ranking(np.arange(len(values)), values, values, k)


def activation_histogram(
    params: Params,
    config: NetworkConfig,
    probe: tuple[Rows, Labels],
    neuron: SupportsIndex,
    bins: int = 30,
) -> Histogram:
    """Return how a neuron's activations over samples are distributed, class by class.

    Activations that are not finite are left out.

    Args:
        probe: samples and their labels.
    Raises:
        ValueError: there is no such neuron, or the samples do not fit.
    """
    x, y = probe
    check_probe(x, y, config)
    values, labels = _activation(params, config, x, neuron), np.asarray(y)
    finite = np.isfinite(values)
    edges = np.histogram_bin_edges(values[finite], bins)
    counts = [
        np.histogram(values[finite & (labels == label)], edges)[0]
        for label in range(class_count(config))
    ]
    return Histogram(edges, np.stack(counts))


def strongest_inputs(
    params: Params, config: NetworkConfig, neuron: SupportsIndex, k: int
) -> Ranking:
    """Return the neurons whose weights into this one are largest in size, and these weights.

    None lead into an input.
    """
    layer, own = _located(neuron, config)
    if layer == 0:
        return _nobody()
    return _strongest(params[layer - 1].weight[:, own], layer - 1, config, k)


def strongest_outputs(
    params: Params, config: NetworkConfig, neuron: SupportsIndex, k: int
) -> Ranking:
    """Return the neurons into which this one's weights are largest in size, and these weights.

    None lead out of an output.
    """
    layer, own = _located(neuron, config)
    if layer == len(params):
        return _nobody()
    return _strongest(params[layer].weight[own], layer + 1, config, k)


def top_neurons(
    params: Params, config: NetworkConfig, label: SupportsIndex, x: Rows, k: int | None = None
) -> Ranking:
    """Return the hidden neurons that speak most for a label, and what each adds to its logit.

    A neuron adds its activation times the gradient of the logit by it, a mean over the samples; in
    the last hidden layer that is activation times weight. Those that speak against it come last.

    Args:
        label: with a single output, label 0 has the negative logit of label 1.
        x: samples, or one alone as a single row.
        k: how many; all if None.
    Raises:
        ValueError: there is no such label, or the samples do not fit.
    """
    chosen = checked_label(label, config)
    hidden = hidden_neurons(config)
    if len(hidden) == 0:
        return _nobody()
    added = np.concatenate(_contributions(params, jnp.asarray(x), chosen, config=config))
    return ranking(hidden, added, added, k)


def feature_correlation(
    params: Params, config: NetworkConfig, x: Rows, layer: int
) -> Float[np.ndarray, "H H"]:
    """Return the correlation of the activations of every two neurons of a hidden layer, -1 to 1.

    0, on the diagonal too, for a neuron whose activation is always the same or not finite.

    Raises:
        ValueError: there is no such hidden layer, or the samples do not fit.
    """
    if not 0 < layer < len(params):
        raise ValueError(f"hidden layer must be 1..{len(params) - 1}, got {layer}")
    rows = np.asarray(similarity.vectors(params, "activation", x, config)[layer - 1])
    return np.clip(rows @ rows.T, -1.0, 1.0)


@partial(jax.jit, static_argnames="config")
def _contributions(
    params: Params, x: Rows, label: jax.Array, *, config: NetworkConfig
) -> list[jax.Array]:
    found: list[jax.Array] = []
    for layer, inputs in enumerate(network.activations(params, x, config)[1:-1], start=1):
        upper, upper_config = forward.above(params, config, layer)

        def logit(h: jax.Array, upper=upper, upper_config=upper_config) -> jax.Array:
            return label_logits(upper, h, label, upper_config).sum()

        found.append((inputs * jax.grad(logit)(inputs)).mean(axis=0))
    return found


@partial(jax.jit, static_argnames=("config", "layer"))
def _column(
    params: Params, x: Rows, own: jax.Array, *, config: NetworkConfig, layer: int
) -> jax.Array:
    return network.activations(params, x, config)[layer][:, own]


def _activation(
    params: Params, config: NetworkConfig, x: Rows, neuron: SupportsIndex
) -> Float[np.ndarray, "B"]:
    layer, own = _located(neuron, config)
    column = _column(params, jnp.asarray(x), jnp.asarray(own), config=config, layer=layer)
    return np.asarray(column)


def _located(neuron: SupportsIndex, config: NetworkConfig) -> tuple[int, int]:
    """Return the layer of a neuron, and its number in there."""
    wiring, number = Wiring(config.sizes), index(neuron)
    if not 0 <= number < wiring.neurons:
        raise ValueError(f"neuron must be 0..{wiring.neurons - 1}, got {number}")
    layer = int(wiring.layer_of_neuron[number])
    return layer, number - wiring.neuron_offsets[layer]


def _strongest(weight: Float[AnyArray, "_"], layer: int, config: NetworkConfig, k: int) -> Ranking:
    values, numbers = np.asarray(weight), np.array(Wiring(config.sizes).neuron_range(layer))
    return ranking(numbers, values, np.abs(values), k)


def _nobody() -> Ranking:
    return Ranking(np.zeros(0, np.int64), np.zeros(0, np.float32))
