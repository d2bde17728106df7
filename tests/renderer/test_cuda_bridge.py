"""The bridge to CUDA, with a CUDA of our own."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator

import numpy as np
import pytest
from fake_cuda import STREAM, Cuda, Device, Vector
from neuronaut.renderer import bridges
from neuronaut.renderer.bridges import bridge_for
from neuronaut.renderer.buffers import StorageBuffer
from neuronaut.renderer.context import ContextInfo
from neuronaut.renderer.cuda_bridge import CudaBridge, DeviceCopy
from neuronaut.renderer.egl_devices import best_first
from neuronaut.renderer.errors import GraphicsError


@pytest.fixture
def buffer(ctx) -> Iterator[StorageBuffer]:
    made = StorageBuffer(ctx, "activation", 6)
    yield made
    made.release()


@pytest.fixture
def cuda(buffer) -> Cuda:
    return Cuda({buffer.gl.glo: buffer.gl})


def vector(seed: int, *devices: Device) -> Vector:
    return Vector(np.random.default_rng(seed).normal(size=6).astype("f4"), *devices)


def test_the_bytes_arrive_without_the_host(cuda, buffer):
    bridge = CudaBridge(cuda)
    for seed in range(100):
        sent = vector(seed)
        bridge.publish(sent, buffer)
        np.testing.assert_array_equal(buffer.read(), sent.values)
        assert sent.waited == [STREAM]  # the stream waits for JAX, the host does not
    assert buffer.uploads == 0


def test_a_buffer_is_registered_once_and_mapped_for_every_copy(cuda, buffer):
    bridge = CudaBridge(cuda)
    for seed in range(3):
        bridge.publish(vector(seed), buffer)
    assert cuda.times("cudaGraphicsGLRegisterBuffer") == 1
    names = [name for name, _ in cuda.calls if "Graphics" in name or "Memcpy" in name]
    once = ["cudaGraphicsMapResources", "cudaGraphicsResourceGetMappedPointer", "cudaMemcpyAsync",
            "cudaGraphicsUnmapResources"]  # fmt: skip
    assert names == ["cudaGraphicsGLRegisterBuffer", *once * 3]
    bridge.release()
    assert cuda.times("cudaGraphicsUnregisterResource") == 1
    assert cuda.times("cudaStreamDestroy") == 1


def test_a_vector_is_held_until_its_copy_is_done(cuda, buffer):
    bridge, sent = CudaBridge(cuda), vector(0)
    before = sys.getrefcount(sent)
    cuda.is_done = False
    bridge.publish(sent, buffer)
    bridge.publish(vector(1), buffer)
    assert sys.getrefcount(sent) > before
    cuda.is_done = True
    bridge.publish(vector(2), buffer)
    assert sys.getrefcount(sent) == before
    bridge.publish(vector(3), buffer)
    assert cuda.times("cudaEventCreateWithFlags") == 2  # used again
    bridge.release()
    assert cuda.times("cudaEventDestroy") == 2


@pytest.mark.parametrize(
    "devices", [(Device("cpu"),), (Device("gpu", 1),), (Device("gpu", 0), Device("gpu", 1))]
)
def test_what_lies_elsewhere_takes_the_hosts_way(cuda, buffer, devices):
    sent = vector(0, *devices)
    CudaBridge(cuda).publish(sent, buffer)
    np.testing.assert_array_equal(buffer.read(), sent.values)
    assert buffer.uploads == 1
    assert not cuda.times("cudaMemcpyAsync")


def test_numpy_takes_the_hosts_way(cuda, buffer):
    CudaBridge(cuda).publish(np.arange(6, dtype="f4"), buffer)
    assert buffer.read().tolist() == list(range(6))


def test_what_does_not_fit_is_named_before_anything_is_mapped(cuda, buffer):
    with pytest.raises(ValueError, match="buffer 'activation' takes 6 elements"):
        CudaBridge(cuda).publish(Vector(np.zeros(5, "f4")), buffer)
    assert not cuda.times("cudaGraphicsMapResources")


def test_an_error_is_a_sentence_and_the_buffer_is_unmapped(cuda, buffer):
    bridge = CudaBridge(cuda)
    cuda.fails = "cudaMemcpyAsync"
    with pytest.raises(GraphicsError, match=r"CUDA could not copy a vector \(unknown error\)\."):
        bridge.publish(vector(0), buffer)
    assert not cuda.mapped


def content(cuda: Cuda, fetched: DeviceCopy) -> np.ndarray:
    """Read a fetched array as who knows the interface would."""
    said = fetched.__cuda_array_interface__
    pointer, is_read_only = said["data"]
    assert (said["version"], is_read_only) == (3, False)
    flat = np.frombuffer(cuda.taken[pointer].raw, said["typestr"])
    return flat[: int(np.prod(said["shape"]))].reshape(said["shape"])


def test_what_opengl_has_is_fetched_on_the_device(cuda, buffer):
    bridge = CudaBridge(cuda)
    for seed in range(3):
        buffer.write(vector(seed).values)
        fetched = bridge.fetch(buffer)
        np.testing.assert_array_equal(content(cuda, fetched), vector(seed).values)
    assert cuda.times("cudaGraphicsGLRegisterBuffer") == 1
    assert not cuda.mapped
    bridge.release()
    assert cuda.times("cudaGraphicsUnregisterResource") == 1


def test_a_buffer_that_was_published_can_be_fetched_and_published_again(cuda, buffer):
    bridge = CudaBridge(cuda)
    bridge.publish(vector(0), buffer)
    np.testing.assert_array_equal(content(cuda, bridge.fetch(buffer)), vector(0).values)
    bridge.publish(vector(1), buffer)
    np.testing.assert_array_equal(content(cuda, bridge.fetch(buffer)), vector(1).values)
    assert buffer.uploads == 0
    assert cuda.times("cudaGraphicsGLRegisterBuffer") == 2  # to be written, then for both
    bridge.release()
    assert cuda.times("cudaGraphicsUnregisterResource") == 2


def test_what_was_fetched_can_be_downloaded(cuda, buffer):
    buffer.write(vector(0).values)
    fetched = CudaBridge(cuda).fetch(buffer)
    np.testing.assert_array_equal(np.asarray(fetched), vector(0).values)
    assert np.asarray(fetched, "f8").dtype == np.float64
    cuda.fails = "cudaMemcpy"
    with pytest.raises(GraphicsError, match="CUDA could not download a copy"):
        np.asarray(fetched)


def test_the_memory_of_what_was_fetched_goes_with_it(cuda, buffer):
    fetched = CudaBridge(cuda).fetch(buffer)
    assert len(cuda.taken) == 1
    del fetched
    assert not cuda.taken


def test_vectors_of_several_numbers_and_of_none_are_fetched(ctx, cuda):
    for count in (5, 0):
        made = StorageBuffer(ctx, "coordinate", count)
        cuda.buffers[made.gl.glo] = made.gl
        values = np.arange(4 * count, dtype="f4").reshape(count, 4)
        made.write(values)
        np.testing.assert_array_equal(content(cuda, CudaBridge(cuda).fetch(made)), values)
        made.release()


@pytest.mark.parametrize("fails", ["cudaMalloc", "cudaMemcpyAsync", "cudaStreamSynchronize"])
def test_what_cannot_be_fetched_is_a_sentence_and_leaves_nothing_taken(cuda, buffer, fails):
    bridge = CudaBridge(cuda)
    cuda.fails = fails
    with pytest.raises(GraphicsError, match=r"CUDA could not .* \(unknown error\)\."):
        bridge.fetch(buffer)
    gc.collect()
    assert not cuda.taken
    assert not cuda.mapped


@pytest.fixture
def nvidia(monkeypatch, cuda) -> Cuda:
    """A context that says it is NVIDIA's, and the bindings."""
    info = ContextInfo("NVIDIA Corporation", "NVIDIA H100", "4.6.0", 460)
    monkeypatch.setattr(bridges, "describe", lambda ctx: info)
    monkeypatch.setattr(bridges.importlib, "import_module", lambda name: cuda)
    return cuda


