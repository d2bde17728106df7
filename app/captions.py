"""The words and numbers of the picture: what is measured, what is shown, what colours mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from neuronaut.renderer.labels import Box, Label
from neuronaut.renderer.palettes import DARK, NEURON_STOPS, Rgb, category_colors, ramp

from .geometry import Geometry
from .insight import Insight
from .options import ViewOptions
from .trainer import Measures

Item = Label | Box
_STRONG = (*DARK.text, 1.0)
_QUIET = (*DARK.quiet_text, 1.0)
_NOTICE = (1.0, 0.72, 0.35, 1.0)
_MARGIN = 24.0


@dataclass(frozen=True)
class Moment:
    """What the captions speak of."""

    title: str
    measures: Measures
    shown_class: str
    outputs: np.ndarray  # float32 [O]
    class_names: tuple[str, ...]
    activation: str
    is_probability: bool
    notice: str = ""
    insight: Insight | None = None


def hud(moment: Moment, view: ViewOptions, rate: float | None) -> list[Item]:
    """Return the corners of the frame: measures, the shown input, legends.

    Args:
        rate: frames a second, or None to leave it out (films are the same every time).
    """
    m = moment.measures
    facts = [
        f"epoch {m.epoch:.2f}",
        f"step {m.step:,}",
        f"loss {m.train_loss:.4f}",
        f"train {100 * m.train_accuracy:.1f} %",
        f"test {100 * m.test_accuracy:.1f} %",
    ]
    if rate is not None:
        facts.append(f"{rate:.0f} frames/s")
    top = _MARGIN + 4
    items: list[Item] = [Label(moment.title, (0.0, 0.0), 18.0, _STRONG, "left", (_MARGIN, top))]
    # Columns of fixed width, from the right: numbers must not dance.
    for k, fact in enumerate(reversed(facts)):
        items.append(Label(fact, (1.0, 0.0), 15.0, _QUIET, "right", (-_MARGIN - 112.0 * k, top)))
    if moment.notice:
        items.append(Label(moment.notice, (0.5, 0.0), 15.0, _NOTICE, "center", (0, top + 28)))
    if moment.insight is not None:
        words = moment.insight.sentence()
        items.append(Label(words, (0.0, 0.0), 13.0, _QUIET, "left", (_MARGIN, top + 24)))
    legend = (
        _neuron_legend(moment) if view.color == "activation" else _category_legend(moment, view)
    )
    return items + _weight_legend(view) + legend


def in_scene(
    geometry: Geometry, moment: Moment, sizes: Sequence[int], arrangement: str
) -> list[Item]:
    """Return the labels that hang on the network: layers below, answers beside the outputs."""
    items: list[Item] = []
    together = arrangement != "planes" and len(sizes) > 3
    if together:
        middle = np.mean([geometry.below(layer) for layer in range(1, len(sizes) - 1)], axis=0)
        words = {"shells": "hidden layers, the first innermost", "free": "hidden layers, as one"}
        detail = f"{' + '.join(map(str, sizes[1:-1]))} neurons, {moment.activation}"
        items += _two_lines(words[arrangement], detail, middle)
    for layer, size in enumerate(sizes):
        if together and 0 < layer < len(sizes) - 1:
            continue
        name, detail = _layer_words(layer, len(sizes), size, moment, geometry)
        items += _two_lines(name, detail, geometry.below(layer))
    return items + _answers(geometry, moment, sum(sizes[:-1]))


def _two_lines(name: str, detail: str, at: np.ndarray) -> list[Item]:
    anchor = tuple(map(float, at))
    return [
        Label(name, anchor, 15.0, _STRONG, "center", (0, 8)),
        Label(detail, anchor, 13.0, _QUIET, "center", (0, 27)),
    ]


def _layer_words(
    layer: int, layers: int, size: int, moment: Moment, geometry: Geometry
) -> tuple[str, str]:
    if layer == 0:
        grid = geometry.input_grid
        shape = f"{size} numbers" if grid is None else f"{grid[0]} × {grid[1]} pixels"
        return f"input: {_article(moment.shown_class)}", shape
    if layer == layers - 1:
        return f"answer: {_answer(moment)}", f"{size} outputs"
    return f"hidden {layer}", f"{size} neurons, {moment.activation}"


def _article(name: str) -> str:
    return f"an {name}" if name in ("8", "11", "18") else f"a {name}" if name.isdigit() else name


def _answer(moment: Moment) -> str:
    best = int(np.argmax(moment.outputs))
    return moment.class_names[best] if np.isfinite(moment.outputs).all() else "none"


def _answers(geometry: Geometry, moment: Moment, first: int) -> list[Item]:
    items: list[Item] = []
    center = geometry.centers[-1]
    best = int(np.argmax(moment.outputs))
    size = float(np.clip(190.0 / len(moment.outputs), 9.0, 19.0))
    for k, value in enumerate(moment.outputs):
        y = float(geometry.coordinates[first + k, 1])
        color = _STRONG if k == best else _QUIET
        at = (float(center[0]) + 0.75 + geometry.bar_length, y, 0.0)
        amount = f"{100 * value:.0f} %" if moment.is_probability else f"{value:.2f}"
        items.append(Label(moment.class_names[k], at, size, color, "left", (8, 0)))
        items.append(
            Label(
                amount,
                at,
                0.72 * size,
                _QUIET,
                "left",
                (16 + 0.62 * size * min(len(moment.class_names[k]), 10), 0),
            )
        )
    return items


def _weight_legend(view: ViewOptions) -> list[Item]:
    """Bottom left: the colours of the weights, and which of them are drawn."""
    what = "|weight × activation|" if view.strength == "contribution" else "|weight|"
    share = "all of it" if view.edges >= 1 else f"the strongest {100 * view.edges:.0f} % of it"
    bottom = (0.0, 1.0)
    items: list[Item] = [
        Label(f"lines: {what}, {share}", bottom, 13.0, _QUIET, "left", (_MARGIN, -_MARGIN))
    ]
    for k, (color, text) in enumerate(((DARK.positive, "positive"), (DARK.negative, "negative"))):
        x = _MARGIN + 110.0 * k
        items.append(Box(bottom, (26, 4), (*color, 1.0), (x, -_MARGIN - 26)))
        items.append(Label(text, bottom, 13.0, _QUIET, "left", (x + 33, -_MARGIN - 24)))
    return items


def _neuron_legend(moment: Moment) -> list[Item]:
    """Bottom right: the colours of the neurons, as a scale with numbers."""
    signed = moment.activation in ("tanh", "gelu", "swish")
    low = -1.0 if signed else 0.0
    corner, width, cells = (1.0, 1.0), 180.0, 36
    colors = ramp(NEURON_STOPS)
    items: list[Item] = []
    for k in range(cells):
        place = low + (1.0 - low) * (k + 0.5) / cells
        color: Rgb = tuple(colors[round((place + 1) / 2 * 255)] / 255.0)  # type: ignore[assignment]
        x = -_MARGIN - width + k * width / cells
        items.append(Box(corner, (width / cells + 0.5, 8), (*color, 1.0), (x, -_MARGIN - 24)))
    numbers = [("−1" if signed else "0", -_MARGIN - width, "left"), ("1", -_MARGIN, "right")]
    if signed:
        numbers.append(("0", -_MARGIN - width / 2, "center"))
    for text, x, align in numbers:
        items.append(Label(text, corner, 13.0, _QUIET, align, (x, -_MARGIN)))
    title = "activation, share of the layer's largest"
    items.append(Label(title, corner, 13.0, _QUIET, "right", (-_MARGIN, -_MARGIN - 38)))
    return items


def _category_legend(moment: Moment, view: ViewOptions) -> list[Item]:
    """Right side, above the bottom: a swatch for every region or class, with its neurons."""
    found = moment.insight
    if found is None:
        return []
    rows, colors = _categories(found, view.color, moment.class_names)
    what = "regions by class" if view.color == "region" else "class served"
    corner, line = (1.0, 1.0), 17.0
    items: list[Item] = []
    top = -_MARGIN - line * (len(rows) + 1)
    items.append(Label(f"{what} (neurons)", corner, 13.0, _QUIET, "right", (-_MARGIN, top)))
    for k, (number, name, count) in enumerate(rows):
        y = top + line * (k + 1)
        color = (*(colors[number % len(colors)] / 255.0).tolist(), 1.0)
        items.append(Box(corner, (12, 9), color, (-_MARGIN - 12, y - 4)))
        items.append(Label(f"{name} ({count})", corner, 13.0, _QUIET, "right", (-_MARGIN - 20, y)))
    return items


def _categories(
    found: Insight, color: str, class_names: Sequence[str]
) -> tuple[list[tuple[int, str, int]], np.ndarray]:
    """Return (number, name, neurons) of what is coloured, largest first, and the colours."""
    if color == "region":
        rows = [(region.id, region.name, region.neurons) for region in found.regions]
        rows = sorted(rows, key=lambda row: -row[2])[:12]
        return rows, category_colors(found.tracked.next_id)
    counts = np.bincount(found.served[found.served >= 0], minlength=len(class_names))
    rows = [(k, name, int(counts[k])) for k, name in enumerate(class_names) if counts[k]]
    return rows[:12], category_colors(len(class_names))
