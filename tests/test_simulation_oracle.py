"""The compute shaders against `core.layout`: one set of equations, written twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from neuronaut.core import layout
from neuronaut.core.layout import Forces, LayoutState
from neuronaut.core.similarity import Neighbors
from neuronaut.renderer.bridges import HostBridge
from neuronaut.renderer.network_buffers import NetworkBuffers
from neuronaut.renderer.simulation import ForceSimulation, group_table

WIDTH = 8  # places in a row of the neighbour tables
CENTERS = np.array([[-4.0, 0, 0], [0, 1, 0], [4, 0, 2], [7, 0, 0]])
SIZES = (4, 40, 20, 3)  # of most cases, so that the oracle is compiled for few
force_terms = jax.jit(layout.force_terms, static_argnames="groups")


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

    def __init__(self, ctx, programs):
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


@pytest.fixture
def simulate(ctx, programs) -> Iterator[Simulations]:
    simulations = Simulations(ctx, programs)
    yield simulations
    simulations.release()


def relative_error(found: np.ndarray, expected: np.ndarray) -> float:
    """Largest difference over the largest expected length."""
    largest = np.linalg.norm(expected, axis=-1).max()
    return float(np.linalg.norm(found - expected, axis=-1).max() / max(largest, 1e-6))


# ---- forces


@pytest.mark.parametrize("tiled", [False, True])
@pytest.mark.parametrize("name", CASES)
def test_forces_are_the_same(simulate, name, tiled):
    case = CASES[name]()
    simulation = simulate(case, tiled=tiled)
    simulation.compute_forces()
    found = {key: simulation.buffers[key].read() for key in ("attraction", "repulsion", "groups")}
    expected = force_terms(
        jnp.array(case.coordinate), jnp.array(case.moves), case.neighbors(), case.groups
    )
    assert relative_error(found["attraction"][:, :3], np.asarray(expected.attraction)) < 1e-3
    assert relative_error(found["repulsion"][:, :3], np.asarray(expected.repulsion)) < 1e-3
    np.testing.assert_allclose(found["groups"]["partition_sum"], expected.partition, rtol=1e-4)
    for (start, end), group in zip(case.groups, found["groups"], strict=True):
        mean = case.coordinate[start:end].mean(axis=0)
        np.testing.assert_allclose(group["mean"], mean, atol=1e-5 * np.abs(case.coordinate).max())


def test_both_variants_agree_to_rounding(simulate):
    case = random_case((2, 300, 257))
    plain, tiled = simulate(case), simulate(case, tiled=True)
    for simulation in (plain, tiled):
        simulation.compute_forces()
    one, other = (s.buffers["repulsion"].read() for s in (plain, tiled))
    np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)


# ---- steps


@pytest.mark.parametrize("steps", [1, 50])
@pytest.mark.parametrize("name", ["random", "half of them pinned", "anchored, on shells"])
def test_a_run_stays_close(simulate, name, steps):
    case = CASES[name]()
    simulation = simulate(case)
    simulation.step(steps, case.forces._asdict())
    assert simulation.steps_done == steps
    expected = LayoutState(jnp.array(case.coordinate), jnp.zeros_like(case.coordinate))
    for _ in range(steps):
        expected = layout.advance(
            expected,
            jnp.array(case.moves),
            case.neighbors(),
            case.groups,
            case.forces,
            1,
            jnp.array(case.anchor),
            case.shells,
        )
    tolerance = 1e-5 if steps == 1 else 1e-2  # rounding grows from step to step
    found = simulation.coordinates()[:, :3]
    assert relative_error(found, np.asarray(expected.coordinate)) < tolerance
    moved = np.linalg.norm(found - case.coordinate, axis=1)[case.moves > 0]
    assert moved.max() > 100 * tolerance


def test_pinned_neurons_stay(simulate):
    case = half_pinned()
    simulation = simulate(case)
    simulation.step(20, case.forces._asdict())
    found = simulation.coordinates()
    pinned = case.moves == 0
    np.testing.assert_array_equal(found[pinned, :3], case.coordinate[pinned])
    np.testing.assert_array_equal(found[:, 3], case.moves)
    assert (np.abs(found[:, :3] - case.coordinate).max(axis=1)[~pinned] > 1e-3).all()


def test_the_same_start_gives_the_same_bytes(simulate):
    case = random_case((3, 70, 5))
    runs = []
    for _ in range(2):
        simulation = simulate(case)
        simulation.step(30, case.forces._asdict())
        runs.append(simulation.coordinates().tobytes())
    assert runs[0] == runs[1]


def test_no_step_is_too_long(simulate):
    case = random_case((2, 40, 2))
    simulation = simulate(case)
    simulation.step(1, Forces(repulsion_strength=1e6, max_step=0.03)._asdict())
    lengths = np.linalg.norm(simulation.buffers["velocity"].read()[:, :3], axis=1)
    assert lengths.max() == pytest.approx(0.03, rel=1e-4)


@pytest.mark.parametrize("tiled", [False, True])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 3e38])
@pytest.mark.parametrize("part", ["affinity", "coordinate", "anchor"])
def test_what_is_not_finite_goes_away(simulate, part, value, tiled):
    case = random_case((3, 30, 2))
    getattr(case, part)[7, 1] = value
    if part == "anchor":
        case.anchor[7, 0] = value
    simulation = simulate(case, (0.0, 3.0, 0.0), tiled=tiled)
    for steps in (1, 20):
        simulation.step(steps, Forces(anchor_strength=0.1)._asdict())
        simulation.place()
        assert np.isfinite(simulation.coordinates()).all()
        assert np.abs(simulation.coordinates()).max() < 1e3
        assert np.isfinite(simulation.buffers["velocity"].read()).all()
    assert np.isfinite(simulation.buffers["position"].read()).all()


def test_coincident_points_part(simulate):
    case = all_equal()
    simulation = simulate(case)
    simulation.step(20, case.forces._asdict())
    y = simulation.coordinates()[4:44, :3]
    apart = np.linalg.norm(y[:, None] - y, axis=-1) + np.diag([np.inf] * 40)
    assert apart.min() > 1e-3


# ---- places in the world


def test_place_writes_centres_and_turns_the_plane_across_the_axis(simulate):
    case = random_case((3, 20, 2))
    simulation = simulate(case)
    simulation.place()
    found = simulation.buffers["position"].read()
    centers = CENTERS[:3].repeat(case.sizes, axis=0)
    np.testing.assert_allclose(found[:, :3], centers + case.coordinate[:, ::-1], atol=1e-6)


def test_a_layer_fills_its_disc(simulate):
    case = random_case((3, 60, 2))
    simulation = simulate(case, (0.0, 2.5, 0.0))
    simulation.step(1, case.forces._asdict())
    before = simulation.coordinates()[3:63, :3]
    simulation.place()
    found = simulation.buffers["position"].read()[3:63, :3]
    scale = simulation.buffers["groups"].read()["scale"]
    assert scale[[0, 2]].tolist() == [1.0, 1.0]
    np.testing.assert_allclose(found, CENTERS[1] + scale[1] * before[:, ::-1], atol=1e-5)
    # A full disc of radius R has the root mean square R / sqrt(2).
    spread = np.sqrt(((case.coordinate[3:63] - case.coordinate[3:63].mean(0)) ** 2).sum(1).mean())
    assert scale[1] == pytest.approx(2.5 / (1.5 * spread), rel=1e-3)


def test_neurons_glide_to_their_new_places(simulate):
    case = random_case((2, 5, 2))
    simulation = simulate(case)
    simulation.place()
    start = simulation.buffers["position"].read()[:, :3]
    moved = case.coordinate + 4.0
    simulation.set_coordinates(np.concatenate([moved, case.moves[:, None]], axis=1))
    simulation.place(0.25)
    between = simulation.buffers["position"].read()[:, :3]
    np.testing.assert_allclose(between, start + 1.0, atol=1e-5)
    simulation.place()
    np.testing.assert_allclose(simulation.buffers["position"].read()[:, :3], start + 4, atol=1e-5)


def test_groups_may_be_joined(simulate):
    """Hidden layers as one group repel one another; the entry that is empty does nothing."""
    case = random_case()
    case.moves[:4] = case.moves[64:] = 0.0
    simulation = simulate(case)
    groups = group_table(simulation.network.layers, (0.0,) * 4)
    groups["end"][1] = groups["end"][2]
    groups["start"][2] = groups["end"][2] = 0
    simulation.set_groups(groups)
    simulation.compute_forces()
    expected = force_terms(
        jnp.array(case.coordinate), jnp.array(case.moves), case.neighbors(), ((4, 64),)
    )
    found = simulation.buffers["repulsion"].read()[4:64, :3]
    assert relative_error(found, np.asarray(expected.repulsion)[4:64]) < 1e-3
    simulation.step(5, Forces()._asdict())
    simulation.place()
    assert np.isfinite(simulation.buffers["position"].read()).all()
