"""Rates of a training: penalties, and layers and neurons that are held still."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from neuronaut.core import training
from neuronaut.core.network import NetworkConfig
from neuronaut.core.rates import Held, Rates
from neuronaut.core.training import TrainingConfig
from toy_training import CONFIG, data, run


def compilations(function: Any) -> int:
    return function._cache_size()


@pytest.mark.parametrize("name", ["adamw"])
def test_no_penalty_is_a_penalty_of_zero(name):
    config = TrainingConfig(NetworkConfig((3, 4, 2)), name, batch=4)
    none, _ = run(config, Rates(0.01, None, None), 9, *data())
    zero, _ = run(config, Rates(0.01), 9, *data())
    for one, other in zip(jax.tree.leaves(none.params), jax.tree.leaves(zero.params), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


@pytest.mark.parametrize("name", ["sgd", "adam", "adamw"])
def test_penalties_pull_weights_towards_zero_and_leave_biases(name):
    config = TrainingConfig(NetworkConfig((3, 2), loss="squared-error"), name, batch=2)
    x, y = jnp.zeros((2, 3)), jnp.array([0, 1])  # no gradient reaches the weights from these
    start = training.start(jax.random.key(0), config, 2)
    plain, _ = training.advance(start, x, y, Rates(1e-3), 1, config)
    np.testing.assert_array_equal(plain.params[0].weight, start.params[0].weight)
    for rates in (Rates(1e-3, l1=0.1), Rates(1e-3, l2=0.1)):
        pulled, _ = training.advance(start, x, y, rates, 1, config)
        pull = pulled.last_update[0].weight
        np.testing.assert_array_equal(np.sign(pull), -np.sign(start.params[0].weight))
        np.testing.assert_array_equal(pulled.params[0].bias, plain.params[0].bias)


def test_size_of_the_penalties_under_sgd():
    config = TrainingConfig(NetworkConfig((3, 2), loss="squared-error"), "sgd", batch=2)
    x, y = jnp.zeros((2, 3)), jnp.array([0, 1])
    weight = training.start(jax.random.key(0), config, 2).params[0].weight
    state, _ = run(config, Rates(0.5, l1=0.01, l2=0.1), 1, x, y)
    expected = -0.5 * (0.01 * np.sign(weight) + 0.1 * weight)
    np.testing.assert_allclose(state.last_update[0].weight, expected, rtol=1e-5)


def test_changing_rates_and_steps_does_not_compile_anew():
    config = TrainingConfig(NetworkConfig((3, 5, 2)), batch=4)
    x, y = data()
    state, _ = run(config, Rates(0.01), 3, x, y)
    compiled = compilations(training._advance)
    for steps, rates in [
        (1, Rates(0.1, 0.001, 0.002)),
        (700, Rates(0, 0, 0)),
        (2, Rates(jnp.float32(0.1), jnp.float32(0), 0.5)),
    ]:
        state, _ = training.advance(state, x, y, rates, steps, config)
    assert compilations(training._advance) == compiled


@pytest.mark.parametrize(
    "rates", [Rates(-0.1), Rates(0.1, l1=-1.0), Rates(0.1, l2=float("inf")), Rates(float("nan"))]
)
def test_bad_rates_are_refused(rates):
    with pytest.raises(ValueError, match="must be a finite number of at least 0"):
        run(CONFIG, rates, 1, *data())


def held(sizes, layers=(), neurons=()):
    return Held(np.isin(np.arange(1, len(sizes)), layers), np.isin(np.arange(sum(sizes)), neurons))


@pytest.mark.parametrize("name", ["sgd", "adamw"])  # without and with momentum and decay
def test_a_frozen_layer_does_not_move_by_a_bit_and_the_others_do(name):
    config = TrainingConfig(NetworkConfig((3, 4, 5, 2), "tanh"), name, batch=4)
    x, y = data()
    rates = Rates(0.05, l1=1e-3, l2=0.1)
    warm, _ = run(config, rates, 7, x, y)  # so that there is momentum when the layer freezes
    state, _ = training.advance(
        warm, x, y, rates._replace(held=held(config.network.sizes, layers=[2])), 9, config
    )
    for number, (before, after) in enumerate(zip(warm.params, state.params, strict=True), 1):
        for old, new in zip(before, after, strict=True):
            assert jnp.array_equal(old, new) == (number == 2)
    assert not any(np.any(part) for part in state.last_update[1])
    assert all(np.any(part) for part in state.last_update[0])
    thawed, _ = training.advance(state, x, y, rates, 3, config)
    assert not jnp.array_equal(thawed.params[1].weight, warm.params[1].weight)


def test_signs_of_zero_are_held_too():
    config = TrainingConfig(NetworkConfig((3, 2)), batch=4)
    x, y = data()
    start = training.start(jax.random.key(0), config, 16)
    start = start._replace(params=jax.tree.map(lambda leaf: -0.0 * jnp.abs(leaf), start.params))
    rates = Rates(0.05, held=held((3, 2), layers=[1]))
    state, _ = training.advance(start, x, y, rates, 3, config)
    for leaf in jax.tree.leaves(state.params):
        assert np.signbit(leaf).all()


def test_weights_out_of_held_neurons_stay_and_all_others_move():
    sizes = (3, 4, 2)
    config = TrainingConfig(NetworkConfig(sizes, "tanh"), batch=4)
    x, y = data()
    start = training.start(jax.random.key(0), config, 16)
    rates = Rates(0.05, l2=0.1, held=held(sizes, neurons=[1, 4, 6]))
    state, _ = training.advance(start, x, y, rates, 9, config)
    moved = [old.weight != new.weight for old, new in zip(start.params, state.params, strict=True)]
    np.testing.assert_array_equal(moved[0].any(axis=1), [True, False, True])
    np.testing.assert_array_equal(moved[1].any(axis=1), [True, False, True, False])
    assert all(np.any(a.bias != b.bias) for a, b in zip(start.params, state.params, strict=True))


def test_holding_nothing_is_the_same_as_none():
    x, y = data()
    plain, losses = run(CONFIG, Rates(0.01), 20, x, y)
    masked, same = run(CONFIG, Rates(0.01, held=held((3, 4, 2))), 20, x, y)
    np.testing.assert_allclose(losses[:20], same[:20], rtol=1e-5)
    for one, other in zip(
        jax.tree.leaves(plain.params), jax.tree.leaves(masked.params), strict=True
    ):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_holding_something_else_does_not_compile_anew():
    sizes = (3, 6, 2)
    config = TrainingConfig(NetworkConfig(sizes), batch=4)
    x, y = data()
    state, _ = run(config, Rates(0.01, held=held(sizes)), 3, x, y)
    compiled = compilations(training._advance)
    for its in (held(sizes, [1]), held(sizes, [1, 2], [4]), held(sizes)):
        state, _ = training.advance(state, x, y, Rates(0.01, held=its), 3, config)
    assert compilations(training._advance) == compiled


@pytest.mark.parametrize(
    ("its", "message"),
    [
        (Held(np.zeros(3, bool), np.zeros(9, bool)), r"held.layers must have shape \(2,\), got"),
        (Held(np.zeros(2, bool), np.zeros(2, bool)), r"held.neurons must have shape \(9,\), got"),
    ],
)
def test_masks_that_do_not_fit_are_refused(its, message):
    with pytest.raises(ValueError, match=message):
        run(CONFIG, Rates(0.01, held=its), 1, *data())
