"""Stages and responses against NumPy, and against the forward pass that the network itself does."""

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from neuronaut.core import forward, network
from neuronaut.core.network import Layer, NetworkConfig
from scipy.special import erf
from tables import random_params

ACTIVATE: dict[str, Any] = {
    "relu": lambda z: np.maximum(z, 0),
    "tanh": np.tanh,
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "gelu": lambda z: z * (1 + erf(z / 2**0.5)) / 2,
    "swish": lambda z: z / (1 + np.exp(-z)),
}
CONFIGS = [NetworkConfig((4, 6, 5, 3), activation) for activation in ACTIVATE] + [
    NetworkConfig((4, 3)),
    NetworkConfig((4, 5, 1)),
    NetworkConfig((4, 5, 3), "tanh", "squared-error"),
    NetworkConfig((1, 1), "tanh", "squared-error"),
]


def output_of(net_input, config):
    """What the last layer makes of its net inputs."""
    if config.loss == "squared-error":
        return net_input
    if config.is_binary:
        return 1 / (1 + np.exp(-net_input))
    return np.exp(net_input) / np.exp(net_input).sum()


@pytest.mark.parametrize("config", CONFIGS)
def test_each_stage_follows_from_the_one_before(config):
    params = random_params(*config.sizes)
    x = np.random.default_rng(1).normal(size=config.sizes[0]).astype(np.float32)
    found = forward.stages(params, x, config)
    assert [len(stage.output) for stage in found] == list(config.sizes[1:])
    inputs = x
    for layer, stage in zip(params, found, strict=True):
        np.testing.assert_allclose(
            stage.weighted_sum, inputs @ np.asarray(layer.weight), rtol=1e-4, atol=1e-5
        )
        expected = np.asarray(stage.weighted_sum) + np.asarray(layer.bias)
        np.testing.assert_allclose(stage.net_input, expected, rtol=1e-5, atol=1e-6)
        is_last = layer is params[-1]
        activate = ACTIVATE[config.activation]
        z = np.asarray(stage.net_input)
        expected = output_of(z, config) if is_last else activate(z)
        np.testing.assert_allclose(stage.output, expected, rtol=1e-4, atol=1e-5)
        inputs = np.asarray(stage.output)


@pytest.mark.parametrize("config", CONFIGS)
def test_stages_agree_with_the_network(config):
    params, x = random_params(*config.sizes), jnp.linspace(-1, 1, config.sizes[0])
    found = forward.stages(params, x, config)
    layers = network.activations(params, x, config)[1:]
    for stage, layer in zip(found, layers, strict=True):
        np.testing.assert_allclose(stage.output, layer, rtol=1e-5, atol=1e-6)
    logits = network.logits(params, x, config)
    np.testing.assert_allclose(found[-1].net_input, logits, rtol=1e-5, atol=1e-5)


def test_a_sample_of_another_size_is_refused():
    with pytest.raises(ValueError, match="x must have 4 features"):
        forward.stages(random_params(4, 3), jnp.ones(5), NetworkConfig((4, 3)))


@pytest.mark.parametrize("layer", [0, 1, 2])
def test_the_network_above_a_layer_gives_the_same_answer(layer):
    config = CONFIGS[1]
    params, x = random_params(*config.sizes), jnp.linspace(-1, 1, 4)
    upper, upper_config = forward.above(params, config, layer)
    inputs = network.activations(params, x, config)[layer]
    np.testing.assert_allclose(
        network.logits(upper, inputs, upper_config), network.logits(params, x, config), rtol=1e-5
    )


@pytest.mark.parametrize("layer", [-1, 3])
def test_nothing_lies_above_the_last_layer(layer):
    config = CONFIGS[1]
    with pytest.raises(ValueError, match=rf"layer must be 0\.\.2, got {layer}"):
        forward.above(random_params(*config.sizes), config, layer)


def test_the_grid_begins_at_the_top_left_and_covers_the_rectangle():
    grid = forward.plane_grid((-1.0, 10.0), (3.0, 18.0), 4)
    assert grid.dtype == np.float32
    np.testing.assert_array_equal(
        grid[:5], [[-0.5, 17], [0.5, 17], [1.5, 17], [2.5, 17], [-0.5, 15]]
    )
    np.testing.assert_array_equal(grid[-1], [2.5, 11])
    np.testing.assert_array_equal(forward.plane_grid((0.0, 0.0), (1.0, 1.0), 1), [[0.5, 0.5]])


@pytest.mark.parametrize(
    ("low", "high", "side", "message"),
    [
        ((0.0, 0.0), (1.0, 1.0), 0, "side must be at least 1 cell, got 0"),
        ((0.0, 0.0), (1.0, 0.0), 4, r"low must be \(x, y\) below high"),
        ((0.0, 0.0), (1.0, np.nan), 4, "both finite"),
        ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0), 4, r"low must be \(x, y\)"),
    ],
)
def test_what_is_no_grid_is_refused(low, high, side, message):
    with pytest.raises(ValueError, match=message):
        forward.plane_grid(low, high, side)


def test_corners_may_be_arrays():
    low, high = np.array([-1, 2], np.float32), np.array([1, 4], np.float32)
    np.testing.assert_array_equal(
        forward.plane_grid(low, high, 5), forward.plane_grid((-1.0, 2.0), (1.0, 4.0), 5)
    )


def test_responses_stand_in_the_order_of_the_neurons():
    config = NetworkConfig((2, 3, 4, 2), "tanh")
    params, grid = random_params(*config.sizes), forward.plane_grid((-1.0, -1.0), (1.0, 1.0), 3)
    found = forward.responses_over(params, grid, config)
    assert (found.shape, found.dtype) == ((9, 9), jnp.float32)
    for point, column in zip(grid, np.asarray(found).T, strict=True):
        layers = network.activations(params, point, config)
        np.testing.assert_allclose(column, np.concatenate(layers[1:]), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(found[-2:].sum(axis=0), 1.0, rtol=1e-5)


def test_a_neuron_that_looks_right_is_brightest_at_the_right_and_one_that_looks_up_at_the_top():
    params = (Layer(jnp.eye(2), jnp.zeros(2)), Layer(jnp.eye(2), jnp.zeros(2)))
    grid = forward.plane_grid((0.0, 0.0), (1.0, 1.0), 5)
    found = forward.responses_over(params, grid, NetworkConfig((2, 2, 2), "relu"))
    right, up = np.asarray(found[:2]).reshape(2, 5, 5)
    assert (np.diff(right, axis=1) > 0).all()
    assert (np.diff(up, axis=0) < 0).all()


def test_broken_parameters_do_not_stop_it():
    config = NetworkConfig((2, 3, 2))
    params = tuple(
        Layer(jnp.full_like(weight, np.nan), bias) for weight, bias in random_params(*config.sizes)
    )
    assert jnp.isnan(forward.stages(params, jnp.ones(2), config)[-1].output).all()
    grid = forward.plane_grid((0.0, 0.0), (1.0, 1.0), 2)
    assert forward.responses_over(params, grid, config).shape == (5, 4)
