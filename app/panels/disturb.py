"""Disturbing the network by hand, and seeing at once what that costs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from imgui_bundle import ImVec2, imgui, implot

from .. import names
from ..figures import figure, share
from ..lab.insight import Insight
from . import parts, widgets
from .disturb_effect import Effects
from .disturb_values import Values
from .widgets import Kept

if TYPE_CHECKING:
    from ..laboratory import Laboratory

_NOTHING_DONE = (
    "Nothing is disturbed yet. Set weights, silence neurons or add noise below: what that does to "
    "the answers is told here, class by class, and can be undone."
)
_SIZES = (0.0, 0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0)  # of noise, for its curve
_MOST_NOISE = 2.0
_EFFECT_LINES = (5.3, 12.0)  # of what an edit has done, least and most
Regions = dict[int, tuple[str, tuple[str, ...]]]  # by number: name, names of the neurons


class DisturbPanel:
    """Weights, noise, silence, frozen layers; undo and redo."""

    title = "Disturb"
    hint = "Change weights, add noise, silence neurons, freeze layers; all of it can be undone."

    def __init__(self) -> None:
        self._folds = parts.Sections()
        self._effects, self._values = Effects(), Values()
        self._answer: Kept[np.ndarray] = Kept(0.0)  # else it lags behind what the scene shows
        self._layer, self._noise, self._seed = 1, 0.5, 0
        self._curve: tuple[object, np.ndarray] | None = None
        self._region = 0
        self._regions_of: tuple[Insight | None, Regions] = (None, {})

    def draw(self, lab: Laboratory) -> None:
        """Make the panel's contents."""
        self._layer = min(self._layer, len(lab.session.trainer.sizes) - 1)
        self._state(lab)
        self._undo(lab)
        self._effect(lab)
        for label, hint, section in (
            ("A weight, a bias", "Set single numbers of the selected neuron.", self._values.draw),
            ("Silence", "Set what leads out of neurons to zero.", self._silence),
            ("Noise", "Add Gaussian noise to the weights into a layer.", self._disturb),
            ("Freeze", "Layers that shall not learn.", self._freeze),
        ):
            self._folds.draw(lab, label, hint, partial(section, lab))

    def _state(self, lab: Laboratory) -> None:
        """Say how the network does now."""
        session, trainer = lab.session, lab.session.trainer
        probabilities = self._answer.get(
            lambda: widgets.answer(session),
            (widgets.moment(session), trainer.shown_input),
            parts.drift(session),
        )
        imgui.text("accuracy")
        imgui.same_line()
        widgets.strong(lab, share(session.measures.test_accuracy))
        imgui.set_item_tooltip("Share of the test samples that the network gets right now.")
        imgui.same_line()
        imgui.text("  answer")
        imgui.same_line()
        if np.isfinite(probabilities).all():
            best = int(probabilities.argmax())
            name = trainer.data.class_names[best]
            widgets.strong(lab, f"{name}, {share(float(probabilities[best]))}")
        else:
            widgets.strong(lab, "none")
        imgui.set_item_tooltip("What it calls the input on show, and how sure it is.")

    def _undo(self, lab: Laboratory) -> None:
        edits = lab.session.edits
        done, undone = edits.done, edits.undone
        gap = imgui.get_style().item_spacing.x
        width = (imgui.get_content_region_avail().x - 2 * gap) / 3
        if widgets.button("Undo", "Take back the last edit.", width, enabled=bool(done)):
            parts.act(lab, edits.undo)
        imgui.same_line()
        if widgets.button("Redo", "Do again what was undone.", width, enabled=bool(undone)):
            parts.act(lab, edits.redo)
        imgui.same_line()
        if widgets.button("Undo all", "Take back every edit.", width, enabled=bool(done)):
            parts.act(lab, edits.undo_all)

    def _effect(self, lab: Laboratory) -> None:
        """Say what was done and what it changed; as high as before it, so that nothing jumps."""
        edits = lab.session.edits
        line = imgui.get_text_line_height_with_spacing()
        least, most = (lines * line for lines in _EFFECT_LINES)
        height = min(max(0.35 * imgui.get_content_region_avail().y, least), most)
        if imgui.begin_child("effect", ImVec2(0, height)):
            done = edits.done
            if done:
                self._effects.draw(lab)
            elif not edits.undone:
                widgets.quiet(_NOTHING_DONE)
            for sentence in reversed(done[:-1]):
                imgui.text_disabled(f"before: {sentence}")
            for sentence in reversed(edits.undone):
                imgui.text_disabled(f"undone: {sentence}")
        imgui.end_child()

    def _silence(self, lab: Laboratory) -> None:
        session = lab.session
        name = parts.known(lab, lab.selected)
        if name is None:
            widgets.quiet("No neuron is selected.")
        elif name in session.edits.silenced:
            if widgets.button(f"Restore {name}", "Give it back what led out of it.", -1.0):
                parts.act(lab, lambda: session.edits.restore(name))
        elif widgets.button(
            f"Silence {name}",
            "Set what leads out of it to zero, and keep it so; an output cannot be silenced.",
            -1.0,
            enabled=not name.startswith("out."),
        ):
            parts.act(lab, lambda: session.edits.silence(name))
        self._regions(lab)
        if session.edits.silenced:
            listed = session.edits.silenced
            widgets.quiet("silent: " + ", ".join(listed[:12]) + (" …" if len(listed) > 12 else ""))
            if widgets.button("Restore all", "Let every neuron speak again.", -1.0):
                parts.act(lab, lambda: session.edits.restore(listed, "all neurons"))

    def _regions(self, lab: Laboratory) -> None:
        session = lab.session
        if self._regions_of[0] is not session.insight:
            found = _regions(session.insight, session.trainer.sizes)
            self._regions_of = session.insight, found
        regions = self._regions_of[1]
        if not regions:
            tip = "Look for groups of hidden neurons that do alike."
            if widgets.button("Find regions", tip, -1.0):
                session.remeasure()
            return
        ids = list(regions)
        self._region = self._region if self._region in regions else ids[0]
        options = {str(k): called for k, (called, _) in regions.items()}
        chosen = parts.choice(lab, "region", str(self._region), options,
                              "Hidden neurons that do alike, called after the classes that excite "
                              "them.")  # fmt: skip
        if chosen:
            self._region = int(chosen)
        called, members = regions[self._region]
        is_silent = set(members) <= set(session.edits.silenced)
        what = f"region {called}"
        if is_silent and widgets.button("Restore region", f"Let {what} speak again.", -1.0):
            parts.act(lab, lambda: session.edits.restore(members, what))
        elif not is_silent and widgets.button("Silence region", f"Silence {what}.", -1.0):
            parts.act(lab, lambda: session.edits.silence(members, what))

    def _disturb(self, lab: Laboratory) -> None:
        session = lab.session
        sizes = session.trainer.sizes
        layers = {str(k): names.layer(k, sizes) for k in range(1, len(sizes))}
        chosen = parts.choice(lab, "weights into", str(self._layer), layers,
                              "The layer whose weights are disturbed.")  # fmt: skip
        self._layer = int(chosen or self._layer)
        size = widgets.slide(
            lab, "size", self._noise, (0.0, _MOST_NOISE),
            "Standard deviation of the noise, as a share of that of the layer's weights.", "%.2f",
        )  # fmt: skip
        self._noise = self._noise if size is None else max(size, 0.0)
        pressed = widgets.buttons(
            [
                ("Add noise", "Add noise of this size to the weights; can be undone."),
                ("Curve", "Try sizes from 0 to 2, eight times each, without keeping them."),
            ]
        )
        if pressed == "Add noise":
            self._seed += 1
            parts.act(lab, lambda: session.edits.add_noise(self._layer, self._noise, self._seed))
        elif pressed == "Curve":
            with widgets.telling(lab):
                found = session.edits.accuracy_against_noise(self._layer, _SIZES)
                self._curve = (session.trainer.beginning, self._layer), found
        if self._curve is not None and self._curve[0] == (session.trainer.beginning, self._layer):
            _noise_plot(lab, self._curve[1], self._noise)

    def _freeze(self, lab: Laboratory) -> None:
        trainer = lab.session.trainer
        for layer in range(1, len(trainer.sizes)):
            if layer % 2 == 0:
                imgui.same_line(imgui.get_window_width() / 2)
            called = names.layer(layer, trainer.sizes)
            changed, frozen = imgui.checkbox(f"{called}##freeze", layer in trainer.frozen)
            imgui.set_item_tooltip(
                f"Keep the weights and biases that lead into {called} as they are."
            )
            if changed:
                with widgets.telling(lab):
                    trainer.freeze(layer, frozen)


