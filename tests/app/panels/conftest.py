"""A panel in a laboratory without a window, over a small network, and a hand that finds its way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import moderngl
import numpy as np
import pytest
from imgui_bundle import imgui
from neuronaut.app.laboratory import Laboratory, Panel
from neuronaut.app.options import TrainOptions, ViewOptions
from neuronaut.app.session import Session
from neuronaut.app.training.chronicle import Chronicle
from neuronaut.app.window.pace import Pace
from neuronaut.renderer.events import Hand
from neuronaut.renderer.readback import read_now

DIGITS = TrainOptions(hidden=(12, 8))
SIZE = (1000, 900)
_SEEN = (
    "button", "small_button", "invisible_button", "checkbox", "radio_button", "selectable",
    "slider_float", "slider_int", "drag_float", "drag_int", "input_text", "input_text_with_hint",
    "input_float", "input_int", "begin_combo", "collapsing_header", "menu_item",
    "menu_item_simple",
)  # fmt: skip

Rect = tuple[float, float, float, float]


class Bench:
    """One panel, what it works on, and the hand of the person before it.

    Attributes:
        at: the corners of each control that was drawn in the last frame, by its label; what comes
            after "##" counts as a label too.
        texts: what was written in the last frame.
    """

    def __init__(self, ctx: moderngl.Context, session: Session, panel: Panel, size=SIZE):
        self.session, self.panel, self.size = session, panel, size
        self.lab = Laboratory(session, pace=Pace())
        self.hand = Hand()
        self.at: dict[str, Rect] = {}
        self.texts: list[str] = []
        self._texture = ctx.texture(size, 4)
        self._framebuffer = ctx.framebuffer([self._texture])

    def frames(self, count: int = 1, density: float = 1.0, dt_secs: float = 1 / 60) -> None:
        for _ in range(count):
            self.at.clear()
            self.texts.clear()
            self._framebuffer.clear(0.05, 0.06, 0.09, 1.0)
            self.lab.begin(self.size, density, dt_secs, self.hand.take())
            self.lab.end(self._framebuffer)

    def place(self, label: str, x: float = 0.5, y: float = 0.5) -> tuple[float, float]:
        """Return a place inside a control, as shares of its width and height."""
        assert label in self.at, f"{label!r} is none of {sorted(self.at)}"
        left, top, right, bottom = self.at[label]
        return left + x * (right - left), top + y * (bottom - top)

    def press(self, label: str, x: float = 0.5, y: float = 0.5, button: str = "left") -> None:
        """Click a control."""
        self.hand.move(*self.place(label, x, y))
        self.frames()
        self.hand.button(button, True)
        self.frames()
        self.hand.button(button, False)
        self.frames(2)

    def choose(self, label: str, option: str) -> None:
        """Choose from a list that unfolds."""
        self.press(label)
        self.frames(2)
        self.press(option)

    def type(self, label: str, text: str) -> None:
        """Type into a field instead of what it says, and press enter."""
        self.press(label)
        self.hand.key("ctrl", True)
        self.hand.key("a", True)
        self.hand.key("a", False)
        self.hand.key("ctrl", False)
        self.frames(4)
        self.hand.key("backspace", True)
        self.hand.key("backspace", False)
        self.frames(3)
        self.hand.type(text)
        self.frames(3)
        self.hand.key("enter", True)
        self.hand.key("enter", False)
        self.frames(4)

    def drag(self, label: str, *places: tuple[float, float], button: str = "left") -> None:
        """Drag over a control, from place to place; shares of its width and height."""
        way = [self.place(label, *place) for place in places]
        self.hand.move(*way[0])
        self.frames()
        self.hand.button(button, True)
        self.frames()
        for place in way[1:]:
            self.hand.move(*place)
            self.frames()
        self.hand.button(button, False)
        self.frames(2)

    def says(self, text: str) -> bool:
        """Whether a text was written in the last frame."""
        return any(text in its for its in self.texts)

    def picture(self) -> np.ndarray:
        return read_now(self._framebuffer)

    def release(self) -> None:
        self.lab.release()
        self._framebuffer.release()
        self._texture.release()


MakeBench = Callable[..., Bench]


@pytest.fixture(scope="session")
def sessions(headless) -> Iterator[Callable[..., Session]]:
    """Begin small sessions, one for the same options, which end with all tests.

    The shared context must be current.
    """
    begun: dict[TrainOptions, Session] = {}

    def begin(train: TrainOptions = DIGITS) -> Session:
        if train not in begun:
            view = ViewOptions(layout_steps=0, hud="none")
            begun[train] = Session(headless[0], train, view)
        return begun[train]

    yield begin
    with headless[0]:
        for session in begun.values():
            session.release()


@pytest.fixture(scope="session")
def learnt(sessions: Callable[..., Session], headless) -> Session:
    """One small session on digits, trained a little."""
    with headless[0]:
        session = sessions()
        session.train_ahead(400)
    return session


@pytest.fixture
def session(ctx: moderngl.Context, learnt: Session) -> Iterator[Session]:
    """`learnt`, put back after the test to what it was before."""
    trainer = learnt.trainer
    kept, options = trainer.state, trainer.options
    learnt.chronicle = Chronicle(trainer)  # going back to the same step is no part of the story
    learnt.refresh()
    yield learnt
    learnt.edits.undo_all()
    if trainer.options != options:
        learnt.rebuild(options)
    trainer.put(kept.params)
    trainer.state = kept
    trainer.frozen = frozenset()
    trainer.inputs.pins.clear()
    learnt.samples.set_filter()
    if learnt.view.color != "activation":
        learnt.set_color("activation")
    learnt.focus(None)
    learnt.show(0)
    learnt.refresh()


@pytest.fixture
def bench(
    ctx: moderngl.Context, session: Session, monkeypatch: pytest.MonkeyPatch
) -> Iterator[MakeBench]:
    """Make a bench for a panel, over `session` or another one, perhaps among other panels."""
    made: list[Bench] = []

    def make(panel: Panel, its: Session | None = None, among=(), **named: Any) -> Bench:
        panels = [panel, *(other for other in among if other.title != panel.title)]
        monkeypatch.setattr("neuronaut.app.laboratory.all_panels", lambda **_: panels)
        made.append(Bench(ctx, its or session, panel, **named))
        _watch(monkeypatch, made[-1])
        made[-1].frames(3)
        return made[-1]

    yield make
    for its in made:
        its.release()


def _watch(monkeypatch: pytest.MonkeyPatch, bench: Bench) -> None:
    """Note where controls are and what is written, as Dear ImGui is asked for them."""

    def watched(make: Callable[..., Any], is_open: Callable[[Any], bool]) -> Callable[..., Any]:
        def call(label: str, *given: Any, **named: Any) -> Any:
            result = make(label, *given, **named)
            if not is_open(result):  # then the last item is in the list that has unfolded
                low, high = imgui.get_item_rect_min(), imgui.get_item_rect_max()
                for name in {label, *label.split("##", 1)} - {""}:
                    bench.at[name] = (low.x, low.y, high.x, high.y)
            return result

        return call

    for name in _SEEN:
        make = getattr(imgui, name)
        opens = name == "begin_combo"
        monkeypatch.setattr(imgui, name, watched(make, lambda r, opens=opens: opens and bool(r)))
    for name in ("text", "text_wrapped", "text_colored", "text_unformatted", "text_disabled"):
        write = getattr(imgui, name)

        def noted(*given: Any, write: Callable[..., Any] = write) -> Any:
            bench.texts.append(str(given[-1]))
            return write(*given)

        monkeypatch.setattr(imgui, name, noted)
