"""Dead neurons, duplicates and sparsity that were put there."""

from itertools import pairwise

import jax.numpy as jnp
import numpy as np
import pytest
from neuronaut.core import health, responses
from neuronaut.core.network import Layer, NetworkConfig

CONFIG = NetworkConfig((5, 8, 6, 3), "sigmoid")  # of which no neuron is silent by chance


def network_and_responses(change, config=CONFIG):
    """A random network after `change` of its arrays in place, and what it responds with."""
    rng = np.random.default_rng(0)
    arrays = [[rng.normal(size=(i, o)) / i**0.5, np.zeros(o)] for i, o in pairwise(config.sizes)]
    change(arrays)
    params = tuple(Layer(jnp.float32(w), jnp.float32(b)) for w, b in arrays)
    x = rng.normal(size=(200, config.sizes[0])).astype(np.float32)
    y = (np.arange(200) % 3).astype(np.int32)
    return params, responses.measure(params, config, x, y)


def everyone(config=CONFIG):
    return [np.ones(size, bool) for size in config.sizes[1:-1]]


def test_a_neuron_never_active_is_silent():
    def change(arrays):
        arrays[0][1][2] = -100.0
        arrays[1][1][4] = -100.0

    _, found = network_and_responses(change)
    first, second = health.silent(found)
    assert np.nonzero(first)[0].tolist() == [2]
    assert np.nonzero(second)[0].tolist() == [4]


def test_a_neuron_from_which_next_to_nothing_leads_is_mute():
    def change(arrays):
        arrays[1][0][3] = 0.0
        arrays[2][0][5] = 1e-5 * np.abs(arrays[2][0]).max()

    params, found = network_and_responses(change)
    assert [np.nonzero(mask)[0].tolist() for mask in health.mute(params)] == [[3], [5]]
    assert not any(mask.any() for mask in health.silent(found))


def test_what_is_not_finite_is_dead():
    def change(arrays):
        arrays[0][0][0, 1] = np.nan
        arrays[2][0][2, 0] = np.inf

    params, found = network_and_responses(change)
    assert health.silent(found)[0].tolist() == [i == 1 for i in range(8)]
    assert health.silent(found)[1].all()  # all of them read the broken one
    assert health.mute(params)[1].tolist() == [i == 2 for i in range(6)]


def test_a_layer_of_zero_weights_is_all_mute():
    params, _ = network_and_responses(lambda arrays: arrays[2][0].fill(0))
    assert health.mute(params)[1].all()


def test_duplicates_are_found_at_any_scale():
    def change(arrays):
        for into, out, one, other in ((0, 1, 1, 6), (1, 2, 0, 3)):
            arrays[into][0][:, other] = 3 * arrays[into][0][:, one]
            arrays[into][1][other] = 3 * arrays[into][1][one]
            arrays[out][0][other] = 0.5 * arrays[out][0][one]

    params, _ = network_and_responses(change)
    assert health.duplicates(params, CONFIG, everyone()) == [(6, 11), (13, 16)]
    live = everyone()
    live[0][6] = False
    assert health.duplicates(params, CONFIG, live) == [(13, 16)]


def test_the_same_inputs_alone_make_no_duplicate():
    def change(arrays):
        arrays[0][0][:, 6] = arrays[0][0][:, 1]

    params, _ = network_and_responses(change)
    assert health.duplicates(params, CONFIG, everyone()) == []


@pytest.mark.parametrize(("activation", "expected"), [("tanh", [(6, 11)]), ("relu", [])])
def test_mirrored_neurons_do_the_same_under_an_odd_function_alone(activation, expected):
    config = NetworkConfig(CONFIG.sizes, activation)

    def change(arrays):
        arrays[0][0][:, 6] = -arrays[0][0][:, 1]
        arrays[1][0][6] = -arrays[1][0][1]

    params, _ = network_and_responses(change, config)
    assert health.duplicates(params, config, everyone()) == expected


def test_sparsity_of_layers_with_a_known_answer():
    one_of_four = Layer(jnp.array([[0.0, 0.0], [0.0, -2.0]]), jnp.zeros(2))
    equal = Layer(jnp.array([[1.0, -1.0], [1.0, 1.0]]), jnp.zeros(2))
    nothing = Layer(jnp.zeros((2, 2)), jnp.zeros(2))
    found = health.sparsity((one_of_four, equal, nothing))
    assert [s.negligible for s in found] == [0.75, 0.0, 1.0]
    np.testing.assert_allclose([s.hoyer for s in found], [1, 0, 0], atol=1e-12)
    np.testing.assert_allclose([s.gini for s in found], [0.75, 0, 0], atol=1e-12)


def test_gini_is_the_mean_difference_over_twice_the_mean():
    weight = np.random.default_rng(0).normal(size=(6, 5))
    size = np.abs(weight).ravel()
    expected = np.abs(size[:, None] - size).mean() / (2 * size.mean())
    found = health.sparsity((Layer(jnp.asarray(weight, jnp.float32), jnp.zeros(5)),))[0]
    assert found.gini == pytest.approx(expected, rel=1e-5)
