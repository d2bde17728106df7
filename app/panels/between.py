"""From A to B: what the network makes of the way, and which neurons tell the two apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from imgui_bundle import ImVec2, ImVec4, imgui, implot
from neuronaut.renderer.palettes import Rgb

from ..blend import Apart, Blend, Switch
from ..inputs import Input
from . import widgets
from .widgets import Kept

if TYPE_CHECKING:
    from ..laboratory import Laboratory

_MODES = {"pixels": "Pixel blend", "samples": "Real samples"}
_TIPS = {
    "pixels": "Every pixel turns from A's into B's.",
    "samples": "By way of near neighbours among the test samples; the first time takes a while.",
}
_WORTH_A_LINE = 0.05  # a class that is never more probable has no line
_MOST_SWITCHES = 12
_MOST_APART = 10


class BetweenPanel:
    """A slider between two inputs, and what changes on the way."""

    title = "Between A and B"
    hint = "Turn one input into another, and see where the answer flips and which neurons switch."

    def __init__(self) -> None:
        self._mode = "pixels"
        self._share = 0.0
        self._color = "activation"  # before the scene was coloured by A and B
        self._pair: tuple[Input, Input] | None = None
        self._kept: Kept[Blend] = Kept()

    def draw(self, lab: Laboratory) -> None:
        """Make the panel's contents."""
        blend = self._blend(lab)
        self._ends(lab, blend)
        self._way(lab, blend)
        self._chart(lab, blend)
        if len(lab.session.trainer.sizes) < 3:
            widgets.quiet("There are no hidden neurons that could switch.")
            return
        if imgui.collapsing_header("Neurons that switch", imgui.TreeNodeFlags_.default_open.value):
            _switches(lab, blend.switches)
        if imgui.collapsing_header("Two colours", imgui.TreeNodeFlags_.default_open.value):
            self._colors(lab)
            _apart(lab, blend.tell_apart(_MOST_APART))

    def _blend(self, lab: Laboratory) -> Blend:
        session = lab.session
        pair = session.trainer.pair
        if pair != self._pair:
            self._pair = pair
            self._share = 0.0
        return self._kept.get(
            lambda: Blend(session.trainer, *pair, self._mode, session.paths),
            (*widgets.moment(session), *pair, self._mode),
            session.measures.step,
        )

    def _ends(self, lab: Laboratory, blend: Blend) -> None:
        """Show A, what is between, and B."""
        data, theme = lab.session.trainer.data, lab.session.stage.theme
        between = blend.at(self._share)
        if data.is_image:
            three = [
                widgets.thumbnail(its.x, data.input_shape, theme)
                for its in (blend.a, between, blend.b)
            ]
            image = lab.hud.image("between", widgets.spaced(three))
            image.show(imgui.get_content_region_avail().x)
        color_a, color_b = (_rgba(c) for c in (theme.negative, theme.positive))
        imgui.text_colored(color_a, f"A: {blend.a.name}")
        imgui.set_item_tooltip(_whence(blend.a, "A"))
        right = f"B: {blend.b.name}"
        imgui.same_line()
        x = imgui.get_content_region_avail().x - imgui.calc_text_size(right).x
        imgui.set_cursor_pos_x(imgui.get_cursor_pos_x() + max(x, 0.0))
        imgui.text_colored(color_b, right)
        imgui.set_item_tooltip(_whence(blend.b, "B"))

    def _way(self, lab: Laboratory, blend: Blend) -> None:
        imgui.set_next_item_width(-1)
        form = f"{100 * self._share:.0f} %% of the way"
        changed, value = imgui.slider_float("##way", self._share, 0.0, 1.0, form)
        imgui.set_item_tooltip("Slide from A, on the left, to B; the scene shows what is between.")
        if changed:
            self._go(lab, blend, value)
        pressed = None
        for mode, name in _MODES.items():
            if imgui.radio_button(name, self._mode == mode):
                pressed = mode
            imgui.set_item_tooltip(_TIPS[mode])
            imgui.same_line()
        imgui.new_line()
        if pressed is not None:
            self._mode = pressed

    def _go(self, lab: Laboratory, blend: Blend, value: float) -> None:
        """Put what lies there on show; A and B stay what they are, whatever is on show."""
        session = lab.session
        session.trainer.inputs.pin("A", blend.a)
        session.trainer.inputs.pin("B", blend.b)
        self._pair = blend.a, blend.b
        self._share = min(max(value, 0.0), 1.0)
        blend.show(self._share)
        session.publish()

    def _chart(self, lab: Laboratory, blend: Blend) -> None:
        """Draw the probabilities along the way; a click or drag on it goes there."""
        classes = lab.session.trainer.data.class_names
        size = ImVec2(-1, 150 * lab.px)
        flags = implot.Flags_.no_menus.value | implot.Flags_.no_box_select.value
        flags |= implot.Flags_.no_mouse_text.value | implot.Flags_.no_legend.value
        if implot.begin_plot("##probabilities", size, flags):
            _axes()
            shares = blend.shares.astype(np.float64)
            for label in np.flatnonzero(blend.probabilities.max(axis=0) >= _WORTH_A_LINE):
                values = blend.probabilities[:, label].astype(np.float64)
                stroke = lab.hud.stroke()
                stroke.line_color = _color_of(int(label))
                implot.plot_line(classes[label], shares, np.ascontiguousarray(values), stroke)
                _name_line(classes[label], int(label), shares, values)
            self._marks(lab, blend)
            implot.end_plot()
        found = blend.flips
        if not found:
            widgets.quiet("The answer is the same all the way.")
        for flip in found:
            widgets.quiet(f"{flip.before} → {flip.after} at {100 * flip.share:.0f} %")

    def _marks(self, lab: Laboratory, blend: Blend) -> None:
        """Mark the flips and the place that is on show."""
        if blend.flips:
            spec = lab.hud.stroke(1.0)
            spec.line_color = imgui.get_style_color_vec4(imgui.Col_.unsaved_marker)
            places = np.array([flip.share for flip in blend.flips], np.float64)
            implot.plot_inf_lines("##flips", places, spec)
        text = imgui.get_style_color_vec4(imgui.Col_.text)
        moved, place = implot.drag_line_x(0, self._share, text, 1.5 * lab.px)[:2]
        if not moved and implot.is_plot_hovered() and imgui.is_mouse_clicked(0):
            moved, place = True, implot.get_plot_mouse_pos().x
        if moved:
            self._go(lab, blend, place)

    def _colors(self, lab: Laboratory) -> None:
        session = lab.session
        is_on = session.view.color == "compare"
        text = "Colours as before" if is_on else "Colour by A and B"
        tip = "In the scene: blue for what A activates, red for B, purple where both do."
        if widgets.buttons([(text, tip)]) is None:
            return
        if is_on:
            session.set_color(self._color)
        else:
            self._color = session.view.color
            session.set_color("compare")


