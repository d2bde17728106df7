"""Matrices as heat maps: weights, correlation of features, confusion of classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from imgui_bundle import ImVec2, imgui
from neuronaut.core import inspection
from neuronaut.core.wiring import Wiring

from .. import names
from ..figures import figure
from . import heat, parts, widgets
from .color_bars import WEIGHS, numbered_bar
from .plots_parts import Matrix, choose_layer, heat_map, pick
from .widgets import Kept

if TYPE_CHECKING:
    from neuronaut.renderer.palettes import Theme

    from ..laboratory import Laboratory

_MOST_NAMED = 16  # classes that have room for names and numbers
_MISTAKES_PX = 180.0
_MOST_MISTAKES = 5  # of the commonest
_PROBE_ROWS = 512
_ORDERS = {
    "by number": "Neurons in their own order.",
    "alike together": "Neurons in the order of the matrix's first principal direction.",
}


class WeightsTab:
    """A weight matrix."""

    title = "Weights"
    hint = "A weight matrix; blue-to-red around zero. Wheel zooms, drag shifts, click selects."

    def __init__(self) -> None:
        self._layer = 1
        self._shown: Kept[tuple[np.ndarray, np.ndarray]] = Kept()

    def draw(self, lab: Laboratory) -> None:
        """Make the tab's contents."""
        trainer, theme = lab.session.trainer, lab.hud.theme
        layers = range(1, len(trainer.sizes))
        self._layer = choose_layer(lab, self._layer, layers, "The layer whose weights are shown.")
        matrix, colors = self._shown.get(
            lambda: _colored(np.asarray(trainer.state.params[self._layer - 1].weight), theme),
            (self._layer, trainer.beginning, theme),
            parts.drift(lab.session),
        )
        imgui.same_line()
        numbered_bar(lab, heat.largest(matrix), WEIGHS, "Which colour stands for which weight.")
        wiring = Wiring(trainer.sizes)
        first, above = wiring.neuron_offsets[self._layer - 1 : self._layer + 1]

        def tip(row: int, column: int) -> str:
            source, target = wiring.name(first + row), wiring.name(above + column)
            weight = figure(float(matrix[row, column]))
            return f"{source} → {target}: {weight}. Click to look at {target}."

        labels = (
            names.layer(self._layer - 1, trainer.sizes), names.layer(self._layer, trainer.sizes),
        )  # fmt: skip
        its = Matrix(f"weights {self._layer}", matrix.shape, colors, labels)
        clicked = heat_map(lab, its, tip)
        if clicked:
            lab.select(wiring.name(above + clicked[1]))


class CorrelationTab:
    """Which neurons of a layer are active together."""

    title = "Correlation"
    hint = "Which neurons of a hidden layer are active together: 1 always, −1 never at once."

    def __init__(self) -> None:
        self._layer, self._order = 1, "by number"
        self._shown: Kept[tuple[np.ndarray, np.ndarray, np.ndarray]] = Kept(1.0)

    def draw(self, lab: Laboratory) -> None:
        """Make the tab's contents."""
        trainer, theme = lab.session.trainer, lab.hud.theme
        layers = range(1, len(trainer.sizes) - 1)
        if not layers:
            widgets.quiet("This network has no hidden layer.")
            return
        self._layer = choose_layer(lab, self._layer, layers, "The hidden layer that is shown.")
        imgui.same_line()
        self._order = pick(lab, "order", self._order, _ORDERS)

        def make() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
            probe, net = trainer.labelled_probe(_PROBE_ROWS).x, trainer.config.network
            found = inspection.feature_correlation(trainer.state.params, net, probe, self._layer)
            order = alike_together(found) if self._order != "by number" else np.arange(len(found))
            found = found[np.ix_(order, order)]
            return found, order, heat.diverging(heat.thinned(found), theme, 1.0)

        matrix, order, colors = self._shown.get(
            make, (self._layer, self._order, trainer.beginning, theme), parts.drift(lab.session)
        )
        imgui.same_line()
        means = "Correlation of two neurons: never active together, or always."
        numbered_bar(lab, 1.0, ("never", "always"), means)
        wiring = Wiring(trainer.sizes)
        first = wiring.neuron_offsets[self._layer]

        def tip(row: int, column: int) -> str:
            one, other = (wiring.name(first + int(order[k])) for k in (row, column))
            return f"{one} and {other}: {figure(float(matrix[row, column]), '.2f')}"

        its = Matrix(f"correlation {self._layer}", matrix.shape, colors)
        clicked = heat_map(lab, its, tip)
        if clicked:
            lab.select(wiring.name(first + int(order[clicked[1]])))


