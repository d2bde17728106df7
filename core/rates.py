"""What may change while a network learns: rates, penalties, and what is held as it is."""

import math
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool

from .arrays import AnyArray, Scalar
from .network import Layer, NetworkConfig, Params
from .wiring import Wiring


class Held(NamedTuple):
    """Parameters that training leaves as they are, bit by bit.

    Attributes:
        layers: whether all that leads into a layer, weights and biases, is held; one for each layer
            after the input.
        neurons: whether the weights leading out of a neuron are held, in the numbers of `Wiring`;
            at 0 they keep a silenced neuron silent.
    """

    layers: Bool[AnyArray, "L"]
    neurons: Bool[AnyArray, "N"]


Rate = float | int | np.float32 | Scalar


class Rates(NamedTuple):
    """What may change while it runs, without compiling anew.

    The penalty l1 * sum|w| + l2 / 2 * sum w² on the weights, not the biases, joins the gradient.
    With adamw, l2 is a decoupled decay instead (Loshchilov and Hutter, 2019). Where there is no
    penalty and nothing is `held`, None costs nothing; between None and some, it compiles once for
    each.
    """

    learning_rate: Rate
    l1: Rate | None = 0.0
    l2: Rate | None = 0.0
    held: Held | None = None


def pulled(gradient: Params, params: Params, l1: Rate | None, l2: Rate | None) -> Params:
    """Return a gradient and that of l1 * sum|w| + l2 / 2 * sum w² over the weights."""
    layers = []
    for (slope, bias), (weight, _) in zip(gradient, params, strict=True):
        by_l1 = slope if l1 is None else slope + l1 * jnp.sign(weight)
        layers.append(Layer(by_l1 if l2 is None else by_l1 + l2 * weight, bias))
    return tuple(layers)


def kept_by(held: Held, config: NetworkConfig) -> Params:
    """Return what stays, for each weight [I, 1] and for the biases of a layer [1] at once."""
    layers = enumerate(Wiring(config.sizes).neuron_offsets[:-2])
    rows = [held.neurons[first : first + config.sizes[layer], None] for layer, first in layers]
    return tuple(
        Layer(whole | row, whole[None]) for whole, row in zip(held.layers, rows, strict=True)
    )


def checked_rates(rates: Rates, config: NetworkConfig) -> Rates:
    """Return rates as NumPy's numbers and masks as JAX's.

    Raises:
        ValueError: a rate is negative or not finite, or `held` does not fit the network.
    """
    l1, l2 = (None if v is None else _rate(n, v) for n, v in (("l1", rates.l1), ("l2", rates.l2)))
    held = None if rates.held is None else _checked_held(rates.held, config.sizes)
    return Rates(_rate("learning_rate", rates.learning_rate), l1, l2, held)


def _rate(name: str, value: Rate) -> np.float32:
    if not (math.isfinite(value) and value >= 0):
        raise ValueError(f"{name} must be a finite number of at least 0, got {value}")
    return np.float32(value)  # NumPy's, which costs a call less than one of JAX's


def _checked_held(held: Held, sizes: tuple[int, ...]) -> Held:
    layers, neurons = (np.asarray(mask, bool) for mask in held)
    for name, mask, count in (
        ("layers", layers, len(sizes) - 1),
        ("neurons", neurons, sum(sizes)),
    ):
        if mask.shape != (count,):
            raise ValueError(f"held.{name} must have shape ({count},), got {mask.shape}")
    return Held(jnp.asarray(layers), jnp.asarray(neurons))
