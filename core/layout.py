"""The force simulation that moves neurons towards those they resemble: the equations, in JAX.

The compute shaders in shaders/simulate do the same; this is their oracle, and what moves the
neurons where there are no compute shaders.

Forces are those of t-SNE (van der Maaten and Hinton 2008), written so that they do not depend on
the number of neurons: with w_ij = 1 / (1 + |y_i - y_j|²) and Z the sum of w over a group of n,

    F_i = 4 ( a Σ_j p_ij w_ij (y_j - y_i) + r n/Z Σ_j w_ij² (y_i - y_j) )

where a row of p adds up to about 1.  Attraction follows the neighbour table, across layers too;
repulsion acts within a group: a layer, or all hidden layers.  A spring holds a group to its plane
or shell, anchors draw neurons to the height of the outputs they serve, gravity keeps the whole
together; its drift and its turning are taken out.
"""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Float32

from . import similarity
from .arrays import (
    Anchors,
    Coordinates,
    HostCoordinates,
    HostRows,
    Kernel,
    PerNeuron,
    PerOutput,
    Scalar,
    Vector,
)
from .network import Params
from .repulsion import kick, repel
from .similarity import Neighbors

_FULL_UP_TO = 500  # rows or columns; beyond, only the first components are sought

Groups = tuple[tuple[int, int], ...]


class Forces(NamedTuple):
    """Strengths; all may change while it runs.

    Attributes:
        attraction_strength: a above; 1 as in t-SNE, more draws clusters tighter.
        repulsion_strength: r above.
        layer_spring: pulls a neuron to its layer's plane or shell.
        anchor_strength: pulls a neuron to the height of the outputs it serves.
        gravity: pulls a neuron to its layer's centre.
        momentum: share of the velocity kept, 0..1.
        rate: velocity gained for a unit of force.
        max_step: longest way of a neuron in a step, embedding units.
    """

    attraction_strength: float | Scalar = 1.0
    repulsion_strength: float | Scalar = 1.0
    layer_spring: float | Scalar = 0.6
    anchor_strength: float | Scalar = 0.0
    gravity: float | Scalar = 0.003
    momentum: float | Scalar = 0.85
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


def principal_coordinates(rows: HostRows, spread: float = 1.0, dim: int = 3) -> HostCoordinates:
    """Return where points start: their first principal components.

    Args:
        rows: float32 [B, D] vectors; what is not finite counts as 0.
        spread: standard deviation of the first component in the result.
        dim: how many components, 1 to 3; the others are 0.
    Returns:
        float32 [B, 3]; signs are fixed, so that the same vectors give the same picture.
    """
    rows = np.nan_to_num(np.asarray(rows, "f4"), posinf=0.0, neginf=0.0)
    count = min(dim, *rows.shape)
    result = np.zeros((len(rows), 3), "f4")
    if len(rows) < 2:
        return result
    scores = _principal_scores(rows, count)
    largest = np.take_along_axis(scores, np.abs(scores).argmax(axis=0)[None], axis=0)
    scores *= np.where(largest < 0, -1.0, 1.0)
    # Rows that differ by rounding alone have no components worth showing.
    least = 1e-6 * float(np.abs(rows).max())
    result[:, :count] = (
        (scores - scores.mean(axis=0)) / max(float(scores.std(axis=0).max()), least, 1e-12) * spread
    )
    return result


def _principal_scores(rows: HostRows, count: int) -> Float32[np.ndarray, "B _"]:
    """Return the coordinates along the first principal components, float32 [B, count]."""
    centred = rows - rows.mean(axis=0)
    if min(rows.shape) <= _FULL_UP_TO:
        left, size, _ = np.linalg.svd(centred, full_matrices=False)
        return left[:, :count] * size[:count]
    from sklearn.utils.extmath import randomized_svd  # noqa: PLC0415  # takes longer than a start

    left, size, _ = randomized_svd(centred, count, random_state=0)
    return left * size


@jax.jit
def output_anchors(params: Params, heights: PerOutput) -> Anchors:
    """Return the height every neuron is drawn to: that of the outputs it works for.

    Args:
        params: of the network.
        heights: [O], where the outputs stand.
    Returns:
        [N, 2]: the mean height of the outputs, weighted by the squares of the neuron's positive
        effective weights on them; and the share of all its squares that these make, 0..1.
    """
    rows = [jnp.zeros((params[0].weight.shape[0], 2))]
    for vectors in similarity.vectors(params, "output"):
        share = jnp.square(jnp.maximum(vectors, 0.0))
        total = share.sum(axis=1)
        height = (share @ heights) / jnp.maximum(total, 1e-12)
        rows.append(jnp.stack([height, total], axis=1))
    rows.append(jnp.zeros((params[-1].weight.shape[1], 2)))
    return jnp.concatenate(rows).astype(jnp.float32)


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
        push, share = repel(coordinate[start:end], start)
        still = moves[start:end]
        repulsion = repulsion.at[start:end].set(push * still[:, None])
        partition.append((share * still).sum())
    return ForceTerms(attraction, repulsion, jnp.stack(partition))


