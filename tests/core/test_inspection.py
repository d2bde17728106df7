"""What is said of single neurons, against NumPy and planted networks."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from neuronaut.core import inspection, network
from neuronaut.core.network import Layer, NetworkConfig
from neuronaut.core.wiring import Wiring
from tables import random_params

CONFIG = NetworkConfig((4, 6, 5, 3), "tanh")
WIRING = Wiring(CONFIG.sizes)


def problem(config=CONFIG, count=60):
    x = np.random.default_rng(1).normal(size=(count, config.sizes[0])).astype(np.float32)
    return random_params(*config.sizes), x, np.arange(count) % 2


def column(params, x, neuron, config=CONFIG):
    """The activations of a neuron over samples."""
    return np.concatenate(network.activations(params, x, config), axis=1)[:, neuron]


@pytest.mark.parametrize("name", ["in.2", "h1.5", "h2.0", "out.1"])
def test_top_samples_are_those_of_largest_activation(name):
    params, x, _ = problem()
    neuron = WIRING.neuron(name)
    values = column(params, x, neuron)
    found = inspection.top_samples(params, CONFIG, x, neuron, 5)
    np.testing.assert_array_equal(found.numbers, np.argsort(-values)[:5])
    np.testing.assert_allclose(found.values, np.sort(values)[::-1][:5], rtol=1e-4, atol=1e-6)
    assert len(inspection.top_samples(params, CONFIG, x, neuron, 1_000).numbers) == 60


def test_a_sample_that_is_not_finite_is_never_at_the_top():
    params, x, _ = problem()
    x[3] = np.nan
    assert inspection.top_samples(params, CONFIG, x, 5, 60).numbers[-1] == 3


def test_histogram_counts_every_sample_once_under_its_class():
    params, x, y = problem()
    found = inspection.activation_histogram(params, CONFIG, (x, y), 7, bins=8)
    values = column(params, x, 7)
    assert found.counts.shape == (3, 8)
    assert found.counts.sum(axis=1).tolist() == [30, 30, 0]
    assert (found.edges[0], found.edges[-1]) == pytest.approx((values.min(), values.max()))
    for label in (0, 1):
        expected = np.histogram(values[y == label], found.edges)[0]
        assert np.abs(found.counts[label] - expected).sum() <= 2  # at an edge, rounding decides


@pytest.mark.parametrize("value", [0.0, np.nan])
def test_histogram_of_what_is_constant_or_not_finite(value):
    params, x, y = problem()
    params = jax.tree.map(lambda leaf: jnp.full_like(leaf, value), params)
    found = inspection.activation_histogram(params, CONFIG, (x, y), 7)
    assert np.isfinite(found.edges).all()
    assert (np.diff(found.edges) > 0).all()
    assert found.counts.sum() == (0 if np.isnan(value) else 60)


def test_strongest_weights_are_the_largest_in_size():
    params, *_ = problem()
    neuron = WIRING.neuron("h2.3")
    into = inspection.strongest_inputs(params, CONFIG, neuron, 2)
    weight = np.asarray(params[1].weight)[:, 3]
    order = np.argsort(-np.abs(weight))[:2]
    assert into.numbers.tolist() == [WIRING.neuron(f"h1.{i}") for i in order]
    np.testing.assert_array_equal(into.values, weight[order])
    out = inspection.strongest_outputs(params, CONFIG, neuron, 99)
    weight = np.asarray(params[2].weight)[3]
    order = np.argsort(-np.abs(weight))
    assert out.numbers.tolist() == [WIRING.neuron(f"out.{i}") for i in order]
    np.testing.assert_array_equal(out.values, weight[order])


def test_nothing_leads_into_inputs_or_out_of_outputs():
    params, *_ = problem()
    assert len(inspection.strongest_inputs(params, CONFIG, 0, 3).numbers) == 0
    assert len(inspection.strongest_outputs(params, CONFIG, 17, 3).numbers) == 0


@pytest.mark.parametrize("label", [0, 2])
def test_the_last_hidden_layer_adds_activation_times_weight(label):
    params, x, _ = problem()
    found = inspection.top_neurons(params, CONFIG, label, x)
    added = dict(zip(found.numbers.tolist(), found.values, strict=True))
    assert set(added) == set(range(4, 15))
    assert (np.diff(found.values) <= 0).all()
    activation = network.activations(params, x, CONFIG)[2]
    expected = np.asarray(activation).mean(axis=0) * np.asarray(params[2].weight)[:, label]
    own = [added[neuron] for neuron in WIRING.neuron_range(2)]
    np.testing.assert_allclose(own, expected, rtol=1e-3, atol=1e-5)


def test_every_layer_of_a_relu_network_without_biases_adds_up_to_the_logit():
    config = NetworkConfig((4, 6, 5, 3), "relu")
    params, x, _ = problem(config)
    params = tuple(Layer(layer.weight, 0 * layer.bias) for layer in params)
    found = inspection.top_neurons(params, config, 1, x)
    added = np.zeros(WIRING.neurons)
    added[found.numbers] = found.values
    logit = float(network.logits(params, x, config)[:, 1].mean())
    for layer in (1, 2):
        assert added[WIRING.neuron_range(layer)].sum() == pytest.approx(logit, rel=1e-3)


def test_the_planted_detector_comes_first():
    config = NetworkConfig((3, 4, 2))
    detect = jnp.zeros((3, 4)).at[1, 2].set(5.0)
    speak = jnp.ones((4, 2)).at[2].set(jnp.array([-3.0, 3.0]))
    params = (Layer(detect, jnp.full(4, 0.1)), Layer(speak, jnp.zeros(2)))
    x = np.array([[0, 1, 0]], np.float32)
    found = inspection.top_neurons(params, config, 1, x, 1)
    assert Wiring(config.sizes).name(int(found.numbers[0])) == "h1.2"
    assert found.values[0] == pytest.approx(5.1 * 3)
    assert inspection.top_neurons(params, config, 0, x).numbers[-1] == found.numbers[0]


def test_one_answer_leads_to_the_next_question():
    params, x, _ = problem()
    most = inspection.top_neurons(params, CONFIG, 0, x).numbers[0]
    before = inspection.strongest_inputs(params, CONFIG, most, 1).numbers[0]
    assert WIRING.layer_of_neuron[before] == WIRING.layer_of_neuron[most] - 1
    assert len(inspection.top_samples(params, CONFIG, x, before, 3).numbers) == 3


def test_what_speaks_for_label_1_of_a_single_output_speaks_against_label_0():
    config = NetworkConfig((4, 6, 1), "tanh")
    params, x, _ = problem(config)
    one, nil = (inspection.top_neurons(params, config, label, x) for label in (1, 0))
    np.testing.assert_array_equal(one.numbers, nil.numbers[::-1])
    np.testing.assert_allclose(one.values, -nil.values[::-1], rtol=1e-5)


def test_no_hidden_layers_no_top_neurons():
    config = NetworkConfig((4, 3))
    params, x, _ = problem(config)
    assert len(inspection.top_neurons(params, config, 0, x).numbers) == 0


def test_correlation_is_that_of_numpy():
    params, x, _ = problem()
    for layer in (1, 2):
        rows = np.asarray(network.activations(params, x, CONFIG)[layer]).T
        found = inspection.feature_correlation(params, CONFIG, x, layer)
        np.testing.assert_allclose(found, np.corrcoef(rows), atol=1e-4)


def test_what_is_constant_correlates_with_nothing():
    (first, *rest), x, _ = problem()
    params = (Layer(first.weight.at[:, 2].set(0), first.bias), *rest)
    found = inspection.feature_correlation(params, CONFIG, x, 1)
    assert not found[2].any()
    assert not found[:, 2].any()
    np.testing.assert_allclose(np.delete(np.diag(found), 2), 1, rtol=1e-5)


def test_what_does_not_exist_is_refused():
    params, x, _ = problem()
    with pytest.raises(ValueError, match=r"neuron must be 0\.\.17, got 18"):
        inspection.top_samples(params, CONFIG, x, 18, 3)
    with pytest.raises(ValueError, match=r"label must be 0\.\.2, got 3"):
        inspection.top_neurons(params, CONFIG, 3, x)
    for layer in (0, 3):
        with pytest.raises(ValueError, match=rf"hidden layer must be 1\.\.2, got {layer}"):
            inspection.feature_correlation(params, CONFIG, x, layer)


def test_broken_parameters_do_not_stop_it():
    params, x, _ = problem()
    params = jax.tree.map(lambda leaf: jnp.full_like(leaf, np.nan), params)
    assert len(inspection.top_samples(params, CONFIG, x, 5, 3).numbers) == 3
    assert len(inspection.strongest_inputs(params, CONFIG, 5, 3).numbers) == 3
    assert len(inspection.top_neurons(params, CONFIG, 0, x, 3).numbers) == 3
    assert not inspection.feature_correlation(params, CONFIG, x, 1).any()
