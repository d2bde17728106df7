"""Small controls that panels share: labels in one column, a tooltip each, errors in a sentence."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Generic, TypeVar

import numpy as np
from imgui_bundle import ImVec2, imgui
from neuronaut.core import probing
from neuronaut.core.datasets import DataError
from neuronaut.renderer.palettes import Theme

from ..figures import figure
from ..options import UserError
from ..session import Session

if TYPE_CHECKING:
    from ..laboratory import Laboratory

FIELD_PX = 86.0  # width of a number beside a slider
LABEL_PX = 118.0  # from the panel's edge to where controls begin
_MOST_PIXELS = 64  # along a side of a thumbnail
_WHOLE_LIST = imgui.ComboFlags_.height_large.value  # twenty choices, then it scrolls
_FIELD = imgui.InputTextFlags_.auto_select_all.value

_T = TypeVar("_T")


@contextmanager
def telling(lab: Laboratory) -> Iterator[None]:
    """Tell the person what could not be done in here."""
    try:
        yield
    except (UserError, DataError) as error:
        lab.say(str(error))


def quiet(text: str) -> None:
    """Write a remark, broken into lines where it must be."""
    colored(text, imgui.Col_.text_disabled)


def warning(text: str) -> None:
    """Write what needs attention."""
    colored(text, imgui.Col_.unsaved_marker)


def colored(text: str, color: imgui.Col_) -> None:
    """Write text in one of the style's colours, broken into lines where it must be."""
    imgui.push_style_color(imgui.Col_.text, imgui.get_style_color_vec4(color))
    imgui.text_wrapped(text)
    imgui.pop_style_color()


def fitted(text: str, width: float) -> str:
    """Return as much of a text as `width` physical pixels have room for."""
    if imgui.calc_text_size(text).x <= width:
        return text
    while len(text) > 1 and imgui.calc_text_size(f"{text}…").x > width:
        text = text[:-1]
    return f"{text}…"


def strong(lab: Laboratory, text: str) -> None:
    """Write a figure that counts."""
    imgui.push_font(lab.hud.fonts.strong, 0.0)
    imgui.text(text)
    imgui.pop_font()


def label(lab: Laboratory, text: str) -> None:
    """Write a label on the left; the next control has the rest of the line."""
    imgui.align_text_to_frame_padding()
    imgui.text(text)
    imgui.same_line(LABEL_PX * lab.px)
    imgui.set_next_item_width(-1)


def button(text: str, tip: str, width_px: float = 0.0, *, enabled: bool = True) -> bool:
    """Make a button, `width_px` physical pixels wide; return whether it was pressed."""
    imgui.begin_disabled(not enabled)
    pressed = imgui.button(text, ImVec2(width_px, 0.0))
    imgui.end_disabled()
    imgui.set_item_tooltip(tip)
    return pressed


def buttons(makers: Sequence[tuple[str, str]], enabled: bool = True) -> str | None:
    """Make buttons of equal width that fill a line.

    Args:
        makers: text and tooltip of each.
        enabled: whether they can be pressed.
    Returns:
        The text of the one that was pressed.
    """
    gap = imgui.get_style().item_spacing.x
    width = (imgui.get_content_region_avail().x - gap * (len(makers) - 1)) / len(makers)
    pressed = None
    for k, (text, tip) in enumerate(makers):
        if k > 0:
            imgui.same_line()
        if button(text, tip, width, enabled=enabled):
            pressed = text
    return pressed


def choose(
    lab: Laboratory, name: str, current: str, options: Sequence[str], tip: str
) -> str | None:
    """Let the person choose one of several; return another choice, or None."""
    label(lab, name)
    chosen = None
    if not imgui.begin_combo(f"##{name}", current, _WHOLE_LIST):
        imgui.set_item_tooltip(tip)
        return None
    for option in options:
        if imgui.selectable(option, option == current)[0] and option != current:
            chosen = option
    imgui.end_combo()
    return chosen


def type_in(lab: Laboratory, name: str, text: str, tip: str, hint: str = "") -> tuple[str, bool]:
    """Let the person type; return the text as it is now, and whether that is finished."""
    label(lab, name)
    _, text = imgui.input_text_with_hint(f"##{name}", hint, text, _FIELD)
    finished = imgui.is_item_deactivated_after_edit()
    imgui.set_item_tooltip(tip)
    return text, finished


def number(name: str, value: float, tip: str) -> float | None:
    """Let the person type a number; return it when it is finished and is one.

    Args:
        name: identifies the field, is not shown.
    """
    _, text = imgui.input_text(f"##{name}", figure(value, ".4g"), _FIELD)
    finished = imgui.is_item_deactivated_after_edit()
    imgui.set_item_tooltip(tip)
    if not finished:
        return None
    try:
        typed = float(text.replace("−", "-").replace(",", "."))
    except ValueError:
        return None
    return typed if math.isfinite(typed) else None


def slide(
    lab: Laboratory, name: str, value: float, bounds: tuple[float, float], tip: str, form: str
) -> float | None:
    """Let the person slide a value; return it if it has changed.

    Args:
        form: of the number, as `imgui.slider_float` takes it.
    """
    label(lab, name)
    changed, value = imgui.slider_float(f"##{name}", value, *bounds, form)
    imgui.set_item_tooltip(tip)
    return value if changed else None


