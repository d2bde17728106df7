"""The force simulation on the GPU: what holds in every step, and where neurons lie in the world."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from neuronaut.core.layout import Forces
from neuronaut.renderer.bridges import HostBridge
from simulated import CENTERS, Simulations, all_equal, half_pinned, random_case, simulating


@pytest.fixture
def simulate(ctx, programs) -> Iterator[Simulations]:
    with simulating(ctx, programs) as simulations:
        yield simulations


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
    simulation.set_coordinates(HostBridge(), np.concatenate([moved, case.moves[:, None]], axis=1))
    simulation.place(0.25)
    between = simulation.buffers["position"].read()[:, :3]
    np.testing.assert_allclose(between, start + 1.0, atol=1e-5)
    simulation.place()
    np.testing.assert_allclose(simulation.buffers["position"].read()[:, :3], start + 4, atol=1e-5)
