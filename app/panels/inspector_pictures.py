"""Pictures of one neuron: what it looks for, and what excites it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from imgui_bundle import imgui
from neuronaut.core import forward
from neuronaut.renderer.palettes import Theme

from .. import names
from ..figures import figure, signed
from ..lab.inspector import Facts, Survey
from . import heat, parts, widgets
from .color_bars import WEIGHS, color_bar, numbered_bar, words_below
from .widgets import Kept

if TYPE_CHECKING:
    from ..laboratory import Laboratory
    from ..training.trainer import Trainer

_COLUMNS = 5
_PLANE_SIDE = 40  # cells of the response over a plane
_SMALLEST_PX = 110.0  # width of a picture, nominal
_MOST_FEATURES = 12  # listed, of data that are no images

Bounds = tuple[float, float, float, float]


class _Shown(NamedTuple):
    """A picture of values over the input: [H, W], uint8 [H, W, 3], the largest |value|."""

    name: str
    values: np.ndarray
    pixels: np.ndarray
    reach: float


class Field:
    """How the input leads into a neuron."""

    def __init__(self) -> None:
        self._shown: tuple[object, list[_Shown]] = (None, [])
        self._response: Kept[tuple[np.ndarray, Bounds]] = Kept()

    def draw(self, lab: Laboratory, facts: Facts) -> None:
        """Show it as pictures, or as numbers where the data are no images."""
        shown = self._pictures(facts, lab.hud.theme)
        if shown:
            width = _side(lab, shown[0].values)
            half = (imgui.get_content_region_avail().x + imgui.get_style().item_spacing.x) / 2
            for k, its in enumerate(shown):
                if k:
                    imgui.same_line(0, half - width)
                _field(lab, its, width)
            widgets.quiet(_sum(facts, float(shown[1].values.sum())))
            return
        _numbers(facts, lab)
        if facts.field is not None and len(facts.field) == 2:
            self._plane(lab, facts)

    def _pictures(self, facts: Facts, theme: Theme) -> list[_Shown]:
        if self._shown[0] != (facts, theme):
            found = {"weights": facts.image(), "weights × input": facts.image(times_input=True)}
            cells = {name: flat(its) for name, its in found.items() if its is not None}
            self._shown = (
                (facts, theme),
                [
                    _Shown(name, its, heat.diverging(its, theme), heat.largest(its))
                    for name, its in cells.items()
                ],
            )
        return self._shown[1]

    def _plane(self, lab: Laboratory, facts: Facts) -> None:
        trainer = lab.session.trainer
        values, (left, bottom, right, top) = self._response.get(
            lambda: response(trainer, facts.name),
            (facts.name, widgets.moment(lab.session)),
            parts.drift(lab.session),
        )
        imgui.text("activation over the plane")
        width = min(imgui.get_content_region_avail().x, 200 * lab.px)
        lab.hud.image("response", heat.diverging(values, lab.hud.theme)).show(width)
        if cell := parts.pointed_cell(_PLANE_SIDE, _PLANE_SIDE):
            x = left + (cell[0] + 0.5) / _PLANE_SIDE * (right - left)
            y = top - (cell[1] + 0.5) / _PLANE_SIDE * (top - bottom)
            value = float(values[cell[1], cell[0]])
            imgui.set_tooltip(f"at {figure(x)}, {figure(y)}: {figure(value)}")
        numbered_bar(lab, heat.largest(values), ("", ""))


class Excited:
    """The samples that excite a neuron most."""

    def __init__(self) -> None:
        self._sheet: Kept[np.ndarray] = Kept()

    def draw(self, lab: Laboratory, survey: Survey) -> None:
        """Show them; a click puts one on show."""
        trainer, theme = lab.session.trainer, lab.hud.theme
        numbers, values = survey.top
        if not trainer.data.is_image or len(numbers) == 0:
            self._listed(lab, survey)
            return
        shape = trainer.data.input_shape
        sheet = self._sheet.get(
            lambda: widgets.sheet(
                [
                    _framed(widgets.thumbnail(trainer.sample(int(n)), shape, theme), theme)
                    for n in numbers
                ],
                _COLUMNS,
            ),
            (survey, theme),
        )
        lab.hud.image("excite", sheet).show(imgui.get_content_region_avail().x)
        cell = parts.pointed_cell(_COLUMNS, -(-len(numbers) // _COLUMNS))
        k = -1 if cell is None else cell[1] * _COLUMNS + cell[0]
        if 0 <= k < len(numbers):
            number = int(numbers[k])
            imgui.set_tooltip(
                f"{trainer.class_of(number)}, sample {number}: activation "
                f"{figure(float(values[k]))}. Click to show it."
            )
            if imgui.is_mouse_clicked(0):
                lab.session.show(number)

    def _listed(self, lab: Laboratory, survey: Survey) -> None:
        trainer = lab.session.trainer
        for k, (number, value) in enumerate(zip(*survey.top, strict=True)):
            if k % 2:
                imgui.same_line(imgui.get_window_width() / 2)
            if imgui.small_button(f"{number}##excite"):
                lab.session.show(int(number))
            imgui.set_item_tooltip(f"Put sample {number} on show.")
            imgui.same_line()
            imgui.text(f"{trainer.class_of(int(number))}: {figure(float(value))}")


def response(trainer: Trainer, name: str) -> tuple[np.ndarray, Bounds]:
    """Return what a neuron puts out over the plane of two features.

    Returns:
        float [S, S], the top row first; left, bottom, right and top of the plane.
    """
    x = np.asarray(trainer.data.x_train)
    low, high = x.min(axis=0), x.max(axis=0)
    room = 0.1 * np.maximum(high - low, 1e-6)
    corners = (low - room).tolist(), (high + room).tolist()
    grid = forward.plane_grid(*corners, _PLANE_SIDE)
    rows = forward.responses_over(trainer.state.params, grid, trainer.config.network)
    values = np.asarray(rows[names.number(name, trainer.sizes) - trainer.sizes[0]])
    return values.reshape(_PLANE_SIDE, _PLANE_SIDE), (*corners[0], *corners[1])


def flat(field: np.ndarray) -> np.ndarray:
    """Return a field over an image with its channels added up, [H, W]."""
    return field if field.ndim == 2 else field.sum(axis=2)


def _framed(picture: np.ndarray, theme: Theme) -> np.ndarray:
    """Return a picture with a line around, so that it does not run into the next."""
    framed = np.empty((picture.shape[0] + 2, picture.shape[1] + 2, 3), np.uint8)
    framed[:] = np.round(255 * np.array(theme.track))
    framed[1:-1, 1:-1] = picture
    return framed


def _side(lab: Laboratory, values: np.ndarray) -> float:
    """Return how wide two pictures side by side can be, so that their legends are seen as well."""
    free, lines = imgui.get_content_region_avail(), imgui.get_text_line_height_with_spacing()
    half = (free.x - imgui.get_style().item_spacing.x) / 2
    room = (free.y - 2.8 * lines) * values.shape[1] / values.shape[0]
    return min(half, max(room, _SMALLEST_PX * lab.px))


def _field(lab: Laboratory, its: _Shown, width: float) -> None:
    """Show a field over the input with its name and its scale."""
    imgui.begin_group()
    imgui.text(its.name)
    lab.hud.image(its.name, its.pixels).show(width)
    if cell := parts.pointed_cell(its.values.shape[1], its.values.shape[0]):
        value = float(its.values[cell[1], cell[0]])
        imgui.set_tooltip(f"row {cell[1]}, column {cell[0]}: {figure(value)}")
    low, high = figure(-its.reach, ".2g"), figure(its.reach, ".2g")
    color_bar(lab, low, high, width, "Which colour stands for which value.")
    words_below(*WEIGHS, width)
    imgui.end_group()


def _sum(facts: Facts, total: float) -> str:
    """Say what the product of weights and input comes to."""
    words = f"weights × input come to {figure(total, '.2f')}"
    if facts.layer == 1 and facts.bias is not None:
        return f"{words}; with the bias, {figure(total + facts.bias, '.2f')}"
    return f"{words}, through the layers below taken as linear"


def _numbers(facts: Facts, lab: Laboratory) -> None:
    """Show the field of data that are no images as a table, the largest where there are many."""
    field, product = facts.field, facts.field_times_input
    flags = imgui.TableFlags_.sizing_stretch_same.value | imgui.TableFlags_.row_bg.value
    if field is None or product is None or not imgui.begin_table("numbers", 3, flags):
        return
    for title in ("feature", "weight", "× input"):
        imgui.table_setup_column(title)
    imgui.table_headers_row()
    strongest = np.argsort(-np.nan_to_num(np.abs(field)), kind="stable")[:_MOST_FEATURES]
    for feature in np.sort(strongest).tolist():
        imgui.table_next_column()
        parts.link(lab, f"in.{feature}", "feature")
        for value in (field[feature], product[feature]):
            imgui.table_next_column()
            imgui.text(signed(float(value)))
    imgui.end_table()
