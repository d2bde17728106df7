"""The timeline of a stored training: play, step, scrub; the loss curve, and where it jumped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from imgui_bundle import ImVec2, imgui, implot

from ..replay.drives import SPEEDS, Player
from . import parts, widgets

if TYPE_CHECKING:
    from ..laboratory import Laboratory

_BUTTON_PX = 40.0
_MOST_POINTS = 800
_LEAST_LOSS = 1e-6  # below it a logarithm shows nothing of use


class TimelinePanel:
    """Where in the training one is."""

    title = "Timeline"
    hint = "The stored training: play it, step through its snapshots, or click where to go."

    def __init__(self) -> None:
        self._curve: tuple[object, np.ndarray, np.ndarray, np.ndarray] | None = None

    def draw(self, lab: Laboratory) -> None:
        """Make the panel's contents."""
        if lab.player is None:
            widgets.quiet("No stored training is played.")
            return
        self._buttons(lab, lab.player)
        self._plot(lab, lab.player)

    def _buttons(self, lab: Laboratory, player: Player) -> None:
        control, width = lab.control, _BUTTON_PX * lab.px
        if widgets.button("|<", "Go to the first snapshot (R).", width):
            player.rewind()
        imgui.same_line()
        if widgets.button("<", "Back to the snapshot before (comma).", width):
            control.step(-1)
        imgui.same_line()
        if widgets.button("▶" if control.paused else "⏸", "Play or pause (space).", width):
            if control.paused and player.is_at_end and not player.follows:
                player.rewind()
            control.toggle()
        imgui.same_line()
        if widgets.button(">", "On to the next snapshot (full stop).", width):
            control.step(1)
        imgui.same_line()
        if widgets.button(">|", "Go to the last snapshot (E).", width):
            player.skip()
        imgui.same_line()
        imgui.set_next_item_width(150 * lab.px)
        now = min(SPEEDS, key=lambda rate: abs(rate - player.rate))
        if imgui.begin_combo("##speed", _speed(now)):
            for rate in SPEEDS:
                if imgui.selectable(_speed(rate), rate == now)[0]:
                    player.rate = rate
            imgui.end_combo()
        imgui.set_item_tooltip("How fast the training is played.")
        imgui.same_line()
        imgui.align_text_to_frame_padding()
        imgui.text(self._words(player))
        if player.problem:
            widgets.warning(player.problem)

    @staticmethod
    def _words(player: Player) -> str:
        recording = player.recording
        words = (
            f"step {recording.step:,} of {int(recording.steps[-1]):,}   ·   "
            f"snapshot {recording.place + 1:.1f} of {recording.places}"
        )
        return f"{words}   ·   following" if player.follows else words

    def _plot(self, lab: Laboratory, player: Player) -> None:
        places, losses, jumps = self._kept(player)
        flags = implot.Flags_.no_legend.value | implot.Flags_.no_menus.value
        flags |= implot.Flags_.no_box_select.value | implot.Flags_.no_mouse_text.value
        if not implot.begin_plot("##timeline", ImVec2(-1, -1), flags):
            return
        fixed = implot.AxisFlags_.no_grid_lines.value | implot.AxisFlags_.lock.value
        implot.setup_axis(implot.ImAxis_.x1, "", fixed | implot.AxisFlags_.no_label.value)
        bare = implot.AxisFlags_.no_tick_labels.value | implot.AxisFlags_.no_tick_marks.value
        implot.setup_axis(implot.ImAxis_.y1, "loss", fixed | bare)
        always = imgui.Cond_.always.value
        end = max(player.recording.places - 1, 1)
        implot.setup_axis_limits(implot.ImAxis_.x1, -0.004 * end, 1.004 * end, always)
        self._ticks(player)
        if len(losses):
            shown = np.log10(np.maximum(losses, _LEAST_LOSS))  # as a logarithm: late steps count
            low, high = float(shown.min()), float(shown.max())
            rim = 0.08 * max(high - low, 1e-3)
            implot.setup_axis_limits(implot.ImAxis_.y1, low - rim, high + rim, always)
            implot.plot_line("loss", places, shown, lab.hud.stroke(1.5))
        if len(jumps):
            stroke = lab.hud.stroke(1.0)
            stroke.line_color = parts.opaque(lab.hud.theme.notice)
            implot.plot_inf_lines("jump", jumps, stroke)
        here = lab.hud.stroke(2.5)
        here.line_color = parts.opaque(lab.hud.theme.text)
        implot.plot_inf_lines("here", np.array([player.place]), here)
        if implot.is_plot_hovered():
            self._hand(player)
        implot.end_plot()

    @staticmethod
    def _hand(player: Player) -> None:
        """Follow the pointer: a click or a drag goes there."""
        recording = player.recording
        place = float(np.clip(implot.get_plot_mouse_pos().x, 0, recording.places - 1))
        step = int(recording.steps[round(place)])
        loss = recording.loss_at(step)
        told = "" if loss is None else f", loss {widgets.figure(loss)}"
        imgui.set_tooltip(f"step {step:,}{told}\nclick or drag to go there")
        if imgui.is_mouse_down(imgui.MouseButton_.left.value):
            whole = float(round(place))
            if whole != player.place:
                player.seek(whole)

    @staticmethod
    def _ticks(player: Player) -> None:
        """Name the steps of some snapshots under the curve."""
        recording = player.recording
        count = min(recording.places, 9)
        at = np.unique(np.linspace(0, recording.places - 1, count).round())
        words = [f"{int(recording.steps[int(k)]):,}" for k in at]
        if len(at) > 1:
            implot.setup_axis_ticks(implot.ImAxis_.x1, at.tolist(), words)

    def _kept(self, player: Player) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the loss curve and the places of its jumps, found anew where the run has grown."""
        recording = player.recording
        loss = recording.run.metrics.get("loss")
        stamp = (recording.places, 0 if loss is None else len(loss.step))
        if self._curve is None or self._curve[0] != stamp:
            places, losses = recording.curve(_MOST_POINTS)
            jumps = np.array([recording.place_at(jump.step) for jump in recording.jumps()])
            self._curve = stamp, places, losses, jumps
        return self._curve[1:]


def _speed(rate: float) -> str:
    return f"{rate:g} snapshots/s" if rate != 1 else "1 snapshot/s"
