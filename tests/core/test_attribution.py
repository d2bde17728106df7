"""Effective weights and saliency against finite differences, axioms, and planted networks."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from neuronaut.core import attribution, forward, network
from neuronaut.core.network import Layer, NetworkConfig
from tables import random_params

CONFIGS = [
    NetworkConfig((6, 5, 4, 3), "tanh"),
    NetworkConfig((6, 3), "tanh"),
    NetworkConfig((6, 4, 1), "gelu"),
    NetworkConfig((6, 4, 1), "swish", "squared-error"),
    NetworkConfig((6, 5, 3), "relu"),
]


def sample(config, seed=1):
    return np.random.default_rng(seed).normal(size=config.sizes[0]).astype(np.float32)


def logit(params, x, label, config):
    z = np.asarray(network.logits(params, jnp.asarray(x, jnp.float32), config))
    return (z[0] if label else -z[0]) if config.is_binary else z[label]


@pytest.mark.parametrize("config", CONFIGS)
def test_effective_weights_are_the_slopes_of_the_net_inputs(config):
    params, x = random_params(*config.sizes), sample(config)
    found = attribution.effective_weights(params, config, x)
    step = 2e-3  # seldom bends a path under relu
    for d in range(len(x)):
        moved = [x + sign * step * np.eye(len(x), dtype=np.float32)[d] for sign in (1, -1)]
        up, down = (forward.stages(params, m, config) for m in moved)
        for effective, high, low in zip(found, up, down, strict=True):
            slope = (np.asarray(high.net_input) - np.asarray(low.net_input)) / (2 * step)
            np.testing.assert_allclose(effective[:, d], slope, rtol=1e-2, atol=1e-2)


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("at", ["nowhere", "sample"])
def test_the_first_layer_has_its_own_weights(config, at):
    params = random_params(*config.sizes)
    x = sample(config) if at == "sample" else None
    found = attribution.effective_weights(params, config, x)
    assert [len(rows) for rows in found] == list(config.sizes[1:])
    np.testing.assert_allclose(found[0], params[0].weight.T, rtol=1e-5)


def test_without_a_sample_the_matrices_are_multiplied():
    config = CONFIGS[0]
    params = random_params(*config.sizes)
    found = attribution.effective_weights(params, config)
    product = np.eye(6)
    for rows, layer in zip(found, params, strict=True):
        product = product @ np.asarray(layer.weight)
        np.testing.assert_allclose(rows, product.T, rtol=1e-4, atol=1e-5)


def test_under_relu_only_active_neurons_pass_anything_on():
    config = NetworkConfig((2, 2, 1), "relu")
    params = (
        Layer(jnp.eye(2), jnp.array([0.0, -5.0])),
        Layer(jnp.array([[3.0], [7.0]]), jnp.zeros(1)),
    )
    linear = attribution.effective_weights(params, config)[-1]
    np.testing.assert_array_equal(linear, [[3, 7]])
    for x, expected in (([1, 1], [3, 0]), ([1, 6], [3, 7]), ([-1, 6], [0, 7])):
        local = attribution.effective_weights(params, config, jnp.array(x, jnp.float32))[-1]
        np.testing.assert_array_equal(local, [expected])


@pytest.mark.parametrize("config", CONFIGS)
def test_gradient_is_the_slope_of_the_logit(config):
    params, x = random_params(*config.sizes), sample(config)
    step = 2e-3 * np.eye(len(x), dtype=np.float32)
    for label in (0, 1):
        found = attribution.gradient(params, x, np.int32(label), config)
        slope = [
            (logit(params, x + s, label, config) - logit(params, x - s, label, config)) / 4e-3
            for s in step
        ]
        np.testing.assert_allclose(found, slope, rtol=1e-2, atol=1e-2)
        product = attribution.gradient_times_input(params, x, label, config)
        np.testing.assert_allclose(product, x * np.asarray(found), rtol=1e-5)


def test_gradient_is_the_row_of_the_effective_weights():
    config = CONFIGS[0]
    params, x = random_params(*config.sizes), sample(config)
    rows = attribution.effective_weights(params, config, x)[-1]
    for label in range(3):
        found = attribution.gradient(params, x, label, config)
        np.testing.assert_allclose(found, rows[label], rtol=1e-4, atol=1e-5)


def test_gradient_times_input_adds_up_to_the_logit_of_a_relu_network_without_biases():
    config = NetworkConfig((6, 8, 8, 3), "relu")
    params = tuple(Layer(w, jnp.zeros_like(b)) for w, b in random_params(*config.sizes))
    x = sample(config)
    found = attribution.gradient_times_input(params, x, 2, config).sum()
    np.testing.assert_allclose(found, logit(params, x, 2, config), rtol=1e-4)


@pytest.mark.parametrize("config", CONFIGS)
def test_integrated_gradients_are_complete(config):
    params, x, baseline = random_params(*config.sizes), sample(config), sample(config, 2)
    for start in (None, baseline):
        found = attribution.integrated_gradients(params, x, 1, config, start)
        origin = np.zeros_like(x) if start is None else start
        expected = logit(params, x, 1, config) - logit(params, origin, 1, config)
        # Under relu the rule errs by the cells in which a path bends.
        tolerance = 0.05 if config.activation == "relu" else 2e-3
        np.testing.assert_allclose(
            found.sum(), expected, atol=tolerance * (1 + float(abs(expected)))
        )


def test_more_steps_make_integrated_gradients_more_complete():
    config = CONFIGS[0]
    params, x = random_params(*config.sizes), 3 * sample(config)
    expected = logit(params, x, 0, config) - logit(params, 0 * x, 0, config)
    errors = [
        abs(attribution.integrated_gradients(params, x, 0, config, steps=n).sum() - expected)
        for n in (2, 16, 256)
    ]
    assert errors[0] > errors[1] > errors[2]


def test_an_input_that_does_not_count_is_given_nothing():
    config = CONFIGS[0]
    (first, *rest) = random_params(*config.sizes)
    params = (Layer(first.weight.at[3].set(0), first.bias), *rest)
    x, key = sample(config), jax.random.key(0)
    for found in (
        attribution.gradient(params, x, 0, config),
        attribution.integrated_gradients(params, x, 0, config),
        attribution.smooth_gradient(params, x, 0, config, key),
    ):
        assert np.flatnonzero(np.asarray(found) == 0).tolist() == [3]


def test_a_smooth_gradient_is_the_gradient_where_it_does_not_change():
    config, key = CONFIGS[1], jax.random.key(0)
    params, x = random_params(*config.sizes), sample(config)
    expected = attribution.gradient(params, x, 2, config)
    found = attribution.smooth_gradient(params, x, 2, config, key)
    np.testing.assert_allclose(found, expected, rtol=1e-4)
    config = CONFIGS[0]
    params = random_params(*config.sizes)
    still = attribution.smooth_gradient(params, x, 2, config, key, noise=0.0)
    np.testing.assert_allclose(
        still, attribution.gradient(params, x, 2, config), rtol=1e-4, atol=1e-6
    )
    noisy = attribution.smooth_gradient(params, x, 2, config, key)
    assert np.abs(np.asarray(noisy - still)).max() > 1e-3


@pytest.mark.parametrize("config", CONFIGS)
def test_broken_parameters_do_not_stop_it(config):
    broken = jax.tree.map(lambda leaf: jnp.full_like(leaf, np.nan), random_params(*config.sizes))
    x = sample(config)
    assert attribution.integrated_gradients(broken, x, 1, config).shape == x.shape
    assert len(attribution.effective_weights(broken, config, x)) == len(broken)


@pytest.mark.parametrize(("config", "label"), [(CONFIGS[0], 3), (CONFIGS[2], 2), (CONFIGS[0], -1)])
def test_a_label_that_does_not_exist_is_refused(config, label):
    params, x = random_params(*config.sizes), sample(config)
    last = 1 if config.is_binary else 2
    with pytest.raises(ValueError, match=rf"label must be 0\.\.{last}, got {label}"):
        attribution.gradient(params, x, label, config)


def test_no_steps_are_refused():
    with pytest.raises(ValueError, match="steps must be at least 1, got 0"):
        attribution.integrated_gradients(
            random_params(*CONFIGS[1].sizes), sample(CONFIGS[1]), 0, CONFIGS[1], steps=0
        )
