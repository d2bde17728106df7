"""The pyramid of cells against all pairs: how near it comes, and that nothing breaks it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import moderngl
import numpy as np
import pytest
from neuronaut.renderer.blocks import GROUP
from neuronaut.renderer.bridges import HostBridge
from neuronaut.renderer.far_field import PyramidRepulsion
from neuronaut.renderer.simulation import ForceSimulation

WIDTH = 4
STRENGTHS = {
    "attraction_strength": 1.0,
    "repulsion_strength": 1.0,
    "layer_spring": 0.0,
    "anchor_strength": 0.0,
    "gravity": 0.003,
    "momentum": 0.8,
    "rate": 0.12,
    "max_step": 0.4,
}

Simulate = Callable[..., ForceSimulation]


@pytest.fixture
def simulate(make_network) -> Iterator[Simulate]:
    """Make a simulation of one group, or of those given as (start, end)."""
    made: list[ForceSimulation] = []

    def make(
        points: np.ndarray,
        groups: list[tuple[int, int]] | None = None,
        *,
        exact: bool = False,
        pinned: slice = slice(0),
    ) -> ForceSimulation:
        coordinates = np.ones((len(points), 4), "f4")
        coordinates[:, :3] = points
        coordinates[pinned, 3] = 0.0
        groups = groups or [(0, len(points))]
        network = make_network([len(points)] + [1] * (len(groups) - 1))
        coordinates = np.concatenate([coordinates, np.ones((len(groups) - 1, 4), "f4")])
        limit = len(coordinates) if exact else 0
        simulation = ForceSimulation(
            network, coordinates, [0.0] * len(groups), WIDTH, exact_limit=limit
        )
        made.append(simulation)
        table = np.zeros(len(groups), GROUP)
        table["start"], table["end"] = np.array(groups).T
        table["scale"] = 1.0
        simulation.set_groups(table)
        return simulation

    yield make
    for simulation in made:
        simulation.release()


def repulsion(simulation: ForceSimulation) -> np.ndarray:
    """What every neuron feels, float32 [N, 4]; w is its part of the partition sum."""
    simulation.compute_forces()
    return simulation.buffers["repulsion"].read()


def field_error(found: np.ndarray, exact: np.ndarray) -> float:
    """Relative error of the push, in the L2 norm over all neurons."""
    return float(np.linalg.norm(found[:, :3] - exact[:, :3]) / np.linalg.norm(exact[:, :3]))


def ball(rng: np.random.Generator, n: int, radius: float) -> np.ndarray:
    direction = rng.normal(size=(n, 3))
    length = radius * rng.random((n, 1)) ** (1 / 3)
    return direction / np.linalg.norm(direction, axis=1, keepdims=True) * length


def sheet(rng: np.random.Generator, n: int) -> np.ndarray:
    return rng.normal(size=(n, 3)) * (20.0, 20.0, 0.3)


def shell(rng: np.random.Generator, n: int) -> np.ndarray:
    points = rng.normal(size=(n, 3))
    return 0.55 * np.sqrt(n) * points / np.linalg.norm(points, axis=1, keepdims=True)


def clusters(rng: np.random.Generator, n: int) -> np.ndarray:
    centers = rng.uniform(-30, 30, size=(12, 3))
    return centers[rng.integers(0, 12, n)] + rng.normal(size=(n, 3)) * rng.uniform(0.5, 3, (n, 1))


def flat_start(rng: np.random.Generator, n: int) -> np.ndarray:
    return rng.normal(size=(n, 3)) * (1.0, 0.8, 0.0)


CLOUDS = {
    "dense ball": lambda rng, n: ball(rng, n, 4.0),
    "settled ball": lambda rng, n: ball(rng, n, 12.0),
    "wide ball": lambda rng, n: ball(rng, n, 60.0),
    "normal": lambda rng, n: rng.normal(size=(n, 3)),
    "clusters": clusters,
    "sheet": sheet,
    "shell": shell,
    "start in a plane": flat_start,
    "line": lambda rng, n: np.arange(n)[:, None] * (3.0, 0.0, 0.0),
}


@pytest.mark.parametrize("name", CLOUDS)
def test_the_error_stays_within_its_bound(simulate: Simulate, name: str) -> None:
    points = CLOUDS[name](np.random.default_rng(1), 5000)
    exact = repulsion(simulate(points, exact=True))
    found = repulsion(simulate(points))
    assert field_error(found, exact) < 0.015
    partition, true_partition = found[:, 3].sum(dtype="f8"), exact[:, 3].sum(dtype="f8")
    assert abs(partition / true_partition - 1) < 0.005
    net = np.linalg.norm(found[:, :3].sum(axis=0, dtype="f8"))
    assert net < 1e-4 * np.linalg.norm(found[:, :3], axis=1).sum()


def neighbor_table(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Neurons in families of 50, each near some of its own family and few others."""
    family = np.arange(n) // 50 * 50
    neighbor = (family[:, None] + rng.integers(0, 50, (n, WIDTH))) % n
    neighbor[::10, 0] = rng.integers(0, n, len(neighbor[::10]))
    return neighbor.astype("i4"), np.full((n, WIDTH), 1 / WIDTH, "f4")