@partial(jax.jit, static_argnames=("groups", "steps", "shells"))
def advance(
    state: LayoutState,
    moves: PerNeuron,
    neighbors: Neighbors,
    groups: Groups,
    forces: Forces,
    steps: int,
    anchor: Anchors | None = None,
    shells: tuple[float, ...] = (),
) -> LayoutState:
    """Take some steps; arguments as in `force_terms`, and besides:

    Args:
        anchor: [N, 2], the height a neuron is drawn to, embedding units, and how much, 0..1.
        shells: radius of the sphere each group lies on; 0, or no entry, for its plane.
    """
    if anchor is None:
        anchor = jnp.zeros((len(moves), 2), jnp.float32)
    radii = shells or (0.0,) * len(groups)

    def step(_: jax.Array, now: LayoutState) -> LayoutState:
        terms = force_terms(now.coordinate, moves, neighbors, groups)
        return _integrate(now, moves, terms, forces, (anchor, groups, radii))

    return lax.fori_loop(0, steps, step, state)


def _integrate(
    state: LayoutState,
    moves: PerNeuron,
    terms: ForceTerms,
    forces: Forces,
    place: tuple[Anchors, Groups, tuple[float, ...]],
) -> LayoutState:
    y, (anchor, groups, shells) = state.coordinate, place
    per_pair, mean = jnp.zeros(len(y)), jnp.zeros_like(y)
    spin, offset = jnp.zeros_like(y), jnp.zeros_like(y)
    for number, (start, end) in enumerate(groups):
        its = slice(start, end)
        weight = (end - start) / jnp.maximum(terms.partition[number], 1e-12)
        per_pair = per_pair.at[its].set(weight)
        mean = mean.at[its].set(y[its].mean(axis=0))
        spin = spin.at[its].set(_spin(y[its], state.velocity[its]))
        offset = offset.at[its].set(_layer_offset(y[its], shells[number]))
    force = 4.0 * (
        forces.attraction_strength * terms.attraction
        + forces.repulsion_strength * per_pair[:, None] * terms.repulsion
    )
    force = force - forces.gravity * y - forces.layer_spring * offset
    lift = forces.anchor_strength * anchor[:, 1] * (anchor[:, 0] - y[:, 1])
    force = force.at[:, 1].add(lift)
    going = state.velocity - jnp.cross(spin, y - mean)  # less its turning
    taken = forces.momentum * going + forces.rate * force
    taken = jnp.where(_is_finite(taken), taken, 0.0)
    size = jnp.linalg.norm(taken, axis=1, keepdims=True)
    taken = taken * jnp.minimum(1.0, forces.max_step / jnp.maximum(size, 1e-12))
    moved = y + taken - mean  # less the mean: the whole does not drift
    i = jnp.arange(len(y), dtype=jnp.uint32)
    moved = jnp.where(_is_finite(moved), moved, 100 * kick(i, i + 1))
    still = moves[:, None] > 0
    return LayoutState(jnp.where(still, moved, y), jnp.where(still, taken, 0.0))


def _is_finite(vectors: Coordinates) -> jax.Array:
    """Return whether each vector is finite with room for its square to be, [B, 1]."""
    return (jnp.abs(vectors) < 1e18).all(axis=1, keepdims=True)


def _spin(y: Coordinates, velocity: Coordinates) -> Vector:
    """Return the angular velocity [3] of a group, its axes taken as principal axes."""
    off = y - y.mean(axis=0)
    squares = (off**2).sum(axis=0)
    spin = jnp.cross(off, velocity).sum(axis=0) / jnp.maximum(squares.sum() - squares, 1e-12)
    return jnp.where((jnp.abs(spin) < 1e3).all(), spin, 0.0)


def _layer_offset(y: Coordinates, shell: float) -> Coordinates:
    """Return how far each neuron is off its plane (shell 0) or its sphere, [B, 3]."""
    if shell <= 0:
        return y * jnp.array([0.0, 0.0, 1.0])
    away = jnp.linalg.norm(y, axis=1, keepdims=True)
    outward = (1.0 - shell / jnp.maximum(away, 1e-6)) * y
    return jnp.where(away > 1e-6, outward, jnp.array([0.0, 0.0, -shell]))
