"""How the network is shown: colours, weights, layout, signals; and a few good combinations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from imgui_bundle import imgui

from ..scene import coloring, flow, geometry, view_changes
from . import parts, widgets

if TYPE_CHECKING:
    from ..laboratory import Laboratory

_COLORS: dict[str, str] = dict(
    zip(
        coloring.COLORS,
        ("activation", "bias", "gradient", "last update", "class served", "region", "health",
         "A and B"),
        strict=True,
    )
)  # fmt: skip
_METRICS = {
    "output": "effect on outputs",
    "dominance": "output voted for",
    "activation": "activations",
    "outgoing": "outgoing weights",
    "incoming": "incoming weights",
}
_IMAGES = {"none": "none", "weights": "weights", "contribution": "weights × input"}
_RESPONSES = {"none": "none", "response": "response"}
_STRENGTHS = {"contribution": "weight × activation", "weight": "weight"}
_SIGNALS: dict[str, str] = dict(zip(flow.MODES, ("off", "flow", "in steps"), strict=True))
_LARGEST_SCALE = 2.0

# What each asks for; pictures only where the input has some.
PRESETS: dict[str, tuple[str, dict[str, Any]]] = {
    "What is it looking for?": (
        "Pictures of what each neuron weighs, under the strongest weights.",
        {"color": "activation", "images": "weights", "strength": "weight", "edges": 0.5,
         "bundling": 0.0, "signals": "off"},
    ),
    "Who works together?": (
        "Neurons coloured by region, their weights bundled into strands.",
        {"color": "region", "images": "none", "strength": "weight", "edges": 0.8,
         "bundling": 0.8, "signals": "off"},
    ),
    "How does a signal flow?": (
        "Light travels from layer to layer along what the input on show excites.",
        {"color": "activation", "images": "none", "strength": "contribution", "edges": 0.9,
         "bundling": 0.0, "signals": "flow"},
    ),
    "Two inputs": (
        "What A excites in blue, what B excites in red, purple what both do.",
        {"color": "compare", "images": "none", "strength": "contribution", "edges": 0.9,
         "bundling": 0.0, "signals": "off"},
    ),
    "For print": (
        "Ink on paper, without light and numbers.",
        {"color": "activation", "images": "none", "strength": "contribution", "edges": 0.9,
         "bundling": 0.0, "signals": "off", "theme": "light", "hud": "none"},
    ),
    "As at first": (
        "Dark, coloured by activation, with numbers.",
        {"color": "activation", "images": "auto", "strength": "contribution", "edges": 0.9,
         "bundling": 0.0, "signals": "off", "theme": "dark", "hud": "full"},
    ),
}  # fmt: skip


class ViewPanel:
    """Everything that changes the picture and not the network."""

    title = "View"
    hint = "Colours, pictures, weights, layout, signals, theme."

    def __init__(self) -> None:
        self._scale: float | None = None  # while it is being dragged
        self._focus: str | None = None  # while it is being typed

    def draw(self, lab: Laboratory) -> None:
        """Make the panel's contents."""
        self._presets(lab)
        for label, section in (
            ("Neurons", self._neurons),
            ("Weights", self._weights),
            ("Layout", self._layout),
            ("Frame", self._frame),
        ):
            imgui.separator_text(label)
            section(lab)

    def _presets(self, lab: Laboratory) -> None:
        style = imgui.get_style()
        right = imgui.get_cursor_screen_pos().x + imgui.get_content_region_avail().x
        for k, (name, (hint, wanted)) in enumerate(PRESETS.items()):
            width = imgui.calc_text_size(name).x + 2 * style.frame_padding.x
            if k and imgui.get_item_rect_max().x + style.item_spacing.x + width < right:
                imgui.same_line()
            if widgets.button(name, hint):
                change(lab, wanted)

    def _neurons(self, lab: Laboratory) -> None:
        view, trainer = lab.session.view, lab.session.trainer
        _choose(lab, "colour", "color", _COLORS, "What the colour of a neuron says.")
        if trainer.data.is_image or trainer.data.features == 2:
            options = _IMAGES if trainer.data.is_image else _RESPONSES
            _choose(lab, "pictures", "images", options, "Little pictures at the neurons.")
        _choose(lab, "signals", "signals", _SIGNALS,
                "Light that travels through the network, forward and back.")  # fmt: skip
        _tick(lab, "trails of their recent activity", "trails", view.trails,
              "Each neuron draws its recent mean activity behind it.")  # fmt: skip

    def _weights(self, lab: Laboratory) -> None:
        view = lab.session.view
        _slide(lab, "shown", "edges", view.edges,
               "The strongest weights that carry this share of each layer's energy.")  # fmt: skip
        _choose(lab, "strong by", "strength", _STRENGTHS,
                "By |weight × activation| of the input on show, or by |weight|.")  # fmt: skip
        _slide(lab, "bundling", "bundling", view.bundling,
               "From straight weights, 0, to strands between regions, 1.")  # fmt: skip
        self._focused(lab)

    def _focused(self, lab: Laboratory) -> None:
        shown = lab.session.view.focus or ""
        text = shown if self._focus is None else self._focus
        tip = "Lift the weights of one neuron out of the rest, such as h1.3; empty for none."
        text, finished = widgets.type_in(lab, "focus", text, tip, "none")
        self._focus = text if imgui.is_item_active() else None
        if finished and text.strip() != shown:
            with widgets.telling(lab):
                lab.select(text.strip() or None)

    def _layout(self, lab: Laboratory) -> None:
        view = lab.session.view
        _choose(lab, "alike by", "metric", _METRICS, "What makes two neurons neighbours.")
        arrangements = {name: name for name in geometry.ARRANGEMENTS}
        _choose(lab, "layers as", "arrangement", arrangements,
                "Each layer in its plane, as spheres, or all as one cloud.")  # fmt: skip
        _slide(lab, "anchors", "anchors", view.anchors,
               "How much neurons are drawn to the outputs that they work for.")  # fmt: skip
        widgets.label(lab, "steps a frame")
        changed, steps = imgui.slider_int(
            "##steps a frame", view.layout_steps, 0, 16, "%d", imgui.SliderFlags_.always_clamp.value
        )
        imgui.set_item_tooltip("How fast neurons move; 0 lets them stand.")
        if changed:
            change(lab, {"layout_steps": steps})

    def _frame(self, lab: Laboratory) -> None:
        _choose(lab, "theme", "theme", {"dark": "dark", "light": "light"},
                "Light in the dark, or ink on paper.")  # fmt: skip
        _choose(lab, "palette", "palette",
                {"standard": "standard", "safe": "colour-blind safe"},
                "Colours that every eye can tell apart, if safe.")  # fmt: skip
        _choose(lab, "numbers", "hud",
                {"full": "with legends", "minimal": "the measures alone", "none": "none"},
                "Measures and legends over the frame.")  # fmt: skip
        widgets.label(lab, "panels")
        scale = lab.hud.scale if self._scale is None else self._scale
        changed, scale = imgui.slider_float(
            "##panels", scale, 0.5, _LARGEST_SCALE, "%.2f ×", imgui.SliderFlags_.always_clamp.value
        )
        imgui.set_item_tooltip("Size of the panels; it follows when the slider is let go.")
        if changed:
            self._scale = scale  # would run away under the hand
        if self._scale is not None and not imgui.is_item_active():
            lab.hud.scale, self._scale = self._scale, None