def test_the_error_stays_within_its_bound_in_a_layout(simulate: Simulate) -> None:
    rng = np.random.default_rng(2)
    simulation = simulate(rng.normal(size=(4000, 3)))
    simulation.set_neighbors(HostBridge(), *neighbor_table(rng, 4000))
    simulation.step(80, STRENGTHS)
    found = repulsion(simulation)
    exact = repulsion(simulate(simulation.coordinates()[:, :3], exact=True))
    assert field_error(found, exact) < 0.015


def test_a_short_run_goes_where_the_exact_one_goes(simulate: Simulate) -> None:
    rng = np.random.default_rng(3)
    start, table = rng.normal(size=(3000, 3)), neighbor_table(rng, 3000)
    ends = []
    for exact in (True, False):
        simulation = simulate(start, exact=exact)
        simulation.set_neighbors(HostBridge(), *table)
        simulation.step(15, STRENGTHS)
        ends.append(simulation.coordinates()[:, :3])
    way = np.linalg.norm(ends[0] - start)
    assert np.linalg.norm(ends[1] - ends[0]) < 0.02 * way


def test_both_ways_attract_with_the_same_bits(simulate: Simulate) -> None:
    rng = np.random.default_rng(4)
    points, table = ball(rng, 1000, 6.0), neighbor_table(rng, 1000)
    pulls = []
    for exact in (True, False):
        simulation = simulate(points, exact=exact, pinned=slice(0, 100))
        simulation.set_neighbors(HostBridge(), *table)
        simulation.compute_forces()
        pulls.append(simulation.buffers["attraction"].read())
    assert np.abs(pulls[0]).max() > 0.0
    np.testing.assert_array_equal(*pulls)


@pytest.mark.parametrize("name", ["settled ball", "normal", "clusters"])
def test_every_run_gives_the_same_bits(simulate: Simulate, name: str) -> None:
    rng = np.random.default_rng(5)
    simulation = simulate(CLOUDS[name](rng, 20_000))
    first = repulsion(simulation)
    for _ in range(3):
        np.testing.assert_array_equal(repulsion(simulation), first)
    again = simulate(CLOUDS[name](np.random.default_rng(5), 20_000))
    np.testing.assert_array_equal(repulsion(again), first)


