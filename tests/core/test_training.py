"""Training: what each step does, which rows it takes, and that it learns."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from neuronaut.core import network, training
from neuronaut.core.network import NetworkConfig
from neuronaut.core.rates import Rates
from neuronaut.core.training import MAX_STEPS, OPTIMIZERS, TrainingConfig
from sklearn.datasets import load_digits
from toy_training import CONFIG, data, run


def assert_equal_states(one, other):
    one, other = (state._replace(key=jax.random.key_data(state.key)) for state in (one, other))
    jax.tree.map(np.testing.assert_array_equal, one, other)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_each_optimizer_agrees_with_optax(name):
    rate, l2 = 0.03, 0.1
    config = TrainingConfig(NetworkConfig((3, 4, 2)), name, batch=16)
    x, y = data()
    oracle = {
        "sgd": optax.sgd(rate),
        "momentum": optax.sgd(rate, momentum=0.9),
        "adam": optax.adam(rate),
        "adamw": optax.adamw(
            rate,
            weight_decay=l2,
            mask=lambda params: jax.tree.map(lambda leaf: leaf.ndim == 2, params),
        ),
        "rmsprop": optax.rmsprop(rate),
    }[name]

    def objective(params):
        squares = sum(jnp.sum(layer.weight**2) for layer in params)
        penalty = 0 if name == "adamw" else l2 / 2 * squares
        return network.loss(params, x, y, config.network) + penalty

    state = training.start(jax.random.key(0), config, 16)
    gradient = jax.jit(jax.grad(objective))
    params, oracle_state = state.params, oracle.init(state.params)
    for _ in range(8):
        updates, oracle_state = oracle.update(gradient(params), oracle_state, params)
        params = optax.apply_updates(params, updates)
    state, _ = training.advance(state, x, y, Rates(rate, 0.0, l2), 8, config)
    for ours, optaxs in zip(jax.tree.leaves(state.params), jax.tree.leaves(params), strict=True):
        np.testing.assert_allclose(ours, optaxs, rtol=2e-4, atol=2e-6)


def test_losses_and_last_update_of_a_step():
    config = TrainingConfig(NetworkConfig((3, 4, 2)), batch=16)
    x, y = data()
    before = training.start(jax.random.key(0), config, 16)
    after, losses = training.advance(before, x, y, Rates(0.01), 1, config)
    expected = network.loss(before.params, x, y, config.network)
    np.testing.assert_allclose(losses[0], expected, rtol=1e-5)
    for old, new, update in zip(
        *map(jax.tree.leaves, (before.params, after.params, after.last_update)), strict=True
    ):
        np.testing.assert_array_equal(old + update, new)
        assert update.any()


def test_last_update_is_that_of_the_last_step_of_many():
    x, y = data()
    before, _ = run(CONFIG, Rates(0.01), 6, x, y)
    after, _ = run(CONFIG, Rates(0.01), 7, x, y)
    for old, new, update in zip(
        *map(jax.tree.leaves, (before.params, after.params, after.last_update)), strict=True
    ):
        np.testing.assert_array_equal(new - old, update)


def test_a_state_that_gives_its_memory_away_trains_alike():
    x, y = data()
    start = training.start(jax.random.key(0), CONFIG, 16)
    expected, losses = training.advance(start, x, y, Rates(0.01), 12, CONFIG)
    given = training.start(jax.random.key(0), CONFIG, 16)
    state, _ = training.advance(given, x, y, Rates(0.01), 5, CONFIG, donate=True)
    state, rest = training.advance(state, x, y, Rates(0.01), 7, CONFIG, donate=True)
    np.testing.assert_array_equal(rest[:7], losses[5:12])
    for one, other in zip(
        jax.tree.leaves(state.params), jax.tree.leaves(expected.params), strict=True
    ):
        np.testing.assert_array_equal(one, other)
    assert given.params[0].weight.is_deleted()


@pytest.mark.parametrize("steps", [1, 5, MAX_STEPS])
def test_losses_are_nan_beyond_the_steps_taken(steps):
    state, losses = run(CONFIG, Rates(0.01), steps, *data())
    assert losses.shape == (MAX_STEPS,)
    assert int(state.step) == steps
    np.testing.assert_array_equal(np.isfinite(losses), np.arange(MAX_STEPS) < steps)


def test_every_row_is_used_exactly_once_an_epoch():
    x, y = data(rows=16)
    config = TrainingConfig(NetworkConfig((3, 4, 2)), batch=1)
    state = training.start(jax.random.key(0), config, 16)
    loss = jax.jit(network.loss, static_argnames="config")
    row_losses = np.sort(
        [loss(state.params, x[i, None], y[i, None], config.network) for i in range(16)]
    )
    assert np.diff(row_losses).min() > 1e-5  # so that a loss tells which row it was
    # At rate 0 nothing is learnt: an epoch's losses are the rows' losses in the order taken.
    _, losses = training.advance(state, x, y, Rates(0.0), 48, config)
    epochs = np.asarray(losses[:48]).reshape(3, 16)
    for epoch in epochs:
        np.testing.assert_allclose(np.sort(epoch), row_losses, rtol=1e-5)
    assert not np.array_equal(epochs[0], epochs[1])
    assert not np.array_equal(epochs[1], epochs[2])


def test_rows_beyond_the_last_full_batch_are_left_out():
    config = TrainingConfig(NetworkConfig((10, 2), loss="squared-error"), "sgd", batch=4)
    x, y = jnp.eye(10), jnp.zeros(10, jnp.int32)
    assert training.steps_per_epoch(10, 4) == 2
    before = training.start(jax.random.key(0), config, 10)
    # Row i alone moves weight row i, so the weights tell which rows were used.
    epoch, _ = training.advance(before, x, y, Rates(0.01), 2, config)
    used = np.any(epoch.params[0].weight != before.params[0].weight, axis=1)
    assert used.sum() == 8
    assert sorted(np.asarray(epoch.order[:8])) == np.flatnonzero(used).tolist()


def test_a_batch_larger_than_the_training_set_takes_all_of_it():
    config = TrainingConfig(NetworkConfig((3, 2)), batch=128)
    x, y = data(rows=5)
    state = training.start(jax.random.key(0), config, 5)
    _, losses = training.advance(state, x, y, Rates(0.0), 3, config)
    expected = network.loss(state.params, x, y, config.network)
    np.testing.assert_allclose(losses[:3], np.full(3, expected), rtol=1e-5)
    assert training.steps_per_epoch(5, 128) == 1


def test_same_seed_is_identical_and_another_is_not():
    x, y = data()
    one, losses = run(CONFIG, Rates(0.01), 50, x, y)
    again, losses_again = run(CONFIG, Rates(0.01), 50, x, y)
    assert_equal_states(one, again)
    np.testing.assert_array_equal(losses, losses_again)
    other, _ = run(CONFIG, Rates(0.01), 50, x, y, seed=1)
    assert not jnp.array_equal(one.params[0].weight, other.params[0].weight)


def test_steps_may_be_split_over_calls():
    x, y = data(rows=14)  # 3 steps an epoch
    whole, losses = run(CONFIG, Rates(0.01), 11, x, y)
    state, parts = training.start(jax.random.key(0), CONFIG, 14), []
    for steps in (1, 4, 6):
        state, part = training.advance(state, x, y, Rates(0.01), steps, CONFIG)
        parts.append(part[:steps])
    assert_equal_states(state, whole)
    np.testing.assert_array_equal(np.concatenate(parts), losses[:11])


@pytest.mark.parametrize(("name", "rate"), [("adam", 3e-3)])
def test_digits_are_learnt(name, rate):
    pixels, labels = load_digits(return_X_y=True)
    x, y = jnp.float32(pixels) / 16, jnp.int32(labels)
    held_out = np.arange(len(x)) % 5 == 0
    config = TrainingConfig(NetworkConfig((64, 32, 10)), name, batch=64)
    state, losses = run(config, Rates(rate), 500, x[~held_out], y[~held_out])
    accuracy = network.accuracy(state.params, x[held_out], y[held_out], config.network)
    assert accuracy >= 0.94
    assert losses[490:500].mean() < losses[:10].mean() / 5


@pytest.mark.parametrize(
    ("sizes", "loss"),
    [
        ((3, 1), "cross-entropy"),
        ((3, 1), "squared-error"),
        ((3, 1, 2), "cross-entropy"),
        ((1, 1), "squared-error"),
    ],
)
def test_degenerate_networks_train(sizes, loss):
    config = TrainingConfig(NetworkConfig(sizes, "tanh", loss), batch=8)
    x, _ = data(features=sizes[0])
    y = (x[:, 0] > 0).astype(jnp.int32)
    state, _ = run(config, Rates(0.05), 400, x, y)
    assert network.accuracy(state.params, x, y, config.network) >= 0.85
    assert training.is_finite(state)


def test_divergence_is_noticed():
    config = TrainingConfig(NetworkConfig((3, 2), loss="squared-error"), "sgd", batch=4)
    x, y = data()
    start = training.start(jax.random.key(0), config, 16)
    assert training.is_finite(start)
    diverged, _ = training.advance(start, x, y, Rates(1e6), 50, config)
    assert not training.is_finite(diverged)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"optimizer": "lion"}, "optimizer must be one of sgd, .*'lion'"),
        ({"batch": 0}, "batch must be at least 1, got 0"),
    ],
)
def test_bad_configs_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        TrainingConfig(NetworkConfig((3, 2)), **arguments)


@pytest.mark.parametrize("steps", [0, -1, MAX_STEPS + 1])
def test_steps_out_of_range_are_refused(steps):
    with pytest.raises(ValueError, match=r"steps must be 1\.\.1024"):
        run(CONFIG, Rates(0.01), steps, *data())


def test_another_training_set_is_refused():
    state = training.start(jax.random.key(0), CONFIG, 16)
    with pytest.raises(ValueError, match="started for 16 training rows, got 12 rows"):
        training.advance(state, *data(rows=12), Rates(0.1), 1, CONFIG)
    with pytest.raises(ValueError, match="train_rows must be at least 1"):
        training.start(jax.random.key(0), CONFIG, 0)


def weights_of(params):
    return [layer.weight for layer in params]


def test_what_is_taken_is_of_the_new_parameters_and_outlives_the_state():
    rest = *data(), Rates(0.01), 5, CONFIG
    state = training.start(jax.random.key(0), CONFIG, 16)
    expected, losses = training.advance(state, *rest)
    state, found, taken = training.advance_and_take(state, *rest, weights_of)
    np.testing.assert_array_equal(found, losses)
    for one, other in zip(
        jax.tree.leaves(state.params), jax.tree.leaves(expected.params), strict=True
    ):
        np.testing.assert_array_equal(one, other)
    training.advance_and_take(state, *rest, weights_of)
    assert state.params[0].weight.is_deleted()
    for mine, layer in zip(taken, expected.params, strict=True):
        np.testing.assert_array_equal(mine, layer.weight)


def test_what_is_taken_needs_as_many_steps_as_any_advance():
    state = training.start(jax.random.key(0), CONFIG, 16)
    with pytest.raises(ValueError, match="steps must be"):
        training.advance_and_take(state, *data(), Rates(0.01), 0, CONFIG, weights_of)