class ConfusionTab:
    """Which classes are taken for which."""

    title = "Confusion"
    hint = "Which class is called what; click a cell to leaf through its samples."

    def __init__(self) -> None:
        self._matrix: Kept[np.ndarray] = Kept()

    def draw(self, lab: Laboratory) -> None:
        """Make the tab's contents."""
        session, trainer = lab.session, lab.session.trainer

        def make() -> np.ndarray:
            session.samples.follow(always=True)
            return session.samples.confusion()

        # The data are part of what it is: `make` has to follow them before anything is counted.
        matrix = self._matrix.get(
            make, (trainer.beginning, trainer.data.name), parts.drift(session)
        )
        class_names, classes = trainer.data.class_names, len(matrix)

        def tip(row: int, column: int) -> str:
            return (
                f"{matrix[row, column]:,} samples of {class_names[row]} are called "
                f"{class_names[column]}. Click to leaf through them."
            )

        few = classes <= _MOST_NAMED
        its = Matrix(
            "confusion", matrix.shape, _mistakes(matrix, lab), ("class", ""),
            class_names if few else (), matrix if few else None,
        )  # fmt: skip
        beside = _MISTAKES_PX * lab.px
        clicked = heat_map(lab, its, tip, beside + imgui.get_style().item_spacing.x)
        imgui.same_line()
        if imgui.begin_child("mistakes", ImVec2(beside, 0)):
            clicked = _commonest(lab, matrix) or clicked
        imgui.end_child()
        if clicked:
            _leaf(lab, *clicked)


def _commonest(lab: Laboratory, matrix: np.ndarray) -> tuple[int, int] | None:
    """List what is mistaken for what most often; return the class and answer that were clicked."""
    class_names = lab.session.trainer.data.class_names
    right, count = int(np.trace(matrix)), int(matrix.sum())
    widgets.strong(lab, f"{right:,} of {count:,} right")
    imgui.set_item_tooltip("Test samples that are called what they are: the blue diagonal.")
    widgets.quiet("Rows: the class; columns: the answer; warm: mistakes.")
    wrong = matrix * (1 - np.eye(len(matrix), dtype=int))
    order = np.argsort(-wrong, axis=None, kind="stable")[:_MOST_MISTAKES]
    clicked = None
    for row, column in zip(*np.unravel_index(order, wrong.shape), strict=True):
        if wrong[row, column] == 0:
            break
        words = f"{class_names[row]} called {class_names[column]}: {wrong[row, column]:,} times"
        if imgui.selectable(words, False)[0]:
            clicked = int(row), int(column)
        imgui.set_item_tooltip("Click to leaf through these samples.")
    return clicked


def _leaf(lab: Laboratory, label: int, answer: int) -> None:
    """Choose the samples of a cell and put the first of them on show."""
    samples = lab.session.samples
    with widgets.telling(lab):
        samples.set_filter("all", label, answer)
        if len(samples.numbers):
            lab.session.show(int(samples.numbers[0]))
        names_of = lab.session.trainer.data.class_names
        lab.say(
            f"{len(samples.numbers)} samples of {names_of[label]} that are called "
            f"{names_of[answer]}: leaf through them in Data."
        )


def _mistakes(matrix: np.ndarray, lab: Laboratory) -> np.ndarray:
    """Return the colours of a confusion matrix: mistakes warm, what is right quiet."""
    theme = lab.hud.theme
    wrong = matrix * (1 - np.eye(len(matrix), dtype=int))
    share = np.sqrt(wrong / max(wrong.max(), 1))[..., None]
    ground, warm = np.array(theme.track), np.array(theme.positive)
    colors = ground + (0.15 * (share > 0) + 0.6 * share) * (warm - ground)
    right = ground + 0.35 * (np.array(theme.negative) - ground)
    colors[np.diag_indices(len(matrix))] = right
    return np.round(255 * colors).astype(np.uint8)


def alike_together(correlation: np.ndarray) -> np.ndarray:
    """Return an order of the rows in which those that are alike stand together, int [H]."""
    values, vectors = np.linalg.eigh(np.nan_to_num(correlation.astype(np.float64)))
    first, second = vectors[:, -1], vectors[:, -2] if len(values) > 1 else vectors[:, -1]
    return np.argsort(np.arctan2(second, first), kind="stable")


def _colored(matrix: np.ndarray, theme: Theme) -> tuple[np.ndarray, np.ndarray]:
    return matrix, heat.diverging(heat.thinned(matrix), theme, heat.largest(matrix))
