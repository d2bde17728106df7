"""Curves over the steps: loss, accuracy, movement and sparsity of the layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from imgui_bundle import imgui, implot

from .. import names
from ..figures import figure
from . import parts
from .plots_parts import Axes, begin_curves, line, named_colors, nearest, pick, room
from .widgets import Kept

if TYPE_CHECKING:
    from ..laboratory import Laboratory
    from ..training.chronicle import Chronicle

Words = list[tuple[int, str]]  # number of a layer from 0, what is said of it
_SPARSITY = {
    "gini": "Gini index of |weight|: 0 all alike, 1 a single weight carries everything.",
    "hoyer": "Hoyer's measure from the ratio of L1 to L2 norm: 0 all alike, 1 sparsest.",
    "negligible": "Share of weights below a thousandth of the largest of the layer.",
}


class LearningTab:
    """Loss and accuracy."""

    title = "Learning"
    hint = "Loss and accuracy over the steps; lines across mark sudden rises of the loss."

    def __init__(self) -> None:
        self._series: Kept[dict[str, np.ndarray]] = Kept(0.2)

    def draw(self, lab: Laboratory) -> None:
        """Make the tab's contents."""
        chronicle = lab.session.chronicle
        found = self._series.get(
            lambda: _series(chronicle), lab.session.trainer.beginning, chronicle.version
        )
        steps = found["steps"]
        size = room(lab, 2)
        if begin_curves(lab, size, Axes("loss", "loss")):
            line(lab, "training", steps, found["train_loss"])
            line(lab, "test", steps, found["test_loss"])
            self._jumps(lab)
            if (k := nearest(steps)) is not None:
                loss, test = (
                    figure(float(found[name][k]), ".4g") for name in ("train_loss", "test_loss")
                )
                words = f"step {int(steps[k]):,}: loss {loss} in training, {test} in test"
                imgui.set_tooltip(f"{words}{_jump(lab, steps, k)}")
            implot.end_plot()
        imgui.same_line()
        if begin_curves(lab, size, Axes("accuracy", "accuracy, %", implot.Location_.south_east)):
            train, test = 100 * found["train_accuracy"], 100 * found["test_accuracy"]
            line(lab, "training", steps, train)
            line(lab, "test", steps, test)
            if (k := nearest(steps)) is not None:
                imgui.set_tooltip(
                    f"step {int(steps[k]):,}: {train[k]:.1f} % of training, {test[k]:.1f} % of test"
                )
            implot.end_plot()

    def _jumps(self, lab: Laboratory) -> None:
        jumps = lab.session.chronicle.jumps
        if jumps:
            stroke = lab.hud.stroke(1.0)
            stroke.line_color = parts.opaque(lab.hud.theme.notice)
            implot.plot_inf_lines("jump", np.array([j.step for j in jumps], np.float64), stroke)


class LayersTab:
    """How far each layer still moves, and how sparse it is."""

    title = "Layers"
    hint = "How far the weights of each layer still move, which settled first, how sparse they are."

    def __init__(self) -> None:
        self._measure = "gini"
        self._series: Kept[tuple[np.ndarray, np.ndarray, np.ndarray, Words]] = Kept(0.2)

    def draw(self, lab: Laboratory) -> None:
        """Make the tab's contents."""
        chronicle, trainer = lab.session.chronicle, lab.session.trainer
        steps, movement, sparsity, settled = self._series.get(
            lambda: (
                chronicle.steps,
                chronicle.movement(),
                chronicle.sparsity(self._measure),
                _settled(chronicle.settled(), trainer.sizes),
            ),
            (trainer.beginning, self._measure),
            chronicle.version,
        )
        self._measure = pick(lab, "sparsity", self._measure, _SPARSITY)
        imgui.same_line()
        imgui.begin_group()
        named_colors(settled)
        imgui.end_group()
        imgui.set_item_tooltip(
            "A layer has settled when it moves less than a tenth of its fastest movement."
        )
        layers = [names.layer(k, trainer.sizes) for k in range(1, len(trainer.sizes))]
        size = room(lab, 2)
        axes = Axes("movement", "change a step", legend=None, log=_ends(movement))
        if begin_curves(lab, size, axes):
            for name, its in zip(layers, movement.T, strict=True):
                line(lab, name, steps, np.where(its > 0, its, np.nan))
            self._tip(steps, movement, layers, "change of the weights in a step")
            implot.end_plot()
        imgui.same_line()
        if begin_curves(lab, size, Axes("sparse", self._measure, legend=None)):
            for name, its in zip(layers, sparsity.T, strict=True):
                line(lab, name, steps, its)
            self._tip(steps, sparsity, layers, f"sparsity ({self._measure})")
            implot.end_plot()

    def _tip(self, steps: np.ndarray, rows: np.ndarray, layers: list[str], what: str) -> None:
        if (k := nearest(steps)) is not None:
            listed = "\n".join(
                f"{name}: {figure(float(value))}"
                for name, value in zip(layers, rows[k], strict=True)
            )
            imgui.set_tooltip(f"{what}, step {int(steps[k]):,}\n{listed}")


def _ends(movement: np.ndarray) -> tuple[float, float]:
    """Return the least and the largest movement that there was."""
    known = movement[np.isfinite(movement) & (movement > 0)]
    return (float(known.min()), float(known.max())) if len(known) else (1e-6, 1.0)


def _series(chronicle: Chronicle) -> dict[str, np.ndarray]:
    names = ("train_loss", "test_loss", "train_accuracy", "test_accuracy")
    found = {name: chronicle.series(name) for name in names}
    return found | {"steps": chronicle.steps}


def _jump(lab: Laboratory, steps: np.ndarray, k: int) -> str:
    """Return a line on a jump at or next to a step."""
    near = steps[max(k - 1, 0)], steps[min(k + 1, len(steps) - 1)]
    for jump in lab.session.chronicle.jumps:
        if near[0] <= jump.step <= near[1]:
            return f"\njump at step {jump.step:,}: {jump.before:.4g} → {jump.after:.4g}"
    return ""


def _settled(steps: tuple[int | None, ...], sizes: tuple[int, ...]) -> Words:
    """Return of each layer since when it moves slowly, the first to do so first."""
    done = sorted((step, k) for k, step in enumerate(steps) if step is not None)
    moving = [k for k, step in enumerate(steps) if step is None]
    called = [names.layer(k + 1, sizes) for k in range(len(steps))]
    words = [(k, f"{called[k]} settled at {step:,}") for step, k in done]
    return words + [(k, f"{called[k]} moves") for k in moving]
