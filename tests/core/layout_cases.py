"""Situations of the force simulation, and its forces in plain loops."""

import jax.numpy as jnp
import numpy as np
from neuronaut.core.similarity import Neighbors

GROUPS = ((0, 4), (4, 11), (11, 12))  # one of them a single neuron
COUNT = 12


def random_case(seed=0, count=COUNT, width=5):
    """Coordinates, a neighbour table with every seventh place unused, and symmetric affinities."""
    rng = np.random.default_rng(seed)
    coordinate = rng.normal(size=(count, 3)).astype("f4")
    index = rng.integers(0, count, (count, width)).astype("i4")
    affinity = rng.uniform(0, 0.3, (count, width)).astype("f4")
    affinity.ravel()[::7] = 0.0
    return jnp.array(coordinate), Neighbors(jnp.array(index), jnp.array(affinity))


def symmetric_neighbors(count, seed=1):
    """Everybody knows everybody: p_ij = p_ji."""
    p = np.random.default_rng(seed).uniform(0, 1, (count, count))
    p = np.triu(p, 1) + np.triu(p, 1).T
    index = np.broadcast_to(np.arange(count, dtype="i4"), (count, count))
    return Neighbors(jnp.array(index), jnp.array(p / p.sum(1).max(), jnp.float32))


def nobody(count, width=5):
    own = jnp.arange(count, dtype=jnp.int32)[:, None]
    return Neighbors(jnp.broadcast_to(own, (count, width)), jnp.zeros((count, width)))


def loop_forces(y, neighbors, groups):
    """Both forces and the partition functions, pair by pair, in float64."""
    y = np.asarray(y, "f8")
    attraction, repulsion = np.zeros_like(y), np.zeros_like(y)
    for i, (row, p) in enumerate(zip(*map(np.asarray, neighbors), strict=True)):
        for j, p_ij in zip(row, p, strict=True):
            attraction[i] += p_ij * (y[j] - y[i]) / (1 + ((y[j] - y[i]) ** 2).sum())
    partition = []
    for start, end in groups:
        total = 0.0
        for i in range(start, end):
            for j in range(start, end):
                if i != j:
                    w = 1 / (1 + ((y[i] - y[j]) ** 2).sum())
                    repulsion[i] += w**2 * (y[i] - y[j])
                    total += w
        partition.append(total)
    return attraction, repulsion, partition
