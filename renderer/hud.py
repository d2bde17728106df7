"""Panels over the picture: Dear ImGui and ImPlot, in a window and without one alike.

Between `begin` and `end` panels are made by calling `imgui` and `implot`.  All pixels are physical.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import moderngl
import numpy as np
from imgui_bundle import ImVec2, imgui, implot

from . import hud_layout
from .errors import GraphicsError
from .events import Events, Place
from .hud_images import HudImage, HudImages
from .hud_input import feed
from .hud_layout import Arrangement, Remembered
from .hud_style import apply_style, load_fonts
from .palettes import DARK, Theme

_NOMINAL_HEIGHT = 900.0  # of a frame at which everything has its nominal size
_SCALE_STEP = 8  # steps per unit: a window that is resized does not draw its glyphs ever anew
_SCALES = (0.5, 4.0)
_CURSORS = {
    imgui.MouseCursor_.text_input.value: "text",
    imgui.MouseCursor_.hand.value: "hand",
    imgui.MouseCursor_.resize_ew.value: "resize_ew",
    imgui.MouseCursor_.resize_ns.value: "resize_ns",
    imgui.MouseCursor_.resize_nesw.value: "resize_nesw",
    imgui.MouseCursor_.resize_nwse.value: "resize_nwse",
    imgui.MouseCursor_.resize_all.value: "resize_all",
    imgui.MouseCursor_.not_allowed.value: "not_allowed",
}


class Clipboard(Protocol):
    """Where text is copied to and pasted from, such as a window."""

    @property
    def clipboard(self) -> str:
        """The text that is there."""
        ...

    @clipboard.setter
    def clipboard(self, text: str) -> None: ...


class Hud:
    """Owns one context of Dear ImGui, one of ImPlot, and what they need on the GPU.

    Args:
        ctx: the OpenGL context, current.
        theme: colours of the scene behind.
        ini_path: where the layout of the panels is remembered; None forgets it.
        clipboard: of the system; without one, text is copied inside the panels only.

    Attributes:
        theme: may be changed between frames.
        scale: how much larger than the screen suggests everything is; may be changed between
            frames and is remembered.
        arrangement: where panels lie at first.
        notes: what else is remembered from start to start, by name; texts of one line.
        fonts: for `imgui.push_font`.
        maps: colour maps for `implot.push_colormap`.
        wants_pointer: whether the pointer is the panels' in this frame, not the scene's.
        wants_keyboard: whether the keyboard is.
        cursor: the shape that the pointer should have, as `Window.show_cursor` takes it.

    Raises:
        GraphicsError: Dear ImGui cannot draw in this context.
    """

    def __init__(
        self,
        ctx: moderngl.Context,
        theme: Theme = DARK,
        ini_path: Path | None = None,
        clipboard: Clipboard | None = None,
    ):
        self.theme = theme
        self.arrangement = Arrangement()
        self.wants_pointer = self.wants_keyboard = False
        self.cursor = "arrow"
        self._remembered = Remembered(ini_path)
        self.notes = self._remembered.notes
        self.scale = _number(self.notes.get("scale", ""), 1.0)
        self._styled: tuple[Theme, float] | None = None
        self._to_arrange = self._begun = False
        self._images = HudImages(ctx)
        self._imgui: Any = imgui.create_context()
        imgui.set_current_context(self._imgui)
        self._implot: Any = implot.create_context()
        self._make_current()
        _configure(imgui.get_io())
        self.fonts = load_fonts()
        self.maps = apply_style(theme, 1.0)
        if clipboard is not None:
            _connect(clipboard)
        if not imgui.backends.opengl3_init("#version 430"):
            self._destroy_contexts()
            raise GraphicsError("Dear ImGui cannot draw in this OpenGL context.")

    @property
    def px(self) -> float:
        """Physical pixels per nominal pixel, in the frame that was begun last."""
        return self._styled[1] if self._styled else 1.0

    def begin(
        self, size_px: tuple[int, int], density: float, dt_secs: float, events: Events
    ) -> None:
        """Begin a frame; then make panels.

        Args:
            size_px: of the picture.
            density: physical pixels per pixel of the screen's units.
            dt_secs: since the frame before.
            events: what the person did since then.
        """
        self._make_current()
        if self._begun:  # an error came between, and nobody has ended it
            imgui.end_frame()
        size_px = (max(size_px[0], 1), max(size_px[1], 1))
        io = imgui.get_io()
        io.display_size = ImVec2(*size_px)
        io.delta_time = max(dt_secs, 1e-4)
        self._restyle(size_px, density)
        feed(io, events)
        imgui.backends.opengl3_new_frame()
        imgui.new_frame()
        self._begun = True
        if self._to_arrange:
            self._to_arrange = False
            hud_layout.arrange(self.arrangement, size_px, self.px)
        hud_layout.dock_space()
        self.wants_pointer = io.want_capture_mouse
        self.wants_keyboard = io.want_capture_keyboard or io.want_text_input

    def end(self, framebuffer: moderngl.Framebuffer) -> None:
        """Draw the panels over what is in `framebuffer`."""
        self._make_current()
        imgui.render()
        self._begun = False
        self.cursor = _CURSORS.get(int(imgui.get_mouse_cursor()), "arrow")
        self.draw(framebuffer)
        self._images.next_frame()
        if imgui.get_io().want_save_ini_settings:
            imgui.get_io().want_save_ini_settings = False
            self._save()

    def draw(self, framebuffer: moderngl.Framebuffer) -> None:
        """Draw the panels of the frame that was ended last once more, stretched to all of it."""
        self._make_current()
        framebuffer.use()
        data = imgui.get_draw_data()
        width, height = framebuffer.size
        data.framebuffer_scale = ImVec2(width / data.display_size.x, height / data.display_size.y)
        imgui.backends.opengl3_render_draw_data(data)

    def image(self, name: str, pixels: np.ndarray) -> HudImage:
        """Return the picture of that name with these pixels, to be shown in this frame.

        Args:
            name: one picture for each; freed when it is not asked for any more.
            pixels: uint8 [height, width, 3 or 4], sRGB with straight alpha, the top row first.

        Raises:
            ValueError: `pixels` are misshapen or of another type.
        """
        return self._images.get(name, pixels)

    def stroke(self, width: float = 1.6) -> implot.Spec:
        """Return how a line of a plot is drawn, `width` nominal pixels wide."""
        return implot.Spec(line_weight=width * self.px, marker_size=2.5 * self.px)

    def rearrange(self) -> None:
        """Put the panels back where `arrangement` has them, from the next frame on."""
        self._to_arrange = True

    @property
    def middle(self) -> tuple[Place, Place]:
        """Corner and size of what docked panels leave to the scene, from the top left."""
        self._make_current()
        return hud_layout.free_middle()

    def release(self) -> None:
        """Remember the layout, and free everything."""
        if self._imgui is None:
            return
        self._make_current()
        if self._styled:
            self._save()
        self._images.release()
        imgui.backends.opengl3_shutdown()
        self._destroy_contexts()

    def _make_current(self) -> None:
        imgui.set_current_context(self._imgui)
        implot.set_current_context(self._implot)

    def _restyle(self, size_px: tuple[int, int], density: float) -> None:
        """Follow the size of the picture, the wish of the person, and the theme."""
        suggested = max(density, size_px[1] / _NOMINAL_HEIGHT, 1.0)
        scale = float(np.clip(suggested * self.scale, *_SCALES))
        wanted = (self.theme, round(scale * _SCALE_STEP) / _SCALE_STEP)
        if wanted == self._styled:
            return
        before, self._styled = self._styled, wanted
        self.maps = apply_style(*wanted)
        if before is None:
            self._remembered.restore(wanted[1])
            self._to_arrange = not hud_layout.is_arranged()
        elif before[1] != wanted[1]:
            hud_layout.rescale(wanted[1] / before[1])

    def _save(self) -> None:
        self.notes["scale"] = f"{self.scale:g}"
        self._remembered.save(self.px)

    def _destroy_contexts(self) -> None:
        platform = imgui.get_platform_io()
        platform.platform_get_clipboard_text_fn = platform.platform_set_clipboard_text_fn = None
        implot.destroy_context(self._implot)
        imgui.destroy_context(self._imgui)
        self._imgui = self._implot = None


def _configure(io: imgui.IO) -> None:
    io.set_ini_filename(None)  # what is remembered is read and written here, not by Dear ImGui
    io.config_flags |= imgui.ConfigFlags_.docking_enable.value
    io.backend_flags |= imgui.BackendFlags_.has_mouse_cursors.value
    io.config_windows_move_from_title_bar_only = True
    io.config_drag_click_to_input_text = True


def _connect(clipboard: Clipboard) -> None:
    def copy(_context: object, text: str) -> None:
        clipboard.clipboard = text

    paste: Callable[[object], str] = lambda _context: clipboard.clipboard  # noqa: E731
    platform = imgui.get_platform_io()
    platform.platform_set_clipboard_text_fn = copy
    platform.platform_get_clipboard_text_fn = paste


def _number(text: str, otherwise: float) -> float:
    try:
        number = float(text)
    except ValueError:
        return otherwise
    return number if _SCALES[0] <= number <= _SCALES[1] else otherwise