def test_groups_repel_only_their_own(simulate: Simulate) -> None:
    rng = np.random.default_rng(6)
    points = np.concatenate(
        [ball(rng, 2500, 8.0), [[1.0, 2.0, 3.0]], sheet(rng, 1500), rng.normal(size=(9, 3))]
    )
    groups = [(0, 2500), (2500, 2501), (0, 0), (2501, 4001), (4001, 4010)]
    found = repulsion(simulate(points, groups, pinned=slice(2400, 2600)))
    exact = repulsion(simulate(points, groups, exact=True, pinned=slice(2400, 2600)))
    for start, end in groups:
        np.testing.assert_array_equal(found[start:end].any(axis=1), exact[start:end].any(axis=1))
        if end - start > 1:
            assert field_error(found[start:end], exact[start:end]) < 0.015
    assert not found[2400:2600].any()  # the pinned ones feel nothing
    assert field_error(found[4001:4010], exact[4001:4010]) < 1e-5  # few: one by one


def test_coincident_neurons_are_parted(simulate: Simulate) -> None:
    points = np.full((10_000, 3), 2.0)
    push = repulsion(simulate(points))
    assert np.isfinite(push).all()
    assert len(np.unique(push[:, :3], axis=0)) == len(points)
    simulation = simulate(points[:2000])
    simulation.step(60, STRENGTHS)
    assert simulation.coordinates()[:, :3].std(axis=0).min() > 0.05


def test_a_coincident_pair_in_a_cloud_is_parted(simulate: Simulate) -> None:
    points = ball(np.random.default_rng(7), 3000, 12.0)
    points[2000] = points[10]
    found, exact = (repulsion(simulate(points, exact=exact)) for exact in (False, True))
    apart = (found[10] - found[2000])[:3]
    np.testing.assert_allclose(apart, (exact[10] - exact[2000])[:3], rtol=0.01)


def test_a_crowd_in_a_far_corner_does_not_take_forever(simulate: Simulate) -> None:
    rng = np.random.default_rng(8)
    points = rng.normal(size=(40_000, 3)) * 0.02
    points[0] = 5000.0  # so that all others share a cell
    found = repulsion(simulate(points))
    away = points[1:] - points[1:].mean(axis=0)
    # Each is pushed away from the middle of the others, whose kernel is 1 for all it sees.
    np.testing.assert_allclose(found[1:, 3], 4e4, rtol=0.01)
    assert ((found[1:, :3] * away).sum(axis=1) > 0).all()


def test_what_is_not_a_number_does_not_spread(simulate: Simulate) -> None:
    points = ball(np.random.default_rng(9), 3000, 10.0)
    broken = [5, 70, 900, 2999]
    points[broken] = (np.nan, 0, 0), (np.inf, 1, 1), (3, -np.inf, np.nan), (np.nan,) * 3
    found = repulsion(simulate(points))
    assert not found[broken].any()
    rest = np.delete(np.arange(3000), broken)
    exact = repulsion(simulate(points[rest], exact=True))
    assert field_error(found[rest], exact) < 0.015


@pytest.mark.parametrize(
    "points",
    [
        np.zeros((1, 3)),
        np.full((300, 3), np.nan),
        np.full((300, 3), 3e38),
        np.array([[0.0, 0.0, 0.0], [1e5, 0.0, 0.0], [1e5, 1.0, 0.0]]),
    ],
    ids=["one", "no number", "out of bounds", "three far apart"],
)
def test_degenerate_clouds_give_finite_forces(simulate: Simulate, points: np.ndarray) -> None:
    found = repulsion(simulate(points))
    assert np.isfinite(found).all()
    if len(points) == 3:
        np.testing.assert_allclose(found, repulsion(simulate(points, exact=True)), rtol=1e-4)
    else:
        assert not found.any()


def test_groups_larger_than_the_buffers_are_refused(
    ctx: moderngl.Context, simulate: Simulate
) -> None:
    simulation = simulate(np.zeros((10, 3)))
    table = np.zeros(2, GROUP)
    table["end"] = 8
    with pytest.raises(ValueError, match="10 neurons in all, not 16"):
        PyramidRepulsion(ctx, simulation.network.programs, simulation.buffers, table)