def _switches(lab: Laboratory, found: Sequence[Switch]) -> None:
    """List the neurons that A and B do not both switch on."""
    if not found:
        widgets.quiet("None: the same neurons are on at both ends.")
    for its in found[:_MOST_SWITCHES]:
        turns = "turns on" if its.turns_on else "turns off"
        text = f"{its.name} {turns} at {100 * its.share:.0f} %"
        if imgui.selectable(f"{text}##switch", lab.selected == its.name)[0]:
            lab.select(its.name)
        imgui.set_item_tooltip("Click to look at this neuron.")
    if len(found) > _MOST_SWITCHES:
        widgets.quiet(f"and {len(found) - _MOST_SWITCHES:,} more")


def _apart(lab: Laboratory, found: Sequence[Apart]) -> None:
    """List the neurons that tell A and B apart most."""
    flags = imgui.TableFlags_.sizing_stretch_same.value | imgui.TableFlags_.row_bg.value
    if not imgui.begin_table("apart", 4, flags):
        return
    for name in ("neuron", "A", "B", "B − A"):
        imgui.table_setup_column(name)
    imgui.table_headers_row()
    for its in found:
        imgui.table_next_column()
        spans = imgui.SelectableFlags_.span_all_columns.value
        if imgui.selectable(f"{its.name}##apart", lab.selected == its.name, spans)[0]:
            lab.select(its.name)
        imgui.set_item_tooltip(
            "Its activation for A and for B, and the difference as a share of its layer's largest."
        )
        for text in (
            widgets.figure(its.a, ".2f"),
            widgets.figure(its.b, ".2f"),
            f"{widgets.figure(100 * its.difference, '+.0f')} %",
        ):
            imgui.table_next_column()
            imgui.text(text)
    imgui.end_table()


def _axes() -> None:
    lock = implot.AxisFlags_.lock.value
    implot.setup_axes("", "", lock, lock | implot.AxisFlags_.no_grid_lines.value)
    always = implot.Cond_.always.value
    implot.setup_axis_limits(implot.ImAxis_.x1.value, 0.0, 1.0, always)
    implot.setup_axis_limits(implot.ImAxis_.y1.value, 0.0, 1.05, always)
    x, y = implot.ImAxis_.x1.value, implot.ImAxis_.y1.value
    implot.setup_axis_ticks(x, [0.0, 0.5, 1.0], ["A", "", "B"])
    implot.setup_axis_ticks(y, [0.0, 0.5, 1.0], ["0", "50 %", "100 %"])


def _name_line(name: str, label: int, shares: np.ndarray, values: np.ndarray) -> None:
    """Write a class's name where its line is highest."""
    place = int(np.nan_to_num(values).argmax())
    x, y = float(np.clip(shares[place], 0.06, 0.94)), float(min(values[place], 0.97))
    implot.push_style_color(implot.Col_.inlay_text, _color_of(label))
    implot.plot_text(name, x, y - 0.07)
    implot.pop_style_color()


def _color_of(label: int) -> ImVec4:
    return implot.get_colormap_color(label)


def _rgba(color: Rgb) -> ImVec4:
    return ImVec4(*color, 1.0)


def _whence(its: Input, side: str) -> str:
    what = "an input of your own" if its.number is None else f"test sample {its.number}"
    return f"{side} is {what}; pin another one in the panel Data."
