"""The k nearest of many vectors: exact up to a hundred thousand, approximate beyond.

Few vectors go through NumPy: there is nothing to compile, and 1,024 of them take 10 ms, where JAX
computes as fast but compiles for 150.  More go through tiled matrix products and `lax.top_k`; too
many for that through `descent`.  Where several are equally near, the next in number are taken,
counted round from the row itself: else all would choose the lowest numbers, and the cap of the
neighbour table would leave the others alone.
"""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Float, Float32, Int, Int32

from . import descent
from .arrays import AnyArray
from .network import check_choice

METRICS = ("cosine", "euclidean")
EXACT_POINTS = 100_000
_NUMPY_POINTS = 8_192
_TILE = 1 << 24  # distances held at once
_ROUNDING = 1e-6  # squared distances below this share of the squared length are 0

Points = Float32[AnyArray, "B D"]
PerPoint = Float32[AnyArray, "B"]
RowNumbers = Int[AnyArray, "Q"]


class Nearest(NamedTuple):
    """The k nearest of every row, nearest first.

    Attributes:
        chosen: which; the row itself where it has fewer.
        squared: squared distance; infinite where there is nobody.
    """

    chosen: Int32[AnyArray, "Q K"]
    squared: Float32[AnyArray, "Q K"]


def nearest(
    features: Float[AnyArray, "B D"],
    k: int,
    metric: str = "cosine",
    seed: int = 0,
    exact_points: int = EXACT_POINTS,
) -> Nearest:
    """Return the k nearest others of every row, as NumPy arrays.

    Rows that are not finite resemble nobody; nor do, under `cosine`, those that are zero.

    Args:
        k: at least 1; lowered to B - 1.
        metric: `euclidean`, or `cosine`: the distance of the rows scaled to length 1.
        seed: of the approximate search; the exact one draws nothing.
        exact_points: above so many rows the search is approximate; `recall` tells how good.
    Raises:
        ValueError: there is no such metric, or k is below 1.
    """
    if k < 1:
        raise ValueError(f"k must be at least 1, got {k}")
    points, squares, unit = _prepared(np.asarray(features), metric)
    count = len(points)
    k = min(k, max(count - 1, 0))
    if count > exact_points and k:
        index, squared = descent.search(points, squares, k, seed)
    elif count > _NUMPY_POINTS:
        index, squared = near_rows(points, squares, np.arange(count), k)
    else:
        index, squared = _near_numpy(points, squares, k)
    squared = np.asarray(squared)
    far = np.minimum(squared * np.float64(unit) ** 2, np.finfo(np.float32).max)
    return Nearest(
        np.asarray(index), np.where(np.isfinite(squared), far, squared).astype(np.float32)
    )


def recall(
    features: Float[AnyArray, "B D"],
    chosen: Int[AnyArray, "B K"],
    metric: str = "cosine",
    rows: int = 1_000,
    seed: int = 0,
) -> float:
    """Return the share of the true nearest that were found, over some rows drawn at random.

    Others that are as near as the last of the true ones count as found.
    """
    points, squares, _ = _prepared(np.asarray(features), metric)
    usable = np.flatnonzero(np.isfinite(squares))
    k = min(chosen.shape[1], len(usable) - 1)
    if k < 1:
        return 1.0
    rng = np.random.default_rng(seed)
    drawn = np.sort(rng.choice(usable, min(rows, len(usable)), replace=False))
    true = np.asarray(near_rows(points, squares, drawn, k).squared)
    near = np.sort(np.asarray(chosen)[drawn], axis=1)
    away = points[near].astype("f8") - points[drawn][:, None]
    found = (away**2).sum(axis=2) <= true[:, -1:] * 1.0001 + 2 * _ROUNDING * squares[drawn][:, None]
    found &= np.isfinite(squares[near]) & (near != drawn[:, None])
    found[:, 1:] &= near[:, 1:] != near[:, :-1]
    return float(np.minimum(found.sum(axis=1), k).mean() / k)


