"""One moment of a network as flat vectors, in the numbering of `wiring`."""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp

from . import network
from .arrays import PerEdge, PerNeuron, Probe, Sample
from .network import NetworkConfig, Params


class Signals(NamedTuple):
    """One moment of a network, float32, structure of arrays."""

    weight: PerEdge
    bias: PerNeuron  # 0 for inputs
    activation: PerNeuron  # of the shown sample; outputs as `network.activations` gives them
    update: PerNeuron  # root mean square of the last change; see `_update_size`
    importance: PerNeuron  # 0..1 within each layer; see `_importance`


@partial(jax.jit, static_argnames="config")
def measure(
    params: Params,
    last_update: Params,
    shown: Sample,
    probe: Probe,
    config: NetworkConfig,
) -> Signals:
    """Return the signals of one moment.

    Args:
        last_update: what the last step added to `params`.
        shown: the sample whose forward pass is on show.
        probe: samples over which importance is averaged; at least one.
    Raises:
        ValueError: the samples do not fit the input layer, or there is no probe.
    """
    if len(probe) == 0:
        raise ValueError("probe must have at least 1 sample, got 0")
    inputs = jnp.zeros(config.sizes[0])
    return Signals(
        weight=_flat([layer.weight.ravel() for layer in params]),
        bias=_flat([inputs, *(layer.bias for layer in params)]),
        activation=_flat(network.activations(params, shown, config)),
        update=_update_size(last_update),
        importance=_importance(params, probe, config),
    )


def _update_size(last_update: Params) -> PerNeuron:
    """Return the root mean square change of what leads into each neuron: weights and bias.

    Nothing leads into an input: there it is that of the weights leading out.
    """
    squares = jax.tree.map(jnp.square, last_update)
    first = squares[0].weight.mean(1)
    into = [jnp.vstack([layer.weight, layer.bias]).mean(0) for layer in squares]
    return jnp.sqrt(_flat([first, *into]))


def _importance(params: Params, probe: Probe, config: NetworkConfig) -> PerNeuron:
    """Return mean |activation| times the L1 norm of the outgoing weights, over the layer's most.

    Nothing leads out of an output: there it is the mean |activation| alone.
    """
    reach = [jnp.abs(layer.weight).sum(1) for layer in params] + [jnp.ones(config.sizes[-1])]
    layers = network.activations(params, probe, config)
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
