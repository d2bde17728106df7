"""What in the input speaks for an answer: gradient, gradient × input, integrated gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from imgui_bundle import imgui, implot
from neuronaut.core import attribution

from ..figures import figure
from . import heat, parts, widgets
from .color_bars import color_bar
from .inspector_pictures import flat
from .plots_parts import STILL, named_colors, room, round_ticks
from .widgets import Kept

if TYPE_CHECKING:
    from ..laboratory import Laboratory
    from ..training.trainer import Trainer

METHODS = {
    "gradient": "How the logit would change with each input (Simonyan et al. 2014).",
    "gradient × input": "The same times the input: what is there and counts "
    "(Shrikumar et al. 2016).",
    "integrated": "What each input adds on the way from nothing to the input on show "
    "(Sundararajan et al. 2017); adds up to the rise of the logit.",
}
_ANSWER = "its answer"


class SaliencyTab:
    """Saliency of the input on show."""

    title = "Saliency"
    hint = "Which parts of the input speak for a class, and which against it."

    def __init__(self) -> None:
        self._label: int | None = None
        self._maps: Kept[tuple[int, dict[str, np.ndarray]]] = Kept(0.2)

    def draw(self, lab: Laboratory) -> None:
        """Make the tab's contents."""
        trainer = lab.session.trainer
        class_names = trainer.data.class_names
        if self._label is not None and self._label >= len(class_names):
            self._label = None
        imgui.align_text_to_frame_padding()
        imgui.text("speaks for")
        imgui.same_line()
        imgui.set_next_item_width(130 * lab.px)
        shown = _ANSWER if self._label is None else class_names[self._label]
        if imgui.begin_combo("##class", shown):
            for k, name in enumerate((_ANSWER, *class_names)):
                if imgui.selectable(f"{name}##{k}", name == shown)[0]:
                    self._label = k - 1 if k else None
            imgui.end_combo()
        else:
            imgui.set_item_tooltip("The class whose logit is asked about.")
        label, maps = self._maps.get(
            lambda: saliency(trainer, self._label),
            (self._label, widgets.moment(lab.session), trainer.shown_input),
            parts.drift(lab.session),
        )
        imgui.same_line()
        imgui.text(class_names[label] if self._label is None else "")
        if trainer.data.is_image:
            imgui.same_line(0, 4 * imgui.get_style().item_spacing.x)
            color_bar(lab, "against", "for it", tip="What speaks for the class, and against it.")
            self._pictures(lab, maps)
        else:
            self._bars(lab, maps)

    def _pictures(self, lab: Laboratory, maps: dict[str, np.ndarray]) -> None:
        trainer, theme = lab.session.trainer, lab.hud.theme
        shape = trainer.data.input_shape
        free, gap = imgui.get_content_region_avail(), imgui.get_style().item_spacing
        count, line = 1 + len(maps), 2 * imgui.get_text_line_height_with_spacing()
        width = (free.x - (count - 1) * gap.x) / count
        width = max(min(width, (free.y - line) * shape[1] / shape[0]), 60 * lab.px)
        step = max(width, imgui.calc_text_size("to ±0.0000, sum −0.0000").x) + 2 * gap.x
        step = min(step, free.x / count)
        left = imgui.get_cursor_pos_x()
        for k, (name, values) in enumerate({"input": trainer.shown_x(), **maps}.items()):
            if k:
                imgui.same_line(left + k * step)
            imgui.begin_group()
            imgui.text(name)
            cells = flat(values.reshape(shape))
            colors = heat.diverging(cells, theme)
            if k == 0:
                colors = widgets.picture(trainer.shown_x(), shape, theme)
            lab.hud.image(f"saliency {k}", colors).show(width)
            if cell := parts.pointed_cell(shape[1], shape[0]):
                value = figure(float(cells[cell[1], cell[0]]))
                hint = f"\n{METHODS[name]}" if name in METHODS else ""
                imgui.set_tooltip(f"row {cell[1]}, column {cell[0]}: {value}{hint}")
            if k == 0:
                imgui.text_disabled(trainer.shown_name())
            else:
                reach, total = figure(heat.largest(cells), ".2g"), figure(float(cells.sum()))
                imgui.text_disabled(f"to ±{reach}, sum {total}")
                imgui.set_item_tooltip(
                    f"The strongest pixel, in full colour, has ±{reach}; all together {total}."
                )
            imgui.end_group()

    def _bars(self, lab: Laboratory, maps: dict[str, np.ndarray]) -> None:
        """Show the features side by side, a bar for each method."""
        named_colors(list(enumerate(maps)))
        if not implot.begin_plot("##features", room(lab), STILL):
            return
        fit = implot.AxisFlags_.auto_fit.value
        implot.setup_axes("", "", fit, fit)
        values = np.nan_to_num(np.concatenate(list(maps.values())))
        low, high = min(float(values.min()), 0.0), max(float(values.max()), 0.0)
        round_ticks(implot.ImAxis_.y1.value, low, high)
        count = len(next(iter(maps.values())))
        implot.setup_axis_ticks(
            implot.ImAxis_.x1.value, [float(k) for k in range(count)],
            [f"in.{k}" for k in range(count)] if count <= 30 else None,
        )  # fmt: skip
        for k, (name, values) in enumerate(maps.items()):
            bars = np.nan_to_num(values.astype(np.float64))
            implot.plot_bars(name, bars, 0.22, 0.25 * (k - 1))
        implot.end_plot()


def saliency(trainer: Trainer, label: int | None) -> tuple[int, dict[str, np.ndarray]]:
    """Return the saliency of the input on show by each method, float [D].

    Args:
        label: whose logit; None takes the network's answer.

    Returns:
        The label, and the maps by the names of `METHODS`.
    """
    x, net = trainer.shown_x(), trainer.config.network
    chosen = trainer.answer(x) if label is None else label
    given = (trainer.state.params, x, chosen, net)
    methods = (
        attribution.gradient, attribution.gradient_times_input, attribution.integrated_gradients,
    )  # fmt: skip
    found = {name: np.asarray(m(*given)) for name, m in zip(METHODS, methods, strict=True)}
    return chosen, found
