"""From A to B: what the network makes of the way, and which neurons tell the two apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from imgui_bundle import ImVec2, ImVec4, imgui, implot
from neuronaut.renderer.palettes import Rgb

from ..blend import Apart, Blend, Flip, Switch
from ..inputs import Input
from . import widgets
from .between_lists import list_switches, table_apart
from .widgets import Kept

if TYPE_CHECKING:
    from ..laboratory import Laboratory

_MODES = {"pixels": "Pixel blend", "samples": "Real samples"}
_MODES_OF_POINTS = {"pixels": "Straight line", "samples": "Real samples"}
_TIPS = {
    "pixels": "Every pixel, or feature, turns from A's into B's.",
    "samples": "By way of near neighbours among the test samples; the first time takes a while.",
}
_WORTH_A_LINE, _WORTH_A_NAME = 0.05, 0.15  # of how probable a class is anywhere on the way
_MOST_APART = 10


@dataclass(frozen=True)
class Found:
    """What is known of a way; see `Blend`."""

    blend: Blend
    flips: tuple[Flip, ...]
    switches: tuple[Switch, ...]
    apart: tuple[Apart, ...]

    @classmethod
    def on(cls, blend: Blend) -> Found:
        """Ask the network once."""
        return cls(blend, blend.flips, blend.switches, blend.tell_apart(_MOST_APART))


class BetweenPanel:
    """A slider between two inputs, and what changes on the way."""

    title = "Between A and B"
    hint = "Turn one input into another, and see where the answer flips and which neurons switch."

    def __init__(self) -> None:
        self._mode = "pixels"
        self._stale = False  # the way has changed under what is on show
        self._share = 0.0
        self._color = "activation"  # before the scene was coloured by A and B
        self._way_of: tuple[object, object] | None = None
        self._kept: Kept[Found] = Kept()
        self._three: Kept[np.ndarray] = Kept()

    def draw(self, lab: Laboratory) -> None:
        """Make the panel's contents."""
        found = self._found(lab)
        self._ends(lab, found.blend)
        self._slider(lab, found.blend)
        self._chart(lab, found)
        if len(lab.session.trainer.sizes) < 3:
            widgets.quiet("There are no hidden neurons that could switch.")
            return
        imgui.separator_text("Neurons that tell A and B apart")
        self._colors(lab)
        table_apart(lab, found.apart)
        imgui.separator_text("Neurons that switch on the way")
        list_switches(lab, found.switches)

    def _found(self, lab: Laboratory) -> Found:
        session = lab.session
        pair = session.trainer.pair
        ends = _identity(pair[0]), _identity(pair[1])
        if ends != self._way_of:
            self._way_of, self._share = ends, 0.0
        return self._kept.get(
            lambda: Found.on(Blend(session.trainer, *pair, self._mode, session.paths)),
            (*widgets.moment(session), *ends, self._mode),
            session.measures.step,
        )

    def _ends(self, lab: Laboratory, blend: Blend) -> None:
        """Show A, what is between, and B."""
        data, theme = lab.session.trainer.data, lab.session.stage.theme

        def make() -> np.ndarray:
            three = (blend.a, blend.at(self._share), blend.b)
            shape = data.input_shape
            return widgets.spaced([widgets.thumbnail(its.x, shape, theme) for its in three])

        if data.is_image:
            pixels = self._three.get(make, (id(blend), self._share, theme))
            lab.hud.image("between", pixels).show(imgui.get_content_region_avail().x)
        color_a, color_b = (_rgba(c) for c in (theme.negative, theme.positive))
        imgui.text_colored(color_a, f"A: {blend.a.name}")
        imgui.set_item_tooltip(_whence(blend.a, "A"))
        imgui.same_line()
        _move_right(f"{100 * self._share:.0f} %", 0.5)
        imgui.text_disabled(f"{100 * self._share:.0f} %")
        imgui.same_line()
        _move_right(f"B: {blend.b.name}", 1.0)
        imgui.text_colored(color_b, f"B: {blend.b.name}")
        imgui.set_item_tooltip(_whence(blend.b, "B"))

    def _slider(self, lab: Laboratory, blend: Blend) -> None:
        if self._stale:
            self._stale = False
            self._go(lab, blend, self._share)
        imgui.set_next_item_width(-1)
        flags = imgui.SliderFlags_.no_input.value
        changed, value = imgui.slider_float("##way", self._share, 0.0, 1.0, "", flags)
        imgui.set_item_tooltip("Slide from A, on the left, to B; the scene shows what is between.")
        if changed:
            self._go(lab, blend, value)
        pressed = None
        is_image = lab.session.trainer.data.is_image
        for mode, name in (_MODES if is_image else _MODES_OF_POINTS).items():
            if imgui.radio_button(name, self._mode == mode):
                pressed = mode
            imgui.set_item_tooltip(_TIPS[mode])
            imgui.same_line()
        imgui.new_line()
        if pressed is not None and pressed != self._mode:
            self._mode, self._stale = pressed, self._share > 0.0

    def _go(self, lab: Laboratory, blend: Blend, value: float) -> None:
        """Put what lies there on show; A and B stay what they are, whatever is on show."""
        session = lab.session
        session.trainer.inputs.pin("A", blend.a)
        session.trainer.inputs.pin("B", blend.b)
        self._way_of = _identity(blend.a), _identity(blend.b)
        self._share = min(max(value, 0.0), 1.0)
        blend.show(self._share)
        session.publish()

    def _chart(self, lab: Laboratory, found: Found) -> None:
        """Draw the probabilities along the way; a click or drag on it goes there."""
        blend, classes = found.blend, lab.session.trainer.data.class_names
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
                if values.max() >= _WORTH_A_NAME:
                    _name_line(classes[label], int(label), shares, values)
            self._marks(lab, found)
            implot.end_plot()
        if not found.flips:
            widgets.quiet("The answer is the same all the way.")
            return
        flips = (f"{its.before} → {its.after} at {100 * its.share:.0f} %" for its in found.flips)
        widgets.quiet("The answer flips: " + ", ".join(flips) + ".")

    def _marks(self, lab: Laboratory, found: Found) -> None:
        """Mark the flips and the place that is on show."""
        if found.flips:
            spec = lab.hud.stroke(1.0)
            spec.line_color = imgui.get_style_color_vec4(imgui.Col_.text_disabled)
            places = np.array([flip.share for flip in found.flips], np.float64)
            implot.plot_inf_lines("##flips", places, spec)
        text = imgui.get_style_color_vec4(imgui.Col_.text)
        moved, place = implot.drag_line_x(0, self._share, text, 1.5 * lab.px)[:2]
        if not moved and implot.is_plot_hovered() and imgui.is_mouse_clicked(0):
            moved, place = True, implot.get_plot_mouse_pos().x
        if moved:
            self._go(lab, found.blend, place)

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


def _move_right(text: str, place: float) -> None:
    """Begin where a text ends at the panel's right edge, at place 1, or stands in the middle, ½."""
    left = imgui.get_style().window_padding.x
    width = imgui.get_cursor_pos_x() + imgui.get_content_region_avail().x - left
    x = left + place * (width - imgui.calc_text_size(text).x)
    imgui.set_cursor_pos_x(max(x, imgui.get_cursor_pos_x()))


def _identity(its: Input) -> object:
    """Return what is the same for the same test sample, asked for twice."""
    return its if its.number is None else its.number


def _whence(its: Input, side: str) -> str:
    what = "an input of your own" if its.number is None else f"test sample {its.number}"
    return f"{side} is {what}; pin another one in the panel Data."
