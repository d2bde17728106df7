"""The hidden neurons that speak most for an output, and what each of them scans for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from imgui_bundle import ImVec2, imgui
from neuronaut.core import attribution
from neuronaut.renderer.hud_images import HudImage

from .. import names
from ..figures import signed
from ..lab import inspector
from ..lab.inspector import Facts, Supporter
from . import heat, parts, widgets
from .color_bars import WEIGHS, color_bar
from .inspector_pictures import flat
from .widgets import Kept

if TYPE_CHECKING:
    from ..laboratory import Laboratory
    from ..training.trainer import Trainer

_COLUMNS = 5


class Supported:
    """The hidden neurons that speak for an output, and what each scans for."""

    def __init__(self) -> None:
        self._of_class = True
        self._found: Kept[tuple[tuple[Supporter, ...], list[np.ndarray]]] = Kept()

    def draw(self, lab: Laboratory, facts: Facts) -> None:
        """Show them; a click looks at one."""
        name = _spoken_for(lab, facts)
        imgui.text(f"What each adds to the score of “{name}”:")
        imgui.set_item_tooltip(
            "Its activation times how the score (logit) rises with it; above 0 it speaks for "
            f"“{name}”, below 0 against it."
        )
        for label, of_class, hint in (
            (f"mean over all “{name}”", True, f"Over the test samples that are “{name}”."),
            ("input on show", False, "For the input that the scene shows now."),
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
                imgui.text(signed(its.adds))
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
            imgui.set_item_tooltip(
                f"What {its.name} scans for. It adds {signed(its.adds, 2)} to the score. "
                "Click to look at it."
            )
            if imgui.is_item_clicked():
                lab.select(its.name)
            parts.link(lab, its.name, "supporter")
            imgui.text(signed(its.adds, 2))
        imgui.end_table()
        color_bar(lab, *WEIGHS, tip="In each picture: warm pixels excite it, cold ones calm it.")


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


def _spoken_for(lab: Laboratory, facts: Facts) -> str:
    """Return the class that an output speaks for."""
    names_of = lab.session.trainer.data.class_names
    own = int(facts.name.split(".")[1])
    # A single output speaks for the second class.
    return names_of[own] if lab.session.trainer.sizes[-1] > 1 else names_of[-1]
