"""The force simulation that moves neurons towards those they resemble: the equations, in JAX.

The compute shaders in shaders/simulate do the same; this is their oracle, and what moves the
neurons where there are no compute shaders.

Forces are those of t-SNE (van der Maaten and Hinton 2008), written so that they do not depend on
the number of neurons: with w_ij = 1 / (1 + |y_i - y_j|²) and Z the sum of w over a group of n,

    F_i = 4 ( a Σ_j p_ij w_ij (y_j - y_i) + r n/Z Σ_j w_ij² (y_i - y_j) )

where a row of p adds up to about 1.  Attraction follows the neighbour table, across layers too;
repulsion acts within a layer.  A spring flattens each layer, gravity keeps it together.
"""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from .arrays import Coordinates, Kernel, Pairs, PerNeuron, Rows, Scalar
from .similarity import Neighbors

COINCIDENT = 1e-8  # squared distance below which two points are kicked apart
KICK = 1e-2
_CHUNK = 1024

Groups = tuple[tuple[int, int], ...]


class Forces(NamedTuple):
    """Strengths; all may change while it runs.

    Attributes:
        attraction_strength: a above; 1 as in t-SNE, more draws clusters tighter.
        repulsion_strength: r above.
        plane_spring: pulls a neuron into its layer's plane.
        gravity: pulls a neuron to its layer's centre.
        momentum: share of the velocity kept, 0..1.
        rate: velocity gained for a unit of force.
        max_step: longest way of a neuron in a step, embedding units.
    """

    attraction_strength: float | Scalar = 1.0
    repulsion_strength: float | Scalar = 1.0
    plane_spring: float | Scalar = 0.6
    gravity: float | Scalar = 0.003
    momentum: float | Scalar = 0.8
    rate: float | Scalar = 0.12
    max_step: float | Scalar = 0.4


class LayoutState(NamedTuple):
    """Where the neurons are and how they move; embedding units, relative to the layer."""

    coordinate: Coordinates
    velocity: Coordinates


class ForceTerms(NamedTuple):
    """The two forces of every neuron, and the partition function of every group."""

    attraction: Coordinates
    repulsion: Coordinates
    partition: Kernel


def principal_coordinates(rows: Rows, spread: float = 1.0) -> Coordinates:
    """Return the first two principal components, and zero as the third.

    Args:
        rows: [B, D] vectors.
        spread: standard deviation of the first component in the result.
    Returns:
        [B, 3]; signs are fixed, so that the same vectors give the same picture.
    """
    centered = rows - rows.mean(axis=0)
    u, s, _ = jnp.linalg.svd(centered, full_matrices=False)
    scores = (u * s)[:, :2]
    largest = jnp.take_along_axis(scores, jnp.abs(scores).argmax(axis=0)[None], axis=0)
    scores = scores * jnp.where(largest < 0, -1.0, 1.0)
    scores = scores / jnp.maximum(scores.std(axis=0).max(), 1e-12) * spread
    scores = jnp.nan_to_num(scores)
    return jnp.pad(scores, ((0, 0), (0, 3 - scores.shape[1])))


def force_terms(
    coordinate: Coordinates, moves: PerNeuron, neighbors: Neighbors, groups: Groups
) -> ForceTerms:
    """Return attraction and repulsion of every neuron, without their strengths.

    Args:
        coordinate: [N, 3].
        moves: 1 for neurons that move, 0 for pinned ones, which feel nothing.
        neighbors: see `similarity.neighbors`.
        groups: first neuron and one past the last of every run of neurons that repel each other.
    """
    away = coordinate[neighbors.neuron] - coordinate[:, None]
    kernel = neighbors.affinity / (1.0 + (away**2).sum(-1))
    attraction = (kernel[..., None] * away).sum(1) * moves[:, None]
    repulsion, partition = jnp.zeros_like(coordinate), []
    for start, end in groups:
        push, share = _repulsion(coordinate[start:end], start)
        still = moves[start:end]
        repulsion = repulsion.at[start:end].set(push * still[:, None])
        partition.append((share * still).sum())
    return ForceTerms(attraction, repulsion, jnp.stack(partition))


@partial(jax.jit, static_argnames=("groups", "steps"))
def advance(
    state: LayoutState,
    moves: PerNeuron,
    neighbors: Neighbors,
    groups: Groups,
    forces: Forces,
    steps: int,
) -> LayoutState:
    """Take some steps; arguments as in `force_terms`."""
    return lax.fori_loop(
        0, steps, lambda _, now: _step(now, moves, neighbors, groups, forces), state
    )


def _step(
    state: LayoutState, moves: PerNeuron, neighbors: Neighbors, groups: Groups, forces: Forces
) -> LayoutState:
    y = state.coordinate
    terms = force_terms(y, moves, neighbors, groups)
    per_pair, mean = jnp.zeros(len(y)), jnp.zeros_like(y)
    for number, (start, end) in enumerate(groups):
        weight = (end - start) / jnp.maximum(terms.partition[number], 1e-12)
        per_pair = per_pair.at[start:end].set(weight)
        mean = mean.at[start:end].set(y[start:end].mean(axis=0))
    force = 4.0 * (
        forces.attraction_strength * terms.attraction
        + forces.repulsion_strength * per_pair[:, None] * terms.repulsion
    )
    force = force - forces.gravity * y - forces.plane_spring * y * jnp.array([0.0, 0.0, 1.0])
    taken = forces.momentum * state.velocity + forces.rate * force
    taken = jnp.where(jnp.isfinite(taken).all(axis=1, keepdims=True), taken, 0.0)
    size = jnp.linalg.norm(taken, axis=1, keepdims=True)
    taken = taken * jnp.minimum(1.0, forces.max_step / jnp.maximum(size, 1e-12))
    moved = y + taken - mean  # less the mean: the whole does not drift
    i = jnp.arange(len(y), dtype=jnp.uint32)
    moved = jnp.where(jnp.isfinite(moved).all(axis=1, keepdims=True), moved, 100 * _kick(i, i + 1))
    still = moves[:, None] > 0
    return LayoutState(jnp.where(still, moved, y), jnp.where(still, taken, 0.0))


def _repulsion(y: Coordinates, first: int) -> tuple[Coordinates, PerNeuron]:
    """Return what a group's neurons do to each other, and each one's part of the partition."""
    number = jnp.arange(first, first + len(y), dtype=jnp.uint32)

    def on_one(pair: Pairs) -> tuple[Coordinates, PerNeuron]:
        here, i = pair
        apart = here - y
        near = (apart**2).sum(-1) < COINCIDENT
        apart = jnp.where(near[:, None], _kick(i, number), apart)
        w = jnp.where(number == i, 0.0, 1.0 / (1.0 + (apart**2).sum(-1)))
        return (w[:, None] ** 2 * apart).sum(0), w.sum()

    return lax.map(on_one, (y, number), batch_size=min(_CHUNK, len(y)))


def _kick(i: jax.Array, j: jax.Array) -> Coordinates:
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
