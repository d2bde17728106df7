"""Laying out any vectors by the force simulation, without a network or a window."""

from __future__ import annotations

import time
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import jax.numpy as jnp
import numpy as np
from neuronaut.core import knn, layout, neighbors, quality
from neuronaut.core.array_files import ArrayFileError, read_npy
from neuronaut.core.layout import Forces, LayoutState
from neuronaut.core.neighbors import Neighbors
from neuronaut.renderer.bridges import HostBridge
from neuronaut.renderer.context import create_headless, describe
from neuronaut.renderer.network_buffers import NetworkBuffers
from neuronaut.renderer.programs import Programs
from neuronaut.renderer.simulation import ForceSimulation, exact_limit_of

from ..files import save_whole
from ..options import LayoutOptions, UserError

_START_SPREAD = 1.0
_FORCES = Forces(gravity=0.0, layer_spring=0.0, max_step=2.0)
_SCORED_ROWS = 5_000
_LARGEST_SQUARED = 1e15


@dataclass(frozen=True)
class Layout:
    """Positions and how they came about.

    Attributes:
        positions: float32 [n, dim].
        seconds: the whole way from features to positions: neighbour search, compilation, steps.
        steps: simulation steps taken.
    """

    positions: np.ndarray
    seconds: float
    steps: int


def lay_out(features: np.ndarray, options: LayoutOptions) -> Layout:
    """Place every row of `features` near the rows it resembles.

    Args:
        features: float32 [n, d], finite.
        options: metric, dimensions, seed, backend, steps.
    """
    begin = time.perf_counter()
    rows = unit_rows(features) if options.metric == "cosine" else features
    near = knn.nearest(rows, neighbors.NEIGHBORS, options.metric, options.seed)
    table = neighbors.symmetric_table(near.chosen, near.squared)
    start = layout.principal_coordinates(rows, _START_SPREAD, dim=options.dim)
    rng = np.random.default_rng(options.seed)
    start[:, : options.dim] += 1e-3 * rng.standard_normal((len(rows), options.dim), "f4")
    steps = default_steps(len(rows)) if options.steps is None else options.steps
    move = _move_by_gl if options.backend == "gl" else _move_by_jax
    positions = move(start, table, steps)[:, : options.dim]
    return Layout(np.ascontiguousarray(positions), time.perf_counter() - begin, steps)


def lay_out_file(features_path: Path, out: Path, options: LayoutOptions, force: bool) -> dict:
    """Read features, write positions, and return what came of it.

    Raises:
        UserError: a file cannot be read or written.
    """
    features = read_features(features_path)
    if out.suffix != ".npy":
        raise UserError(f"positions are written as .npy, so {out} needs that ending.")
    if out.exists() and not force:
        raise UserError(f"{out} already exists; choose another name or add --force.")
    if not out.parent.is_dir():
        raise UserError(f"{out} cannot be written: there is no folder {out.parent}.")
    made = lay_out(features, options)
    content = BytesIO()
    np.save(content, made.positions)
    save_whole(out, content.getvalue())
    found = {"n": len(features), "d": features.shape[1], "dim": options.dim, "steps": made.steps}
    found |= {"seconds": round(made.seconds, 3), "metric": options.metric}
    return found | measures(features, made, options.metric)


def measures(features: np.ndarray, made: Layout, metric: str) -> dict[str, float]:
    """Return trustworthiness, recall and continuity at 15; a sample of rows where n is large."""
    sample = _SCORED_ROWS if len(features) > _SCORED_ROWS else None
    score = quality.score(features, made.positions, k=15, metric=metric, sample=sample)
    return {
        "trust15": round(score.trustworthiness, 4),
        "recall15": round(score.recall, 4),
        "continuity15": round(score.continuity, 4),
    }


def default_steps(n: int) -> int:
    """Return how many steps settle n points: more points have farther to go."""
    return int(np.clip(200 * (n / 2_000) ** 0.3, 200, 1_024))


def read_features(path: Path) -> np.ndarray:
    """Read float32 [n, d] from an .npy file.

    Raises:
        UserError: it cannot be read, is no two-axis array of finite numbers, or has no rows.
    """
    try:
        array = read_npy(path)
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror or error}.") from error
    except ArrayFileError as error:
        raise UserError(f"{path} is no .npy file of numbers: {error}.") from error
    if array.ndim != 2 or min(array.shape) < 1 or array.dtype.kind not in "fiub":
        raise UserError(
            f"{path} should hold numbers of shape [n, d], not {array.dtype} of {array.shape}."
        )
    with np.errstate(over="ignore"):
        features = np.ascontiguousarray(array, dtype="f4")
    if not np.isfinite(features).all():
        row = int(np.argmin(np.isfinite(features).all(axis=1)))
        raise UserError(f"{path} holds a number that is not finite in row {row}.")
    # Neither metric minds a common factor, but the squares of such numbers leave float32.
    largest = float(np.abs(features).max())
    return features / largest if largest > _LARGEST_SQUARED else features


def unit_rows(features: np.ndarray) -> np.ndarray:
    """Scale rows to length 1; zero rows stay zero."""
    length = np.linalg.norm(features, axis=1, keepdims=True)
    return (features / np.where(length > 0, length, 1.0)).astype("f4")


def _move_by_gl(start: np.ndarray, table: Neighbors, steps: int) -> np.ndarray:
    ctx = create_headless()
    try:
        network = NetworkBuffers(ctx, Programs(ctx), (len(start),), np.zeros((1, 3), "f4"))
        moving = np.ones((len(start), 1), "f4")
        simulation = ForceSimulation(
            network,
            np.concatenate([start, moving], axis=1),
            [0.0],
            table.neuron.shape[1],
            tiled=not describe(ctx).software,
            exact_limit=exact_limit_of(describe(ctx).software),
        )
        simulation.set_neighbors(HostBridge(), table.neuron, table.affinity)
        simulation.step(steps, _FORCES._asdict())
        return simulation.coordinates()[:, :3].copy()
    finally:
        ctx.release()


def _move_by_jax(start: np.ndarray, table: Neighbors, steps: int) -> np.ndarray:
    here, groups = jnp.asarray(start), ((0, len(start)),)
    state = LayoutState(here, jnp.zeros_like(here))
    moves, pull = jnp.ones(len(start)), Neighbors(*map(jnp.asarray, table))
    return np.asarray(layout.advance(state, moves, pull, groups, _FORCES, steps).coordinate)
