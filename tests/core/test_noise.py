"""The noise curve against its ends, and against a layer that cannot matter."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from neuronaut.core import network
from neuronaut.core.network import Layer, NetworkConfig
from neuronaut.core.noise import Noise, noise_curve
from tables import random_params

CONFIG = NetworkConfig((4, 12, 8, 3), "tanh")
KEY = jax.random.key(0)


def problem(config=CONFIG):
    """A random network, and samples with the labels that it gives them: it is always right."""
    params = random_params(*config.sizes)
    x = np.random.default_rng(1).normal(size=(120, config.sizes[0])).astype(np.float32)
    return params, (x, np.asarray(network.predict(params, x, config)))


@pytest.mark.parametrize("on", ["weights", "activations"])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_accuracy_falls_from_that_of_the_intact_network_to_chance(on, place):
    params, probe = problem()
    layer = place + (on == "weights")
    curve = noise_curve(params, CONFIG, probe, Noise(layer, (0.0, 0.3, 100.0), on, 6), KEY)
    assert curve.shape == (3, 6)
    np.testing.assert_array_equal(curve[0], 1.0)
    none, some, much = curve.mean(axis=1)
    assert none > some > much
    assert much < 0.7


def test_noise_has_the_size_of_its_share_of_the_spread():
    """One input of ±1 decides by its sign: Gaussian noise flips it with a known probability."""
    config = NetworkConfig((1, 1), "tanh")
    params = (Layer(jnp.ones((1, 1)), jnp.zeros(1)),)
    y = np.arange(20_000, dtype=np.int32) % 2
    x = (2.0 * y[:, None] - 1.0).astype(np.float32)
    found = noise_curve(params, config, (x, y), Noise(0, (0.5, 1.0), "activations", 2), KEY)
    np.testing.assert_allclose(found, [[0.9772] * 2, [0.8413] * 2], atol=0.01)


def test_noise_on_what_nobody_reads_costs_nothing():
    (first, second, last), probe = problem()
    params = (first, Layer(second.weight, second.bias), Layer(0 * last.weight, jnp.arange(3.0)))
    x, y = probe
    always = (x, np.full_like(y, 2))
    curve = noise_curve(params, CONFIG, always, Noise(2, (1.0, 10.0)), KEY)
    np.testing.assert_array_equal(curve, 1.0)


def test_the_same_key_gives_the_same_curve_and_repeats_differ():
    params, probe = problem()
    noise = Noise(1, np.array([1.0, 2.0]))
    first, again = (noise_curve(params, CONFIG, probe, noise, KEY) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert len(set(first[0].tolist())) > 1


def test_broken_parameters_do_not_stop_it():
    params, probe = problem()
    broken = jax.tree.map(lambda leaf: jnp.full_like(leaf, np.nan), params)
    assert noise_curve(broken, CONFIG, probe, Noise(1, (0.0, 1.0)), KEY).shape == (2, 8)


@pytest.mark.parametrize(
    ("layer", "on", "message"),
    [
        (0, "weights", r"layer must be 1\.\.3 for noise on weights, got 0"),
        (4, "weights", "got 4"),
        (3, "activations", r"layer must be 0\.\.2 for noise on activations, got 3"),
        (-1, "activations", "got -1"),
    ],
)
def test_a_layer_that_cannot_be_disturbed_is_refused(layer, on, message):
    params, probe = problem()
    with pytest.raises(ValueError, match=message):
        noise_curve(params, CONFIG, probe, Noise(layer, (0.1,), on), KEY)


def test_what_is_no_noise_is_refused():
    with pytest.raises(ValueError, match="on must be one of weights, activations, got 'biases'"):
        Noise(1, (0.1,), "biases")
    with pytest.raises(ValueError, match="repeats must be at least 1"):
        Noise(1, (0.1,), repeats=0)
