"""Lesions against a NumPy forward pass with a mask."""

from itertools import pairwise
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from neuronaut.core import lesions
from neuronaut.core.lesions import lesion
from neuronaut.core.network import Layer, NetworkConfig

CONFIG = NetworkConfig((6, 10, 8, 3), "tanh")


def problem(config=CONFIG, rows=90, seed=0):
    """Random parameters, biases too, and random samples of all classes but the last."""
    rng = np.random.default_rng(seed)
    params = tuple(
        Layer(jnp.float32(rng.normal(size=(i, o))), jnp.float32(rng.normal(size=o)))
        for i, o in pairwise(config.sizes)
    )
    x = rng.normal(size=(rows, config.sizes[0])).astype(np.float32)
    return params, x, rng.integers(2, size=rows).astype(np.int32)


def compilations():
    functions: list[Any] = [lesions.silenced, lesions._hits]
    return [function._cache_size() for function in functions]


def numpy_layers(params, x, fill):
    """Return what each layer puts out where each neuron of `fill` puts out its constant instead."""
    layers, start, z = [], 0, x
    for weight, bias in params:
        x = np.array(x)
        for number, constant in fill.items():
            if start <= number < start + x.shape[1]:
                x[:, number - start] = constant
        start += x.shape[1]
        layers.append(x)
        z = x @ np.asarray(weight) + np.asarray(bias)
        x = np.tanh(z)
    return [*layers, z]


def numpy_predictions(params, x, fill):
    z = numpy_layers(params, x, fill)[-1]
    return (z[:, 0] > 0) * 1 if z.shape[1] == 1 else z.argmax(1)


@pytest.mark.parametrize("to", ["zero", "mean"])
@pytest.mark.parametrize("neurons", [[], [7], [0, 5], [6, 9, 15, 16, 23], list(range(6, 24))])
def test_lesions_agree_with_numpy(neurons, to):
    params, x, y = problem()
    found = lesion(params, CONFIG, neurons, x, y, to)
    mean = np.concatenate([layer.mean(axis=0) for layer in numpy_layers(params, x, {})])
    fill = {n: mean[n] if to == "mean" else 0.0 for n in neurons}
    for given, overall, by_class in (
        ({}, found.intact, found.intact_by_class),
        (fill, found.silenced, found.silenced_by_class),
    ):
        right = numpy_predictions(params, x, given) == y
        assert overall == pytest.approx(right.mean())
        np.testing.assert_allclose(by_class[:2], [right[y == c].mean() for c in (0, 1)], atol=1e-6)
        assert np.isnan(by_class[2])


def test_a_single_output_has_two_classes():
    config = NetworkConfig((6, 10, 1), "tanh")
    params, x, y = problem(config)
    found = lesion(params, config, [6, 7, 8], x, y)
    right = numpy_predictions(params, x, {6: 0.0, 7: 0.0, 8: 0.0}) == y
    np.testing.assert_allclose(
        found.silenced_by_class, [right[y == c].mean() for c in (0, 1)], atol=1e-6
    )


def test_another_mask_does_not_compile_anew():
    params, x, y = problem()
    lesion(params, CONFIG, [6], x, y)
    compiled = compilations()
    lesion(params, CONFIG, [7, 8, 20], x, y)
    assert compilations() == compiled


@pytest.mark.parametrize(
    ("neurons", "to", "message"),
    [
        ([24], "zero", r"must be an input or a hidden one, 0\.\.23, got 24"),
        ([-1], "zero", "got -1"),
        ([6], "one", "to must be one of zero, mean, got 'one'"),
    ],
)
def test_what_cannot_be_silenced_is_named(neurons, to, message):
    params, x, y = problem()
    with pytest.raises(ValueError, match=message):
        lesion(params, CONFIG, neurons, x, y, to)
