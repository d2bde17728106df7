"""The forces of the simulation against plain loops."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from layout_cases import COUNT, GROUPS, loop_forces, nobody, random_case, symmetric_neighbors
from neuronaut.core import layout, repulsion

force_terms = jax.jit(layout.force_terms, static_argnames="groups")


@pytest.mark.parametrize("seed", range(3))
def test_forces_equal_a_double_loop(seed):
    y, neighbors = random_case(seed)
    terms = force_terms(y, jnp.ones(COUNT), neighbors, GROUPS)
    attraction, repulsion, partition = loop_forces(y, neighbors, GROUPS)
    np.testing.assert_allclose(terms.attraction, attraction, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(terms.repulsion, repulsion, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(terms.partition, partition, rtol=1e-5)


def test_forces_do_not_depend_on_how_the_work_is_cut(monkeypatch):
    y, neighbors = random_case(count=20)
    whole = force_terms(y, jnp.ones(20), neighbors, ((0, 20),))
    monkeypatch.setattr(repulsion, "_CHUNK", 7)
    cut_terms = jax.jit(lambda y: layout.force_terms(y, jnp.ones(20), neighbors, ((0, 20),)))
    cut = cut_terms(y)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6), whole, cut)


@pytest.mark.parametrize("coincident", [False, True])
def test_forces_add_up_to_zero(coincident):
    y, _ = random_case(count=20)
    if coincident:
        y = y.at[5:15].set(y[5])
    terms = force_terms(y, jnp.ones(20), symmetric_neighbors(20), ((0, 20),))
    for force in (terms.attraction, terms.repulsion):
        assert jnp.abs(force).max() > 1e-3
        np.testing.assert_allclose(force.sum(0), 0, atol=1e-5)


def test_pinned_neurons_feel_nothing_but_are_felt():
    y = jnp.array([[0.0, 0, 0], [1, 0, 0]])
    terms = force_terms(y, jnp.array([1.0, 0.0]), nobody(2), ((0, 2),))
    assert not terms.repulsion[1].any()
    assert terms.repulsion[0, 0] == pytest.approx(-0.25)  # w = 1/2
    assert terms.partition[0] == pytest.approx(0.5)


def test_one_neuron_feels_nothing():
    terms = force_terms(jnp.ones((1, 3)), jnp.ones(1), nobody(1), ((0, 1),))
    assert not any(jnp.any(term) for term in terms)


def test_kicks_are_opposite_small_and_the_same_each_time():
    i, j = (jnp.array(numbers, jnp.uint32) for numbers in ([0, 3, 7, 700], [1, 4, 900, 12]))
    kick = jax.jit(repulsion.kick)
    there, back = kick(i, j), kick(j, i)
    np.testing.assert_array_equal(there, -back)
    np.testing.assert_array_equal(there, kick(i, j))
    assert 0 < jnp.abs(there).max() <= repulsion.KICK
    assert len(np.unique(np.abs(there))) == there.size
