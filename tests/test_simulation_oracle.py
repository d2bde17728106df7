"""The compute shaders against `core.layout`: one set of equations, written twice."""

from __future__ import annotations

from collections.abc import Iterator

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from neuronaut.core import layout
from neuronaut.core.layout import Forces, LayoutState
from neuronaut.renderer.simulation import group_table
from simulated import CASES, Simulations, random_case, simulating

force_terms = jax.jit(layout.force_terms, static_argnames="groups")


@pytest.fixture
def simulate(ctx, programs) -> Iterator[Simulations]:
    with simulating(ctx, programs) as simulations:
        yield simulations


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
