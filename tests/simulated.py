"""Situations of the force simulation on the GPU, which `core` can compute as well."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

import jax.numpy as jnp
import moderngl
import numpy as np
from neuronaut.core.layout import Forces
from neuronaut.core.similarity import Neighbors
from neuronaut.renderer.bridges import HostBridge
from neuronaut.renderer.network_buffers import NetworkBuffers
from neuronaut.renderer.programs import Programs
from neuronaut.renderer.simulation import ForceSimulation, group_table

WIDTH = 8  # places in a row of the neighbour tables
CENTERS = np.array([[-4.0, 0, 0], [0, 1, 0], [4, 0, 2], [7, 0, 0]])
SIZES = (4, 40, 20, 3)  # of most cases, so that the oracle is compiled for few


@dataclass
class Case:
    """One situation for both sides; every layer is a group."""

    sizes: tuple[int, ...]
    coordinate: np.ndarray  # [N, 3]
    neighbor: np.ndarray
    affinity: np.ndarray
    moves: np.ndarray
    anchor: np.ndarray
    shells: tuple[float, ...] = ()
    forces: Forces = field(default_factory=Forces)

    @property
    def groups(self) -> tuple[tuple[int, int], ...]:
        ends = np.cumsum(self.sizes)
        return tuple(
            (int(end - size), int(end)) for end, size in zip(ends, self.sizes, strict=True)
        )

    def neighbors(self) -> Neighbors:
        return Neighbors(jnp.array(self.neighbor), jnp.array(self.affinity))


def random_case(sizes: tuple[int, ...] = SIZES, seed: int = 0, scale: float = 1.5) -> Case:
    """Positions at random, six neighbours each from anywhere, all free to move."""
    rng, count = np.random.default_rng(seed), sum(sizes)
    affinity = rng.uniform(0, 0.3, (count, WIDTH)).astype("f4")
    affinity[:, 6:] = 0.0
    return Case(
        sizes,
        (scale * rng.normal(size=(count, 3))).astype("f4"),
        rng.integers(0, count, (count, WIDTH)).astype("i4"),
        affinity,
        np.ones(count, "f4"),
        np.zeros((count, 2), "f4"),
        (0.0,) * len(sizes),
    )


def coincident() -> Case:
    case = random_case()
    case.coordinate[10:20] = case.coordinate[10]
    case.coordinate[21] = case.coordinate[22] + 1e-5
    return case


def all_equal() -> Case:
    case = random_case()
    case.coordinate[:] = (1.0, -2.0, 0.5)
    return case


def nobody_near() -> Case:
    case = random_case()
    case.affinity[:] = 0.0
    return case


def half_pinned() -> Case:
    case = random_case()
    case.moves[:4] = case.moves[64:] = case.moves[10:14] = 0.0
    return case


def anchored_shells() -> Case:
    case = random_case()
    rng = np.random.default_rng(5)
    case.anchor[:] = np.stack([rng.normal(size=67), rng.uniform(size=67)], axis=-1)
    case.shells = (0.0, 2.0, 3.0, 0.0)
    case.forces = Forces(anchor_strength=0.3, gravity=0.05)
    return case


CASES = {
    "random": random_case,
    "more than a workgroup": partial(random_case, (2, 300, 257, 256)),
    "one neuron a layer": partial(random_case, (1, 1, 1)),
    "spread far": partial(random_case, SIZES, 1, 200.0),
    "close together": partial(random_case, SIZES, 2, 1e-2),
    "coincident": coincident,
    "all equal": all_equal,
    "without neighbours": nobody_near,
    "half of them pinned": half_pinned,
    "anchored, on shells": anchored_shells,
}


class Simulations:
    """Makes simulations of cases and frees them."""

    def __init__(self, ctx: moderngl.Context, programs: Programs):
        self._ctx, self._programs = ctx, programs
        self._made: list[ForceSimulation | NetworkBuffers] = []

    def __call__(
        self, case: Case, radii: tuple[float, ...] | None = None, *, tiled: bool = False
    ) -> ForceSimulation:
        centers = CENTERS[: len(case.sizes)]
        network = NetworkBuffers(self._ctx, self._programs, case.sizes, centers)
        coordinates = np.concatenate([case.coordinate, case.moves[:, None]], axis=1)
        radii = radii or (0.0,) * len(case.sizes)
        simulation = ForceSimulation(network, coordinates, radii, WIDTH, tiled=tiled)
        self._made += [simulation, network]
        bridge = HostBridge()
        simulation.set_neighbors(bridge, case.neighbor, case.affinity)
        simulation.set_anchors(bridge, case.anchor)
        groups = group_table(network.layers, radii)
        groups["shell"] = case.shells
        simulation.set_groups(groups)
        return simulation

    def release(self) -> None:
        for thing in self._made:
            thing.release()


@contextmanager
def simulating(ctx: moderngl.Context, programs: Programs) -> Iterator[Simulations]:
    """Make simulations, freed in the end."""
    simulations = Simulations(ctx, programs)
    yield simulations
    simulations.release()
