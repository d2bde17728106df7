"""A batch dealt out to devices; training/test_train_shared.py does so with four and with two."""

from __future__ import annotations

from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from neuronaut.core import devices, training
from neuronaut.core.network import NetworkConfig
from neuronaut.core.rates import Rates
from neuronaut.core.training import TrainingConfig

CONFIG = TrainingConfig(NetworkConfig((3, 4, 2)), batch=4)


def test_a_mesh_of_one_device_trains_as_no_mesh():
    rng = np.random.default_rng(0)
    x, y = jnp.asarray(rng.normal(size=(12, 3)), "f4"), jnp.asarray(rng.integers(0, 2, 12), "i4")
    start = training.start(jax.random.key(0), CONFIG, 12)
    expected, losses = training.advance(start, x, y, Rates(0.01), 7, CONFIG)
    mesh = devices.mesh_of(jax.devices()[:1], CONFIG.batch)
    spread, x, y = devices.replicated((start, x, y), mesh)
    state, same = training.advance(spread, x, y, Rates(0.01), 7, CONFIG, mesh=mesh)
    np.testing.assert_allclose(same[:7], losses[:7], rtol=1e-6)
    for one, other in zip(
        jax.tree.leaves(devices.local(state.params)),
        jax.tree.leaves(expected.params),
        strict=True,
    ):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_replicated_arrays_come_back_as_they_were():
    mesh = devices.mesh_of(jax.devices()[:1], 1)
    tree = {"key": jax.random.key(7), "weight": jnp.arange(6.0).reshape(2, 3)}
    back = devices.local(devices.replicated(tree, mesh))
    np.testing.assert_array_equal(back["weight"], tree["weight"])
    found, expected = (jax.random.key_data(its["key"]) for its in (back, tree))
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("count", [0, 3])
def test_a_batch_that_cannot_be_dealt_out_is_refused(count):
    with pytest.raises(ValueError, match=f"a batch of 8 cannot be dealt out evenly to {count}"):
        devices.mesh_of(jax.devices() * count, 8)


def test_what_was_lent_is_copied_before_it_goes():
    lent = np.arange(12, dtype="f4").reshape(3, 4)
    mine = devices.received(lent)
    lent[:] = -1
    assert isinstance(mine, jax.Array)
    np.testing.assert_array_equal(mine, np.arange(12).reshape(3, 4))


def test_what_lies_on_a_gpu_comes_by_the_host_where_jax_has_none():
    class OnGpu:
        __cuda_array_interface__: ClassVar = {"shape": (3,), "typestr": "<f4", "data": (1, False)}

        def __array__(self, dtype=None, copy=None):
            return np.arange(3, dtype="f4")

    np.testing.assert_array_equal(devices.received(OnGpu()), [0, 1, 2])
