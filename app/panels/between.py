"""From A to B: what the network makes of the way, and which neurons tell the two apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from imgui_bundle import ImVec2, ImVec4, imgui, implot

from ..lab.blend import Apart, Blend, Flip, Switch
from ..lab.inputs import Input
from . import widgets
from .between_ends import Ends
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
_MOST_FLIPS = 4  # told of
_CHART_PX = (110.0, 170.0)  # least and greatest height


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
        self._ends = Ends()

    def draw(self, lab: Laboratory) -> None:
        """Make the panel's contents."""
        found = self._found(lab)
        self._ends.draw(lab, found.blend, self._share)
        self._slider(lab, found.blend)
        widgets.quiet(_flips(found.flips))
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

    def _slider(self, lab: Laboratory, blend: Blend) -> None:
        """Slide from A to B: smoothly, or from one real sample to the next."""
        if self._stale:
            self._stale = False
            self._go(lab, blend, self._share)
        imgui.set_next_item_width(-1)
        flags = imgui.SliderFlags_.no_input.value
        if blend.stations:
            place, last = blend.station_at(self._share), blend.stations - 1
            words = f"{place + 1} of {last + 1}"
            changed, place = imgui.slider_int("##way", place, 0, last, words, flags)
            value = float(blend.shares[min(max(place, 0), last)])
        else:
            words = f"{100 * self._share:.0f} %%"
            changed, value = imgui.slider_float("##way", self._share, 0.0, 1.0, words, flags)
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
        if blend.stations:
            self._share = float(blend.shares[blend.station_at(self._share)])
        blend.show(self._share)
        session.publish()

    def _chart(self, lab: Laboratory, found: Found) -> None:
        """Draw the probabilities along the way; a click or drag on it goes there."""
        blend, classes = found.blend, lab.session.trainer.data.class_names
        free = imgui.get_content_region_avail().y
        size = ImVec2(-1, min(max(free, _CHART_PX[0] * lab.px), _CHART_PX[1] * lab.px))
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


def _flips(found: tuple[Flip, ...]) -> str:
    if not found:
        return "The answer is the same all the way."
    told = [f"→ {its.after} at {100 * its.share:.0f} %" for its in found[:_MOST_FLIPS]]
    more = " …" if len(found) > _MOST_FLIPS else ""
    return f"The answer flips: {found[0].before} {' '.join(told)}{more}"


def _identity(its: Input) -> object:
    """Return what is the same for the same test sample, asked for twice."""
    return its if its.number is None else its.number
