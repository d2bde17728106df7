"""Pictures of one neuron: what it looks for, what excites it, what its supporters scan for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from imgui_bundle import ImVec2, imgui
from neuronaut.core import attribution, forward
from neuronaut.renderer.hud_images import HudImage
from neuronaut.renderer.palettes import Theme

from .. import inspector, names
from ..inspector import Facts, Supporter, Survey
from . import heat, parts, widgets
from .widgets import Kept, figure

if TYPE_CHECKING:
    from ..laboratory import Laboratory
    from ..trainer import Trainer

_COLUMNS = 5
_PLANE_SIDE = 40  # cells of the response over a plane
_MOST_FEATURES = 12  # listed, of data that are no images

Bounds = tuple[float, float, float, float]


class Field:
    """How the input leads into a neuron."""

    def __init__(self) -> None:
        self._response: Kept[tuple[np.ndarray, Bounds]] = Kept()

    def draw(self, lab: Laboratory, facts: Facts) -> None:
        """Show it as pictures, or as numbers where the data are no images."""
        field, product = facts.image(), facts.image(times_input=True)
        if field is not None and product is not None:
            width = (imgui.get_content_region_avail().x - imgui.get_style().item_spacing.x) / 2
            _field(lab, "weights", field, width)
            imgui.same_line()
            _field(lab, "weights × input", product, width)
            if facts.layer > 1:
                widgets.quiet("Through the layers below, taken as linear.")
            return
        _numbers(facts, lab)
        if facts.field is not None and len(facts.field) == 2:
            self._plane(lab, facts)

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
        legend(lab, "response", heat.largest(values))


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


class Supported:
    """The hidden neurons that speak for an output, and what each scans for."""

    def __init__(self) -> None:
        self._of_class = True
        self._found: Kept[tuple[tuple[Supporter, ...], list[np.ndarray]]] = Kept()

    def draw(self, lab: Laboratory, facts: Facts) -> None:
        """Show them; a click looks at one."""
        for label, of_class, hint in (
            ("for its class", True, "What they add over the test samples of the class."),
            ("for what is on show", False, "What they add for the input on show."),
        ):
            if imgui.radio_button(label, self._of_class is of_class):
                self._of_class = of_class
            imgui.set_item_tooltip(hint)
            imgui.same_line()
        imgui.new_line()
        trainer, theme = lab.session.trainer, lab.hud.theme
        found, fields = self._found.get(
            lambda: supporters(trainer, facts.name, self._of_class),
            (facts.name, self._of_class, trainer.beginning, trainer.shown_input),
            parts.drift(lab.session),
        )
        if not found:
            widgets.quiet("There are no hidden neurons, or no samples of this class.")
        elif not fields:
            for its in found:
                parts.link(lab, its.name, "supporter")
                imgui.same_line(80 * lab.px)
                imgui.text(f"adds {parts.signed(its.adds)}")
        else:
            row = np.concatenate([heat.diverging(field, theme) for field in fields], axis=1)
            self._grid(lab, found, lab.hud.image("supporters", row))

    def _grid(self, lab: Laboratory, found: tuple[Supporter, ...], image: HudImage) -> None:
        if not imgui.begin_table(
            "supporters", _COLUMNS, imgui.TableFlags_.sizing_stretch_same.value
        ):
            return
        for k, its in enumerate(found):
            imgui.table_next_column()
            width = imgui.get_content_region_avail().x
            height = width * image.size[1] / (image.size[0] / len(found))
            low, high = ImVec2(k / len(found), 0), ImVec2((k + 1) / len(found), 1)
            imgui.image(image.ref, ImVec2(width, height), low, high)
            imgui.set_item_tooltip(f"What {its.name} scans for. Click to look at it.")
            if imgui.is_item_clicked():
                lab.select(its.name)
            parts.link(lab, its.name, "supporter")
            imgui.text_disabled(parts.signed(its.adds, 2))
        imgui.end_table()


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


def supporters(
    trainer: Trainer, output: str, of_class: bool
) -> tuple[tuple[Supporter, ...], list[np.ndarray]]:
    """Return the supporters of an output, and for images what each scans for, float [H, W]."""
    found = inspector.supporters(trainer, output, of_class)
    if not found or not trainer.data.is_image:
        return found, []
    layers = attribution.effective_weights(trainer.state.params, trainer.config.network)
    fields = np.concatenate([np.asarray(rows) for rows in layers])
    numbers = [names.number(its.name, trainer.sizes) - trainer.sizes[0] for its in found]
    return found, [flat(fields[n].reshape(trainer.data.input_shape)) for n in numbers]


def flat(field: np.ndarray) -> np.ndarray:
    """Return a field over an image with its channels added up, [H, W]."""
    return field if field.ndim == 2 else field.sum(axis=2)


def legend(lab: Laboratory, name: str, reach: float) -> None:
    """Show which colours mean which values, from −reach to reach."""
    low, high = figure(-reach, ".2g"), figure(reach, ".2g")
    imgui.text_disabled(low)
    imgui.same_line()
    bar = np.repeat(heat.shades(lab.hud.theme)[None, ::8], 4, axis=0)
    line, top = imgui.get_text_line_height(), imgui.get_cursor_pos_y()
    imgui.set_cursor_pos_y(top + 0.3 * line)
    lab.hud.image(f"legend {name}", bar).show(90 * lab.px, 0.4 * line)
    imgui.same_line()
    imgui.set_cursor_pos_y(top)
    imgui.text_disabled(high)


def _framed(picture: np.ndarray, theme: Theme) -> np.ndarray:
    """Return a picture with a line around, so that it does not run into the next."""
    framed = np.empty((picture.shape[0] + 2, picture.shape[1] + 2, 3), np.uint8)
    framed[:] = np.round(255 * np.array(theme.track))
    framed[1:-1, 1:-1] = picture
    return framed


def _field(lab: Laboratory, name: str, values: np.ndarray, width: float) -> None:
    """Show a field over the input with its name and its scale."""
    values = flat(values)
    imgui.begin_group()
    imgui.text(name)
    lab.hud.image(name, heat.diverging(values, lab.hud.theme)).show(width)
    if cell := parts.pointed_cell(values.shape[1], values.shape[0]):
        value = float(values[cell[1], cell[0]])
        imgui.set_tooltip(f"row {cell[1]}, column {cell[0]}: {figure(value)}")
    reach, total = heat.largest(values), float(values.sum())
    imgui.text_disabled(f"±{figure(reach, '.2g')}, sum {figure(total, '.2f')}")
    imgui.end_group()


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
            imgui.text(parts.signed(float(value)))
    imgui.end_table()
