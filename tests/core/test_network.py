"""Forward pass, loss and gradients against NumPy in float64 and central differences."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from neuronaut.core import network
from neuronaut.core.network import ACTIVATIONS, LOSSES, Layer, NetworkConfig
from scipy.special import erf, expit, logsumexp

value_and_gradient = jax.jit(jax.value_and_grad(network.loss), static_argnames="config")

NUMPY_ACTIVATIONS = {
    "relu": lambda z: np.maximum(z, 0),
    "tanh": np.tanh,
    "sigmoid": expit,
    "gelu": lambda z: z * (1 + erf(z / np.sqrt(2))) / 2,
    "swish": lambda z: z * expit(z),
}


def numpy_logits(params, x, config):
    for layer, (weight, bias) in enumerate(params):
        z = x @ weight + bias
        x = NUMPY_ACTIVATIONS[config.activation](z) if layer < len(params) - 1 else z
    return x


def numpy_loss(params, x, y, config):
    z = numpy_logits(params, x, config)
    outputs = config.sizes[-1]
    target = y[:, None] if outputs == 1 else np.eye(outputs)[y]
    if config.loss == "squared-error":
        return ((z - target) ** 2).sum(1).mean() / 2
    if outputs == 1:
        z = np.hstack([np.zeros_like(z), z])
    return (logsumexp(z, axis=1) - z[np.arange(len(y)), y]).mean()


def numpy_gradient(params, x, y, config, h=1e-6):
    """Central differences of `numpy_loss`, leaf by leaf."""
    arrays = [a.copy() for layer in params for a in layer]
    gradients = []
    for array in arrays:
        gradient = np.zeros_like(array)
        for index in np.ndindex(array.shape):
            kept, ends = array[index], []
            for end in (kept + h, kept - h):
                array[index] = end
                ends.append(numpy_loss(_paired(arrays), x, y, config))
            array[index] = kept
            gradient[index] = (ends[0] - ends[1]) / (2 * h)
        gradients.append(gradient)
    return gradients


def _paired(arrays):
    return list(zip(arrays[::2], arrays[1::2], strict=True))


def problem(config, rows=6, seed=0):
    """Random parameters (biases too) and data, as float64 NumPy and as float32 JAX."""
    rng = np.random.default_rng(seed)
    params = [
        (rng.normal(size=(i, o)), rng.normal(size=o))
        for i, o in zip(config.sizes, config.sizes[1:], strict=False)
    ]
    x = rng.normal(size=(rows, config.sizes[0]))
    y = rng.integers(max(config.sizes[-1], 2), size=rows)
    jax_params = tuple(Layer(jnp.float32(w), jnp.float32(b)) for w, b in params)
    return (params, x, y), (jax_params, jnp.float32(x), jnp.int32(y))


@pytest.mark.parametrize(
    "config",
    [
        *(NetworkConfig((3, 4, 3, 2), activation) for activation in ACTIVATIONS),
        *(
            NetworkConfig(sizes, "swish", loss)
            for sizes in [(3, 4, 2), (3, 4, 1), (4, 3), (5, 1, 2), (1, 1)]
            for loss in LOSSES
        ),
    ],
    ids=str,
)
def test_loss_and_gradient(config):
    in_numpy, in_jax = problem(config)
    value, gradient = value_and_gradient(*in_jax, config)
    np.testing.assert_allclose(value, numpy_loss(*in_numpy, config), rtol=1e-5)
    expected = numpy_gradient(*in_numpy, config)
    for ours, numpys in zip(jax.tree.leaves(gradient), expected, strict=True):
        np.testing.assert_allclose(ours, numpys, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_activations_of_every_layer(activation):
    config = NetworkConfig((3, 4, 3), activation)
    (params, x, _), (jax_params, jax_x, _) = problem(config)
    hidden = NUMPY_ACTIVATIONS[activation](x @ params[0][0] + params[0][1])
    z = hidden @ params[1][0] + params[1][1]
    layers = network.activations(jax_params, jax_x, config)
    for ours, expected in zip(
        layers, [x, hidden, np.exp(z) / np.exp(z).sum(1, keepdims=True)], strict=True
    ):
        np.testing.assert_allclose(ours, expected, rtol=1e-5, atol=1e-6)


def test_output_activation_follows_the_loss():
    for loss, outputs, expected in [
        ("squared-error", 2, lambda z: z),
        ("squared-error", 1, lambda z: z),
        ("cross-entropy", 1, expit),
    ]:
        config = NetworkConfig((3, outputs), loss=loss)
        (params, x, _), (jax_params, jax_x, _) = problem(config)
        output = network.activations(jax_params, jax_x, config)[-1]
        np.testing.assert_allclose(output, expected(numpy_logits(params, x, config)), rtol=1e-4)


def test_one_sample_is_a_row_of_the_batch():
    config = NetworkConfig((3, 4, 2))
    _, (params, x, _) = problem(config)
    for one, batch in zip(
        network.activations(params, x[2], config),
        network.activations(params, x, config),
        strict=True,
    ):
        np.testing.assert_allclose(one, batch[2], rtol=1e-6)
    assert network.predict(params, x[2], config) == network.predict(params, x, config)[2]


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("outputs", [1, 3])
def test_predictions_and_accuracy(outputs, loss):
    config = NetworkConfig((3, 5, outputs), loss=loss)
    (params, x, y), in_jax = problem(config, rows=40)
    z = numpy_logits(params, x, config)
    threshold = 0 if loss == "cross-entropy" else 0.5
    expected = z.argmax(1) if outputs > 1 else (z[:, 0] > threshold).astype(int)
    np.testing.assert_array_equal(network.predict(*in_jax[:2], config), expected)
    np.testing.assert_allclose(network.accuracy(*in_jax, config), np.mean(expected == y))
    assert len(set(expected)) > 1


@pytest.mark.parametrize("outputs", [1, 4])
def test_loss_stays_finite_at_extreme_logits(outputs):
    config = NetworkConfig((1, outputs))
    params = (Layer(jnp.full((1, outputs), 1e30), jnp.zeros(outputs)),)
    value, gradient = value_and_gradient(
        params, jnp.array([[1.0], [-1.0]]), jnp.array([0, 1]), config
    )
    for leaf in jax.tree.leaves((value, gradient)):
        assert np.isfinite(leaf).all()


@pytest.mark.parametrize(
    ("activation", "variance"), [("relu", 2 / 400), ("swish", 2 / 400), ("tanh", 2 / 700)]
)
def test_initial_variance(activation, variance):
    config = NetworkConfig((400, 300, 10), activation)
    weight, bias = network.init(jax.random.key(0), config)[0]
    assert weight.shape == (400, 300)
    assert weight.dtype == bias.dtype == jnp.float32
    # 120,000 draws: the sample variance errs by less than half a per cent.
    np.testing.assert_allclose(weight.var(), variance, rtol=0.03)
    np.testing.assert_allclose(weight.mean(), 0, atol=3e-3 * variance**0.5 * 3)
    assert not bias.any()


def test_initial_layers_differ_and_repeat_with_the_key():
    config = NetworkConfig((4, 4, 4))
    first, again, other = (network.init(jax.random.key(k), config) for k in (0, 0, 1))
    assert not jnp.array_equal(first[0].weight, first[1].weight)
    assert jnp.array_equal(first[0].weight, again[0].weight)
    assert not jnp.array_equal(first[0].weight, other[0].weight)


@pytest.mark.parametrize("sizes", [(784, 1, 2), (784, 10), (1, 1)])
@pytest.mark.parametrize("loss", LOSSES)
def test_degenerate_networks(sizes, loss):
    config = NetworkConfig(sizes, loss=loss)
    params = network.init(jax.random.key(0), config)
    x, y = jnp.ones((3, sizes[0])), jnp.array([0, 1, 0])
    layers = network.activations(params, x, config)
    assert [layer.shape[1] for layer in layers] == list(sizes)
    zeros = jax.tree.map(jnp.zeros_like, params)
    for point in (params, zeros):
        for leaf in jax.tree.leaves(value_and_gradient(point, x, y, config)):
            assert np.isfinite(leaf).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"sizes": (3,)}, "sizes needs an input and an output layer"),
        ({"sizes": (3, 0, 2)}, "sizes must be integers of at least 1"),
        ({"sizes": (3, 2), "activation": "step"}, "activation must be one of relu, .*'step'"),
        ({"sizes": (3, 2), "loss": "hinge"}, "loss must be one of cross-entropy, .*'hinge'"),
    ],
)
def test_bad_configs_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        NetworkConfig(**arguments)


def test_samples_of_another_size_are_refused():
    config = NetworkConfig((3, 2))
    params = network.init(jax.random.key(0), config)
    with pytest.raises(ValueError, match=r"x must have 3 features.* got 4"):
        network.activations(params, jnp.ones((5, 4)), config)


def test_config_is_hashable_and_equal_by_value():
    assert len({NetworkConfig((3, 2)), NetworkConfig((3, 2)), NetworkConfig((3, 1))}) == 2
