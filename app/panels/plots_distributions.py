"""How weights and activations are distributed, layer by layer and over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from imgui_bundle import ImVec2, imgui, implot

from .. import names
from ..figures import figure
from . import parts, widgets
from .plots_parts import (
    STILL,
    Axes,
    begin_curves,
    choose_layer,
    counted,
    named_colors,
    pick,
    room,
    round_ticks,
)
from .widgets import Kept

if TYPE_CHECKING:
    from ..laboratory import Laboratory
    from ..training.chronicle import Chronicle

_KINDS = {
    "weights": "All weights that lead into each layer.",
    "activations": "What the neurons of each layer put out for the first test samples.",
}
_MOST_COLUMNS = 256

Rows = tuple[np.ndarray, np.ndarray]  # edges [B + 1], counts [T, B]


class DistributionsTab:
    """Distributions."""

    title = "Distributions"
    hint = "How weights and activations are distributed: every layer now, one layer over time."

    def __init__(self) -> None:
        self._kind, self._layer = "weights", 1
        self._found: Kept[tuple[list[Rows], np.ndarray]] = Kept()

    def draw(self, lab: Laboratory) -> None:
        """Make the tab's contents."""
        chronicle, trainer = lab.session.chronicle, lab.session.trainer
        self._kind = pick(lab, "kind", self._kind, _KINDS)
        imgui.same_line()
        self._layer = choose_layer(
            lab, self._layer, range(1, len(trainer.sizes)), "The layer that is shown over time."
        )
        sizes = trainer.sizes
        imgui.same_line()
        named_colors([(k - 1, names.layer(k, sizes)) for k in range(1, len(sizes))])
        if not chronicle.notes:
            widgets.quiet("Nothing has been noted yet: let it train.")
            return
        layers = range(1, len(trainer.sizes))
        found, steps = self._found.get(
            lambda: ([_cropped(*_rows(chronicle, self._kind, k)) for k in layers], chronicle.steps),
            (self._kind, trainer.beginning, trainer.sizes),
            chronicle.version,
        )
        size = room(lab, 2)
        self._now(lab, size, found)
        imgui.same_line()
        self._over_time(lab, size, found[self._layer - 1], steps)

    def _now(self, lab: Laboratory, size: ImVec2, found: list[Rows]) -> None:
        """Draw the share of values in each bin, of every layer."""
        if not begin_curves(lab, size, Axes("now", "√ density", legend=None, least=1e-9)):
            return
        sizes = lab.session.trainer.sizes
        ends = [edge for edges, _ in found for edge in (edges[0], edges[-1])]
        round_ticks(implot.ImAxis_.x1.value, float(min(ends)), float(max(ends)))
        for layer, (edges, counts) in enumerate(found, start=1):
            share = counts[-1] / max(counts[-1].sum(), 1)
            # By the width of a bin, so that layers of another reach can be compared.
            density = share / (edges[1] - edges[0])
            middle = (edges[1:] + edges[:-1]) / 2
            spec = lab.hud.stroke(1.6 if layer != self._layer else 2.6)
            implot.plot_line(names.layer(layer, sizes), middle, np.sqrt(density), spec)
        if parts.is_over_plot():
            imgui.set_tooltip(f"{self._kind} now, of each layer; height: root of the density")
        implot.end_plot()

    def _over_time(self, lab: Laboratory, size: ImVec2, rows: Rows, steps: np.ndarray) -> None:
        edges, counts = rows
        if not implot.begin_plot("##over time", size, STILL):
            return
        every = -(-len(counts) // _MOST_COLUMNS)
        share = counts[::every] / np.maximum(counts[::every].sum(axis=1, keepdims=True), 1)
        low, high = float(edges[0]), float(edges[-1])
        first, last = float(steps[0]), float(max(steps[-1], steps[0] + 1))
        bare = implot.AxisFlags_.no_grid_lines.value
        implot.setup_axes("", names.layer(self._layer, lab.session.trainer.sizes), bare, bare)
        implot.setup_axes_limits(first, last, low, high, implot.Cond_.always.value)
        round_ticks(implot.ImAxis_.y1.value, low, high, most=4)
        image = lab.hud.image("over time", np.ascontiguousarray(counted(share.T[::-1], lab)))
        corners = implot.Point(first, low), implot.Point(last, high)
        implot.plot_image("##cells", image.ref, *corners, ImVec2(0, 0), ImVec2(1, 1))
        if parts.is_over_plot():
            place = implot.get_plot_mouse_pos()
            k = int(np.abs(steps - place.x).argmin())
            b = int(np.clip(np.searchsorted(edges, place.y) - 1, 0, counts.shape[1] - 1))
            imgui.set_tooltip(
                f"step {int(steps[k]):,}: {100 * counts[k, b] / max(counts[k].sum(), 1):.1f} % "
                f"from {figure(edges[b])} to {figure(edges[b + 1])}"
            )
        implot.end_plot()


def _rows(chronicle: Chronicle, kind: str, layer: int) -> Rows:
    return chronicle.weights(layer) if kind == "weights" else chronicle.activations(layer)


def _cropped(edges: np.ndarray, counts: np.ndarray) -> Rows:
    """Return only the bins that were ever used, fewer and wider ones where there are few values."""
    fewest = int(counts[-1].sum()) ** 0.5
    while counts.any(axis=0).sum() > 2 * fewest and counts.shape[1] % 2 == 0:
        counts = counts.reshape(len(counts), -1, 2).sum(axis=2)
        edges = edges[::2]
    used = np.flatnonzero(counts.any(axis=0))
    if len(used) == 0:
        return edges, counts
    low, high = int(used[0]), int(used[-1]) + 1
    return edges[low : high + 1], counts[:, low:high]
