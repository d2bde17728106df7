"""Signals against loops over NumPy arrays, neuron by neuron and edge by edge."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from neuronaut.core import network, signals
from neuronaut.core.network import Layer, NetworkConfig
from neuronaut.core.wiring import Wiring

CONFIGS = [
    NetworkConfig((5, 4, 3, 2), "tanh"),
    NetworkConfig((5, 3), "tanh"),
    NetworkConfig((5, 3, 1), "tanh"),
    NetworkConfig((9, 1, 2), "tanh", "squared-error"),
    NetworkConfig((1, 1), "tanh", "squared-error"),
]


def random_params(config, rng):
    return tuple(
        Layer(jnp.float32(rng.normal(size=(i, o))), jnp.float32(rng.normal(size=o)))
        for i, o in zip(config.sizes, config.sizes[1:], strict=False)
    )


def problem(config):
    rng = np.random.default_rng(1)
    params, update = random_params(config, rng), random_params(config, rng)
    shown = rng.normal(size=config.sizes[0]).astype(np.float32)
    probe = rng.normal(size=(7, config.sizes[0])).astype(np.float32)
    return params, update, shown, jnp.int32(1 % max(2, config.sizes[-1])), probe


def numpy_layers(params, x, config):
    """Activations of a tanh network, layer by layer."""
    layers = [x]
    for weight, bias in params[:-1]:
        layers.append(np.tanh(layers[-1] @ np.asarray(weight) + np.asarray(bias)))
    z = layers[-1] @ np.asarray(params[-1].weight) + np.asarray(params[-1].bias)
    if config.loss == "cross-entropy":
        z = 1 / (1 + np.exp(-z)) if config.sizes[-1] == 1 else np.exp(z)
        z = z if config.sizes[-1] == 1 else z / z.sum(-1, keepdims=True)
    return [*layers, z]


@pytest.mark.parametrize("config", CONFIGS)
def test_each_edge_carries_its_weight(config):
    params, *rest = problem(config)
    wiring = Wiring(config.sizes)
    weight = signals.measure(params, *rest, config).weight
    for edge, (source, target) in enumerate(zip(wiring.sources(), wiring.targets(), strict=True)):
        layer = wiring.layer_of_neuron[source]
        i = source - wiring.neuron_offsets[layer]
        o = target - wiring.neuron_offsets[layer + 1]
        assert weight[edge] == params[layer].weight[i, o]


@pytest.mark.parametrize("config", CONFIGS)
def test_each_neuron_carries_its_own(config):
    params, update, shown, label, probe = problem(config)
    wiring = Wiring(config.sizes)
    measured = signals.measure(params, update, shown, label, probe, config)
    shown_layers = numpy_layers(params, shown, config)
    probe_layers = numpy_layers(params, probe, config)
    importance = np.zeros(wiring.neurons)
    for neuron, layer in enumerate(wiring.layer_of_neuron):
        j = neuron - wiring.neuron_offsets[layer]
        np.testing.assert_allclose(measured.activation[neuron], shown_layers[layer][j], rtol=1e-4)
        if layer == 0:
            change, bias = np.asarray(update[0].weight[j]), 0.0
        else:
            into = update[layer - 1]
            change, bias = np.append(into.weight[:, j], into.bias[j]), params[layer - 1].bias[j]
        assert measured.bias[neuron] == bias
        np.testing.assert_allclose(measured.update[neuron], np.sqrt(np.mean(change**2)), rtol=1e-5)
        np.testing.assert_allclose(
            measured.level[neuron], probe_layers[layer][:, j].mean(), rtol=1e-4, atol=1e-6
        )
        is_output = layer == len(config.sizes) - 1
        reach = 1.0 if is_output else np.abs(params[layer].weight[j]).sum()
        importance[neuron] = np.abs(probe_layers[layer][:, j]).mean() * reach
    for layer in range(len(config.sizes)):
        numbers = wiring.neuron_range(layer)
        importance[numbers] /= importance[numbers].max()
    np.testing.assert_allclose(measured.importance, importance, rtol=1e-4)


def numpy_loss(params, shift, x, label, config):
    """The loss of one sample whose neurons' net inputs, or inputs, are shifted; float64."""
    layers = np.split(shift, np.cumsum(config.sizes)[:-1])
    z = x + layers[0]
    for number, ((weight, bias), moved) in enumerate(zip(params, layers[1:], strict=True)):
        inputs = np.tanh(z) if number else z
        z = inputs @ np.asarray(weight, np.float64) + np.asarray(bias, np.float64) + moved
    if config.sizes[-1] == 1:
        target = np.array([label])
        bernoulli = np.log1p(np.exp(z)) - target * z
    else:
        target = np.eye(config.sizes[-1])[label]
        bernoulli = target * (np.log(np.exp(z).sum()) - z)
    return (((z - target) ** 2 / 2) if config.loss == "squared-error" else bernoulli).sum()


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("label", [0, 1])
def test_gradient_is_the_slope_of_the_loss_by_finite_differences(config, label):
    params, update, shown, _, probe = problem(config)
    found = signals.measure(params, update, shown, label, probe, config).gradient
    step = 1e-5
    for neuron in range(Wiring(config.sizes).neurons):
        shift = np.zeros(len(found))
        shift[neuron] = step
        ends = [numpy_loss(params, sign * shift, shown, label, config) for sign in (1, -1)]
        np.testing.assert_allclose(
            found[neuron], (ends[0] - ends[1]) / (2 * step), rtol=1e-3, atol=1e-6
        )