def change(lab: Laboratory, wanted: dict[str, Any]) -> None:
    """Bring the view to what is wanted, by the cheapest way; say what could not be done."""
    with widgets.telling(lab):
        view_changes.change(lab.session, _fitting(lab, wanted))


def _fitting(lab: Laboratory, wanted: dict[str, Any]) -> dict[str, Any]:
    """Ask for such pictures only as the data have."""
    data, images = lab.session.trainer.data, wanted.get("images")
    if images is None:
        return wanted
    if images == "auto" or not data.is_image:
        images = "response" if data.features == 2 and images != "none" else "none"
    return wanted | {"images": images}


def _choose(lab: Laboratory, label: str, field: str, options: dict[str, str], tip: str) -> None:
    chosen = parts.choice(lab, label, getattr(lab.session.view, field), options, tip)
    if chosen is not None:
        change(lab, {field: chosen})


def _slide(lab: Laboratory, label: str, field: str, value: float, tip: str) -> None:
    moved = widgets.slide(lab, label, value, (0.0, 1.0), tip, "%.2f")
    if moved is not None:
        change(lab, {field: min(max(moved, 0.0), 1.0)})


def _tick(lab: Laboratory, label: str, field: str, value: bool, tip: str) -> None:
    changed, value = imgui.checkbox(label, value)
    imgui.set_item_tooltip(tip)
    if changed:
        change(lab, {field: value})