def _regions(insight: Insight | None, sizes: tuple[int, ...]) -> Regions:
    """Return what each region is called and the names of its neurons, by number."""
    if insight is None or len(insight.tracked.ids) != sum(sizes[1:-1]):
        return {}
    found = {}
    for region in insight.regions:
        members = np.flatnonzero(insight.tracked.ids == region.id) + sizes[0]
        if len(members):
            called = f"{region.name} ({len(members)} neurons)"
            found[region.id] = called, names.names(members, sizes)
    return found


def _noise_plot(lab: Laboratory, accuracies: np.ndarray, size: float) -> None:
    """Show accuracy against noise: the mean, and the range over the draws."""
    sizes, percent = np.array(_SIZES), 100 * accuracies.astype(np.float64)
    flags = implot.Flags_.canvas_only.value | implot.Flags_.no_inputs.value
    if not implot.begin_plot("##noise", ImVec2(-1, 130 * lab.px), flags):
        return
    implot.setup_axes("noise", "accuracy, %")
    implot.setup_axes_limits(0, _MOST_NOISE, 0, 104, implot.Cond_.always.value)
    accent = imgui.get_style_color_vec4(imgui.Col_.plot_lines)
    low, high = percent.min(axis=1), percent.max(axis=1)
    shade = implot.Spec(fill_color=accent, fill_alpha=0.25)
    implot.plot_shaded("##range", sizes, low, high, shade)
    stroke = lab.hud.stroke(2.0)
    stroke.line_color = accent
    implot.plot_line("##mean", sizes, percent.mean(axis=1), stroke)
    mark = lab.hud.stroke(1.0)
    mark.line_color = parts.opaque(lab.hud.theme.quiet_text)
    implot.plot_inf_lines("##size", np.array([size]), mark)
    if parts.is_over_plot():
        k = int(np.abs(sizes - implot.get_plot_mouse_pos().x).argmin())
        imgui.set_tooltip(
            f"noise {figure(sizes[k])}: {figure(percent[k].mean(), '.1f')} %, "
            f"{figure(low[k], '.1f')} to {figure(high[k], '.1f')} %"
        )
    implot.end_plot()
