"""A HUD without a window, the hand of the person before it, and panels to try it with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import moderngl
import numpy as np
from imgui_bundle import ImVec2, imgui
from neuronaut.renderer.events import Hand
from neuronaut.renderer.hud import Hud
from neuronaut.renderer.hud_layout import Arrangement
from neuronaut.renderer.readback import read_now

Panels = Callable[[], None]


class Desk:
    """A HUD, what it draws into, and the hand of the person before it."""

    def __init__(self, ctx: moderngl.Context, size: tuple[int, int], density: float, **named: Any):
        self.ctx, self.size, self.density = ctx, size, density
        self.hud = Hud(ctx, **named)
        self.hand = Hand(density)
        self.texture = ctx.texture(size, 4)
        self.framebuffer = ctx.framebuffer([self.texture])

    def frames(self, panels: Panels, count: int = 1, dt_secs: float = 1 / 60) -> None:
        for _ in range(count):
            self.framebuffer.clear(0.2, 0.4, 0.6, 1.0)
            self.hud.begin(self.size, self.density, dt_secs, self.hand.take())
            panels()
            self.hud.end(self.framebuffer)

    def picture(self) -> np.ndarray:
        return read_now(self.framebuffer)

    def click(self, place: tuple[float, float]) -> None:
        self.hand.move(*place)
        self.hand.button("left", True)
        self.hand.button("left", False)

    def release(self) -> None:
        self.hud.release()
        self.framebuffer.release()
        self.texture.release()


def middle_of_item() -> tuple[float, float]:
    low, high = imgui.get_item_rect_min(), imgui.get_item_rect_max()
    return (low.x + high.x) / 2, (low.y + high.y) / 2


class Panel:
    """A panel with one of each, and what became of it."""

    def __init__(self) -> None:
        self.pressed = 0
        self.text = "h1.0"
        self.scroll = 0.0
        self.at: dict[str, tuple[float, float]] = {}

    def __call__(self) -> None:
        imgui.set_next_window_pos(ImVec2(10, 10), imgui.Cond_.first_use_ever)
        imgui.set_next_window_size(ImVec2(200, 180), imgui.Cond_.first_use_ever)
        imgui.begin("Panel")
        self.pressed += imgui.button("Press")
        self.at["button"] = middle_of_item()
        _, self.text = imgui.input_text("##text", self.text)
        self.at["text"] = middle_of_item()
        imgui.begin_child("list", ImVec2(0, 60))
        for k in range(40):
            imgui.text(f"row {k}")
        self.scroll = imgui.get_scroll_y()
        imgui.end_child()
        self.at["list"] = middle_of_item()
        imgui.end()


ARRANGEMENT = Arrangement(left=(("A",), ("B", "C")), right=(("D",),), bottom=("E",))


class Docked:
    """Five empty panels, and where they lie."""

    def __init__(self) -> None:
        self.at: dict[str, tuple[float, float, float, float]] = {}

    def __call__(self) -> None:
        for name in "ABCDE":
            imgui.begin(name)
            place, size = imgui.get_window_pos(), imgui.get_window_size()
            self.at[name] = (place.x, place.y, size.x, size.y)
            imgui.end()


MakeDesk = Callable[..., Desk]


@contextmanager
def making_desks(ctx: moderngl.Context) -> Iterator[MakeDesk]:
    """Make desks, freed in the end."""
    made: list[Desk] = []

    def make(size: tuple[int, int] = (320, 240), density: float = 1.0, **named: Any) -> Desk:
        made.append(Desk(ctx, size, density, **named))
        return made[-1]

    yield make
    for desk in made:
        desk.release()
