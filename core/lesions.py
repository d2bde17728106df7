"""What a network loses when some of its neurons fall silent."""

from collections.abc import Iterable
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from . import network
from .arrays import Labels, PerNeuron, Rows
from .network import Layer, NetworkConfig, Params, check_choice
from .responses import check_probe, class_count
from .wiring import Wiring

SILENCES = ("zero", "mean")

Accuracies = Float[np.ndarray, "C"]


class Lesion(NamedTuple):
    """Accuracy with and without some neurons, 0 to 1; by class, NaN for one without samples."""

    intact: float
    silenced: float
    intact_by_class: Accuracies
    silenced_by_class: Accuracies


def lesion(
    params: Params,
    config: NetworkConfig,
    neurons: Iterable[int],
    x: Rows,
    y: Labels,
    to: str = "zero",
) -> Lesion:
    """Return the accuracy with some neurons silenced, beside the intact network's.

    Args:
        neurons: numbers as in `Wiring`: inputs or hidden neurons, any number of them.
        to: what a silenced neuron puts out: `zero`, or its `mean` over `x`, which takes away what
            it tells but not its constant part.
    Raises:
        ValueError: a neuron is an output or does not exist, `to` is none of `SILENCES`, or the
            samples do not fit.
    """
    check_choice("to", to, SILENCES)
    check_probe(x, y, config)
    x, y = jnp.asarray(x), jnp.asarray(y)
    count = Wiring(config.sizes).neurons
    keep = np.ones(count, np.float32)
    keep[_checked(neurons, config)] = 0.0
    fill = mean_activation(params, x, config) if to == "mean" else jnp.zeros(count)
    size = np.bincount(np.asarray(y), minlength=class_count(config))
    intact = np.asarray(_hits(params, x, y, config=config))
    quiet = np.asarray(
        _hits(silenced(params, jnp.asarray(keep), fill, config), x, y, config=config)
    )
    with np.errstate(invalid="ignore"):
        by_class = intact / size, quiet / size
    return Lesion(float(intact.sum() / len(y)), float(quiet.sum() / len(y)), *by_class)


@partial(jax.jit, static_argnames="config")
def silenced(params: Params, keep: PerNeuron, fill: PerNeuron, config: NetworkConfig) -> Params:
    """Return parameters that act as if some neurons put out a constant.

    Their weights leading out become 0 and the next biases take over the constant, so every
    function of parameters sees the lesion, and no mask compiles anew.

    Args:
        keep: 1 for neurons that work, 0 for silenced ones; outputs are not looked at.
        fill: what each puts out when it is silenced.
    """
    quiet: list[Layer] = []
    for (weight, bias), start in zip(params, Wiring(config.sizes).neuron_offsets, strict=False):
        own = slice(start, start + weight.shape[0])
        constant = (1.0 - keep[own]) * fill[own]
        quiet.append(Layer(keep[own, None] * weight, bias + constant @ weight))
    return tuple(quiet)


@partial(jax.jit, static_argnames="config")
def mean_activation(params: Params, x: Rows, config: NetworkConfig) -> PerNeuron:
    """Return the mean of each neuron's activation over some samples."""
    return jnp.concatenate([layer.mean(axis=0) for layer in network.activations(params, x, config)])


@partial(jax.jit, static_argnames="config")
def _hits(params: Params, x: Rows, y: Labels, *, config: NetworkConfig) -> jax.Array:
    """Return how many samples of each class are predicted rightly."""
    right = network.predict(params, x, config) == y
    return jnp.zeros(class_count(config)).at[y].add(right)


def _checked(neurons: Iterable[int], config: NetworkConfig) -> list[int]:
    numbers = [int(neuron) for neuron in neurons]
    first_output = Wiring(config.sizes).neuron_offsets[-2]
    for number in numbers:
        if not 0 <= number < first_output:
            raise ValueError(
                f"a neuron to silence must be an input or a hidden one, 0..{first_output - 1}, "
                f"got {number}"
            )
    return numbers
