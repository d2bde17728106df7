"""A and B as pictures, with what lies between, and the buttons that choose them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from imgui_bundle import ImVec2, ImVec4, imgui

from ..lab.blend import Blend
from ..lab.inputs import SIDES, Input
from . import widgets
from .widgets import Kept

if TYPE_CHECKING:
    from neuronaut.renderer.palettes import Rgb

    from ..laboratory import Laboratory

_MOST_CLASSES = 30  # in a menu
_STEP_PX = 24.0  # width of a button that steps


class Ends:
    """The two inputs between which the way leads."""

    def __init__(self) -> None:
        self._three: Kept[tuple[np.ndarray, int]] = Kept()  # the picture, the width of one of three

    def draw(self, lab: Laboratory, blend: Blend, share: float) -> None:
        """Show A, what is between, and B, and let A and B be chosen."""
        data, theme = lab.session.trainer.data, lab.session.stage.theme

        def make() -> tuple[np.ndarray, int]:
            inputs = (blend.a, blend.at(share), blend.b)
            three = [widgets.thumbnail(its.x, data.input_shape, theme) for its in inputs]
            return widgets.spaced(three), three[0].shape[1]

        if data.is_image:
            pixels, width = self._three.get(make, (id(blend), share, theme))
            lab.hud.image("between", pixels).show(imgui.get_content_region_avail().x)
            imgui.set_item_tooltip("A, what the slider has come to, and B.")
            _frames(lab, width / pixels.shape[1])
        gap = imgui.get_style().item_spacing.x
        width = (imgui.get_content_region_avail().x - 2 * gap) / 2
        for side, its, color in zip(
            SIDES, (blend.a, blend.b), (theme.negative, theme.positive), strict=True
        ):
            if side == "B":
                imgui.same_line(0, 2 * gap)
            _end(lab, side, its, color, width)


def _frames(lab: Laboratory, part: float) -> None:
    """Draw a line around each of the three pictures shown last, each that part of all the width."""
    low, high = imgui.get_item_rect_min(), imgui.get_item_rect_max()
    side = part * (high.x - low.x)
    color = imgui.get_color_u32(imgui.Col_.border)
    for k in range(3):
        left = low.x + k / 2 * (high.x - low.x - side)
        corner, end = ImVec2(left, low.y), ImVec2(left + side, high.y)
        imgui.get_window_draw_list().add_rect(corner, end, color, 0.0, lab.px)


def _end(lab: Laboratory, side: str, its: Input, color: Rgb, width: float) -> None:
    """Show the name of A or B as a button that opens a menu, between two that step."""
    samples, step = lab.session.samples, _STEP_PX * lab.px
    gap = 0.5 * imgui.get_style().item_inner_spacing.x
    tip = "Take the test sample {}, among those that the panel Data leafs through."
    if widgets.button(f"‹##{side}", tip.format("before"), step):
        _choose(lab, lambda: samples.pin_beside(side, -1))
    imgui.same_line(0, gap)
    imgui.push_style_color(imgui.Col_.text, ImVec4(*color, 1.0))
    room = width - 2 * step - 2 * gap
    inside = room - 2 * imgui.get_style().frame_padding.x
    words = widgets.fitted(f"{side}: {its.name}", inside)
    pressed = imgui.button(f"{words}##{side}", ImVec2(room, 0))
    imgui.pop_style_color()
    imgui.set_item_tooltip(f"{side} is {_what(its)}. Click to choose another one.")
    if pressed:
        imgui.open_popup(f"choose {side}")
    imgui.same_line(0, gap)
    if widgets.button(f"›##{side}", tip.format("after"), step):
        _choose(lab, lambda: samples.pin_beside(side))
    _menu(lab, side)


def _menu(lab: Laboratory, side: str) -> None:
    if not imgui.begin_popup(f"choose {side}"):
        return
    session, trainer = lab.session, lab.session.trainer
    samples = session.samples
    if imgui.menu_item_simple(f"What is on show: {trainer.shown_name()}##{side}"):
        _choose(lab, lambda: samples.pin(side))
    is_pinned = side in trainer.inputs.pins
    follows = "Always what is on show" if side == "A" else "The next of another class than A"
    if imgui.menu_item_simple(f"{follows}##{side}", "", not is_pinned, is_pinned):
        _choose(lab, lambda: samples.unpin(side))
    imgui.separator()
    for label, name in enumerate(trainer.data.class_names[:_MOST_CLASSES]):
        if imgui.menu_item_simple(f"The next {name}##{side}"):
            _choose(lab, lambda label=label: samples.pin_class(side, label))
    imgui.end_popup()


def _choose(lab: Laboratory, action: Callable[[], object]) -> None:
    with widgets.telling(lab):
        action()
        lab.session.publish()


def _what(its: Input) -> str:
    return its.name if its.number is None else f"{its.name}, test sample {its.number}"
