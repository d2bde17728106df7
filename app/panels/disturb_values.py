"""Setting single weights and biases by slider or number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from imgui_bundle import imgui
from neuronaut.core.wiring import Wiring

from .. import names
from ..lab import inspector
from ..lab.inspector import Facts
from . import parts, widgets
from .widgets import Kept

if TYPE_CHECKING:
    from ..laboratory import Laboratory

_LEAST_REACH = 1.0  # of a slider


class Values:
    """The bias of the selected neuron and one weight from or to it."""

    def __init__(self) -> None:
        self._pointed = parts.Pointed()
        self._facts: Kept[Facts] = Kept(0.2)
        self._source = self._target = ""
        self._name: str | None = None
        self._held: str | None = None  # the slider that is being dragged
        self._found: Kept[float | str] = Kept(0.1)
        self._reach = _LEAST_REACH

    def draw(self, lab: Laboratory) -> None:
        """Make the section's contents."""
        pointed = self._pointed.follow(lab)
        name = parts.known(lab, lab.selected)
        if name is None:
            parts.ask_to_select(lab, pointed)
            return
        trainer = lab.session.trainer
        facts = self._facts.get(
            lambda: inspector.inspect(trainer, name),
            (name, widgets.moment(lab.session)),
            parts.drift(lab.session),
        )
        if name != self._name:
            self._name = name
            self._begin(facts)
        if facts.bias is not None:
            self._bias(lab, facts, facts.bias)
        self._choose(lab, facts)
        self._weight(lab)

    def _begin(self, facts: Facts) -> None:
        """Take the strongest connection first."""
        links = facts.incoming or facts.outgoing
        strongest = links[0].name if links else ""
        self._source, self._target = (
            (strongest, facts.name) if facts.incoming else (facts.name, strongest)
        )
        sizes = [abs(its.weight) for its in (*facts.incoming, *facts.outgoing)]
        self._reach = 2 * max([_LEAST_REACH, *(s for s in sizes if s < 1e6)])

    def _bias(self, lab: Laboratory, facts: Facts, bias: float) -> None:
        value = self._value(lab, "bias", bias, f"Bias of {facts.name}.")
        if value is not None:
            edits = lab.session.edits
            parts.act(lab, lambda: edits.set_bias(facts.name, *value))

    def _choose(self, lab: Laboratory, facts: Facts) -> None:
        """Let a connection be chosen, from the strongest or by typing both ends."""
        joined = {f"{its.name} → {facts.name}": (its.name, facts.name) for its in facts.incoming}
        joined |= {f"{facts.name} → {its.name}": (facts.name, its.name) for its in facts.outgoing}
        chosen = widgets.choose(
            lab, "weight of", f"{self._source} → {self._target}", list(joined),
            f"The strongest connections of {facts.name}; any other by its ends below.",
        )  # fmt: skip
        if chosen:
            self._source, self._target = joined[chosen]
        widgets.label(lab, "from, to")
        gap = imgui.get_style().item_spacing.x
        width = (imgui.get_content_region_avail().x - gap) / 2
        imgui.set_next_item_width(width)
        _, self._source = imgui.input_text("##source", self._source)
        imgui.set_item_tooltip("Name of the neuron that the weight leads from, such as in.20.")
        imgui.same_line()
        imgui.set_next_item_width(width)
        _, self._target = imgui.input_text("##target", self._target)
        imgui.set_item_tooltip("Name of the neuron that the weight leads to, in the next layer.")

    def _weight(self, lab: Laboratory) -> None:
        found = self._found.get(
            lambda: self._find(lab),
            (self._source, self._target, widgets.moment(lab.session)),
            parts.drift(lab.session),
        )
        if isinstance(found, str):
            widgets.quiet(found)
            return
        source, target = self._source.strip(), self._target.strip()
        value = self._value(lab, "weight", found, f"Weight from {source} to {target}.")
        if value is not None:
            edits = lab.session.edits
            parts.act(lab, lambda: edits.set_weight(source, target, *value))

    def _find(self, lab: Laboratory) -> float | str:
        """Return the weight, or why there is none."""
        trainer = lab.session.trainer
        source = parts.known(lab, self._source.strip())
        target = parts.known(lab, self._target.strip())
        if source is None or target is None:
            return "There is no such neuron."
        wiring = Wiring(trainer.sizes)
        i, o = names.number(source, trainer.sizes), names.number(target, trainer.sizes)
        layer = int(wiring.layer_of_neuron[i])
        if int(wiring.layer_of_neuron[o]) != layer + 1:
            return f"No weight leads from {source} to {target}."
        offsets = wiring.neuron_offsets
        weight = np.asarray(trainer.state.params[layer].weight)
        return float(weight[i - offsets[layer], o - offsets[layer + 1]])

    def _value(
        self, lab: Laboratory, name: str, value: float, tip: str
    ) -> tuple[float, bool] | None:
        """Show a slider and a number.

        Returns:
            The value and whether it goes on with the last edit, if it has changed.
        """
        widgets.label(lab, name)
        gap, field = imgui.get_style().item_inner_spacing.x, widgets.FIELD_PX * lab.px
        imgui.set_next_item_width(imgui.get_content_region_avail().x - field - gap)
        flags = imgui.SliderFlags_.no_input.value
        moved, slid = imgui.slider_float(f"##{name}", value, -self._reach, self._reach, "", flags)
        goes_on = self._held == name
        if moved or imgui.is_item_deactivated():
            self._held = name if imgui.is_item_active() else None
        imgui.set_item_tooltip(tip)
        imgui.same_line(0, gap)
        imgui.set_next_item_width(field)
        typed = widgets.number(f"{name} number", value, f"{tip} Type it and press Enter.")
        if moved:
            return slid, goes_on
        return None if typed is None else (typed, False)
