"""How much noise a layer bears before the network errs."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Float

from . import forward, network
from .arrays import AnyArray, Key, Labels, Rows
from .network import NetworkConfig, Params, check_choice
from .responses import check_probe

NOISY = ("weights", "activations")


@dataclass(frozen=True)
class Noise:
    """Gaussian noise on one layer.

    Attributes:
        layer: of the weights, the layer they lead into, from 1; or that of the activations, from 0,
            the last excepted.
        sizes: standard deviations, as shares of that of what is disturbed.
        on: one of `NOISY`.
        repeats: how many noises are drawn.
    """

    layer: int
    sizes: Sequence[float] | Float[AnyArray, "S"]
    on: str = "weights"
    repeats: int = 8

    def __post_init__(self) -> None:
        check_choice("on", self.on, NOISY)
        if self.repeats < 1:
            raise ValueError(f"repeats must be at least 1, got {self.repeats}")


def noise_curve(
    params: Params, config: NetworkConfig, probe: tuple[Rows, Labels], noise: Noise, key: Key
) -> Float[np.ndarray, "S R"]:
    """Return the accuracy under noise, 0 to 1, by size and repeat.

    A column is one drawn noise at all sizes, so that its curve is not torn by chance.

    Args:
        probe: samples and their labels.
    Raises:
        ValueError: the network has no such layer, or the samples do not fit.
    """
    x, y = probe
    check_probe(x, y, config)
    below = noise.layer - (noise.on == "weights")
    if not 0 <= below < len(params):
        first = noise.layer - below
        raise ValueError(
            f"layer must be {first}..{first + len(params) - 1} for noise on {noise.on}, "
            f"got {noise.layer}"
        )
    sizes = jnp.asarray(noise.sizes, jnp.float32)
    keys = jax.random.split(key, noise.repeats)
    draws = (jnp.repeat(sizes, len(keys)), jnp.tile(keys, len(sizes)))
    data = (jnp.asarray(x), jnp.asarray(y))
    found = _accuracies(params, data, draws, config=config, below=below, on=noise.on)
    return np.asarray(found).reshape(len(sizes), len(keys))


@partial(jax.jit, static_argnames=("config", "below", "on"))
def _accuracies(
    params: Params,
    probe: tuple[jax.Array, jax.Array],
    draws: tuple[jax.Array, jax.Array],
    *,
    config: NetworkConfig,
    below: int,
    on: str,
) -> Float[jax.Array, "S"]:
    x, y = probe
    inputs = network.activations(params, x, config)[below]
    (first, *rest), upper = forward.above(params, config, below)

    def accuracy(draw: tuple[jax.Array, Key]) -> jax.Array:
        if on == "weights":
            disturbed = first._replace(weight=_noisy(first.weight, *draw))
            return network.accuracy((disturbed, *rest), inputs, y, upper)
        return network.accuracy((first, *rest), _noisy(inputs, *draw), y, upper)

    # One after the other: all at once would hold as many copies of the layer.
    return lax.map(accuracy, draws)


def _noisy(values: jax.Array, size: jax.Array, key: Key) -> jax.Array:
    return values + size * values.std() * jax.random.normal(key, values.shape, values.dtype)
