"""Small legends: which colours mean which values, in numbers and words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imgui_bundle import ImVec2, imgui

from ..figures import figure
from . import heat

if TYPE_CHECKING:
    from ..laboratory import Laboratory

_BAR_PX = 90.0
WEIGHS = ("takes away", "adds")  # what cold and warm colours of weights mean


def color_bar(
    lab: Laboratory, low: str, high: str, width_px: float | None = None, tip: str = ""
) -> None:
    """Show the colours from −1 to 1 between two texts, on one line.

    Args:
        low, high: what the coldest and the warmest colour mean.
        width_px: of all, physical pixels; None takes what it needs.
        tip: one sentence.
    """
    imgui.begin_group()
    imgui.text_disabled(low)
    imgui.same_line()
    gap = imgui.get_style().item_spacing.x
    bar = _BAR_PX * lab.px
    if width_px is not None:
        bar = width_px - 2 * gap - imgui.calc_text_size(low).x - imgui.calc_text_size(high).x
    # By the text before, which may stand lower than its line, beside a larger control.
    middle = (imgui.get_item_rect_min().y + imgui.get_item_rect_max().y) / 2
    left, half = imgui.get_cursor_screen_pos().x, 0.2 * imgui.get_text_line_height()
    bar = max(bar, gap)
    picture = lab.hud.image("color bar", heat.color_bar(lab.hud.theme))
    lines = imgui.get_window_draw_list()
    lines.add_image(picture.ref, ImVec2(left, middle - half), ImVec2(left + bar, middle + half))
    imgui.dummy(ImVec2(bar, 1))
    imgui.same_line()
    imgui.text_disabled(high)
    imgui.end_group()
    if tip:
        imgui.set_item_tooltip(tip)


def numbered_bar(lab: Laboratory, reach: float, words: tuple[str, str], tip: str = "") -> None:
    """Show what the colours from −reach to reach mean, in words and numbers."""
    low, high = figure(-reach, ".2g"), figure(reach, ".2g")
    color_bar(lab, f"{words[0]} {low}".strip(), f"{high} {words[1]}".strip(), tip=tip)


def words_below(low: str, high: str, width_px: float) -> None:
    """Write under the two ends of what is `width_px` wide."""
    left = imgui.get_cursor_pos_x()
    imgui.text_disabled(low)
    imgui.same_line()
    imgui.set_cursor_pos_x(left + width_px - imgui.calc_text_size(high).x)
    imgui.text_disabled(high)