def slide_rate(
    lab: Laboratory, name: str, value: float, bounds: tuple[float, float], tip: str
) -> float | None:
    """Let the person set a rate on a logarithmic scale, or type it; return it if it has changed.

    Args:
        bounds: of the slider; its left end is 0. A number may lie beyond them.
    """
    label(lab, name)
    gap, field = imgui.get_style().item_inner_spacing.x, FIELD_PX * lab.px
    imgui.set_next_item_width(imgui.get_content_region_avail().x - field - gap)
    flags = imgui.SliderFlags_.no_input.value
    changed, place = imgui.slider_float(f"##{name}", _place(value, bounds), 0.0, 1.0, "", flags)
    imgui.set_item_tooltip(tip)
    imgui.same_line(0, gap)
    imgui.set_next_item_width(field)
    typed = number(f"{name} number", value, f"{name} as a number.")
    return _value(place, bounds) if changed else typed


def _place(value: float, bounds: tuple[float, float]) -> float:
    low, high = bounds
    if value <= 0:
        return 0.0
    return min(max(math.log(value / low) / math.log(high / low), 0.0), 1.0)


def _value(place: float, bounds: tuple[float, float]) -> float:
    low, high = bounds
    return 0.0 if place <= 0 else float(f"{low * (high / low) ** place:.2g}")


def answer(session: Session) -> np.ndarray:
    """Return how likely the network finds each class for what is on show, float [C]."""
    trainer = session.trainer
    given = (trainer.state.params, trainer.shown_x(), trainer.config.network)
    return np.asarray(probing.class_probabilities(*given))


def picture(x: np.ndarray, shape: Sequence[int], theme: Theme) -> np.ndarray:
    """Return an input as the scene shows it.

    Args:
        x: float [D], 0 to 1.
        shape: (h, w) or (h, w, c) of it.
        theme: what grey is made of.
    Returns:
        uint8 [h, w, 3].
    """
    values = np.clip(np.nan_to_num(x), 0, 1).reshape(*shape[:2], -1)
    if values.shape[2] != 3:
        grey = values.mean(axis=2, keepdims=True)
        low, high = np.array(theme.cell_low), np.array(theme.cell_high)
        values = low + grey * (high - low)
    return np.round(255 * values).astype("u1")


def thumbnail(x: np.ndarray, shape: Sequence[int], theme: Theme) -> np.ndarray:
    """Return `picture`, with no more pixels than a small picture can show."""
    every = -(-max(shape[:2]) // _MOST_PIXELS)
    return picture(x, shape, theme)[::every, ::every]


def sheet(pictures: Sequence[np.ndarray], columns: int) -> np.ndarray:
    """Return pictures of one shape side by side in rows, uint8 [H, W, 4]; the rest is clear."""
    height, width = pictures[0].shape[:2]
    rows = -(-len(pictures) // columns)
    made = _clear((rows, height, columns, width), pictures[0])
    for k, its in enumerate(pictures):
        made[k // columns, :, k % columns, :, :3] = its
        made[k // columns, :, k % columns, :, 3] = 255
    return made.reshape(rows * height, columns * width, 4)


def spaced(pictures: Sequence[np.ndarray]) -> np.ndarray:
    """Return pictures of one shape side by side with gaps between, uint8 [h, W, 4]."""
    height, width = pictures[0].shape[:2]
    gap = max(round(0.12 * width), 1)
    made = _clear((height, len(pictures) * (width + gap) - gap), pictures[0])
    for k, its in enumerate(pictures):
        left = k * (width + gap)
        made[:, left : left + width, :3] = its
        made[:, left : left + width, 3] = 255
    return made


def _clear(shape: tuple[int, ...], picture: np.ndarray) -> np.ndarray:
    """Return transparent pixels in the colour of a picture's corner, which shows where smoothed."""
    made = np.zeros((*shape, 4), "u1")
    made[..., :3] = picture[0, 0]
    return made


class Kept(Generic[_T]):
    """Something dear to compute, kept until what it comes from has changed.

    Args:
        every_secs: how often at most it follows what changes all the time.
    """

    def __init__(self, every_secs: float = 0.5):
        self._every_secs = every_secs
        self._made: tuple[object, object, float, _T] | None = None

    def get(self, make: Callable[[], _T], at_once: object, in_time: object = None) -> _T:
        """Return it.

        Args:
            make: computes it.
            at_once: if this is another one, it is computed now.
            in_time: if this is, after some time.
        """
        now = imgui.get_time()
        if self._made is not None:
            before, earlier, then, kept = self._made
            waits = in_time == earlier or now - then < self._every_secs
            if before == at_once and waits:
                return kept
        made = make()
        self._made = (at_once, in_time, now, made)
        return made


def moment(session: Session) -> tuple[object, ...]:
    """Return what changes when another network, or one changed by hand, has to be asked anew."""
    trainer = session.trainer
    return trainer.beginning, trainer.edits, trainer.data.name, trainer.sizes
