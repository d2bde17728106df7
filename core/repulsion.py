"""How the neurons of a group repel each other: all pairs, by the Student-t kernel of t-SNE."""

import jax
import jax.numpy as jnp
from jax import lax

from .arrays import Chunk, Coordinates, PerNeuron

COINCIDENT = 1e-8  # squared distance below which two points are kicked apart
KICK = 1e-2
_CHUNK = 256  # rows of the table of all pairs that are made at once


def repel(y: Coordinates, first: int) -> tuple[Coordinates, PerNeuron]:
    """Return what a group's neurons do to each other, and each one's part of the partition."""
    count, size = len(y), min(_CHUNK, len(y))
    number = jnp.arange(first, first + count, dtype=jnp.uint32)
    beyond = -count % size
    # Rows that fill up the last chunk lie far away, so that they coincide with nothing.
    rows = jnp.pad(y, ((0, beyond), (0, 0)), constant_values=1e6).reshape(-1, size, 3)
    names = jnp.arange(first, first + count + beyond, dtype=jnp.uint32).reshape(-1, size)

    def on_some(chunk: Chunk) -> tuple[Coordinates, PerNeuron]:
        here, i = chunk
        squared = sum((here[:, None, k] - y[:, k]) ** 2 for k in range(3))
        other = i[:, None] != number
        # Only where points coincide: to hash every pair takes ten times as long as its force.
        coincide = (other & (squared < COINCIDENT)).any()
        return lax.cond(coincide, kicked, apart, here, i, squared, other)

    def apart(
        here: Coordinates, _i: jax.Array, squared: jax.Array, other: jax.Array
    ) -> tuple[Coordinates, PerNeuron]:
        w = jnp.where(other, 1.0 / (1.0 + squared), 0.0)
        square = w**2
        return here * square.sum(axis=1, keepdims=True) - square @ y, w.sum(axis=1)

    def kicked(
        here: Coordinates, i: jax.Array, squared: jax.Array, other: jax.Array
    ) -> tuple[Coordinates, PerNeuron]:
        push = kick(i[:, None], number)
        away = jnp.where((squared < COINCIDENT)[..., None], push, here[:, None] - y)
        w = jnp.where(other, 1.0 / (1.0 + (away**2).sum(-1)), 0.0)
        return (w[..., None] ** 2 * away).sum(1), w.sum(1)

    push, share = lax.map(on_some, (rows, names))
    return push.reshape(-1, 3)[:count], share.reshape(-1)[:count]


def kick(i: jax.Array, j: jax.Array) -> Coordinates:
    """Return a small push from j to i: the same each run, opposite for the two; [..., 3]."""
    h = _pcg(jnp.minimum(i, j) ^ _pcg(jnp.maximum(i, j)))
    h2 = _pcg(h)
    bits = jnp.stack([h, h2, _pcg(h2)], axis=-1) >> 8
    direction = bits.astype(jnp.float32) * (2.0 / 16777216.0) - 1.0
    return jnp.where(i < j, KICK, -KICK)[..., None] * direction


def _pcg(v: jax.Array) -> jax.Array:
    """PCG output permutation (Jarzynski and Olano 2020, "Hash functions for GPU rendering")."""
    state = v * jnp.uint32(747796405) + jnp.uint32(2891336453)
    word = ((state >> ((state >> 28) + 4)) ^ state) * jnp.uint32(277803737)
    return (word >> 22) ^ word