@partial(jax.jit, static_argnames="k")
def near_rows(points: Points, squares: PerPoint, rows: RowNumbers, k: int) -> Nearest:
    """Return the k nearest others of some rows, by squared Euclidean distance.

    Args:
        points: finite vectors.
        squares: their squared lengths; infinite for those that resemble nobody.
        rows: whose neighbours are sought.
        k: more than there are leaves places unused.
    """
    points, squares, rows = jnp.asarray(points), jnp.asarray(squares), jnp.asarray(rows)
    count, wanted = len(points), len(rows)
    found = min(k, count - 1)
    if found < 1 or wanted == 0:
        own = jnp.broadcast_to(rows[:, None], (wanted, k)).astype(jnp.int32)
        return Nearest(own, jnp.full((wanted, k), jnp.inf, jnp.float32))
    tile = min(wanted, max(16, _TILE // count))
    tiles = jnp.pad(rows, (0, -wanted % tile)).reshape(-1, tile)
    index, squared = lax.map(partial(_near_tile, points, squares, k=found), tiles)
    index, squared = index.reshape(-1, found)[:wanted], squared.reshape(-1, found)[:wanted]
    index = jnp.where(jnp.isfinite(squared), index, rows[:, None])
    padded = jnp.broadcast_to(rows[:, None], (wanted, k - found))
    return Nearest(
        jnp.concatenate([index, padded], axis=1).astype(jnp.int32),
        jnp.pad(squared, ((0, 0), (0, k - found)), constant_values=jnp.inf),
    )


def near_few(points: Points, squares: PerPoint, k: int) -> Nearest:
    """Do what `near_rows` does, for all rows, by NumPy: a few need nothing to be compiled."""
    points, squares = np.asarray(points), np.asarray(squares)
    unused = (len(points), max(k - max(len(points) - 1, 0), 0))
    found = _near_numpy(points, squares, k - unused[1])
    own = np.broadcast_to(np.arange(len(points), dtype=np.int32)[:, None], unused)
    return Nearest(
        np.concatenate([found.chosen, own], axis=1),
        np.concatenate([found.squared, np.full(unused, np.inf, np.float32)], axis=1),
    )


def _near_tile(points: jax.Array, squares: jax.Array, rows: jax.Array, k: int) -> Nearest:
    count, own = len(points), squares[rows][:, None]
    # GPUs round to 10 bits unless told not to, and near neighbours drown in that.
    product = jnp.matmul(points[rows], points.T, precision=lax.Precision.HIGHEST)
    squared = own + squares - 2.0 * product
    squared = jnp.where(squared < _ROUNDING * own, 0.0, squared)
    squared = jnp.where(jnp.arange(count) == rows[:, None], jnp.inf, squared)
    near, index = lax.top_k(-squared, k)
    # Not near[:, -1:]: XLA joins the two cuts and sorts whole rows, 30 times as slow (jax 0.10).
    last = -near.min(axis=1, keepdims=True)
    is_tied = jnp.isfinite(last[:, 0]) & ((squared <= last).sum(axis=1) > k)

    def in_turn() -> jax.Array:
        others = (rows[:, None] + jnp.arange(1, count)) % count
        _, place = lax.top_k(-jnp.take_along_axis(squared, others, axis=1), k)
        return jnp.take_along_axis(others, place, axis=1).astype(index.dtype)

    return Nearest(lax.cond(is_tied.any(), in_turn, lambda: index), -near)


def _near_numpy(points: np.ndarray, squares: np.ndarray, k: int) -> Nearest:
    """Do what `near_rows` does, for all rows."""
    count = len(points)
    result = Nearest(np.zeros((count, k), np.int32), np.zeros((count, k), np.float32))
    tile = max(1, (_TILE >> 4) // max(count, 1))  # a sixteenth stays in the cache
    for start in range(0, count if k else 0, tile):
        rows = np.arange(start, min(start + tile, count))
        own = squares[rows, None]
        squared = own + squares - 2.0 * (points[rows] @ points.T)
        squared[squared < _ROUNDING * own] = 0.0
        squared[np.arange(len(rows)), rows] = np.inf
        index = np.argpartition(squared, k - 1, axis=1)[:, :k]
        last = np.take_along_axis(squared, index, axis=1).max(axis=1)
        tied = np.flatnonzero(np.isfinite(last) & ((squared <= last[:, None]).sum(axis=1) > k))
        others = (rows[tied, None] + np.arange(1, count)) % count
        order = np.take_along_axis(squared[tied], others, axis=1).argsort(axis=1, kind="stable")
        index[tied] = np.take_along_axis(others, order[:, :k], axis=1)
        near = np.take_along_axis(squared, index, axis=1)
        order = near.argsort(axis=1, kind="stable")
        near, index = np.take_along_axis(near, order, 1), np.take_along_axis(index, order, 1)
        result.squared[rows] = near
        result.chosen[rows] = np.where(np.isfinite(near), index, rows[:, None])
    return result


def _prepared(features: np.ndarray, metric: str) -> tuple[np.ndarray, np.ndarray, float]:
    """Return float32 points, their squared lengths, and the unit they are measured in.

    Those that resemble nobody are 0, and their squared length is infinite.
    """
    check_choice("metric", metric, METRICS)
    points = features.astype(np.float32)
    usable = np.isfinite(points).all(axis=1)
    points[~usable] = 0.0
    if metric == "cosine":
        largest = np.abs(points).max(axis=1, keepdims=True, initial=0.0)
        usable &= largest[:, 0] > 0
        points /= np.where(largest > 0, largest, 1.0)
        length = np.linalg.norm(points, axis=1, keepdims=True)
        points /= np.where(length > 0, length, 1.0)
        unit = 1.0
    else:
        # Far from the origin, small distances would drown in rounding.
        points[usable] -= points[usable].mean(axis=0, dtype="f8") if usable.any() else 0.0
        unit = float(np.abs(points).max(initial=0.0)) or 1.0
        points /= unit
    squares = np.where(usable, np.einsum("bd,bd->b", points, points), np.inf)
    return points, squares.astype(np.float32), unit
