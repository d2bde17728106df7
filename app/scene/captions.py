"""The words and numbers of the picture: what is measured, what is shown, what colours mean."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from neuronaut.renderer.label_items import Label
from neuronaut.renderer.palettes import DARK, Theme

from ..figures import figure
from ..lab.insight import Insight
from ..options import ViewOptions
from ..training.trainer import Measures
from .coloring import Categories
from .geometry import Geometry
from .legends import MARGIN, Item, legends, opaque

_WIDE = 720.0  # nominal pixels that a long sentence needs


@dataclass(frozen=True)
class Moment:
    """What the captions speak of.

    Attributes:
        outputs: float32 [O].
        is_probability: whether they are.
        caption: of a signal's pass.
        largest: the largest |value| of every layer, in the units of the neurons' colour.
        categories: what the neurons are coloured by, if by category.
        compared: classes of the two inputs that are compared.
    """

    title: str
    measures: Measures
    shown_class: str
    outputs: np.ndarray
    class_names: tuple[str, ...]
    activation: str
    is_probability: bool
    notice: str = ""
    caption: str = ""
    insight: Insight | None = None
    largest: tuple[float, ...] = ()
    categories: Categories | None = None
    compared: tuple[str, str] = ("", "")
    theme: Theme = DARK


def hud(moment: Moment, view: ViewOptions, rate: float | None, width: float) -> list[Item]:
    """Return the corners of the frame: measures, the shown input, legends; or the measures alone.

    Args:
        rate: frames a second, or None to leave it out (films are the same every time).
        width: of the frame, nominal pixels of text.
    """
    m, theme = moment.measures, moment.theme
    strong, quiet = opaque(theme.text), opaque(theme.quiet_text)
    is_full = view.hud == "full"
    facts = _facts(m, is_full)
    if rate is not None and is_full:
        facts.append(f"{rate:.0f} frames/s")
    top = MARGIN + 4
    left, middle = (0.0, 0.0), (0.5, 0.0)
    title = moment.title if is_full else ""
    items: list[Item] = [Label(title, left, 18.0, strong, "left", (MARGIN, top), 9)]
    # Columns of fixed width, from the right: numbers must not dance.
    room = int((width - 2 * MARGIN - 9.5 * len(title)) / 112.0)
    for k, fact in enumerate(list(reversed(facts))[: max(room, 0)]):
        place = (-MARGIN - 112.0 * k, top)
        items.append(Label(fact, (1.0, 0.0), 15.0, quiet, "right", place, priority=8 - k))
    if moment.notice:
        color = opaque(theme.notice)
        items.append(Label(moment.notice, middle, 15.0, color, "center", (0, top + 28), 9))
    if moment.caption:
        size = min(19.0, 2.2 * width / len(moment.caption))  # a long one must fit into the frame
        items.append(Label(moment.caption, middle, size, strong, "center", (0, top + 54), 9))
    if moment.insight is not None:
        words = moment.insight.sentence(short=width < _WIDE)
        items.append(Label(words, left, 13.0, quiet, "left", (MARGIN, top + 24)))
    return items + (legends(moment, view) if is_full else [])


def _facts(m: Measures, is_full: bool) -> list[str]:
    """Return what is measured, but for what nobody knows."""
    facts = (
        (m.epoch, f"epoch {m.epoch:.2f}", is_full),
        (m.step, f"step {m.step:,}", True),
        (m.train_loss, f"loss {m.train_loss:.4f}", is_full),
        (m.train_accuracy, f"train {100 * m.train_accuracy:.1f} %", is_full),
        (m.test_accuracy, f"test {100 * m.test_accuracy:.1f} %", True),
    )
    return [words for value, words, is_told in facts if is_told and not math.isnan(value)]


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
        items += _two_lines(words[arrangement], detail, middle, moment.theme)
    for layer, size in enumerate(sizes):
        if together and 0 < layer < len(sizes) - 1:
            continue
        name, detail = _layer_words(layer, len(sizes), size, moment, geometry)
        items += _two_lines(name, detail, geometry.below(layer), moment.theme)
    items += axes(geometry, moment.theme)
    return items + _answers(geometry, moment, sum(sizes[:-1]))


def _two_lines(name: str, detail: str, at: np.ndarray, theme: Theme) -> list[Item]:
    anchor = tuple(map(float, at))
    strong, quiet = opaque(theme.text), opaque(theme.quiet_text)
    return [
        Label(name, anchor, 15.0, strong, "center", (0, 8), priority=4, group=name),
        Label(detail, anchor, 13.0, quiet, "center", (0, 27), priority=4, group=name),
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
    strong, quiet = opaque(moment.theme.text), opaque(moment.theme.quiet_text)
    best = int(np.argmax(moment.outputs))
    size = float(np.clip(190.0 / len(moment.outputs), 9.0, 19.0))
    for k, value in enumerate(moment.outputs):
        y = float(geometry.coordinates[first + k, 1])
        color = strong if k == best else quiet
        at = (float(center[0]) + 0.75 + geometry.bar_length, y, 0.0)
        amount = f"{100 * value:.0f} %" if moment.is_probability else figure(float(value), ".2f")
        name = moment.class_names[k]
        rank, group = 6 if k == best else 3, f"answer {k}"
        aside = 16 + 0.62 * size * min(len(name), 10)
        items.append(Label(name, at, size, color, "left", (8, 0), rank, 0.0, group))
        items.append(Label(amount, at, 0.72 * size, quiet, "left", (aside, 0), rank, 0.0, group))
    return items


def axes(geometry: Geometry, theme: Theme) -> list[Item]:
    """Return the names of the two inputs beside the plane that they span."""
    if not geometry.has_plane:
        return []
    quiet = opaque(theme.quiet_text)
    places = geometry.centers[0] + geometry.coordinates[:2, [2, 1, 0]]
    return [
        Label(name, tuple(map(float, place)), 15.0, quiet, "center", (-30, 0), priority=5)
        for name, place in zip("xy", places, strict=True)
    ]
