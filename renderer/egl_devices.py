"""Which of EGL's devices is which of CUDA's, so that both sides may use one GPU."""

from __future__ import annotations

import ctypes
from ctypes import CFUNCTYPE, POINTER, byref, c_int, c_ssize_t, c_uint, c_void_p

_LIBRARY = "libEGL.so.1"
_CUDA_DEVICE = 0x323A  # EGL_CUDA_DEVICE_NV, of the extension EGL_NV_device_cuda

_QueryDevices = CFUNCTYPE(c_uint, c_int, POINTER(c_void_p), POINTER(c_int))
_QueryAttribute = CFUNCTYPE(c_uint, c_void_p, c_int, POINTER(c_ssize_t))


def cuda_numbers() -> list[int | None]:
    """Return the number that CUDA gives to each of EGL's devices, None to those it does not have.

    The list is empty where EGL cannot be asked.
    """
    try:
        egl = ctypes.CDLL(_LIBRARY)
    except OSError:
        return []
    egl.eglGetProcAddress.restype, egl.eglGetProcAddress.argtypes = c_void_p, (ctypes.c_char_p,)
    devices_at = egl.eglGetProcAddress(b"eglQueryDevicesEXT")
    attribute_at = egl.eglGetProcAddress(b"eglQueryDeviceAttribEXT")
    if not (devices_at and attribute_at):
        return []
    query, attribute = _QueryDevices(devices_at), _QueryAttribute(attribute_at)
    count = c_int()
    if not query(0, None, byref(count)) or count.value < 1:
        return []
    devices = (c_void_p * count.value)()
    query(count.value, devices, byref(count))
    found: list[int | None] = []
    for device in devices[: count.value]:
        number = c_ssize_t()
        found.append(number.value if attribute(device, _CUDA_DEVICE, byref(number)) else None)
    return found


def best_first(numbers: list[int | None]) -> list[int]:
    """Return EGL's device indices, those of CUDA first: its device 0 is where JAX computes."""
    return sorted(range(len(numbers)), key=lambda at: (numbers[at] is None, numbers[at] or 0, at))
