"""A pad to draw on; the network answers while one draws."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from imgui_bundle import ImVec2, imgui

from ..figures import share
from ..lab.inputs import Input
from ..lab.pad import Pad
from . import bars, widgets
from .widgets import Kept

if TYPE_CHECKING:
    from ..laboratory import Laboratory

_SMALLEST_PX = 150.0  # side of the pad, nominal
_COLUMNS_PX = 52.0
_TOOLS_PX = 88.0  # width beside the pad
_LEFT_OR_RIGHT = (
    imgui.ButtonFlags_.mouse_button_left.value | imgui.ButtonFlags_.mouse_button_right.value
)


class DrawPanel:
    """Brush, eraser, image files, and the answer."""

    title = "Draw"
    hint = "Draw something and watch what the network makes of it, stroke by stroke."

    def __init__(self) -> None:
        self._path = ""
        self._drawing: Input | None = None  # as it was put on show last
        self._ink: Kept[np.ndarray] = Kept()
        self._seen: Kept[np.ndarray] = Kept()
        self._answer: Kept[np.ndarray] = Kept(0.1)

    def draw(self, lab: Laboratory) -> None:
        """Make the panel's contents."""
        pad = lab.session.pad
        if pad is None:
            widgets.quiet("Only images can be drawn, and these data are none.")
            return
        before = pad.version
        self._answers(lab)
        self._surface(lab, pad)
        imgui.same_line()
        imgui.begin_group()
        self._tools(lab, pad)
        imgui.end_group()
        self._brush(lab, pad)
        if pad.version != before:
            self._show(lab, pad)
        self._file(lab)

    def drop(self, path: Path, lab: Laboratory) -> None:
        """Draw what an image file shows, and put it before the network."""
        pad = lab.session.pad
        if pad is None:
            lab.say("Only images can be drawn, and these data are none.")
            return
        with widgets.telling(lab):
            pad.load(path)
            self._show(lab, pad, path.name)

    def _show(self, lab: Laboratory, pad: Pad, name: str = "drawing") -> None:
        lab.session.show_input(pad.as_input(), name)
        self._drawing = lab.session.trainer.shown_input

    def _surface(self, lab: Laboratory, pad: Pad) -> None:
        """Draw with the left button, rub out with the right one."""
        theme = lab.session.stage.theme
        ink = self._ink.get(
            lambda: widgets.picture(pad.ink.ravel(), pad.ink.shape, theme),
            (id(pad), pad.version, theme),
        )
        height, width = ink.shape[:2]
        avail = imgui.get_content_region_avail()
        below = 2 * imgui.get_frame_height_with_spacing() + imgui.get_style().item_spacing.y
        room = avail.x - _TOOLS_PX * lab.px - imgui.get_style().item_spacing.x
        side = min(room, max(avail.y - below, _SMALLEST_PX * lab.px))
        size = ImVec2(side * min(width / height, 1), side * min(height / width, 1))
        corner = imgui.get_cursor_screen_pos()
        imgui.invisible_button("##pad", size, _LEFT_OR_RIGHT)
        end = ImVec2(corner.x + size.x, corner.y + size.y)
        lines = imgui.get_window_draw_list()
        lines.add_image(lab.hud.image("pad", ink).ref, corner, end)
        lines.add_rect(corner, end, imgui.get_color_u32(imgui.Col_.border), 0.0, lab.px)
        if imgui.is_item_active():
            self._stroke(pad, corner, size)
        else:
            pad.lift()
        if imgui.is_item_hovered():
            radius = pad.brush.radius * size.x / lab.session.trainer.data.input_shape[1]
            color = imgui.get_color_u32(imgui.Col_.unsaved_marker)
            lines.add_circle(imgui.get_mouse_pos(), max(radius, lab.px), color, 0, lab.px)
        if pad.is_empty:
            _centred("draw here", corner, size)

    def _stroke(self, pad: Pad, corner: ImVec2, size: ImVec2) -> None:
        brush, pointer = pad.brush, imgui.get_mouse_pos()
        if imgui.is_mouse_down(imgui.MouseButton_.right):
            pad.brush = replace(brush, erases=True)
        pad.draw_to((pointer.x - corner.x) / size.x, (pointer.y - corner.y) / size.y)
        pad.brush = brush

    def _tools(self, lab: Laboratory, pad: Pad) -> None:
        """What is done to the pad as a whole, beside it."""
        changed, erases = imgui.checkbox("Eraser", pad.brush.erases)
        imgui.set_item_tooltip("Take ink away; the right button always does.")
        if changed:
            pad.brush = replace(pad.brush, erases=erases)
        if widgets.button("Clear", "Take all ink away.", -1.0):
            pad.clear()
        if widgets.button("Copy", "Put what is on show on the pad, to change it.", -1.0):
            pad.put(lab.session.trainer.shown_x())
        is_aside = not pad.is_empty and lab.session.trainer.shown_input is not self._drawing
        tip = "Put the drawing before the network again, instead of what is on show now."
        if widgets.button("Show", tip, -1.0, enabled=is_aside):
            self._show(lab, pad)

    def _brush(self, lab: Laboratory, pad: Pad) -> None:
        side = max(lab.session.trainer.data.input_shape[:2])
        radius = widgets.slide(
            lab, "Brush", pad.brush.radius, (0.3, max(side / 6, 0.6)),
            "Radius of the brush, in pixels of the network's input.", "%.1f px",
        )  # fmt: skip
        if radius is not None:
            pad.brush = replace(pad.brush, radius=radius)

    def _answers(self, lab: Laboratory) -> None:
        """Say what the network makes of what is on show."""
        session = lab.session
        shown, names = session.trainer.shown_input, session.trainer.data.class_names
        given = (*widgets.moment(session), shown)
        found = self._answer.get(lambda: widgets.answer(session), given, session.measures.step)
        best = int(np.nan_to_num(found).argmax())
        widgets.strong(lab, f"{names[best]}  {share(float(found[best]))}")
        imgui.set_item_tooltip("What the network takes it for, and how likely it finds that.")
        imgui.same_line()
        # On one line, whatever it is called: the pad must not move while one draws.
        words = f"for {_called(shown)}"
        imgui.text_disabled(widgets.fitted(words, imgui.get_content_region_avail().x))
        imgui.set_item_tooltip(f"On show is {_called(shown)}.")
        data, theme, side = session.trainer.data, session.stage.theme, _COLUMNS_PX * lab.px
        pixels = self._seen.get(
            lambda: widgets.thumbnail(shown.x, data.input_shape, theme), (shown, theme)
        )
        lab.hud.image("shown", pixels).show(side)
        imgui.set_item_tooltip("What the network sees: centred and scaled as its samples are.")
        imgui.same_line()
        bars.columns_of(found, names, side)

    def _file(self, lab: Laboratory) -> None:
        tip = "Path of an image file; a file can also be dropped onto the window."
        self._path, finished = widgets.type_in(lab, "Image file", self._path, tip, "path")
        if finished and self._path.strip():
            self.drop(Path(self._path.strip()).expanduser(), lab)


def _called(shown: Input) -> str:
    if shown.number is not None:
        return f"sample {shown.number}"
    return "the drawing" if shown.name == "drawing" else shown.name


def _centred(text: str, corner: ImVec2, size: ImVec2) -> None:
    extent = imgui.calc_text_size(text)
    place = ImVec2(corner.x + (size.x - extent.x) / 2, corner.y + (size.y - extent.y) / 2)
    color = imgui.get_color_u32(imgui.Col_.text_disabled)
    imgui.get_window_draw_list().add_text(place, color, text)
