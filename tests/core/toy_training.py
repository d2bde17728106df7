"""A small network, random rows, and a training of it."""

import jax
import jax.numpy as jnp
import numpy as np
from neuronaut.core import training
from neuronaut.core.network import NetworkConfig
from neuronaut.core.training import TrainingConfig

CONFIG = TrainingConfig(NetworkConfig((3, 4, 2)), batch=4)


def data(rows=16, features=3, classes=2, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, features)).astype(np.float32)
    return jnp.asarray(x), jnp.asarray(rng.integers(classes, size=rows), jnp.int32)


def run(config, rates, steps, x, y, *, seed=0):
    state = training.start(jax.random.key(seed), config, len(x))
    return training.advance(state, x, y, rates, steps, config)
