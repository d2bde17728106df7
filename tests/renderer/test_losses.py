"""A reset of the GPU is noticed where the driver can say so; elsewhere nothing is asked."""

from __future__ import annotations

import ctypes

import pytest
from neuronaut.renderer.losses import ContextWatch, XServerWatch

ROBUST = {"GL_ARB_robustness", "GL_ARB_compute_shader"}
NO_ERROR, GUILTY, INNOCENT, UNKNOWN = 0, 0x8253, 0x8254, 0x8255


class Driver:
    """Answers `glGetGraphicsResetStatusARB`, and notes which functions were asked for."""

    def __init__(self):
        self.status, self.asked = NO_ERROR, []
        self._function = ctypes.CFUNCTYPE(ctypes.c_uint)(lambda: self.status)

    def address_of(self, name: str) -> int:
        self.asked.append(name)
        return ctypes.cast(self._function, ctypes.c_void_p).value or 0


@pytest.mark.parametrize("status", [GUILTY, INNOCENT, UNKNOWN])
def test_a_lost_context_is_noticed(status):
    driver = Driver()
    watch = ContextWatch(driver.address_of, ROBUST)
    assert not watch.is_lost
    driver.status = status
    assert watch.is_lost
    assert driver.asked == ["glGetGraphicsResetStatusARB"]


def test_a_driver_that_cannot_say_so_is_not_asked():
    driver = Driver()
    driver.status = GUILTY
    assert not ContextWatch(driver.address_of, {"GL_ARB_compute_shader"}).is_lost
    assert driver.asked == []


def test_a_function_that_is_promised_but_missing_is_no_crash():
    assert not ContextWatch(lambda name: 0, ROBUST).is_lost


def test_the_context_without_a_window_stands(ctx):
    library = ctypes.CDLL("libGL.so.1")

    def address_of(name: str) -> int:
        return ctypes.cast(getattr(library, name), ctypes.c_void_p).value or 0

    assert not ContextWatch(address_of, {"GL_ARB_robustness"}).is_lost


def test_where_the_window_is_not_of_x_nothing_is_watched():
    watch = XServerWatch(0)
    assert not watch.is_gone
    watch.release()
