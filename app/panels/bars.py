"""Probabilities as columns over the names of the classes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from imgui_bundle import ImVec2, imgui

from ..figures import share


def columns_of(probabilities: np.ndarray, names: Sequence[str], height_px: float) -> None:
    """Draw the probability of each class as a column over the class's name."""
    line = imgui.get_text_line_height()
    width = imgui.get_content_region_avail().x
    corner, step = imgui.get_cursor_screen_pos(), width / len(names)
    imgui.invisible_button("##probabilities", ImVec2(width, height_px + line * 1.2))
    if imgui.is_item_hovered():
        under = int((imgui.get_mouse_pos().x - corner.x) / step)
        under = min(max(under, 0), len(names) - 1)
        imgui.set_tooltip(f"{names[under]}: {share(float(probabilities[under]))}")
    lines, best = imgui.get_window_draw_list(), int(np.nan_to_num(probabilities).argmax())
    text, dim = (imgui.get_color_u32(c) for c in (imgui.Col_.text, imgui.Col_.text_disabled))
    track, bar = (imgui.get_color_u32(c) for c in (imgui.Col_.frame_bg, imgui.Col_.plot_histogram))
    fits = max(imgui.calc_text_size(name).x for name in names) <= step
    gap = min(0.12 * step, 0.2 * line)
    for k, (name, value) in enumerate(zip(names, np.nan_to_num(probabilities), strict=True)):
        left, right = corner.x + k * step + gap, corner.x + (k + 1) * step - gap
        bottom = corner.y + height_px
        lines.add_rect_filled(ImVec2(left, corner.y), ImVec2(right, bottom), track, gap)
        top = bottom - height_px * min(max(float(value), 0.0), 1.0)
        if bottom - top >= 0.5:
            lines.add_rect_filled(ImVec2(left, top), ImVec2(right, bottom), bar, gap)
        if fits:
            x = (left + right - imgui.calc_text_size(name).x) / 2
            lines.add_text(ImVec2(x, bottom + 0.15 * line), text if k == best else dim, name)
