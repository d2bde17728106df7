"""Plots of one neuron: its activations by class, the cost of a lesion, its way through training."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from imgui_bundle import ImVec2, imgui, implot
from neuronaut.core.lesions import Lesion

from ..figures import figure, signed
from ..lab.inspector import Survey
from ..training.chronicle import NeuronHistory
from . import heat, parts, widgets
from .plots_parts import round_ticks

if TYPE_CHECKING:
    from ..laboratory import Laboratory

_WEIGHTS_SHOWN = 8
_ROW_PX = 17.0
_MOST_CLASSES = 24  # that have room for their names
_STILL = implot.Flags_.canvas_only.value | implot.Flags_.no_inputs.value
_FIT = implot.AxisFlags_.auto_fit.value | implot.AxisFlags_.no_grid_lines.value


def activations_plot(lab: Laboratory, survey: Survey) -> None:
    """Show a row for each class: the brighter, the more of its samples excite the neuron so."""
    trainer, theme = lab.session.trainer, lab.hud.theme
    edges, counts = survey.histogram
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    # Most neurons are off for most samples, and the few that matter would be lost.
    picture = lab.hud.image("activations by class", heat.rising(np.sqrt(share), theme, 1.0))
    classes = len(counts)
    height = (_ROW_PX * min(classes, _MOST_CLASSES) + 34) * lab.px
    if not implot.begin_plot("##activations", ImVec2(-1, height), _STILL):
        return
    bare = implot.AxisFlags_.no_grid_lines.value
    implot.setup_axes("", "", bare, bare | implot.AxisFlags_.invert.value)
    low, high = _span(edges)
    implot.setup_axes_limits(low, high, 0, classes, implot.Cond_.always.value)
    round_ticks(implot.ImAxis_.x1.value, low, high)
    if classes <= _MOST_CLASSES:
        ticks = [k + 0.5 for k in range(classes)]
        implot.setup_axis_ticks(implot.ImAxis_.y1.value, ticks, list(trainer.data.class_names))
    implot.plot_image(
        "##rows", picture.ref, implot.Point(low, 0), implot.Point(high, classes),
        ImVec2(0, 1), ImVec2(1, 0),
    )  # fmt: skip
    if parts.is_over_plot():
        place = implot.get_plot_mouse_pos()
        label = int(np.clip(place.y, 0, classes - 1))
        column = int(np.clip((place.x - low) / (high - low) * counts.shape[1], 0, 29))
        imgui.set_tooltip(
            f"{trainer.data.class_names[label]}: {counts[label, column]} of "
            f"{counts[label].sum()} samples give {figure(edges[column])} to "
            f"{figure(edges[column + 1])}"
        )
    implot.end_plot()


def lesion_plot(lab: Laboratory, lesion: Lesion) -> None:
    """Show what a lesion costs: the accuracy as a whole, and a bar for each class."""
    lost = 100 * (lesion.silenced - lesion.intact)
    imgui.text_unformatted(
        f"{100 * lesion.intact:.1f} % → {100 * lesion.silenced:.1f} %  ({signed(lost, 1)} points)"
    )
    by_class = 100 * (lesion.silenced_by_class - lesion.intact_by_class)
    by_class = np.nan_to_num(by_class).astype(np.float64)
    class_names = list(lab.session.trainer.data.class_names)
    worst = int(by_class.argmin())
    if by_class[worst] < 0:
        widgets.quiet(f"most: {class_names[worst]}, {signed(by_class[worst], 1)} points")
    if not implot.begin_plot("##cost", ImVec2(-1, 120 * lab.px), _STILL):
        return
    implot.setup_axes("", "points", implot.AxisFlags_.no_grid_lines.value, 0)
    reach = max(5.0, 1.1 * float(np.abs(by_class).max()))
    top = max(1.0, 1.1 * float(by_class.max()))
    implot.setup_axes_limits(-0.6, len(by_class) - 0.4, -reach, top, implot.Cond_.always.value)
    round_ticks(implot.ImAxis_.y1.value, -reach, top)
    if len(by_class) <= _MOST_CLASSES:
        ticks = [float(k) for k in range(len(by_class))]
        implot.setup_axis_ticks(implot.ImAxis_.x1.value, ticks, class_names)
    spec = implot.Spec(fill_color=parts.opaque(lab.hud.theme.notice))
    implot.plot_bars("##points", by_class, 0.67, 0.0, spec)
    if parts.is_over_plot():
        k = int(np.clip(round(implot.get_plot_mouse_pos().x), 0, len(by_class) - 1))
        before, after = lesion.intact_by_class[k], lesion.silenced_by_class[k]
        imgui.set_tooltip(f"{class_names[k]}: {100 * before:.1f} % → {100 * after:.1f} %")
    implot.end_plot()


def training_plot(lab: Laboratory, history: NeuronHistory, layer: int) -> None:
    """Show the bias and the largest weights over the steps."""
    steps = history.steps.astype(np.float64)
    size = np.nan_to_num(np.abs(history.weights[-1]))
    chosen = np.argsort(-size, kind="stable")[:_WEIGHTS_SHOWN]
    if not implot.begin_plot("##training", ImVec2(-1, 140 * lab.px), _STILL):
        return
    implot.setup_axes("step", "", _FIT, _FIT)
    drawn = np.concatenate([history.weights[:, chosen].ravel(), history.biases])
    drawn = drawn[np.isfinite(drawn)]
    if drawn.size:
        round_ticks(implot.ImAxis_.y1.value, float(drawn.min()), float(drawn.max()))
    theme = lab.hud.theme
    for source in chosen:
        color = theme.positive if history.weights[-1, source] > 0 else theme.negative
        spec = lab.hud.stroke(1.2)
        spec.line_color = parts.opaque(color, 0.7)
        implot.plot_line(f"##{source}", steps, _column(history.weights[:, source]), spec)
    spec = lab.hud.stroke(2.2)
    spec.line_color = parts.opaque(theme.text)
    implot.plot_line("##bias", steps, _column(history.biases), spec)
    implot.end_plot()
    of = "in" if layer == 1 else f"h{layer - 1}"
    listed = ", ".join(f"{of}.{source}" for source in chosen[:4])
    more = " …" if len(chosen) > 4 else ""
    widgets.quiet(f"thick: bias; thin: its {len(chosen)} largest weights, from {listed}{more}")


def _column(values: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(values, np.float64)


def _span(edges: np.ndarray) -> tuple[float, float]:
    low, high = float(edges[0]), float(edges[-1])
    return (low, high) if high > low else (low - 0.5, low + 0.5)
