"""Between a CUDA device and OpenGL without the host: copies on the GPU, in a stream of their own.

A buffer of OpenGL's is registered with CUDA once. To publish a vector, the stream waits until JAX
has computed it, maps the buffer, copies and unmaps; OpenGL waits for that, the host for nothing.
What is fetched from OpenGL comes by the same way into memory of CUDA's, and the host waits for it.
JAX's own memory is never registered and never written. Nothing here imports CUDA or JAX.
"""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike

from .bridges import HostBridge
from .buffers import Shaped, StorageBuffer
from .errors import GraphicsError

_SUCCESS = 0  # cudaSuccess


@runtime_checkable
class DeviceVector(Shaped, Protocol):
    """A vector in the memory of some device, as JAX has them."""

    def devices(self) -> set[Any]:
        """Return the devices it lies on, each with `platform` and `local_hardware_id`."""
        ...

    def unsafe_buffer_pointer(self) -> int:
        """Return its address there."""
        ...

    def __dlpack__(self, *, stream: int | None = None) -> Any:
        """Return a capsule, and let `stream` wait until the vector has been computed."""
        ...


class DeviceCopy:
    """An array in memory of CUDA's, free to go when nobody holds this any more.

    Args:
        cuda: the module `cuda.bindings.runtime`.
        pointer: to memory that is this array's alone.
        shape, dtype: of the array, C-contiguous.
    """

    def __init__(self, cuda: ModuleType, pointer: int, shape: tuple[int, ...], dtype: np.dtype):
        # https://numba.readthedocs.io/en/stable/cuda/cuda_array_interface.html
        self.__cuda_array_interface__ = {
            "shape": shape,
            "typestr": dtype.str,
            "data": (pointer, False),
            "version": 3,
        }
        self._cuda = cuda
        weakref.finalize(self, cuda.cudaFree, pointer)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """Download it, for who computes on the CPU.

        Raises:
            GraphicsError: CUDA fails.
        """
        said = self.__cuda_array_interface__
        host = np.empty(said["shape"], said["typestr"])
        kind = self._cuda.cudaMemcpyKind.cudaMemcpyDeviceToHost
        source = said["data"][0]
        done = self._cuda.cudaMemcpy(host.ctypes.data, source, host.nbytes, kind)
        _checked(self._cuda, "download a copy", done)
        return host if dtype is None else host.astype(dtype)


