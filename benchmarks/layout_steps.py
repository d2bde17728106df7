"""What a step of the force simulation costs, from 4 thousand neurons to a million.

The neurons stand as in a layout that has settled, a jittered grid in space where each has its 15
nearest as neighbours; their numbers are shuffled, because similar neurons are not neighbours in
memory.  Run `python benchmarks/layout_steps.py --help` for what can be set.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import statistics
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import moderngl
import numpy as np
from neuronaut.core.layout import Forces
from neuronaut.renderer.bridges import HostBridge
from neuronaut.renderer.context import create_headless, describe
from neuronaut.renderer.network_buffers import NetworkBuffers
from neuronaut.renderer.programs import Programs
from neuronaut.renderer.simulation import EXACT_LIMIT, SOFTWARE_EXACT_LIMIT, ForceSimulation

SIZES = (4_096, 16_384, 65_536, 262_144, 1_000_000)
NEIGHBORS = 15
SPACING = 1.3  # embedding units between neighbours, as layouts in space settle
_GROWTH_FROM = 65_536


@dataclass(frozen=True)
class Row:
    """What was measured for one number of neurons.

    Attributes:
        neurons: how many.
        exact: whether all pairs were summed.
        step_ms, least_ms, most_ms: median and range of a step, wall clock.
        cpu_ms: median of the processor time of a step, all threads; on a software renderer it
            says more than the clock does while others use the machine.
        gpu_mib: in buffers.
        peak_mib: of the process so far, sizes before this one included.
        finite: whether every coordinate is a number after the last step.
    """

    neurons: int
    exact: bool
    step_ms: float
    least_ms: float
    most_ms: float
    cpu_ms: float
    gpu_mib: float
    peak_mib: float
    finite: bool


def grid_layout(neurons: int, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    """Return coordinates [N, 4], neighbours [N, 15] and affinities [N, 15] of a settled layout."""
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
    return coordinates, neighbor, affinity


def measure(programs: Programs, neurons: int, steps: int, exact_limit: int) -> Row:
    """Time single steps, each waited for, after two that are not counted."""
    ctx = programs.ctx
    coordinates, neighbor, affinity = grid_layout(neurons, np.random.default_rng(neurons))
    network = NetworkBuffers(ctx, programs, [neurons], np.zeros((1, 3)))
    simulation = ForceSimulation(
        network, coordinates, [0.0], NEIGHBORS, exact_limit=exact_limit, tiled=not software(ctx)
    )
    simulation.set_neighbors(HostBridge(), neighbor, affinity)
    strengths = Forces(layer_spring=0.0)._asdict()
    simulation.step(2, strengths)
    ctx.finish()
    wall_ms, cpu_ms = [], []
    for _ in range(steps):
        wall, cpu = time.perf_counter(), time.process_time()
        simulation.step(1, strengths)
        ctx.finish()
        wall_ms.append(1e3 * (time.perf_counter() - wall))
        cpu_ms.append(1e3 * (time.process_time() - cpu))
    row = Row(
        neurons=neurons,
        exact=neurons <= exact_limit,
        step_ms=statistics.median(wall_ms),
        least_ms=min(wall_ms),
        most_ms=max(wall_ms),
        cpu_ms=statistics.median(cpu_ms),
        gpu_mib=simulation.gpu_bytes / 2**20,
        peak_mib=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10,
        finite=bool(np.isfinite(simulation.coordinates()).all()),
    )
    simulation.release()
    network.release()
    return row


def software(ctx: moderngl.Context) -> bool:
    """Whether a processor does the work of the GPU."""
    return describe(ctx).software


def growth(rows: Sequence[Row]) -> float | None:
    """Return the exponent of time against number between 65,536 and the largest, if measured."""
    by_size = {row.neurons: row.step_ms for row in rows}
    largest = max(by_size)
    if _GROWTH_FROM not in by_size or largest == _GROWTH_FROM:
        return None
    ratio = by_size[largest] / by_size[_GROWTH_FROM]
    return math.log(ratio) / math.log(largest / _GROWTH_FROM)


def main() -> None:
    """Measure, print a table, and with --json one object as the last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--neurons", type=int, nargs="+", default=SIZES)
    parser.add_argument("--steps", type=int, default=7, help="timed steps of each size")
    parser.add_argument(
        "--exact-limit", type=int, help="most neurons for which all pairs are summed"
    )
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    ctx = create_headless()
    programs = Programs(ctx)
    limit = arguments.exact_limit
    if limit is None:
        limit = SOFTWARE_EXACT_LIMIT if software(ctx) else EXACT_LIMIT
    print(f"{describe(ctx).renderer}; all pairs up to {limit:,} neurons")
    print("  neurons   ms/step    least     most   cpu ms  GPU MiB  peak MiB  finite")
    rows = []
    for neurons in arguments.neurons:
        row = measure(programs, neurons, arguments.steps, limit)
        rows.append(row)
        print(
            f"{row.neurons:9,} {row.step_ms:9.1f} {row.least_ms:8.1f} {row.most_ms:8.1f} "
            f"{row.cpu_ms:8.1f} {row.gpu_mib:8.0f} {row.peak_mib:9.0f}  {row.finite}",
            flush=True,
        )
    exponent = growth(rows)
    if exponent is not None:
        print(f"time grows as N^{exponent:.2f} from {_GROWTH_FROM:,} neurons on")
    if arguments.json:
        rows_json = [asdict(row) for row in rows]
        print(
            json.dumps(
                {"renderer": describe(ctx).renderer, "rows": rows_json, "exponent": exponent}
            )
        )


if __name__ == "__main__":
    main()
