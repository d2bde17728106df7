"""What a person does with pointer and keyboard, gathered frame by frame: no window library."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

Place = tuple[float, float]  # physical pixels from the top left corner, y points down

MODIFIERS = ("ctrl", "alt", "shift", "super")
_CLICK_PX = 4.0  # nominal pixels a hand may tremble between press and release


@dataclass(frozen=True)
class Moved:
    """The pointer is somewhere else, or nowhere."""

    place: Place | None


@dataclass(frozen=True)
class Button:
    """A button of the mouse ("left", "right", "middle") went down or up."""

    name: str
    down: bool


@dataclass(frozen=True)
class Key:
    """A key went down or up, by what is printed on it."""

    name: str
    down: bool


@dataclass(frozen=True)
class Typed:
    """Characters were typed."""

    text: str


@dataclass(frozen=True)
class Scrolled:
    """The wheel was turned, in steps to the left and away from the person."""

    dx: float
    dy: float


Input = Moved | Button | Key | Typed | Scrolled


@dataclass
class Events:
    """What the person did since the last frame.

    Attributes:
        pressed: keys that went down, by name ("space", "f12", "r" …), in order; letters by their
            place on the keyboard.
        chords: the same with what was held along, as "ctrl+shift+z", in the order of `MODIFIERS`;
            letters by what is printed on the key.
        released: keys that went up.
        text: characters that were typed.
        pointer: where the pointer is; None outside of the window and while it is captured.
        buttons_held: "left", "right", "middle".
        buttons_pressed, buttons_released: buttons that went down or up, in order.
        clicked: where the left button was pressed and released without a drag.
        drag: movement with the left button held, pixels.
        pan: movement with the right or middle button held.
        look: movement while the pointer is captured.
        wheel: steps of the wheel, positive away from the person.
        dropped: files that were dropped on the window.
        inputs: everything from pointer and keyboard, in order.
    """

    pressed: list[str] = field(default_factory=list)
    chords: list[str] = field(default_factory=list)
    released: list[str] = field(default_factory=list)
    text: str = ""
    pointer: Place | None = None
    buttons_held: frozenset[str] = frozenset()
    buttons_pressed: list[str] = field(default_factory=list)
    buttons_released: list[str] = field(default_factory=list)
    clicked: Place | None = None
    drag: Place = (0.0, 0.0)
    pan: Place = (0.0, 0.0)
    look: Place = (0.0, 0.0)
    wheel: float = 0.0
    dropped: list[Path] = field(default_factory=list)
    inputs: list[Input] = field(default_factory=list)

    def without(self, *, pointer: bool, keyboard: bool) -> Events:
        """Return what is left when somebody else has taken the pointer, the keyboard, or both.

        Movement of a captured pointer and dropped files always stay.
        """
        left = self
        if pointer:
            left = replace(
                left, pointer=None, buttons_held=frozenset(), buttons_pressed=[],
                buttons_released=[], clicked=None, drag=(0.0, 0.0), pan=(0.0, 0.0), wheel=0.0,
            )  # fmt: skip
        if keyboard:
            left = replace(left, pressed=[], chords=[], released=[], text="")
        return left


class Hand:
    """Gathers what happens into one `Events` a frame, and remembers what is held meanwhile.

    A window feeds it from its callbacks, a test by itself.

    Attributes:
        density: physical pixels per nominal pixel.
        captured: whether the pointer is hidden and its movement looks around.
    """

    def __init__(self, density: float = 1.0):
        self.density = density
        self.captured = False
        self._events = Events()
        self._pointer: Place | None = None
        self._buttons: set[str] = set()
        self._modifiers: set[str] = set()
        self._pressed_at: Place | None = None  # of the left button, as long as it may be a click

    def take(self) -> Events:
        """Return what happened since the last call."""
        events, self._events = self._events, Events()
        events.pointer = None if self.captured else self._pointer
        events.buttons_held = frozenset(self._buttons)
        return events

    def stand(self, place: Place | None, *, captured: bool) -> None:
        """Begin anew from `place`, which is no movement; the pointer is captured or not."""
        self._pointer, self.captured, self._pressed_at = place, captured, None
        self._events.inputs.append(Moved(None if captured else place))

    def move(self, x_px: float, y_px: float) -> None:
        """Take the pointer to a place."""
        was, self._pointer = self._pointer, (x_px, y_px)
        moved = (x_px - was[0], y_px - was[1]) if was else (0.0, 0.0)
        events = self._events
        if self.captured:
            events.look = _sum(events.look, moved)
            return
        events.inputs.append(Moved(self._pointer))
        if "left" in self._buttons:
            events.drag = _sum(events.drag, moved)
        elif self._buttons:
            events.pan = _sum(events.pan, moved)
        start = self._pressed_at
        if start and math.dist(start, self._pointer) > _CLICK_PX * self.density:
            self._pressed_at = None

    def leave(self) -> None:
        """Take the pointer out of the window; while a button is held it still belongs to it."""
        if not self._buttons and not self.captured:
            self._pointer = None
            self._events.inputs.append(Moved(None))

    def enter(self) -> None:
        """Bring the pointer in from elsewhere: while captured, to come in is not to look around."""
        if self.captured:
            self._pointer = None

    def button(self, name: str, down: bool) -> None:
        """Press or release a button of the mouse."""
        events = self._events
        events.inputs.append(Button(name, down))
        if down:
            self._buttons.add(name)
            events.buttons_pressed.append(name)
            self._pressed_at = self._pointer if name == "left" and not self.captured else None
            return
        self._buttons.discard(name)
        events.buttons_released.append(name)
        if name == "left":
            events.clicked, self._pressed_at = self._pressed_at or events.clicked, None

    def key(self, name: str, down: bool, printed: str | None = None) -> None:
        """Press or release a key; `printed` says what is on it where that is not its name."""
        events, printed = self._events, printed or name
        events.inputs.append(Key(printed, down))
        if name in MODIFIERS:
            (self._modifiers.add if down else self._modifiers.discard)(name)
        if not down:
            events.released.append(name)
            return
        events.pressed.append(name)
        if name not in MODIFIERS:
            held = [modifier for modifier in MODIFIERS if modifier in self._modifiers]
            events.chords.append("+".join([*held, printed]))

    def type(self, text: str) -> None:
        """Type characters."""
        self._events.text += text
        self._events.inputs.append(Typed(text))

    def scroll(self, dx: float, dy: float) -> None:
        """Turn the wheel, in steps."""
        self._events.wheel += dy
        self._events.inputs.append(Scrolled(dx, dy))

    def drop(self, paths: Iterable[str | Path]) -> None:
        """Drop files on the window."""
        self._events.dropped += map(Path, paths)


def _sum(a: Place, b: Place) -> Place:
    return a[0] + b[0], a[1] + b[1]
