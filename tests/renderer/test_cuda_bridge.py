"""The bridge to CUDA, with a CUDA of our own that has the calls and keeps account of them."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pytest
from neuronaut.renderer import bridges
from neuronaut.renderer.bridges import bridge_for
from neuronaut.renderer.buffers import StorageBuffer
from neuronaut.renderer.context import ContextInfo
from neuronaut.renderer.cuda_bridge import CudaBridge
from neuronaut.renderer.egl_devices import best_first
from neuronaut.renderer.errors import GraphicsError

STREAM = 77


@dataclass(frozen=True)
class Device:
    platform: str = "gpu"
    local_hardware_id: int = 0


@dataclass
class Cuda:
    """Device memory that is the host's; what is mapped gets to OpenGL when it is unmapped.

    Attributes:
        buffers: those that may be registered, by OpenGL's number.
        calls: names of the functions, with their first argument.
        fails: name of the function that returns an error.
        is_done: whether events have come.
    """

    buffers: dict[int, Any] = field(default_factory=dict)
    calls: list[tuple[str, Any]] = field(default_factory=list)
    fails: str = ""
    is_done: bool = True
    device_count: int = 1
    mapped: dict[int, Any] = field(default_factory=dict)
    cudaGLDeviceList: ClassVar = SimpleNamespace(cudaGLDeviceListAll=1)
    cudaGraphicsRegisterFlags: ClassVar = SimpleNamespace(cudaGraphicsRegisterFlagsWriteDiscard=2)
    cudaMemcpyKind: ClassVar = SimpleNamespace(cudaMemcpyDeviceToDevice=3)
    cudaStreamNonBlocking: ClassVar = 1
    cudaEventDisableTiming: ClassVar = 2

    def __getattr__(self, name: str):
        if not name.startswith("cuda"):
            raise AttributeError(name)

        def call(*arguments: Any) -> tuple[Any, ...]:
            self.calls.append((name, arguments[0] if arguments else None))
            if name == self.fails:
                return (999,) + (None,) * 2
            values = getattr(self, f"do_{name}", lambda *_: ())(*arguments)
            return (0, *values)

        return call

    def times(self, name: str) -> int:
        return sum(called == name for called, _ in self.calls)

    def cudaGetErrorString(self, error: int) -> tuple[int, bytes]:
        return 0, b"unknown error"

    def do_cudaGLGetDevices(self, count: int, which: int):
        return self.device_count, [0] * self.device_count

    def do_cudaStreamCreateWithFlags(self, flags: int):
        return (STREAM,)

    def do_cudaEventCreateWithFlags(self, flags: int):
        return (object(),)

    def cudaEventQuery(self, event: object) -> tuple[int]:
        return (0 if self.is_done else 600,)

    def do_cudaGraphicsGLRegisterBuffer(self, number: int, flags: int):
        assert flags == 2
        return (number,)

    def do_cudaGraphicsMapResources(self, count: int, resource: int, stream: int):
        assert (count, stream) == (1, STREAM)
        size = self.buffers[resource].size if resource in self.buffers else 4
        self.mapped[resource] = ctypes.create_string_buffer(size)
        return ()

    def do_cudaGraphicsResourceGetMappedPointer(self, resource: int):
        memory = self.mapped[resource]
        return ctypes.addressof(memory), len(memory)

    def do_cudaMemcpyAsync(self, target: int, source: int, count: int, kind: int, stream: int):
        assert (kind, stream) == (3, STREAM)
        ctypes.memmove(target, source, count)
        return ()

    def do_cudaGraphicsUnmapResources(self, count: int, resource: int, stream: int):
        memory = self.mapped.pop(resource)
        if resource in self.buffers:
            self.buffers[resource].write(memory.raw)
        return ()


class Vector:
    """A vector on the device."""

    def __init__(self, values: np.ndarray, *devices: Device):
        self.values = values
        self.dtype, self.shape = values.dtype, values.shape
        self.ndim, self.nbytes = values.ndim, values.nbytes
        self._devices = set(devices or (Device(),))
        self.waited: list[int | None] = []

    def devices(self) -> set[Device]:
        return self._devices

    def unsafe_buffer_pointer(self) -> int:
        return self.values.ctypes.data

    def __dlpack__(self, *, stream: int | None = None) -> object:
        self.waited.append(stream)
        return object()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return self.values


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
