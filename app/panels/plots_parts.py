"""Lines and heat maps as all plots have them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from imgui_bundle import ImVec2, imgui, implot
from neuronaut.renderer.hud_style import TEXT_PX

from .. import names
from ..figures import figure
from . import heat, parts

if TYPE_CHECKING:
    from ..laboratory import Laboratory

STILL = implot.Flags_.canvas_only.value | implot.Flags_.no_inputs.value
_CLICK_PX = 4.0  # that the hand may tremble by
_LEAST_HEIGHT_PX = 90.0
_LOG_MARGIN = 1.3
_FEW = 12  # rows or columns, which have room for a number each
_SMALLEST_TEXT = 0.72  # of the usual size, for numbers in cells

Tip = Callable[[int, int], str]


def room(lab: Laboratory, columns: int = 1) -> ImVec2:
    """Return the size of a plot of which so many stand side by side and fill the panel."""
    free, gap = imgui.get_content_region_avail(), imgui.get_style().item_spacing.x
    width = (free.x - (columns - 1) * gap) / columns
    return ImVec2(max(width, 60 * lab.px), max(free.y, _LEAST_HEIGHT_PX * lab.px))


@dataclass(frozen=True)
class Axes:
    """A plot of lines over the steps.

    Attributes:
        name: tells plots apart.
        label: of what is shown.
        legend: where it stands; None leaves it out.
        log: ends of a logarithmic scale; None for an even one that fits itself.
        least: that the axis across spans, in its unit.
    """

    name: str
    label: str
    legend: implot.Location_ | None = implot.Location_.north_east
    log: tuple[float, float] | None = None
    least: float = 10.0


def begin_curves(lab: Laboratory, size: ImVec2, axes: Axes) -> bool:
    """Begin a plot of lines, which keeps all of them in view; say whether it can be seen."""
    flags = STILL if axes.legend is None else STILL & ~implot.Flags_.no_legend.value
    if not implot.begin_plot(f"##{axes.name}", size, flags):
        return False
    fit = implot.AxisFlags_.auto_fit.value
    implot.setup_axes("", axes.label, fit, 0 if axes.log else fit)
    implot.setup_axis_zoom_constraints(implot.ImAxis_.x1.value, axes.least, math.inf)
    if axes.log:  # ImPlot's own margin would reach below zero, where a logarithm has no end
        y, always = implot.ImAxis_.y1.value, implot.Cond_.always.value
        implot.setup_axis_scale(y, implot.Scale_.log10.value)
        implot.setup_axis_limits(y, axes.log[0] / _LOG_MARGIN, axes.log[1] * _LOG_MARGIN, always)
    if axes.legend is not None:
        implot.setup_legend(axes.legend.value, implot.LegendFlags_.no_buttons.value)
    return True


def round_ticks(axis: int, low: float, high: float, most: int = 6) -> None:
    """Give the axis of a plot round numbers with true minus signs; nothing may be drawn yet.

    Args:
        axis: as `implot.ImAxis_` has it.
        low, high: its ends.
        most: how many numbers there may be.
    """
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        return
    rough = (high - low) / most
    unit = 10.0 ** math.floor(math.log10(rough))
    step = unit * next(k for k in (1, 2, 5, 10) if k * unit >= 0.999 * rough)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    values = [k * step for k in range(first, last + 1)]
    implot.setup_axis_ticks(axis, values, [figure(value, ".6g") for value in values])


def line(lab: Laboratory, name: str, x: np.ndarray, y: np.ndarray, width: float = 1.6) -> None:
    """Draw a line of the plot that has begun; what is not finite is left out."""
    finite = np.isfinite(y)
    x, y = np.asarray(x, np.float64)[finite], np.asarray(y, np.float64)[finite]
    x, y = np.ascontiguousarray(x), np.ascontiguousarray(y)
    # Of a single point there is no line.
    draw = implot.plot_line if len(x) != 1 else implot.plot_scatter
    draw(name, x, y, lab.hud.stroke(width))


def nearest(steps: np.ndarray) -> int | None:
    """Return the place of the step that the pointer is over, or None."""
    if len(steps) == 0 or not parts.is_over_plot():
        return None
    return int(np.abs(steps - implot.get_plot_mouse_pos().x).argmin())


@dataclass(frozen=True, eq=False)
class Matrix:
    """A matrix to be shown.

    Attributes:
        name: one for each.
        cells: rows and columns.
        colors: uint8 [h, w, 3], maybe thinned.
        labels: of rows and columns.
        ticks: names of both rows and columns; none numbers them.
        numbers: int [rows, columns], written into the cells; then it stands still.
    """

    name: str
    cells: tuple[int, ...]
    colors: np.ndarray
    labels: tuple[str, str] = ("", "")
    ticks: Sequence[str] = ()
    numbers: np.ndarray | None = None


def heat_map(lab: Laboratory, its: Matrix, tip: Tip, beside: float = 0.0) -> tuple[int, int] | None:
    """Show a matrix as colours; the wheel zooms, a drag shifts it, a double click shows all.

    Args:
        tip: returns what is said of a row and a column.
        beside: how much of the width is left free, physical pixels.

    Returns:
        Row and column that were clicked, else None.
    """
    size = room(lab)
    size.x -= beside
    if its.numbers is None:
        return _heat_map(lab, its, tip, size)
    # So many rows must fit into the panel; where they cannot, it scrolls.
    line, axis = imgui.get_text_line_height(), 34 * lab.px
    rows = (size.y - axis) / (its.cells[0] * line)
    smaller = min(max(rows, _SMALLEST_TEXT), 1.0)
    size.y = max(size.y, its.cells[0] * smaller * line + axis)
    imgui.push_font(None, TEXT_PX * smaller)
    clicked = _heat_map(lab, its, tip, size)
    imgui.pop_font()
    return clicked


def _heat_map(lab: Laboratory, its: Matrix, tip: Tip, size: ImVec2) -> tuple[int, int] | None:
    high, wide = its.cells
    flags = implot.Flags_.canvas_only.value if its.numbers is None else STILL
    if not implot.begin_plot(f"##{its.name}", size, flags):
        return None
    bare = implot.AxisFlags_.no_grid_lines.value
    implot.setup_axes(its.labels[1], its.labels[0], bare, bare | implot.AxisFlags_.invert.value)
    implot.setup_axes_limits(0, wide, 0, high)
    for axis, count in ((implot.ImAxis_.x1.value, wide), (implot.ImAxis_.y1.value, high)):
        implot.setup_axis_limits_constraints(axis, 0, count)
        if its.ticks or count <= _FEW:
            names_of = list(its.ticks) or [str(k) for k in range(count)]
            implot.setup_axis_ticks(axis, [k + 0.5 for k in range(count)], names_of)
    image = lab.hud.image(its.name, its.colors)
    corners = implot.Point(0, 0), implot.Point(wide, high)
    implot.plot_image("##cells", image.ref, *corners, ImVec2(0, 1), ImVec2(1, 0))
    if its.numbers is not None:
        for row, column in np.argwhere(its.numbers).tolist():
            implot.plot_text(str(its.numbers[row, column]), column + 0.5, row + 0.5)
    clicked = _pointed(lab, its.cells, tip)
    implot.end_plot()
    return clicked


def _pointed(lab: Laboratory, cells: tuple[int, ...], tip: Tip) -> tuple[int, int] | None:
    """Say what the pointer is over; return it if it was clicked."""
    if not parts.is_over_plot():
        return None
    place = implot.get_plot_mouse_pos()
    row, column = int(np.floor(place.y)), int(np.floor(place.x))
    if not (0 <= row < cells[0] and 0 <= column < cells[1]):
        return None
    imgui.set_tooltip(tip(row, column))
    moved = imgui.get_mouse_drag_delta(0, 0.0)
    trembles = abs(moved.x) + abs(moved.y) < _CLICK_PX * lab.px
    return (row, column) if imgui.is_mouse_released(0) and trembles else None


def choose_layer(lab: Laboratory, chosen: int, layers: Sequence[int], tip: str) -> int:
    """Let a layer be chosen in a list that stands at the cursor; return which it is now."""
    sizes = lab.session.trainer.sizes
    chosen = chosen if chosen in layers else layers[0]
    imgui.set_next_item_width(120 * lab.px)
    if imgui.begin_combo("##layer", names.layer(chosen, sizes)):
        for layer in layers:
            if imgui.selectable(names.layer(layer, sizes), layer == chosen)[0]:
                chosen = layer
        imgui.end_combo()
    else:
        imgui.set_item_tooltip(tip)
    return chosen


def pick(lab: Laboratory, name: str, chosen: str, options: dict[str, str]) -> str:
    """Let one of a few be chosen, in a row at the cursor; return which it is now.

    Args:
        name: tells rows apart.
        options: what can be chosen, with a sentence each.
    """
    for k, (option, tip) in enumerate(options.items()):
        if k:
            imgui.same_line()
        if imgui.radio_button(f"{option}##{name}", option == chosen):
            chosen = option
        imgui.set_item_tooltip(tip)
    return chosen


def named_colors(labels: Sequence[tuple[int, str]]) -> None:
    """Write words in the colours of lines, instead of a legend that would lie over them.

    Args:
        labels: of each, the number of the line in its plot, and the words.
    """
    gap = imgui.get_style().item_spacing.x
    right = imgui.get_cursor_screen_pos().x + imgui.get_content_region_avail().x
    for k, (number, words) in enumerate(labels):
        if k and imgui.get_item_rect_max().x + gap + imgui.calc_text_size(words).x <= right:
            imgui.same_line()
        imgui.text_colored(implot.get_colormap_color(number), words)


def counted(counts: np.ndarray, lab: Laboratory) -> np.ndarray:
    """Return counts as colours, few of them still seen; uint8 [..., 3]."""
    return heat.rising(np.sqrt(counts), lab.hud.theme)
