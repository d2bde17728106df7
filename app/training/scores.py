"""How well a network does on some samples: its loss and its accuracy."""

from __future__ import annotations

from functools import partial

import jax
from neuronaut.core import network


@partial(jax.jit, static_argnames="config")
def scores(
    params: network.Params, x: jax.Array, y: jax.Array, config: network.NetworkConfig
) -> tuple[jax.Array, jax.Array]:
    """Return mean loss and accuracy, compiled at once: either takes as long to compile as both."""
    return network.loss(params, x, y, config), network.accuracy(params, x, y, config)


def mean_loss(
    params: network.Params, x: jax.Array, y: jax.Array, config: network.NetworkConfig
) -> jax.Array:
    """Return `network.loss`, compiled."""
    return scores(params, x, y, config)[0]
