"""Storage buffers and bridges: what fits gets in, what does not is named."""

from __future__ import annotations

import numpy as np
import pytest
from neuronaut.renderer.blocks import BLOCKS, LAYER
from neuronaut.renderer.bridges import HostBridge
from neuronaut.renderer.buffers import StorageBuffer


class ArrayLike:
    """What a JAX array on the CPU looks like from here: read-only memory behind a protocol."""

    def __init__(self, values: np.ndarray):
        self._values = values
        self._values.flags.writeable = False

    def __array__(self, dtype: object = None, copy: bool | None = None) -> np.ndarray:
        return self._values


@pytest.mark.parametrize("name", BLOCKS)
def test_a_new_buffer_holds_zeros(ctx, name):
    buffer = StorageBuffer(ctx, name, 3)
    assert buffer.read().tobytes() == bytes(3 * BLOCKS[name].itemsize)
    assert buffer.uploads == 0
    buffer.release()


@pytest.mark.parametrize("name", BLOCKS)
def test_what_is_written_is_read(ctx, name):
    bits = np.random.default_rng(0).integers(0, 2**20, 3 * BLOCKS[name].itemsize // 4, "u4")
    values = bits.view(BLOCKS[name].base)
    if BLOCKS[name].shape:
        values = values.reshape(-1, *BLOCKS[name].shape)
    buffer = StorageBuffer.of(ctx, name, values)
    assert buffer.count == 3
    np.testing.assert_array_equal(buffer.read(), values)
    assert buffer.uploads == 1
    buffer.release()


def test_uploads_are_counted(ctx):
    buffer = StorageBuffer(ctx, "weight", 2)
    for _ in range(3):
        buffer.write(np.zeros(2, "f4"))
    assert buffer.uploads == 3
    buffer.release()


@pytest.mark.parametrize(
    "values",
    [
        np.zeros(5, "f8"),
        np.zeros(5, "i4"),
        np.zeros(4, "f4"),
        np.zeros(6, "f4"),
        np.zeros((), "f4"),
    ],
)
def test_the_wrong_dtype_or_size_is_named(ctx, values):
    buffer = StorageBuffer(ctx, "importance", 5)
    with pytest.raises(ValueError, match=r"buffer 'importance' takes 5 elements of float32"):
        buffer.write(values)
    assert buffer.uploads == 0
    assert not buffer.read().any()
    buffer.release()


def test_vectors_must_be_the_last_axis(ctx):
    # 4 × 3 and 3 × 4 are as many bytes.
    with pytest.raises(ValueError, match=r"buffer 'coordinate' takes .* not \(4, 3\)"):
        StorageBuffer.of(ctx, "coordinate", np.zeros((4, 3), "f4"))


def test_a_structured_buffer_takes_its_struct_only(ctx):
    buffer = StorageBuffer(ctx, "layers", 2)
    with pytest.raises(ValueError, match="buffer 'layers'"):
        buffer.write(np.zeros(2 * LAYER.itemsize // 4, "f4"))
    buffer.release()


def test_strided_values_arrive_in_order(ctx):
    buffer = StorageBuffer(ctx, "weight", 4)
    buffer.write(np.arange(8, dtype="f4")[::-2])
    assert buffer.read().tolist() == [7, 5, 3, 1]
    buffer.release()


def test_an_empty_buffer_is_legal(ctx):
    buffer = StorageBuffer(ctx, "weight", 0)
    buffer.write(np.zeros(0, "f4"))
    assert buffer.read().shape == (0,)
    buffer.release()


def test_the_host_bridge_takes_what_follows_the_array_protocol(ctx):
    buffer = StorageBuffer(ctx, "activation", 3)
    HostBridge().publish(ArrayLike(np.array([1, 2, 3], "f4")), buffer)
    np.testing.assert_array_equal(HostBridge().fetch(buffer), [1, 2, 3])
    assert buffer.read().tolist() == [1, 2, 3]
    assert buffer.uploads == 1
    buffer.release()


def test_the_host_bridge_takes_jax_arrays(ctx):
    jnp = pytest.importorskip("jax.numpy")
    buffer = StorageBuffer(ctx, "neighbor", 4)
    HostBridge().publish(jnp.arange(4, dtype="int32").reshape(2, 2), buffer)
    assert buffer.read().tolist() == [0, 1, 2, 3]
    buffer.release()


def test_the_host_bridge_names_the_buffer_that_does_not_fit(ctx):
    buffer = StorageBuffer(ctx, "activation", 3)
    with pytest.raises(ValueError, match="buffer 'activation' takes 3 elements"):
        HostBridge().publish([1.0, 2.0, 3.0], buffer)  # float64
    buffer.release()
