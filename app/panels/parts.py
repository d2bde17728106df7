"""What the panels about one network share: names of neurons, actions that change weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from imgui_bundle import ImVec2, ImVec4, imgui, implot

from .. import names
from ..options import UserError
from . import widgets

if TYPE_CHECKING:
    from neuronaut.renderer.palettes import Rgb

    from ..laboratory import Laboratory
    from ..session import Session


ONLY_POINTED_AT = "Only pointed at: click it to select it."


def drift(session: Session) -> tuple[int, int]:
    """Return what changes with every change of the weights, by training or by hand."""
    return session.measures.step, session.trainer.edits


def known(lab: Laboratory, name: str | None) -> str | None:
    """Return a neuron's name if the network has such a neuron, else None."""
    try:
        return name if name and names.number(name, lab.session.trainer.sizes) >= 0 else None
    except UserError:
        return None


class Pointed:
    """The neuron that was pointed at last, also when the pointer has left the scene."""

    def __init__(self) -> None:
        self._name: str | None = None

    def follow(self, lab: Laboratory) -> str | None:
        """Return its name, if the network has it still."""
        self._name = known(lab, lab.hovered or self._name)
        return self._name

    def forget(self) -> None:
        """Let no neuron have been pointed at."""
        self._name = None


def ask_to_select(lab: Laboratory, pointed: str | None) -> None:
    """Say that no neuron is selected, and offer the one that was pointed at."""
    if pointed is None:
        widgets.quiet("No neuron is selected: click one in the scene.")
        return
    widgets.quiet(ONLY_POINTED_AT)
    if widgets.button(f"Select {pointed}", f"Keep looking at {pointed}.", -1.0):
        lab.select(pointed)


def act(lab: Laboratory, action: Callable[[], object]) -> None:
    """Change weights and let the session follow, or say what went wrong."""
    with widgets.telling(lab):
        action()
        lab.session.refresh()


class Sections:
    """Headers that fold what is under them; what is scrolled out of sight costs nothing."""

    def __init__(self) -> None:
        self._heights: dict[str, float] = {}

    def draw(self, lab: Laboratory, label: str, tip: str, make: Callable[[], None]) -> None:
        """Show a header and, where it is open and in sight, what is under it."""
        is_open = imgui.collapsing_header(label, imgui.TreeNodeFlags_.default_open.value)
        imgui.set_item_tooltip(tip)
        if not is_open:
            return
        height = self._heights.get(label, 0.0)
        if height and not imgui.is_rect_visible(ImVec2(1, height)):
            imgui.dummy(ImVec2(1, height))
            return
        imgui.begin_group()
        make()
        imgui.dummy(ImVec2(0, 2 * lab.px))
        imgui.end_group()
        self._heights[label] = imgui.get_item_rect_size().y


def choice(
    lab: Laboratory, name: str, current: str, options: dict[str, str], tip: str
) -> str | None:
    """Let the person choose one of several; return another choice, or None.

    Args:
        options: what can be chosen, with what people call it.
    """
    called = widgets.choose(lab, name, options.get(current, current), list(options.values()), tip)
    return next((key for key, word in options.items() if word == called), None)


def link(lab: Laboratory, name: str, place: str) -> None:
    """Show the name of a neuron; a click looks at it.

    Args:
        place: tells links to the same neuron apart.
    """
    if imgui.text_link(f"{name}##{place}"):
        lab.select(name)
    imgui.set_item_tooltip(f"Look at {name}.")


def pointed_cell(columns: int, rows: int) -> tuple[int, int] | None:
    """Return column and row of a grid that fills the last item, where the pointer is over it."""
    if not imgui.is_item_hovered():
        return None
    low, size, mouse = imgui.get_item_rect_min(), imgui.get_item_rect_size(), imgui.get_mouse_pos()
    across, down = (mouse.x - low.x) / size.x, (mouse.y - low.y) / size.y
    column, row = int(across * columns), int(down * rows)
    return min(max(column, 0), columns - 1), min(max(row, 0), rows - 1)


def is_over_plot() -> bool:
    """Return whether the pointer is over the plot that has begun, one that takes no input too."""
    low, size = implot.get_plot_pos(), implot.get_plot_size()
    high = ImVec2(low.x + size.x, low.y + size.y)
    return imgui.is_window_hovered() and imgui.is_mouse_hovering_rect(low, high)


def opaque(color: Rgb, alpha: float = 1.0) -> ImVec4:
    """Return a colour of the theme for imgui."""
    return ImVec4(*color, alpha)
