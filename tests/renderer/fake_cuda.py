"""A CUDA of our own, that has the calls and keeps account of them, and vectors on its device."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np

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
    taken: dict[int, Any] = field(default_factory=dict)
    readable: set[int] = field(default_factory=set)
    cudaGLDeviceList: ClassVar = SimpleNamespace(cudaGLDeviceListAll=1)
    cudaGraphicsRegisterFlags: ClassVar = SimpleNamespace(
        cudaGraphicsRegisterFlagsNone=0, cudaGraphicsRegisterFlagsWriteDiscard=2
    )
    cudaMemcpyKind: ClassVar = SimpleNamespace(cudaMemcpyDeviceToHost=2, cudaMemcpyDeviceToDevice=3)
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
        assert flags in (0, 2)
        (self.readable.discard if flags else self.readable.add)(number)
        return (number,)

    def do_cudaMalloc(self, size: int):
        memory = ctypes.create_string_buffer(size)
        self.taken[ctypes.addressof(memory)] = memory
        return (ctypes.addressof(memory),)

    def do_cudaFree(self, pointer: int):
        del self.taken[pointer]
        return ()

    def do_cudaGraphicsMapResources(self, count: int, resource: int, stream: int):
        assert (count, stream) == (1, STREAM)
        size = self.buffers[resource].size if resource in self.buffers else 4
        # What is registered to be discarded holds anything.
        old = self.buffers[resource].read() if resource in self.readable else b"\xaa" * size
        self.mapped[resource] = ctypes.create_string_buffer(old, size)
        return ()

    def do_cudaGraphicsResourceGetMappedPointer(self, resource: int):
        memory = self.mapped[resource]
        return ctypes.addressof(memory), len(memory)

    def do_cudaMemcpyAsync(self, target: int, source: int, count: int, kind: int, stream: int):
        assert (kind, stream) == (3, STREAM)
        ctypes.memmove(target, source, count)
        return ()

    def do_cudaMemcpy(self, target: int, source: int, count: int, kind: int):
        assert kind == 2
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
