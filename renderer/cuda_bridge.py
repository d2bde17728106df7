"""From a CUDA device to OpenGL without the host: copies on the GPU, in a stream of their own.

A buffer of OpenGL's is registered with CUDA once. To publish a vector, the stream waits until JAX
has computed it, maps the buffer, copies and unmaps; OpenGL waits for that, the host for nothing.
JAX's own memory is never registered and never written. Nothing here imports CUDA or JAX.
"""

from __future__ import annotations

from collections import deque
from types import ModuleType
from typing import Any, Protocol, runtime_checkable

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
        cuda, stream, resource = self._cuda, self._stream, self._resource_of(buffer)
        # The stream waits, not the host: training goes on in its queue.
        vector.__dlpack__(stream=int(stream))
        self._do("map a buffer", cuda.cudaGraphicsMapResources(1, resource, stream))
        try:
            self._copy(vector, buffer, resource)
        finally:
            self._do("unmap a buffer", cuda.cudaGraphicsUnmapResources(1, resource, stream))

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
        self._held.clear()
        self._events.clear()

    def _copy(self, vector: DeviceVector, buffer: StorageBuffer, resource: Any) -> None:
        cuda, stream = self._cuda, self._stream
        found = cuda.cudaGraphicsResourceGetMappedPointer(resource)
        target, room = self._do("find a mapped buffer", found)
        if room < vector.nbytes:
            raise GraphicsError(
                f"buffer {buffer.name!r} has {room} bytes under CUDA, not {vector.nbytes}."
            )
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

    def _resource_of(self, buffer: StorageBuffer) -> Any:
        if buffer not in self._resources:
            discard = self._cuda.cudaGraphicsRegisterFlags.cudaGraphicsRegisterFlagsWriteDiscard
            registered = self._cuda.cudaGraphicsGLRegisterBuffer(buffer.gl.glo, discard)
            self._resources[buffer] = self._do(f"register buffer {buffer.name!r}", registered)
        return self._resources[buffer]

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
        """Return what CUDA answered besides its error code: one value, or a tuple of several.

        Raises:
            GraphicsError: it could not do that.
        """
        error, *values = result
        if int(error) != _SUCCESS:
            said = self._cuda.cudaGetErrorString(error)[1]
            text = said.decode() if isinstance(said, bytes) else str(said)
            raise GraphicsError(f"CUDA could not {what} ({text}).")
        return values[0] if len(values) == 1 else tuple(values)