def test_gradient_of_the_outputs_is_what_they_lack():
    for config in CONFIGS:
        *given, label, probe = problem(config)
        measured = signals.measure(*given, label, probe, config)
        outputs = config.sizes[-1]
        target = np.eye(outputs)[int(label)] if outputs > 1 else np.array([int(label)])
        lacking = np.asarray(measured.activation[-outputs:]) - target
        np.testing.assert_allclose(measured.gradient[-outputs:], lacking, rtol=1e-4, atol=1e-6)


def test_nothing_flows_back_through_a_silent_relu():
    config = NetworkConfig((2, 2, 2), "relu")
    params = (
        Layer(jnp.eye(2), jnp.array([0.0, -9.0])),
        Layer(jnp.array([[2.0, 0.0], [5.0, 5.0]]), jnp.zeros(2)),
    )
    shown, label = jnp.array([1.0, 1.0]), jnp.int32(0)
    gradient = signals.measure(params, params, shown, label, shown[None], config).gradient
    pull = 1 / (1 + np.exp(-2.0)) - 1  # of the softmax, on output 0
    np.testing.assert_allclose(gradient, [2 * pull, 0, 2 * pull, 0, pull, -pull], atol=1e-6)


@pytest.mark.parametrize("config", CONFIGS)
def test_shapes_dtypes_and_bounds(config):
    wiring = Wiring(config.sizes)
    measured = signals.measure(*problem(config), config)
    for name, vector in measured._asdict().items():
        length = wiring.edges if name == "weight" else wiring.neurons
        assert (vector.shape, vector.dtype) == ((length,), jnp.float32)
    assert 0 <= measured.importance.min() <= measured.importance.max() <= 1


@pytest.mark.parametrize("config", CONFIGS)
def test_zero_weights_give_zeros_and_no_nan(config):
    params, _, shown, label, probe = problem(config)
    zeros = jax.tree.map(jnp.zeros_like, params)
    measured = signals.measure(zeros, zeros, shown, label, probe, config)
    assert all(jnp.isfinite(vector).all() for vector in measured)
    assert not measured.update.any()
    inside = Wiring(config.sizes).neuron_offsets[-2]
    assert not measured.importance[:inside].any()


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e30, 1e-42])
def test_importance_is_never_nan(value):
    config = NetworkConfig((5, 4, 3))
    params, update, shown, label, probe = problem(config)
    broken = jax.tree.map(lambda leaf: jnp.full_like(leaf, value), params)
    importance = signals.measure(broken, update, shown, label, probe, config).importance
    assert jnp.isfinite(importance).all()
    assert 0 <= importance.min() <= importance.max() <= 1


def test_784_1_2():
    config = NetworkConfig((784, 1, 2))
    params = network.init(jax.random.key(0), config)
    measured = signals.measure(params, params, jnp.zeros(784), 1, jnp.zeros((4, 784)), config)
    assert (len(measured.weight), len(measured.bias)) == (786, 787)
    assert jnp.isfinite(jnp.concatenate([*measured])).all()


def test_a_new_sample_does_not_compile_anew():
    config = NetworkConfig((6, 4, 3))
    params, update, shown, label, probe = problem(config)
    signals.measure(params, update, shown, label, probe, config)
    measure: Any = signals.measure
    compiled = measure._cache_size()
    signals.measure(update, params, shown + 1, label - 1, probe * 2, config)
    assert measure._cache_size() == compiled


def test_an_empty_probe_is_refused():
    config = NetworkConfig((5, 3))
    params, update, shown, label, probe = problem(config)
    with pytest.raises(ValueError, match="probe must have at least 1 sample"):
        signals.measure(params, update, shown, label, probe[:0], config)
