"""What a film writes over its shots: a title, a caption, both coming and going softly."""

from __future__ import annotations

import textwrap

from neuronaut.renderer.label_items import Label
from neuronaut.renderer.palettes import Theme

from ..scene.captions import Item

_FADE_SECS = 0.5
_CAPTION, _TITLE = 24.0, 46.0  # nominal pixels
_GLYPH = 0.52  # mean width of a glyph, as a share of the size
_ROOM = 0.86  # share of the frame's width that lines may take
_STEP = 1.36  # from line to line, as a share of the size: so high are their plates
_PLATE = 0.66  # opacity of what sets them off from the picture
_BELOW = 2.1  # from the last line to the frame's end, as a share of the size
_ABOVE_LEGENDS = 124.0  # the same where there are legends, nominal pixels


def words(
    title: str, caption: str, opacity: float, width: float, hud: str, theme: Theme
) -> tuple[Item, ...]:
    """Return the title in the middle of the frame and the caption at its foot.

    Args:
        opacity: 0..1.
        width: of the frame, nominal pixels of text.
        hud: what else is told over the frame; the caption keeps off its legends.
        theme: whose colours they take.
    """
    if opacity <= 0:
        return ()
    size, lines = _lines(caption, _CAPTION, width)
    lowest = -_ABOVE_LEGENDS if hud == "full" else -_BELOW * size
    places = [lowest - (len(lines) - 1 - k) * _STEP * size for k in range(len(lines))]
    items = [
        _line(text, (0.5, 1.0), size, place, opacity, theme)
        for text, place in zip(lines, places, strict=True)
    ]
    size, lines = _lines(title, _TITLE, width)
    places = [(k - (len(lines) - 1) / 2) * _STEP * size for k in range(len(lines))]
    items += [
        _line(text, (0.5, 0.44), size, place, opacity, theme)
        for text, place in zip(lines, places, strict=True)
    ]
    return tuple(items)


def opacity(time_secs: float, length_secs: float) -> float:
    """Return how much of the words is seen, 0..1, at a time of a shot of some length."""
    ramp = min(_FADE_SECS, length_secs / 4)
    share = min(time_secs, length_secs - time_secs) / max(ramp, 1e-9)
    return min(max(share, 0.0), 1.0)


def _lines(text: str, size: float, width: float) -> tuple[float, list[str]]:
    """Break a text where the frame ends; small frames get smaller letters as well."""
    size = min(size, max(width * size / 620.0, 0.55 * size))
    return size, textwrap.wrap(text, max(int(_ROOM * width / _GLYPH / size), 8))


def _line(
    text: str, anchor: tuple[float, float], size: float, down: float, opacity: float, theme: Theme
) -> Label:
    color = (*theme.text, opacity)
    return Label(text, anchor, size, color, "center", (0.0, down), 10, fixed=True, plate=_PLATE)