def test_an_nvidia_gpu_is_reached_by_cuda(ctx, nvidia):
    bridge = bridge_for(ctx)
    assert (bridge.name, bridge.reason) == ("cuda", "")
    assert nvidia.times("cudaGraphicsGLRegisterBuffer") == 1  # tried out
    assert nvidia.times("cudaGraphicsUnregisterResource") == 1


@pytest.mark.parametrize("fails", ["cudaGLGetDevices", "cudaGraphicsGLRegisterBuffer"])
def test_where_cuda_fails_the_host_serves_and_says_why(ctx, nvidia, fails):
    nvidia.fails = fails
    bridge = bridge_for(ctx)
    assert bridge.name == "host"
    assert bridge.reason.startswith("CUDA could not ")
    assert bridge.reason.endswith("(unknown error).")


def test_a_gpu_that_cuda_does_not_have_is_reached_by_the_host(ctx, nvidia):
    nvidia.device_count = 0
    assert bridge_for(ctx).reason == "CUDA does not have the GPU that draws."


def test_without_the_bindings_the_host_serves_and_says_how_to_get_them(ctx, nvidia, monkeypatch):
    def missing(name: str) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(bridges.importlib, "import_module", missing)
    assert "pip install 'neuronaut[cuda]'" in bridge_for(ctx).reason


@pytest.mark.parametrize(
    ("vendor", "renderer", "reason"),
    [("Mesa", "llvmpipe", "draws on the CPU"), ("AMD", "Radeon", "OpenGL of AMD shares no memory")],
)
def test_other_drivers_are_reached_by_the_host(ctx, monkeypatch, vendor, renderer, reason):
    info = ContextInfo(vendor, renderer, "4.6", 460)
    monkeypatch.setattr(bridges, "describe", lambda ctx: info)
    bridge = bridge_for(ctx)
    assert bridge.name == "host"
    assert reason in bridge.reason


def test_the_device_where_jax_computes_draws_if_it_can():
    assert best_first([None, 1, 0, None]) == [2, 1, 0, 3]
    assert best_first([]) == []
