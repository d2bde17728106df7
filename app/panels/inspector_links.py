"""The strongest connections of a neuron as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imgui_bundle import ImVec2, imgui

from ..figures import signed
from ..lab.inspector import Facts, Link
from . import parts

if TYPE_CHECKING:
    from ..laboratory import Laboratory

_TIPS = {
    "from": "Neurons of the layer before that it listens to most.",
    "to": "Neurons of the next layer that it speaks to most.",
}
Row = tuple[str, float, str, str]  # name, weight as a share of the largest, weight, what it carries


class Links:
    """What leads into a neuron and out of it."""

    def __init__(self) -> None:
        self._facts: Facts | None = None
        self._rows: dict[str, list[Row]] = {}

    def draw(self, lab: Laboratory, facts: Facts) -> None:
        """Show both tables, or the one that there is."""
        if facts is not self._facts:  # texts are dear to make, and stay the same for many frames
            self._facts = facts
            self._rows = {"from": _rows(facts.incoming), "to": _rows(facts.outgoing)}
        for label, rows in self._rows.items():
            if rows:
                _table(lab, label, rows)


def _rows(links: tuple[Link, ...]) -> list[Row]:
    reach = max(1e-12, *(abs(its.weight) for its in links)) if links else 1.0
    return [
        (its.name, its.weight / reach, signed(its.weight), signed(its.carries)) for its in links
    ]


def _table(lab: Laboratory, label: str, rows: list[Row]) -> None:
    """Show connections: name, weight with a bar, what it carries."""
    flags = imgui.TableFlags_.sizing_stretch_prop.value | imgui.TableFlags_.row_bg.value
    if not imgui.begin_table(f"links {label}", 3, flags):
        return
    carries = "Weight × activation, for the input on show."
    for title, room in ((label, 1.0), ("weight", 1.5), ("carries", 1.0)):
        imgui.table_setup_column(title, 0, room)
    imgui.table_next_row(imgui.TableRowFlags_.headers.value)
    for title, tip in ((label, _TIPS[label]), ("weight", "The longer the bar, the stronger."),
                       ("carries", carries)):  # fmt: skip
        imgui.table_next_column()
        imgui.table_header(title)
        imgui.set_item_tooltip(tip)
    colors = [
        imgui.get_color_u32(parts.opaque(color, 0.35))
        for color in (lab.hud.theme.negative, lab.hud.theme.positive)
    ]
    lines, height, round_px = imgui.get_window_draw_list(), imgui.get_text_line_height(), 2 * lab.px
    for name, share, weight, carried in rows:
        imgui.table_next_row()
        imgui.table_next_column()
        parts.link(lab, name, label)
        imgui.table_next_column()
        at, room = imgui.get_cursor_screen_pos(), imgui.get_content_region_avail().x
        if abs(share) <= 1:  # of what is not finite there is no bar
            end = ImVec2(at.x + abs(share) * room, at.y + height)
            lines.add_rect_filled(at, end, colors[share > 0], round_px)
        imgui.text_unformatted(weight)
        imgui.table_next_column()
        imgui.text_unformatted(carried)
    imgui.end_table()
