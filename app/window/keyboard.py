"""What the keys of the window do."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .live import Live

_SMALLEST_FILM = 2  # pixels; encoders take no less


class Keyboard:
    """Does what keys ask for.

    Args:
        live: the window's state.
    """

    def __init__(self, live: Live):
        self._live = live
        self._actions = self._all()

    def press(self, chord: str, now: float) -> None:
        """Do what a key is for, by name with its modifiers: "space", "ctrl+z"."""
        action = self._actions.get(chord)
        if action is None:
            self._number(chord, now)
            return
        action(now)

    def _all(self) -> dict[str, Callable[[float], object]]:
        """Return what each key does, given the time."""
        live = self._live
        lab, flight, session = live.lab, live.flight, live.session
        return {
            "space": lambda now: lab.control.toggle(),
            ".": lambda now: lab.control.step(),
            ",": lambda now: lab.control.step(-1),
            "e": lambda now: None if flight.is_flying else live.drive.skip(),
            "r": lambda now: live.drive.rewind(),
            "n": lambda now: session.show(session.trainer.shown + 1),
            "g": lambda now: lab.go_to_selected(),
            "f": self._take_off,
            "o": self._go_home,
            "l": lambda now: flight.follow(not flight.follows),
            "t": lambda now: lab.next_stop(live.middle()[1]),
            "tab": lambda now: lab.hide(not lab.hidden),
            "h": lambda now: live.show_help(not live.help_open),
            "ctrl+z": lambda now: lab.undo(),
            "ctrl+y": lambda now: lab.redo(),
            "ctrl+shift+z": lambda now: lab.redo(),
            "v": self._toggle_film,
            "c": self._toggle_tape,
            "f11": lambda now: live.window.toggle_fullscreen(),
            "f12": live.save_picture,
            "escape": self._leave,
        }

    def _take_off(self, now: float) -> None:
        self._live.flight.take_off(now)
        self._live.window.capture_pointer(True)

    def _go_home(self, now: float) -> None:
        self._live.window.capture_pointer(False)
        self._live.flight.go_home(now)

    def _number(self, chord: str, now: float) -> None:
        number, flight = chord.removeprefix("ctrl+"), self._live.flight
        if number not in "123456789" or len(number) != 1:
            return
        if chord.startswith("ctrl+"):
            flight.keep(int(number), now)
            self._live.say(f"view {number} is remembered", now)
        elif not flight.recall(int(number), now):
            self._live.say(f"no view {number} yet: Ctrl+{number} remembers one", now)

    def _toggle_film(self, now: float) -> None:
        capture, size = self._live.capture, self._live.window.size_px
        if capture.recording:
            self._live.say(capture.stop(), now)
        elif min(size) >= _SMALLEST_FILM:
            self._live.say(capture.start(size, now), now)

    def _toggle_tape(self, now: float) -> None:
        tape = self._live.tape
        self._live.say(tape.stop() if tape.recording else tape.start(now), now)

    def _leave(self, now: float) -> None:
        """Leave the innermost of what the person is in, at last the window."""
        live = self._live
        if live.help_open:
            live.show_help(False)
        elif live.lab.in_tour:
            live.lab.leave_tour()
        elif live.flight.is_flying:
            live.flight.land(now)
            live.window.capture_pointer(False)
        elif live.lab.selected is not None:
            live.lab.select(None)
        else:
            live.window.ask_to_close()
