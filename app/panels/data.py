"""The test samples: leafed through by class and answer, shown by a click, pinned to compare."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from imgui_bundle import ImVec2, imgui

from ..figures import figure, share
from ..lab.inputs import SIDES, Input
from ..lab.samples import KINDS, Card
from . import widgets
from .widgets import Kept

if TYPE_CHECKING:
    from ..laboratory import Laboratory

_KINDS = {"all": "all", "wrong": "wrongly classified", "uncertain": "most uncertain first"}
_ANY = "any"
_COLUMNS = 7
_ROWS = 5
_LINES = 14  # of a page without pictures


class DataPanel:
    """Pages of test samples."""

    title = "Data"
    hint = "Leaf through the test samples, show one to the network, and pin two to compare."

    def __init__(self) -> None:
        self._page = 0
        self._asked: Kept[bool] = Kept()
        self._sheet: Kept[np.ndarray] = Kept()
        self._filtered: object = None

    def draw(self, lab: Laboratory) -> None:
        """Make the panel's contents."""
        session = lab.session
        self._asked.get(
            lambda: session.samples.follow(always=True),
            widgets.moment(session),
            session.measures.step,
        )
        self._filter(lab)
        self._leaf(lab)
        numbers = self._numbers(lab)
        if len(numbers) == 0:
            widgets.quiet("No sample is like this.")
        elif session.trainer.data.is_image:
            self._pictures(lab, numbers)
        else:
            self._lines(lab, numbers)
        _shown(lab)
        _pins(lab)

    def _filter(self, lab: Laboratory) -> None:
        samples, classes = lab.session.samples, lab.session.trainer.data.class_names
        now = samples.filter
        if self._filtered != now:
            self._filtered, self._page = now, 0
        kind = widgets.choose(
            lab, "Samples", _KINDS[now.kind], tuple(_KINDS.values()),
            "All test samples, those the network takes for another class, or by its doubt.",
        )  # fmt: skip
        truth = widgets.choose(
            lab, "Class", _name(classes, now.label), (_ANY, *classes),
            "Only samples that belong to this class.",
        )  # fmt: skip
        answer = widgets.choose(
            lab, "Answer", _name(classes, now.answer), (_ANY, *classes),
            "Only samples that the network takes for this class.",
        )  # fmt: skip
        if kind is truth is answer is None:
            return
        with widgets.telling(lab):
            samples.set_filter(
                now.kind if kind is None else KINDS[list(_KINDS.values()).index(kind)],
                now.label if truth is None else _number(classes, truth),
                now.answer if answer is None else _number(classes, answer),
            )

    def _leaf(self, lab: Laboratory) -> None:
        """Turn pages."""
        count, size = len(lab.session.samples.numbers), _page_size(lab)
        pages = max(-(-count // size), 1)
        self._page = min(self._page, pages - 1)
        side = imgui.get_frame_height()
        if widgets.button("←", "The page before.", side, enabled=self._page > 0):
            self._page -= 1
        imgui.same_line()
        if widgets.button("→", "The next page.", side, enabled=self._page < pages - 1):
            self._page += 1
        imgui.same_line()
        imgui.align_text_to_frame_padding()
        widgets.quiet(f"{self._page + 1:,} of {pages:,}  ·  {count:,} samples")
        imgui.set_item_tooltip(f"Page {self._page + 1:,} of {pages:,}.")

    def _numbers(self, lab: Laboratory) -> np.ndarray:
        size = _page_size(lab)
        return lab.session.samples.numbers[self._page * size : (self._page + 1) * size]

    def _pictures(self, lab: Laboratory, numbers: np.ndarray) -> None:
        data, theme = lab.session.trainer.data, lab.session.stage.theme

        def make() -> np.ndarray:
            pictures = [widgets.thumbnail(data.x_test[n], data.input_shape, theme) for n in numbers]
            return widgets.sheet(pictures, _COLUMNS)

        made = self._sheet.get(make, (id(data), theme, tuple(numbers)))
        image = lab.hud.image("samples", made)
        width = imgui.get_content_region_avail().x
        corner = imgui.get_cursor_screen_pos()
        rows, (height, all_wide) = -(-len(numbers) // _COLUMNS), made.shape[:2]
        cell = ImVec2(width / _COLUMNS, width / all_wide * height / rows)
        pressed = imgui.invisible_button("##samples", ImVec2(width, rows * cell.y))
        lines = imgui.get_window_draw_list()
        lines.add_image(image.ref, corner, ImVec2(corner.x + width, corner.y + rows * cell.y))
        under = _cell(corner, cell, len(numbers)) if imgui.is_item_hovered() else None
        if under is not None:
            imgui.set_tooltip(_sentence(lab.session.samples.card(int(numbers[under]))))
            if pressed:
                lab.session.show(int(numbers[under]))
        self._frames(lab, numbers, corner, cell)
        widgets.quiet("Underlined: the network is wrong.")

    def _frames(self, lab: Laboratory, numbers: np.ndarray, corner: ImVec2, cell: ImVec2) -> None:
        """Mark the shown sample and the wrong ones, and part the pictures."""
        lines, px = imgui.get_window_draw_list(), lab.px
        panel, accent, warning = (
            imgui.get_color_u32(color)
            for color in (imgui.Col_.popup_bg, imgui.Col_.text, imgui.Col_.unsaved_marker)
        )
        shown = lab.session.trainer.shown_input.number
        for k, number in enumerate(numbers):
            row, column = divmod(k, _COLUMNS)
            low = ImVec2(corner.x + column * cell.x, corner.y + row * cell.y)
            high = ImVec2(low.x + cell.x, low.y + cell.y)
            lines.add_rect(low, high, panel, 0.0, 2 * px)
            is_wrong = lab.session.samples.card(int(number)).is_wrong
            if is_wrong:
                lines.add_line(
                    ImVec2(low.x + 2 * px, high.y - 2 * px),
                    ImVec2(high.x - 2 * px, high.y - 2 * px),
                    warning,
                    2 * px,
                )
            if number == shown:
                lines.add_rect(low, high, accent, 3 * px, 2 * px)

    def _lines(self, lab: Laboratory, numbers: np.ndarray) -> None:
        """List samples that are no pictures."""
        session = lab.session
        spans = imgui.SelectableFlags_.span_all_columns.value
        if not imgui.begin_table("samples", 3, imgui.TableFlags_.row_bg.value):
            return
        for name in ("sample", "features", "class"):
            imgui.table_setup_column(name)
        imgui.table_headers_row()
        for number in map(int, numbers):
            card = session.samples.card(number)
            imgui.table_next_column()
            is_shown = session.trainer.shown_input.number == number
            if imgui.selectable(str(number), is_shown, spans)[0]:
                session.show(number)
            imgui.set_item_tooltip(_sentence(card))
            values = session.trainer.sample(number)[:2]
            imgui.table_next_column()
            imgui.text("  ".join(figure(float(value), "+.2f") for value in values))
            imgui.table_next_column()
            imgui.text(f"{card.truth} → {card.answer}" if card.is_wrong else card.truth)
        imgui.end_table()


def _page_size(lab: Laboratory) -> int:
    return _COLUMNS * _ROWS if lab.session.trainer.data.is_image else _LINES


def _cell(corner: ImVec2, cell: ImVec2, count: int) -> int | None:
    """Return which of `count` cells is under the pointer."""
    pointer = imgui.get_mouse_pos()
    column, row = int((pointer.x - corner.x) / cell.x), int((pointer.y - corner.y) / cell.y)
    place = row * _COLUMNS + column
    return place if 0 <= column < _COLUMNS and 0 <= place < count else None


def _sentence(card: Card) -> str:
    taken = f"taken for {card.answer}" if card.is_wrong else "recognised"
    return f"sample {card.number}: {card.truth}, {taken} with {share(card.probability)}"


def _shown(lab: Laboratory) -> None:
    """Say what is on show and what the network makes of it."""
    session = lab.session
    its = session.trainer.shown_input
    if its.number is None:
        widgets.quiet(f"On show: {its.name}.")
        return
    card = session.samples.card(its.number)
    text = f"On show: sample {card.number}, {card.truth}"
    if card.is_wrong:
        widgets.warning(f"{text}; taken for {card.answer} with {share(card.probability)}")
    else:
        widgets.quiet(f"{text}; recognised with {share(card.probability)}")


def _pins(lab: Laboratory) -> None:
    """Pin what is on show as A or B."""
    inputs, samples = lab.session.trainer.inputs, lab.session.samples
    tips = [(f"Pin as {side}", f"Keep what is on show as {side}, to compare.") for side in SIDES]
    pressed = widgets.buttons(tips)
    if pressed is not None:
        samples.pin(pressed[-1])
        lab.session.publish()
    if inputs.pins:
        for side in SIDES:
            _pinned(lab, side, inputs.pins.get(side))


def _pinned(lab: Laboratory, side: str, its: Input | None) -> None:
    if its is None:
        return
    number = "" if its.number is None else f" (sample {its.number})"
    imgui.align_text_to_frame_padding()
    imgui.text(f"{side} is {its.name}{number}")
    imgui.same_line()
    width = 64 * lab.px
    spare = imgui.get_content_region_avail().x - width
    imgui.set_cursor_pos_x(imgui.get_cursor_pos_x() + max(spare, 0.0))
    if widgets.button(f"Unpin##{side}", f"Let {side} follow what is on show again.", width):
        lab.session.samples.unpin(side)
        lab.session.publish()


def _name(classes: tuple[str, ...], label: int | None) -> str:
    return _ANY if label is None else classes[label]


def _number(classes: tuple[str, ...], name: str) -> int | None:
    return None if name == _ANY else classes.index(name)
