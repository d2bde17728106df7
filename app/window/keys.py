"""The keys of the window, and the panel that lists them."""

from __future__ import annotations

from neuronaut.renderer.label_items import Box, Label
from neuronaut.renderer.palettes import DARK

HELP = (
    ("space", "pause and go on"),
    (". and E", "a single step; a whole epoch, or the end of a stored training"),
    (", and R", "the snapshot before; rewind to the first weights"),
    ("N", "show another input"),
    ("click", "look at a neuron; click beside it to look away"),
    ("G", "fly to the neuron that is looked at"),
    ("F", "fly: W A S D, Q and E down and up, mouse looks, wheel sets speed"),
    ("O", "back to the start and orbit: drag turns, right drag shifts, wheel zooms"),
    ("Ctrl+1 … 9", "remember this view; 1 … 9 goes there"),
    ("L", "go along with a signal, where signals are shown"),
    ("T", "the tour: six stops that explain the network; T goes on"),
    ("Tab", "hide and show the panels"),
    ("Ctrl+Z, Ctrl+Y", "undo and redo what was done to the network"),
    ("V, C", "record a film; record the camera's way; once more stops it"),
    ("F12", "save a picture"),
    ("F11", "fullscreen"),
    ("H", "this help"),
    ("Esc", "close this help; leave the tour; stop flying; look away; quit"),
)

_WHOLE_FRAME = (8000.0, 8000.0)  # nominal pixels, more than any frame has


def help_items() -> list[Label | Box]:
    """Return the help panel in the middle of the frame."""
    line, width = 26.0, 700.0
    height = line * len(HELP) + 36
    dim = Box((0.0, 0.0), _WHOLE_FRAME, (0.0, 0.0, 0.0, 0.6))
    plate = Box((0.5, 0.5), (width, height), (0.03, 0.04, 0.06, 1.0), (-width / 2, -height / 2))
    items: list[Label | Box] = [dim, plate]
    for k, (key, text) in enumerate(HELP):
        y = -height / 2 + 18 + line * (k + 0.5)
        middle = (0.5, 0.5)
        for words, color, align, x in (
            (key, DARK.text, "right", 150), (text, DARK.quiet_text, "left", 170)
        ):  # fmt: skip
            place = (x - width / 2, y)
            items.append(Label(words, middle, 16.0, (*color, 1.0), align, place, fixed=True))
    return items
