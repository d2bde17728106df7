"""Answers, mistakes and ways between samples, where the answer is known beforehand."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from neuronaut.core import network, probing
from neuronaut.core.network import ACTIVATIONS, LOSSES, Layer, NetworkConfig
from tables import random_params

CONFIG = NetworkConfig((4, 6, 5, 3), "tanh")


def samples(count=40, features=4, seed=1):
    return np.random.default_rng(seed).normal(size=(count, features)).astype(np.float32)


def broken(config):
    return jax.tree.map(lambda leaf: jnp.full_like(leaf, np.nan), random_params(*config.sizes))


# Probabilities


@pytest.mark.parametrize("sizes", [(4, 6, 3), (4, 3), (4, 6, 1), (4, 1)])
@pytest.mark.parametrize("loss", LOSSES)
def test_the_likeliest_class_is_the_predicted_label(sizes, loss):
    config = NetworkConfig(sizes, "tanh", loss)
    params, x = random_params(*sizes), samples()
    found = np.asarray(probing.class_probabilities(params, x, config))
    assert found.shape == (40, 2 if config.is_binary else 3)
    assert found.min() >= 0
    np.testing.assert_allclose(found.sum(axis=1), 1.0, rtol=1e-5)
    np.testing.assert_array_equal(found.argmax(axis=1), network.predict(params, x, config))
    one = probing.class_probabilities(params, x[0], config)
    np.testing.assert_allclose(one, found[0], rtol=1e-4, atol=1e-6)


def test_probabilities_under_cross_entropy_are_those_of_the_network():
    params, x = random_params(*CONFIG.sizes), samples()
    expected = network.activations(params, x, CONFIG)[-1]
    np.testing.assert_allclose(probing.class_probabilities(params, x, CONFIG), expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ([0.2, 0.7, 0.1], [0.2, 0.7, 0.1]),
        ([-1, 3, 0], [0, 1, 0]),
        ([0.5, 0.7, -0.4], [0.4, 0.6, 0]),
    ],
)
def test_plain_outputs_move_to_the_nearest_probabilities(output, expected):
    config = NetworkConfig((1, 3), loss="squared-error")
    params = (Layer(jnp.zeros((1, 3)), jnp.array(output, jnp.float32)),)
    found = probing.class_probabilities(params, jnp.zeros(1), config)
    np.testing.assert_allclose(found, expected, atol=1e-6)


# Between two samples


def test_blends_begin_at_one_sample_and_end_at_the_other():
    a, b = samples(2)
    found = np.asarray(probing.interpolate(a, b, np.linspace(0, 1, 5, dtype=np.float32)))
    np.testing.assert_array_equal(found[[0, -1]], [a, b])
    np.testing.assert_allclose(np.diff(found, axis=0), np.tile((b - a) / 4, (4, 1)), rtol=1e-4)


@pytest.mark.parametrize("sizes", [(4, 6, 5, 3), (4, 3), (4, 6, 1)])
def test_along_gives_what_the_network_gives(sizes):
    config = NetworkConfig(sizes, "tanh")
    params, x = random_params(*sizes), samples(7)
    found = probing.along(params, x, config)
    np.testing.assert_allclose(
        found.probabilities, probing.class_probabilities(params, x, config), rtol=1e-5
    )
    expected = np.concatenate(network.activations(params, x, config), axis=1)
    np.testing.assert_allclose(found.activations, expected, rtol=1e-4, atol=1e-6)


def test_flips_are_where_the_answer_changes():
    p = np.array([[0.9, 0.1, 0], [0.6, 0.3, 0.1], [0.3, 0.6, 0.1], [0.2, 0.5, 0.3], [0, 0.1, 0.9]])
    found = probing.flips(p)
    assert [part.tolist() for part in found] == [[2, 4], [0, 1], [1, 2]]
    assert [len(part) for part in probing.flips(p[:2])] == [0, 0, 0]
    assert [len(part) for part in probing.flips(p[:1])] == [0, 0, 0]


def test_a_flip_lies_where_the_two_classes_are_equal():
    config = NetworkConfig((1, 2))
    params = (Layer(jnp.array([[0.0, 1.0]]), jnp.array([0.0, -0.3])),)
    shares = np.linspace(0, 1, 101, dtype=np.float32)
    way = probing.interpolate(jnp.zeros(1), jnp.ones(1), shares)
    found = probing.flips(probing.along(params, way, config).probabilities)
    assert len(found.places) == 1
    assert shares[found.places[0]] == pytest.approx(0.3, abs=0.011)


# Two samples


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_neurons_switch_where_their_net_input_changes_its_sign(activation):
    config = NetworkConfig((1, 4, 2), activation)
    weight, bias = jnp.array([[2.0, -2.0, 0.5, 0.0]]), jnp.array([-1.0, 1.0, 1.0, -1.0])
    params = (Layer(weight, bias), Layer(jnp.ones((4, 2)), jnp.zeros(2)))
    a, b = probing.along(params, jnp.array([[0.0], [1.0]]), config).activations
    found = probing.switched(a, b, config)
    assert (found.on.tolist(), found.off.tolist()) == ([1], [2])
    back = probing.switched(b, a, config)
    assert (back.on.tolist(), back.off.tolist()) == ([2], [1])


def test_the_neurons_that_tell_two_samples_apart_come_first():
    config = NetworkConfig((1, 3, 2, 2))
    #             in   hidden 1    hidden 2   out
    a = jnp.array([9.0, 4.0, 1.0, 0.0, 0.02, 0.0, 1.0, 0.0])
    b = jnp.array([0.0, 4.0, 0.0, 3.0, 0.00, 0.0, 0.0, 1.0])
    found = probing.tell_apart(a, b, config)
    assert found.numbers.tolist() == [4, 3, 2, 1, 5]
    np.testing.assert_allclose(found.values, [-1, 0.75, -0.25, 0, 0], rtol=1e-6)


def test_nothing_tells_apart_what_is_not_finite_or_not_hidden():
    a, b = jnp.zeros(5), jnp.array([1.0, np.nan, 2.0, np.inf, 1.0])
    found = probing.tell_apart(a, b, NetworkConfig((1, 3, 1)))
    assert found.numbers.tolist() == [2, 1, 3]
    np.testing.assert_array_equal(found.values, [1, 0, 0])
    none = NetworkConfig((3, 2))
    assert len(probing.tell_apart(a, b, none).numbers) == 0
    assert [len(part) for part in probing.switched(a, b, none)] == [0, 0]


# Mistakes and doubts


def test_confusion_counts_truth_by_row_and_answer_by_column():
    p = np.eye(3)[[0, 0, 1, 2, 2, 2]]
    y = np.array([0, 1, 1, 0, 2, 2])
    found = probing.confusion_matrix(p, y)
    np.testing.assert_array_equal(found, [[1, 0, 1], [1, 1, 0], [0, 0, 2]])
    assert probing.wrongly_classified(p, y).tolist() == [1, 3]
    np.testing.assert_array_equal(probing.confusion_matrix(p[:1], y[:1]), np.diag([1, 0, 0]))


def test_confusion_and_mistakes_agree_with_the_accuracy():
    params, x = random_params(*CONFIG.sizes), samples(200)
    y = np.random.default_rng(3).integers(3, size=200)
    p = probing.class_probabilities(params, x, CONFIG)
    accuracy = float(network.accuracy(params, x, y, CONFIG))
    matrix = probing.confusion_matrix(p, y)
    assert matrix.sum() == 200
    np.testing.assert_array_equal(matrix.sum(axis=1), np.bincount(y))
    assert np.trace(matrix) / 200 == pytest.approx(accuracy)
    assert 1 - len(probing.wrongly_classified(p, y)) / 200 == pytest.approx(accuracy)


def test_the_most_uncertain_sample_comes_first():
    p = np.array([[1.0, 0, 0, 0], [0.25, 0.25, 0.25, 0.25], [0.5, 0.5, 0, 0], [np.nan] * 4])
    found = probing.most_uncertain(p)
    assert found.numbers.tolist() == [1, 2, 0, 3]
    np.testing.assert_allclose(found.values, [2, 1, 0, np.nan], atol=1e-12)


@pytest.mark.parametrize("loss", LOSSES)
def test_broken_parameters_do_not_stop_it(loss):
    config = NetworkConfig((4, 6, 3), loss=loss)
    x = samples(5)
    probabilities, (a, *_, b) = probing.along(broken(config), x, config)
    assert len(probing.flips(probabilities).places) == 0
    assert len(probing.switched(a, b, config).on) == 0
    assert len(probing.tell_apart(a, b, config).numbers) == 6
    assert probing.confusion_matrix(probabilities, np.zeros(5, int)).sum() == 5
    assert len(probing.most_uncertain(probabilities).numbers) == 5
