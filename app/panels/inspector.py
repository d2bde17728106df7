"""What there is to know of one neuron; keep looking outwards from there."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from imgui_bundle import imgui
from neuronaut.core.lesions import Lesion

from .. import names
from ..figures import figure
from ..lab import inspector
from ..lab.inspector import Facts
from ..training.chronicle import NeuronHistory
from . import parts, widgets
from .inspector_links import Links
from .inspector_pictures import Excited, Field
from .inspector_plots import activations_plot, lesion_plot, training_plot
from .inspector_supporters import Supported
from .widgets import Kept

if TYPE_CHECKING:
    from ..laboratory import Laboratory

_FACTS_PAUSE_SECS = 0.2


class InspectorPanel:
    """The neuron that is selected, else the one under the pointer."""

    title = "Inspector"
    hint = "What one neuron looks for, what it is joined to, and what would be lost without it."

    def __init__(self) -> None:
        self._folds = parts.Sections()
        self._text = ""
        self._pointed = parts.Pointed()
        self._facts: Kept[Facts] = Kept(_FACTS_PAUSE_SECS)
        self._survey: Kept[inspector.Survey] = Kept()
        self._history: Kept[NeuronHistory] = Kept()
        self._cost: tuple[object, Lesion] | None = None
        self._field, self._excited, self._supported = Field(), Excited(), Supported()
        self._links = Links()

    def draw(self, lab: Laboratory) -> None:
        """Make the panel's contents."""
        name = self._subject(lab)
        self._search(lab, name)
        if name is None:
            widgets.quiet(
                "No neuron is selected: click one in the scene, or type a name: in.5 is an input, "
                "h2.17 a neuron of the second hidden layer, out.3 an output."
            )
            return
        trainer = lab.session.trainer
        facts = self._facts.get(
            lambda: inspector.inspect(trainer, name),
            (name, widgets.moment(lab.session), trainer.shown_input),
            parts.drift(lab.session),
        )
        self._heading(lab, facts)
        for label, hint, section in self._sections(facts):
            self._folds.draw(lab, label, hint, partial(section, lab, facts))

    def _sections(self, facts: Facts) -> list[tuple[str, str, Callable[[Laboratory, Facts], None]]]:
        found: list[tuple[str, str, Callable[[Laboratory, Facts], None]]] = []
        is_input, is_output = facts.bias is None, not facts.outgoing

        def add(label: str, hint: str, section: Callable[[Laboratory, Facts], None]) -> None:
            found.append((label, hint, section))

        if is_output:
            add("Its top neurons", "The hidden neurons that speak most for this output: what each "
                "adds to its score, and what it scans for.", self._supported.draw)  # fmt: skip
        if not is_input:
            add("What it looks for", "How the input leads into it; and that times the input on "
                "show.", self._field.draw)  # fmt: skip
        add("Connections", "Its strongest weights, and what they carry now.", self._links.draw)
        add("Activations by class", "How often it is how active, over the test samples.",
            self._activations)  # fmt: skip
        add("What excites it most", "The ten test samples for which it is most active.",
            self._exciting)  # fmt: skip
        if not is_output:
            add("Cost of removing it", "How many test samples of each class are lost without it.",
                self._removal)  # fmt: skip
        if not is_input:
            add("Over training", "How its bias and its largest weights came about.",
                self._training)  # fmt: skip
        return found

    def _subject(self, lab: Laboratory) -> str | None:
        pointed = self._pointed.follow(lab)
        return parts.known(lab, lab.selected) or pointed

    def _search(self, lab: Laboratory, name: str | None) -> None:
        sizes = lab.session.trainer.sizes
        side = imgui.get_frame_height()
        for label, step, hint in (("‹", -1, "The neuron before."), ("›", 1, "The next neuron.")):
            if widgets.button(label, hint, side):
                lab.select(names.beside(name, sizes, step) if name else "h1.0"
                           if len(sizes) > 2 else "out.0")  # fmt: skip
            imgui.same_line()
        room = side + imgui.get_style().item_spacing.x
        imgui.set_next_item_width(-room if name else -1.0)
        entered, self._text = imgui.input_text_with_hint(
            "##search", "name, such as h1.3", self._text,
            imgui.InputTextFlags_.enter_returns_true.value,
        )  # fmt: skip
        imgui.set_item_tooltip("Look for a neuron by its name; Enter takes the first.")
        found = names.find(self._text, sizes, 12) if self._text.strip() else ()
        if name:
            imgui.same_line()
            if widgets.button("×", "Look at no neuron any more.", side):
                self._pointed.forget()
                lab.select(None)
        chosen = found[0] if entered and found else self._suggestions(found)
        if entered and not found and self._text.strip():
            lab.say(f"no neuron is called {self._text.strip()}.")
        if chosen:
            self._text = ""
            lab.select(chosen)

    def _suggestions(self, found: tuple[str, ...]) -> str | None:
        chosen = None
        for k, name in enumerate(found):
            if k % 4:
                imgui.same_line()
            if imgui.small_button(f"{name}##found"):
                chosen = name
            imgui.set_item_tooltip(f"Look at {name}.")
        return chosen

    def _heading(self, lab: Laboratory, facts: Facts) -> None:
        trainer = lab.session.trainer
        sizes = trainer.sizes
        widgets.strong(lab, facts.name)
        imgui.same_line()
        own = int(facts.name.split(".")[1])
        count = sizes[facts.layer]
        what = f"{names.layer(facts.layer, sizes)} ({count:,} neuron{'s' if count != 1 else ''})"
        if facts.layer == len(sizes) - 1 and sizes[-1] == trainer.data.classes:
            what += f", for “{trainer.data.class_names[own]}”"
        imgui.text_disabled(what)
        bias = "" if facts.bias is None else f"  ·  bias {figure(facts.bias, '.3f')}"
        silenced = "  ·  silenced" if facts.is_silenced else ""
        now = figure(facts.activation, ".3f")
        imgui.text_unformatted(f"activation {now}{bias}{silenced}")
        is_selected = lab.selected == facts.name
        if not is_selected:
            widgets.quiet(parts.ONLY_POINTED_AT)
        gap, buttons = imgui.get_style().item_spacing.x, 2 if is_selected else 3
        width = (imgui.get_content_region_avail().x - (buttons - 1) * gap) / buttons
        if not is_selected:
            if widgets.button("Select", f"Keep looking at {facts.name}.", width):
                lab.select(facts.name)
            imgui.same_line()
        if widgets.button("Fly there", "Let the camera fly to this neuron.", width):
            lab.wish = facts.name
        imgui.same_line()
        if facts.is_silenced:
            if widgets.button("Restore", "Give it back the weights that led out of it.", width):
                parts.act(lab, lambda: lab.session.edits.restore(facts.name))
        elif widgets.button(
            "Silence",
            "Set what leads out of it to zero; can be undone. An output cannot be silenced.",
            width,
            enabled=bool(facts.outgoing),
        ):
            parts.act(lab, lambda: lab.session.edits.silence(facts.name))

    def _activations(self, lab: Laboratory, facts: Facts) -> None:
        activations_plot(lab, self._surveyed(lab, facts.name))

    def _exciting(self, lab: Laboratory, facts: Facts) -> None:
        self._excited.draw(lab, self._surveyed(lab, facts.name))

    def _surveyed(self, lab: Laboratory, name: str) -> inspector.Survey:
        trainer = lab.session.trainer
        return self._survey.get(
            lambda: inspector.survey(trainer, name),
            (name, trainer.beginning),
            parts.drift(lab.session),
        )

    def _removal(self, lab: Laboratory, facts: Facts) -> None:
        session = lab.session
        if widgets.button("What would be lost?", "Count the test samples lost without it."):
            with widgets.telling(lab):
                self._count_cost(lab, facts.name)
        stamp = (facts.name, session.trainer.beginning)
        if self._cost is not None and self._cost[0] == stamp:
            lesion_plot(lab, self._cost[1])

    def _count_cost(self, lab: Laboratory, name: str) -> None:
        trainer = lab.session.trainer
        self._cost = (name, trainer.beginning), inspector.cost_of_removing(trainer, name)

    def _training(self, lab: Laboratory, facts: Facts) -> None:
        trainer, chronicle = lab.session.trainer, lab.session.chronicle
        history = self._history.get(
            lambda: chronicle.of_neuron(facts.name),
            (facts.name, trainer.beginning),
            parts.drift(lab.session),
        )
        training_plot(lab, history, facts.layer)
