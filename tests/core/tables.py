"""What holds for every neighbour table, and small networks and vectors to make one of."""

from itertools import pairwise

import jax.numpy as jnp
import numpy as np
from neuronaut.core.neighbors import TABLE_WIDTH, Neighbors
from neuronaut.core.network import Layer


def random_params(*sizes, seed=0):
    rng = np.random.default_rng(seed)
    return tuple(
        Layer(jnp.float32(rng.normal(size=(i, o))), jnp.float32(rng.normal(size=o)))
        for i, o in pairwise(sizes)
    )


def unit_rows(count, width, seed=0):
    rows = np.random.default_rng(seed).normal(size=(count, width))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype("f4")


def dense(neighbors: Neighbors) -> np.ndarray:
    """The affinities as a matrix."""
    matrix = np.zeros((len(neighbors.neuron),) * 2)
    for i, (row, p) in enumerate(zip(*map(np.asarray, neighbors), strict=True)):
        np.add.at(matrix[i], row, p)
    return matrix


def assert_sound(neighbors: Neighbors, count: int) -> np.ndarray:
    """What holds for every table; returns the affinities as a matrix."""
    neuron, affinity = map(np.asarray, neighbors)
    assert neuron.shape == affinity.shape == (count, TABLE_WIDTH)
    assert (neuron.dtype, affinity.dtype) == (np.int32, np.float32)
    assert ((neuron >= 0) & (neuron < count)).all()
    assert np.isfinite(affinity).all()
    assert (affinity >= 0).all()
    p = dense(neighbors)
    np.testing.assert_array_equal(p, p.T)
    assert not np.diag(p).any()
    unused = affinity == 0
    own = np.broadcast_to(np.arange(count)[:, None], unused.shape)
    np.testing.assert_array_equal(neuron[unused], own[unused])
    named = np.where(unused, -1 - np.arange(TABLE_WIDTH), neuron)
    assert all(len(set(row)) == TABLE_WIDTH for row in named.tolist())  # nobody stands twice
    return p
