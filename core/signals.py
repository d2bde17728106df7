"""One moment of a network as flat vectors, in the numbering of `wiring`."""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Int

from . import network
from .arrays import AnyArray, PerEdge, PerNeuron, Probe, Sample
from .network import Layer, NetworkConfig, Params

Label = int | Int[AnyArray, ""]


class Signals(NamedTuple):
    """One moment of a network, float32, structure of arrays."""

    weight: PerEdge
    bias: PerNeuron  # 0 for inputs
    activation: PerNeuron  # of the shown sample; outputs as `network.activations` gives them
    gradient: PerNeuron  # of the shown sample's loss, by each net input; see `_gradient`
    level: PerNeuron  # mean activation over the probe
    update: PerNeuron  # root mean square of the last change; see `_update_size`
    importance: PerNeuron  # 0..1 within each layer; see `_importance`


@partial(jax.jit, static_argnames="config")
def measure(
    params: Params,
    last_update: Params,
    shown: Sample,
    label: Label,
    probe: Probe,
    config: NetworkConfig,
) -> Signals:
    """Return the signals of one moment.

    Args:
        last_update: what the last step added to `params`.
        shown: the sample whose forward and backward pass are on show.
        label: what it should be called, as in `network.loss`.
        probe: samples over which level and importance are averaged; at least one.
    Raises:
        ValueError: the samples do not fit the input layer, or there is no probe.
    """
    if len(probe) == 0:
        raise ValueError("probe must have at least 1 sample, got 0")
    inputs = jnp.zeros(config.sizes[0])
    layers = network.activations(params, probe, config)
    return Signals(
        weight=_flat([layer.weight.ravel() for layer in params]),
        bias=_flat([inputs, *(layer.bias for layer in params)]),
        activation=_flat(network.activations(params, shown, config)),
        gradient=_gradient(params, shown, label, config),
        level=_flat([layer.mean(0) for layer in layers]),
        update=_update_size(last_update),
        importance=_importance(params, layers),
    )


def _gradient(params: Params, shown: Sample, label: Label, config: NetworkConfig) -> PerNeuron:
    """Return how the loss of one sample grows with each neuron's net input, or with an input.

    A bias is added to the net input alone, so its gradient for a single sample is the one sought.
    """

    def loss(x: Sample, biases: list[jax.Array]) -> jax.Array:
        moved = tuple(Layer(layer.weight, b) for layer, b in zip(params, biases, strict=True))
        return network.loss(moved, x[None], jnp.asarray(label)[None], config)

    by_input, by_bias = jax.grad(loss, (0, 1))(shown, [layer.bias for layer in params])
    return _flat([by_input, *by_bias])


def _update_size(last_update: Params) -> PerNeuron:
    """Return the root mean square change of what leads into each neuron: weights and bias.

    Nothing leads into an input: there it is that of the weights leading out.
    """
    squares = jax.tree.map(jnp.square, last_update)
    first = squares[0].weight.mean(1)
    into = [jnp.vstack([layer.weight, layer.bias]).mean(0) for layer in squares]
    return jnp.sqrt(_flat([first, *into]))


def _importance(params: Params, layers: list[jax.Array]) -> PerNeuron:
    """Return mean |activation| times the L1 norm of the outgoing weights, over the layer's most.

    Nothing leads out of an output: there it is the mean |activation| alone.

    Args:
        layers: activations over the probe.
    """
    reach = [jnp.abs(layer.weight).sum(1) for layer in params] + [jnp.ones(layers[-1].shape[1])]
    return _flat(
        [
            _relative(jnp.abs(layer).mean(0) * norm)
            for layer, norm in zip(layers, reach, strict=True)
        ]
    )


def _relative(sizes: PerNeuron) -> PerNeuron:
    # Diverged parameters must not put NaN into positions and radii; tiny avoids 0 / 0.
    finite = jnp.nan_to_num(sizes, nan=0.0, posinf=0.0)
    return finite / jnp.maximum(finite.max(), jnp.finfo(finite.dtype).tiny)


def _flat(parts: list[jax.Array]) -> jax.Array:
    return jnp.concatenate(parts).astype(jnp.float32)
