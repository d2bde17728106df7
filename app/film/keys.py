"""What may stand in a film script: every key, what its value must be, and what it sets."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .. import arguments, values
from .plan import TRANSITIONS


class KeyProblem(Exception):
    """A key or its value will not do; the message names the key and what was expected."""


@dataclass(frozen=True)
class Key:
    """A key of a table.

    Attributes:
        expected: what its value must be, as the end of "must be …".
        read: returns what the value stands for, or raises ValueError or TypeError.
        field: of the options that it sets.
    """

    expected: str
    read: Callable[[Any], Any]
    field: str


def read_table(table: Any, keys: Mapping[str, Key], what: str) -> dict[str, Any]:
    """Return the values of a table by the fields that they set.

    Args:
        table: as it stands in the file.
        keys: that it may have.
        what: it is, for a sentence.

    Raises:
        KeyProblem: it is no table, or one of its keys or values will not do.
    """
    if not isinstance(table, dict):
        raise KeyProblem(f"{what} must be a table of keys and values, not {_shown(table)}")
    found = {}
    for name, value in table.items():
        if name not in keys:
            raise KeyProblem(f"there is no key {_shown(name)}{_meant(name, keys)}")
        key = keys[name]
        try:
            found[key.field] = key.read(value)
        except (ValueError, TypeError):
            raise KeyProblem(f"{name} must be {key.expected}, not {_shown(value)}") from None
    return found


def _number(field: str, low: float, high: float, *, above: bool = False) -> Key:
    def read(value: Any) -> float:
        # A truth value is a number to Python, not to people.
        if type(value) not in (int, float) or not low <= value <= high or (above and value <= low):
            raise ValueError
        return float(value)

    lowest = f"more than {low:g} and at most {high:g}" if above else f"{low:g} to {high:g}"
    return Key(f"a number, {lowest}", read, field)


def _whole(field: str, low: int, high: int) -> Key:
    def read(value: Any) -> int:
        if type(value) is not int or not low <= value <= high:
            raise ValueError
        return value

    return Key(f"a whole number, {low} to {high:,}", read, field)


def _choice(field: str, *options: str) -> Key:
    def read(value: Any) -> str:
        if value not in options:
            raise ValueError
        return value

    return Key(f"one of {', '.join(options)}", read, field)


def _text(field: str, expected: str = "a text") -> Key:
    def read(value: Any) -> str:
        if not isinstance(value, str):
            raise TypeError
        value.encode()  # half of a surrogate pair can neither be drawn nor written
        return value

    return Key(expected, read, field)


def _flag(field: str) -> Key:
    def read(value: Any) -> bool:
        if not isinstance(value, bool):
            raise TypeError
        return value

    return Key("true or false", read, field)


def _list(field: str, expected: str, item: Key, low: int, high: int) -> Key:
    def read(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list) or not low <= len(value) <= high:
            raise ValueError
        return tuple(item.read(part) for part in value)

    return Key(expected, read, field)


def _either(first: Key, second: Key) -> Key:
    def read(value: Any) -> Any:
        try:
            return first.read(value)
        except (ValueError, TypeError):
            return second.read(value)

    return Key(f"{first.expected}, or {second.expected}", read, first.field)


def _word(field: str, word: str, meaning: Any) -> Key:
    def read(value: Any) -> Any:
        if value != word:
            raise ValueError
        return meaning

    return Key(word, read, field)


_MOST = 1_000_000_000
_STEP = _either(_whole("", 0, _MOST), _choice("", "start", "end"))
_SAMPLE = _whole("sample", 0, 10_000_000)
_NAME = _text("")
_LAYER = _whole("", 1, 1_000_000)

VIEW = {
    "metric": _choice("metric", "auto", *arguments.METRICS),
    "arrangement": _choice("arrangement", *arguments.ARRANGEMENTS),
    "anchors": _number("anchors", 0, 1),
    "color": _choice("color", *arguments.COLORS),
    "compare": _list("compare", "two numbers of samples, such as [3, 8]", _SAMPLE, 2, 2),
    "images": _choice("images", *arguments.IMAGES),
    "signals": _choice("signals", *arguments.SIGNALS),
    "trails": _flag("trails"),
    "theme": _choice("theme", *arguments.THEMES),
    "palette": _choice("palette", *arguments.PALETTES),
    "edges": _either(_number("edges", 0, 1), _word("edges", "all", 1.0)),
    "strength": _choice("strength", "contribution", "weight"),
    "bundling": _number("bundling", 0, 1),
    "focus": _either(_word("focus", "none", None), _text("focus", "the name of a neuron")),
    "input": _SAMPLE,
    "layout_steps": _whole("layout_steps", 0, 1000),
    "hud": _choice("hud", *arguments.HUDS),
}
SHOT = VIEW | {
    "seconds": _number("seconds", 0, 86_400, above=True),
    "camera": _text("camera"),
    "from": Key(_STEP.expected, _STEP.read, "start"),
    "to": Key(_STEP.expected, _STEP.read, "end"),
    "train": _whole("train", 0, _MOST),
    "title": _text("title"),
    "caption": _text("caption"),
    "transition": _choice("transition", *TRANSITIONS),
    "transition_seconds": _number("transition_seconds", 0, 60, above=True),
}
TRAINING = {
    "data": _text("data"),
    "classes": _list("classes", 'a list of names, such as ["0", "1"]', _NAME, 1, 10_000),
    "hidden": _list("hidden", "a list of whole numbers, such as [128, 64]", _LAYER, 0, 30),
    "activation": _choice("activation", *arguments.ACTIVATIONS),
    "loss": _choice("loss", *arguments.LOSSES),
    "optimizer": _choice("optimizer", *arguments.OPTIMIZERS),
    "learning_rate": _number("learning_rate", 0, 1e30),
    "l1": _number("l1", 0, 1e30),
    "l2": _number("l2", 0, 1e30),
    "batch": _whole("batch", 1, 1_000_000),
    "seed": _whole("seed", 0, 2**32 - 1),
    "first": _whole("train_first", 0, _MOST),
    "steps_per_frame": _whole("steps_per_frame", 0, values.MAX_STEPS),
}
FILM = {
    "fps": _whole("fps", 1, 1000),
    "size": _list("size", "width and height, such as [1280, 720]", _whole("", 16, 16_384), 2, 2),
    "run": _text("run"),
    "data": _text("run_data"),
    "training": Key("a table", lambda its: its, "training"),
    "view": Key("a table", lambda its: its, "view"),
    "shot": Key("a list of tables", lambda its: its, "shots"),
}


def _meant(name: str, keys: Mapping[str, Key]) -> str:
    near = difflib.get_close_matches(name, keys, 1)
    return f"; did you mean {near[0]}?" if near else f"; there are {', '.join(keys)}"


def _shown(value: Any) -> str:
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # thousands of digits, or of lists within lists
        return "what it is"
    return text if len(text) <= 40 else f"{text[:37]}…"