class CudaBridge:
    """Copies vectors on the GPU that draws; those that lie elsewhere take the host's way.

    The context must be current wherever it is used, and no buffer may be orphaned meanwhile: that
    would end its registration.

    Args:
        cuda: the module `cuda.bindings.runtime`.

    Attributes:
        device: CUDA's number of the GPU that the current context draws with.

    Raises:
        GraphicsError: that GPU is none of CUDA's, or CUDA fails.
    """

    name = "cuda"
    reason = ""

    def __init__(self, cuda: ModuleType):
        self._cuda = cuda
        self._host = HostBridge()
        everything = cuda.cudaGLDeviceList.cudaGLDeviceListAll
        count, devices = self._do("find the GPU that draws", cuda.cudaGLGetDevices(1, everything))
        if count < 1:
            raise GraphicsError("CUDA does not have the GPU that draws.")
        self.device = int(devices[0])
        self._do("take the GPU that draws", cuda.cudaSetDevice(self.device))
        flags = cuda.cudaStreamNonBlocking
        self._stream = self._do("make a stream", cuda.cudaStreamCreateWithFlags(flags))
        self._resources: dict[StorageBuffer, Any] = {}
        self._readable: set[StorageBuffer] = set()  # of these
        self._held: deque[tuple[Any, DeviceVector]] = deque()  # until their events have come
        self._events: list[Any] = []  # to be used again

    def publish(self, vector: ArrayLike | DeviceVector, buffer: StorageBuffer) -> None:
        """Make `buffer` hold `vector`; dtype and size must be the buffer's.

        Raises:
            ValueError: they are not.
            GraphicsError: CUDA fails.
        """
        self._let_go()
        if not (isinstance(vector, DeviceVector) and self._is_here(vector)):
            self._host.publish(vector, buffer)  # pyright: ignore[reportArgumentType]
            return
        buffer.check(vector)
        if not buffer.count:
            return
        resource = self._resource_of(buffer)
        # The stream waits, not the host: training goes on in its queue.
        vector.__dlpack__(stream=int(self._stream))
        with self._mapped(buffer, resource, vector.nbytes) as target:
            self._copy(vector, target)

    def fetch(self, buffer: StorageBuffer) -> DeviceCopy:
        """Return a copy of what `buffer` holds, in memory of CUDA's; it is there on return.

        JAX takes it over by `jnp.array(found, copy=True)`, to be waited for while this is held.

        Raises:
            GraphicsError: CUDA fails.
        """
        self._make_readable(buffer)
        cuda, stream, resource = self._cuda, self._stream, self._resource_of(buffer)
        count = max(buffer.count, 1)  # CUDA gives no memory of no bytes
        size = count * buffer.dtype.itemsize
        self._do("take the GPU that draws", cuda.cudaSetDevice(self.device))
        pointer = self._do("take memory", cuda.cudaMalloc(size))
        shape = (buffer.count, *buffer.dtype.shape)
        copy = DeviceCopy(cuda, int(pointer), shape, buffer.dtype.base)
        with self._mapped(buffer, resource, size) as source:
            kind = cuda.cudaMemcpyKind.cudaMemcpyDeviceToDevice
            self._do("copy a buffer", cuda.cudaMemcpyAsync(pointer, source, size, kind, stream))
        self._do("finish a copy", cuda.cudaStreamSynchronize(stream))
        return copy

    def rehearse(self, buffer: StorageBuffer) -> None:
        """Do with a buffer what publishing does, but for the copy.

        Raises:
            GraphicsError: CUDA fails.
        """
        cuda, resource = self._cuda, self._resource_of(buffer)
        self._do("map a buffer", cuda.cudaGraphicsMapResources(1, resource, self._stream))
        self._do("unmap a buffer", cuda.cudaGraphicsUnmapResources(1, resource, self._stream))
        self._do("unregister a buffer", cuda.cudaGraphicsUnregisterResource(resource))
        del self._resources[buffer]

    def release(self) -> None:
        """Wait for the last copy and unregister every buffer; they may be released after it."""
        cuda = self._cuda
        self._do("finish its copies", cuda.cudaStreamSynchronize(self._stream))
        for resource in self._resources.values():
            self._do("unregister a buffer", cuda.cudaGraphicsUnregisterResource(resource))
        for event in (*self._events, *(event for event, _ in self._held)):
            self._do("free an event", cuda.cudaEventDestroy(event))
        self._do("free its stream", cuda.cudaStreamDestroy(self._stream))
        self._resources.clear()
        self._readable.clear()
        self._held.clear()
        self._events.clear()

    @contextmanager
    def _mapped(self, buffer: StorageBuffer, resource: Any, size: int) -> Iterator[Any]:
        """Let CUDA have a buffer, and yield where its `size` bytes begin."""
        cuda, stream = self._cuda, self._stream
        self._do("map a buffer", cuda.cudaGraphicsMapResources(1, resource, stream))
        try:
            found = cuda.cudaGraphicsResourceGetMappedPointer(resource)
            start, room = self._do("find a mapped buffer", found)
            if room < size:
                raise GraphicsError(
                    f"buffer {buffer.name!r} has {room} bytes under CUDA, not {size}."
                )
            yield start
        finally:
            self._do("unmap a buffer", cuda.cudaGraphicsUnmapResources(1, resource, stream))

    def _copy(self, vector: DeviceVector, target: Any) -> None:
        cuda, stream = self._cuda, self._stream
        kind = cuda.cudaMemcpyKind.cudaMemcpyDeviceToDevice
        source = vector.unsafe_buffer_pointer()
        done = cuda.cudaMemcpyAsync(target, source, vector.nbytes, kind, stream)
        self._do("copy a vector", done)
        # JAX would use the memory again once nobody holds the vector.
        event = self._events.pop() if self._events else self._new_event()
        self._do("record an event", cuda.cudaEventRecord(event, stream))
        self._held.append((event, vector))

    def _new_event(self) -> Any:
        cuda = self._cuda
        flags = cuda.cudaEventDisableTiming
        return self._do("make an event", cuda.cudaEventCreateWithFlags(flags))

    def _make_readable(self, buffer: StorageBuffer) -> None:
        """Register a buffer for both ways; what is only written may be discarded when mapped."""
        if buffer in self._readable:
            return
        cuda = self._cuda
        if buffer in self._resources:
            old = self._resources.pop(buffer)
            self._do("finish its copies", cuda.cudaStreamSynchronize(self._stream))
            self._do("unregister a buffer", cuda.cudaGraphicsUnregisterResource(old))
        both = cuda.cudaGraphicsRegisterFlags.cudaGraphicsRegisterFlagsNone
        self._resources[buffer] = self._registered(buffer, both)
        self._readable.add(buffer)

    def _resource_of(self, buffer: StorageBuffer) -> Any:
        if buffer not in self._resources:
            discard = self._cuda.cudaGraphicsRegisterFlags.cudaGraphicsRegisterFlagsWriteDiscard
            self._resources[buffer] = self._registered(buffer, discard)
        return self._resources[buffer]

    def _registered(self, buffer: StorageBuffer, flags: Any) -> Any:
        registered = self._cuda.cudaGraphicsGLRegisterBuffer(buffer.gl.glo, flags)
        return self._do(f"register buffer {buffer.name!r}", registered)

    def _is_here(self, vector: DeviceVector) -> bool:
        devices = vector.devices()
        if len(devices) != 1:
            return False
        (device,) = devices
        return device.platform == "gpu" and device.local_hardware_id == self.device

    def _let_go(self) -> None:
        """Let go of the vectors whose copies are done; copies end in order."""
        while self._held and int(self._cuda.cudaEventQuery(self._held[0][0])[0]) == _SUCCESS:
            event, _ = self._held.popleft()
            self._events.append(event)

    def _do(self, what: str, result: tuple[Any, ...]) -> Any:
        return _checked(self._cuda, what, result)


def _checked(cuda: ModuleType, what: str, result: tuple[Any, ...]) -> Any:
    """Return what CUDA answered besides its error code: one value, or a tuple of several.

    Raises:
        GraphicsError: it could not do that.
    """
    error, *values = result
    if int(error) != _SUCCESS:
        said = cuda.cudaGetErrorString(error)[1]
        text = said.decode() if isinstance(said, bytes) else str(said)
        raise GraphicsError(f"CUDA could not {what} ({text}).")
    return values[0] if len(values) == 1 else tuple(values)
