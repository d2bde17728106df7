"""What a step of the force simulation costs, by size: compute shaders, against the same in JAX.

The neurons stand as in a layout that has settled, a jittered grid in space where each has its 15
nearest as neighbours; their numbers are shuffled, because similar neurons are not neighbours in
memory.
"""

from __future__ import annotations

import argparse
import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from neuronaut.core import layout
from neuronaut.core.layout import Forces, LayoutState
from neuronaut.core.neighbors import NEIGHBORS, Neighbors
from neuronaut.renderer.bridges import HostBridge
from neuronaut.renderer.context import create_headless, describe
from neuronaut.renderer.network_buffers import NetworkBuffers
from neuronaut.renderer.programs import Programs
from neuronaut.renderer.simulation import ForceSimulation, exact_limit_of

from .figures import machine, seconds, spread

SPACING = 1.3  # embedding units between neighbours, as layouts in space settle
_FORCES = Forces(layer_spring=0.0)
_GROWTH_FROM = 65_536


def bench_layout(args: argparse.Namespace) -> dict[str, Any]:
    """Time single steps, each waited for.

    Args:
        args: neurons (several numbers), steps, jax_up_to (neurons; JAX sums all pairs).

    Raises:
        GraphicsError: there is no OpenGL to compute with.
    """
    ctx = create_headless()
    try:
        programs = Programs(ctx)
        rows = [_row(programs, neurons, args) for neurons in args.neurons]
        info = describe(ctx)
        return {
            "steps": args.steps,
            "all_pairs_up_to": exact_limit_of(info.software),
            "rows": rows,
            "growth": growth(rows),
            "opengl": info.renderer,
            "device": jax.devices()[0].device_kind,
        } | machine()
    finally:
        ctx.release()


def report(found: dict[str, Any]) -> str:
    """Return the result as a small table."""
    lines = [
        f"{found['steps']} steps each; all pairs up to {found['all_pairs_up_to']:,}; "
        f"{found['opengl']}, JAX on {found['device']}, {found['cores']} cores",
        f"{'neurons':>10} {'ms a step':>11} {'quartiles':>21} {'steps/s':>9} {'JAX: ms':>10} "
        f"{'times as fast':>14} {'GPU MiB':>8}",
    ]
    for row in found["rows"]:
        low, high = row["step_ms_quartiles"]
        in_jax = "" if row["jax_ms"] is None else f"{row['jax_ms']:,.1f}"
        faster = "" if row["ratio"] is None else f"{row['ratio']:.1f}"
        lines.append(
            f"{row['neurons']:10,} {row['step_ms']:11,.2f} {low:10,.2f} {high:10,.2f} "
            f"{row['steps_per_second']:9,.1f} {in_jax:>10} {faster:>14} {row['gpu_mib']:8,.0f}"
        )
    if found["growth"] is not None:
        lines.append(f"time grows as N^{found['growth']:.2f} from {_GROWTH_FROM:,} neurons on")
    return "\n".join(lines)


def grid_layout(neurons: int, rng: np.random.Generator) -> tuple[np.ndarray, Neighbors]:
    """Return coordinates [N, 4] and the neighbours [N, 15] of a settled layout."""
    side = math.ceil(neurons ** (1 / 3))
    offsets = np.stack(np.meshgrid(*[[-1, 0, 1]] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    order = np.argsort((offsets**2).sum(axis=1), kind="stable")
    offsets = offsets[order[1 : NEIGHBORS + 1]]
    number_at = rng.permutation(neurons)
    cell = np.stack(np.unravel_index(np.arange(neurons), (side,) * 3), axis=-1)
    coordinates = np.ones((neurons, 4), "f4")
    coordinates[number_at, :3] = SPACING * (cell - side / 2 + rng.uniform(-0.5, 0.5, cell.shape))
    neighbor = np.zeros((neurons, NEIGHBORS), "i4")
    affinity = np.zeros((neurons, NEIGHBORS), "f4")
    for column, offset in enumerate(offsets):
        there = cell + offset
        flat = there @ np.array([side * side, side, 1])
        inside = ((there >= 0) & (there < side)).all(axis=1) & (flat < neurons)
        neighbor[number_at, column] = number_at[np.where(inside, flat, 0)]
        affinity[number_at, column] = inside / NEIGHBORS
    return coordinates, Neighbors(neighbor, affinity)


def growth(rows: list[dict[str, Any]]) -> float | None:
    """Return the exponent of time against number between 65,536 and the largest, if measured."""
    by_size = {row["neurons"]: row["step_ms"] for row in rows}
    largest = max(by_size)
    if _GROWTH_FROM not in by_size or largest == _GROWTH_FROM:
        return None
    ratio = by_size[largest] / by_size[_GROWTH_FROM]
    return round(math.log(ratio) / math.log(largest / _GROWTH_FROM), 3)


def _row(programs: Programs, neurons: int, args: argparse.Namespace) -> dict[str, Any]:
    coordinates, table = grid_layout(neurons, np.random.default_rng(neurons))
    gl_secs, gpu_bytes, finite = _gl_steps(programs, coordinates, table, args.steps)
    small = neurons <= args.jax_up_to
    jax_secs = float(np.median(_jax_steps(coordinates, table, args.steps))) if small else None
    middle = float(np.median(gl_secs))
    return {
        "neurons": neurons,
        **spread("step_ms", [1e3 * secs for secs in gl_secs], 3),
        "steps_per_second": round(1 / middle, 2),
        "jax_ms": None if jax_secs is None else round(1e3 * jax_secs, 3),
        "ratio": None if jax_secs is None else round(jax_secs / middle, 3),
        "gpu_mib": round(gpu_bytes / 2**20, 1),
        "finite": finite,
    }


def _gl_steps(
    programs: Programs, coordinates: np.ndarray, table: Neighbors, steps: int
) -> tuple[list[float], int, bool]:
    """Return the seconds of each step, the bytes in buffers, and whether all stayed finite."""
    ctx, software = programs.ctx, describe(programs.ctx).software
    network = NetworkBuffers(ctx, programs, [len(coordinates)], np.zeros((1, 3)))
    simulation = ForceSimulation(
        network, coordinates, [0.0], NEIGHBORS,
        exact_limit=exact_limit_of(software), tiled=not software,
    )  # fmt: skip
    simulation.set_neighbors(HostBridge(), table.neuron, table.affinity)

    def step() -> None:
        simulation.step(1, _FORCES._asdict())
        ctx.finish()

    taken = seconds(step, steps)
    finite = bool(np.isfinite(simulation.coordinates()).all())
    used = simulation.gpu_bytes
    simulation.release()
    network.release()
    return taken, used, finite


def _jax_steps(coordinates: np.ndarray, table: Neighbors, steps: int) -> list[float]:
    here, groups = jnp.asarray(coordinates[:, :3]), ((0, len(coordinates)),)
    state = LayoutState(here, jnp.zeros_like(here))
    moves, pull = jnp.ones(len(coordinates)), Neighbors(*map(jnp.asarray, table))

    def step() -> None:
        nonlocal state
        state = layout.advance(state, moves, pull, groups, _FORCES, 1)
        jax.block_until_ready(state)

    return seconds(step, steps)
