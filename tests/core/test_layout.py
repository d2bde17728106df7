"""Steps of the force simulation against plain loops, and what must hold whatever comes in."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from layout_cases import COUNT, GROUPS, loop_forces, nobody, random_case, symmetric_neighbors
from neuronaut.core import layout
from neuronaut.core.layout import Forces, LayoutState
from neuronaut.core.similarity import Neighbors


def at_rest(coordinate):
    coordinate = jnp.asarray(coordinate, jnp.float32)
    return LayoutState(coordinate, jnp.zeros_like(coordinate))


def run(state, neighbors=None, groups=None, forces=None, steps=1, moves=None, **more):
    count = len(state.coordinate)
    return layout.advance(
        state,
        jnp.ones(count) if moves is None else jnp.asarray(moves, jnp.float32),
        nobody(count) if neighbors is None else neighbors,
        ((0, count),) if groups is None else groups,
        Forces() if forces is None else forces,
        steps,
        **more,
    )


def run_long(state, *arguments, turns=15, **more):
    """Run 20 steps at a time, which is compiled once."""
    for _ in range(turns):
        state = run(state, *arguments, steps=20, **more)
    return state


# ---- steps


def loop_step(state, neighbors, anchor, shells):
    """What one step adds to the coordinates, and the new velocities, neuron by neuron."""
    y, velocity = (np.asarray(leaf, "f8") for leaf in state)
    attraction, repulsion, partition = loop_forces(y, neighbors, GROUPS)
    taken, mean = np.zeros_like(y), np.zeros_like(y)
    for (start, end), z, shell in zip(GROUPS, partition, shells, strict=True):
        mean[start:end] = y[start:end].mean(0)
        off = y[start:end] - mean[start:end]
        inertia = np.array([(np.delete(off, axis, 1) ** 2).sum() for axis in range(3)])
        spin = np.cross(off, velocity[start:end]).sum(0) / np.maximum(inertia, 1e-12)
        for i in range(start, end):
            force = 4 * 1.3 * attraction[i]
            force += 4 * 0.7 * (end - start) / max(z, 1e-12) * repulsion[i]
            away = np.linalg.norm(y[i])
            force -= 0.5 * (y[i] * [0, 0, 1] if shell == 0 else (1 - shell / away) * y[i])
            force[1] += 0.05 * anchor[i, 1] * (anchor[i, 0] - y[i, 1])
            force -= 0.02 * y[i]
            going = velocity[i] - np.cross(spin, off[i - start])
            taken[i] = 0.6 * going + 0.1 * force
    return taken - mean, taken


def test_a_step_is_the_equation():
    y, neighbors = random_case()
    state = LayoutState(y, 0.1 * random_case(7)[0])
    rng = np.random.default_rng(3)
    anchor = np.stack([rng.normal(size=COUNT), rng.uniform(size=COUNT)], axis=-1)
    shells = (0.0, 1.5, 0.0)
    forces = Forces(1.3, 0.7, 0.5, 0.05, 0.02, 0.6, 0.1, 100.0)
    after = run(
        state, neighbors, GROUPS, forces, anchor=jnp.array(anchor, jnp.float32), shells=shells
    )
    moved, velocity = loop_step(state, neighbors, anchor, shells)
    np.testing.assert_allclose(after.velocity, velocity, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(after.coordinate, np.asarray(y) + moved, rtol=1e-3, atol=1e-5)


def test_a_shell_is_a_sphere():
    y = random_case(count=20)[0]
    # Far stronger than the other forces.
    forces = Forces(layer_spring=3.0, attraction_strength=0.1, repulsion_strength=0.1)
    state = run_long(at_rest(y), nobody(20), forces=forces, shells=(2.0,))
    np.testing.assert_allclose(jnp.linalg.norm(state.coordinate, axis=1), 2.0, atol=0.2)


def test_anchors_lift_those_that_they_hold():
    y = random_case(count=20)[0]
    heights = np.where(np.arange(20) < 10, 2.0, -2.0)
    anchor = jnp.array(np.stack([heights, np.ones(20)], axis=-1), jnp.float32)
    forces = Forces(anchor_strength=0.5)
    state = run_long(at_rest(y), forces=forces, anchor=anchor)
    assert state.coordinate[:10, 1].min() > 1 > -1 > state.coordinate[10:, 1].max()
    free = run(at_rest(y), forces=forces, steps=20, anchor=anchor.at[:, 1].set(0.0))
    bare = run(at_rest(y), forces=Forces(), steps=20)
    np.testing.assert_allclose(free.coordinate, bare.coordinate, atol=1e-5)


def test_the_whole_neither_drifts_nor_turns():
    """A ring that is set turning stands still; a ring that is pushed stays around the middle."""
    angle = np.linspace(0, 2 * np.pi, 20, endpoint=False)
    ring = np.stack([np.cos(angle), np.sin(angle), np.zeros(20)], axis=-1)
    around = np.stack([-np.sin(angle), np.cos(angle), np.zeros(20)], axis=-1)
    state = LayoutState(jnp.array(ring, jnp.float32), jnp.array(0.1 * around, jnp.float32))
    after = run(state, steps=20)
    np.testing.assert_allclose(np.sum(np.asarray(after.coordinate) * around, axis=1), 0, atol=1e-3)
    pushed = LayoutState(state.coordinate, jnp.full((20, 3), 0.1))
    np.testing.assert_allclose(run(pushed, steps=20).coordinate.mean(0), 0, atol=0.05)


def test_steps_add_up():
    y, neighbors = random_case()
    once = run(at_rest(y), neighbors, GROUPS, steps=20)
    apart = at_rest(y)
    for _ in range(20):
        apart = run(apart, neighbors, GROUPS)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5), once, apart)


def test_no_step_is_too_long():
    y, neighbors = random_case()
    forces = Forces(attraction_strength=1e6, repulsion_strength=1e6, max_step=0.03)
    state = run(at_rest(y), neighbors, GROUPS, forces)
    lengths = jnp.linalg.norm(state.velocity, axis=1)
    assert lengths.max() == pytest.approx(0.03, rel=1e-5)
    for start, end in GROUPS:  # besides, the mean is taken out
        way = state.coordinate[start:end] - (y[start:end] - y[start:end].mean(0))
        assert jnp.linalg.norm(way, axis=1).max() <= 0.03 + 1e-5


def test_pinned_neurons_stay_where_they_are():
    y, neighbors = random_case()
    moves = np.arange(COUNT) % 3 > 0
    state = run(at_rest(y), neighbors, GROUPS, steps=20, moves=moves)
    np.testing.assert_array_equal(state.coordinate[~moves], y[~moves])
    assert not state.velocity[~moves].any()
    assert (jnp.abs(state.coordinate - y).max(1)[moves] > 1e-3).all()


def test_groups_stay_around_their_own_centre_and_in_their_plane():
    y, neighbors = random_case()
    state = run_long(at_rest(y + 5.0), neighbors, GROUPS)
    for start, end in GROUPS:
        np.testing.assert_allclose(state.coordinate[start:end].mean(0), 0, atol=0.2)
    assert jnp.abs(state.coordinate[:, 2]).max() < 0.1
    assert jnp.linalg.norm(state.coordinate[4:11, :2], axis=1).max() > 0.2


def test_neighbors_end_up_nearer_than_others():
    """Two families of ten: affinities within, none across."""
    same = np.kron(np.eye(2), np.ones((10, 10))) - np.eye(20)
    index = np.broadcast_to(np.arange(20, dtype="i4"), (20, 20))
    neighbors = Neighbors(jnp.array(index), jnp.array(same / 9, jnp.float32))
    state = run_long(at_rest(random_case(count=20)[0]), neighbors)
    y = np.asarray(state.coordinate)
    apart = np.linalg.norm(y[:, None] - y, axis=-1)
    assert apart[same > 0].max() < apart[(same == 0) & ~np.eye(20, dtype=bool)].min()


def test_it_comes_to_rest():
    y = random_case(count=20)[0]
    state = run_long(at_rest(y), symmetric_neighbors(20), turns=40)
    radius = jnp.linalg.norm(state.coordinate, axis=1).mean()
    assert jnp.linalg.norm(state.velocity, axis=1).max() < 1e-3 * radius


# ---- what must never happen


def nearest_distance(coordinate):
    apart = np.linalg.norm(np.asarray(coordinate)[:, None] - np.asarray(coordinate), axis=-1)
    return (apart + np.diag([np.inf] * len(apart))).min()


def test_coincident_points_part_within_a_few_steps():
    y = random_case(count=20)[0]
    state = run(at_rest(y.at[3].set(y[8])), steps=20)
    assert nearest_distance(state.coordinate) > 1e-3


@pytest.mark.parametrize("count", [2, 20])
def test_equal_points_spread(count):
    state = run(at_rest(np.full((count, 3), 2.5)), steps=20)
    assert nearest_distance(state.coordinate) > 1e-3
    assert jnp.isfinite(state.coordinate).all()


def test_one_neuron_comes_to_the_centre():
    state = run(at_rest([[3.0, -4.0, 2.0]]), steps=20)
    np.testing.assert_allclose(state.coordinate, 0, atol=0.05)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 3e38])
@pytest.mark.parametrize("part", ["coordinate", "velocity", "affinity"])
def test_what_is_not_finite_goes_away(value, part):
    y, neighbors = random_case()
    state = at_rest(y)
    if part == "affinity":
        affinity = jnp.asarray(neighbors.affinity).at[2, 3].set(value)
        neighbors = neighbors._replace(affinity=affinity)
    else:
        state = state._replace(**{part: getattr(state, part).at[2, 1].set(value)})
    for steps in (1, 20):
        after = run(state, neighbors, GROUPS, steps=steps)
        assert all(jnp.isfinite(leaf).all() for leaf in after)
        assert jnp.abs(after.coordinate).max() < 1e3
    # Nobody takes notice in the other groups, unless they are drawn to it.
    fine = run(at_rest(y), nobody(COUNT), GROUPS)
    alone = run(state, nobody(COUNT), GROUPS)
    np.testing.assert_array_equal(alone.coordinate[4:], fine.coordinate[4:])


def test_a_neuron_without_neighbors_is_not_flung_away():
    neighbors = symmetric_neighbors(20)
    affinity = jnp.asarray(neighbors.affinity).at[0].set(0).at[:, 0].set(0)
    lonely = neighbors._replace(affinity=affinity)
    state = run_long(at_rest(random_case(count=20)[0]), lonely, turns=100)
    assert jnp.linalg.norm(state.coordinate[0]) < 30
