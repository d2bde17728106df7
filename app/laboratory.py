"""The laboratory: panels around the scene, and what they share.

A panel is a small class with a `title`, a `hint` (one sentence for its tooltip) and `draw(lab)`,
which is called inside its window.  Whatever a panel does is a method of the session.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import moderngl
from imgui_bundle import imgui
from neuronaut.core.wiring import Wiring
from neuronaut.renderer.cameras import Pose
from neuronaut.renderer.events import Events
from neuronaut.renderer.hud import Clipboard, Hud
from neuronaut.renderer.hud_layout import Arrangement
from neuronaut.renderer.node import Frame
from neuronaut.renderer.picking import pick

from .film.tours import Stop, Tour
from .panels import Panel, all_panels
from .panels.draw import DrawPanel
from .replay.beside import Beside
from .replay.drives import Control, Player
from .session import Session
from .window.camera_tape import CameraTape
from .window.flight import Flight
from .window.pace import Pace

_SMALLEST_PX = (760, 480)  # of a frame that has room for panels


class Laboratory:
    """Panels over one session.

    Attributes:
        session: the network and its scene.
        hud: what draws the panels.
        control: whether training goes on.
        pace: how many steps make a frame; None without a window.
        player: plays a stored training; None where the network learns.
        beside: draws the network, and perhaps another one next to it.
        tape: takes down the camera's way; None without a window.
        selected: name of the neuron that is looked at, or None.
        hovered: name of the neuron under the pointer, or None.
        said: a sentence for the person, shown by the window.
        wish: where the camera should go: a neuron's name, "home", a pose, or None.
        is_open: which panels are shown, by title.
        hidden: whether all of them are put aside.
        flight: the camera of the window; None without one.
        now: seconds on the window's clock.
        frame_px: size of the scene, physical pixels.
    """

    def __init__(
        self,
        session: Session,
        *,
        ini_path: Path | None = None,
        clipboard: Clipboard | None = None,
        control: Control | None = None,
        pace: Pace | None = None,
        player: Player | None = None,
        beside: Beside | None = None,
        tape: CameraTape | None = None,
    ):
        self.session = session
        self.player = player
        self.beside = beside or Beside(session)
        self.tape = tape
        self.hud = Hud(session.stage.ctx, session.stage.theme, ini_path, clipboard)
        self.control = control or Control()
        self._was_paused = self._has_drawn = False
        self.pace = pace
        self.selected: str | None = None
        self.hovered: str | None = None
        self.said = ""
        self.wish: str | Pose | None = None
        self.hidden = False
        self.flight: Flight | None = None
        self.now = 0.0
        self.frame_px: tuple[int, int] = (1280, 720)
        self._tour: Tour | None = None
        self.panels: list[Panel] = all_panels(of_recording=player is not None)
        closed = self.hud.notes.get("closed", "").split("|")
        self.is_open = {panel.title: panel.title not in closed for panel in self.panels}
        self.hud.arrangement = arrangement(self.panels)

    @property
    def px(self) -> float:
        """Physical pixels per nominal pixel: every size given to imgui is multiplied by it."""
        return self.hud.px

    def begin(
        self, size_px: tuple[int, int], density: float, dt_secs: float, events: Events
    ) -> Events:
        """Begin a frame; return what the person did to the scene, not to a panel."""
        self.hud.theme = self.session.stage.theme
        self.hud.begin(size_px, density, dt_secs, events)
        if self.control.paused and not self._was_paused:
            self.session.refresh()  # figures of a moment that stands must be of this moment
        self._was_paused = self.control.paused
        return events.without(pointer=self.hud.wants_pointer, keyboard=self.hud.wants_keyboard)

    def end(self, framebuffer: moderngl.Framebuffer) -> None:
        """Make every open panel and draw all over the finished frame."""
        if self.is_shown(framebuffer.size):
            self._menu()
            for panel in self.panels:
                if self.is_open[panel.title]:
                    self._window(panel)
            self._has_drawn = True
        self.hud.end(framebuffer)

    def is_shown(self, size_px: tuple[int, int]) -> bool:
        """Say whether there are panels: they are not hidden, and the frame is large enough."""
        width, height = _SMALLEST_PX
        return not self.hidden and size_px[0] >= width and size_px[1] >= height

    def hide(self, hidden: bool) -> None:
        """Put all panels aside, or show them again."""
        self.hidden = hidden

    def go_to_selected(self) -> None:
        """Ask for the camera to fly to the neuron that is looked at."""
        if self.selected is not None:
            self.wish = self.selected

    def select(self, name: str | None) -> None:
        """Look at a neuron: its weights are lifted out of the rest; None looks away."""
        self.selected = name
        self.session.focus(name)
        self.beside.focus(name)

    def point_at(self, frame: Frame, place_px: tuple[float, float] | None) -> None:
        """Find the neuron under the pointer."""
        self.hovered = None if place_px is None else self.neuron_at(frame, place_px)

    def neuron_at(self, frame: Frame, place_px: tuple[float, float]) -> str | None:
        """Return the name of the neuron that is drawn at a place of the frame, or None."""
        positions, radii = self.session.stage.spheres()
        number = pick(positions, radii, frame.pose, frame.size_px, place_px)
        wiring = Wiring(self.session.trainer.sizes)
        if number is None:  # the bar and the name of an output stand for it
            outputs = wiring.sizes[-1]
            places, reach = self.session.stage.geometry.beside_outputs(positions[-outputs:])
            part = pick(places, reach, frame.pose, frame.size_px, place_px)
            number = None if part is None else wiring.neurons - outputs + part % outputs
        return None if number is None else wiring.name(number)

    def undo(self) -> None:
        """Take back what was done last to the network."""
        self._tell("undone", self.session.edits.undo())

    def redo(self) -> None:
        """Do again what was undone last."""
        self._tell("done again", self.session.edits.redo())

    def drop(self, path: Path) -> None:
        """Put a picture that was dropped on the window on the pad."""
        for panel in self.panels:
            if isinstance(panel, DrawPanel):
                panel.drop(path, self)

    @property
    def in_tour(self) -> bool:
        """Whether the tour goes on."""
        return self._tour is not None

    @property
    def tour_place(self) -> int | None:
        """Number of the tour's stop, or None."""
        return None if self._tour is None else self._tour.place

    @property
    def tour_stops(self) -> tuple[Stop, ...]:
        """The stops of the tour that goes on; none before it has begun."""
        return () if self._tour is None else self._tour.stops

    def next_stop(self, size_px: tuple[int, int]) -> None:
        """Begin the tour, or go on to its next stop; after the last it ends."""
        tour = self._tour = self._tour or Tour(self.session)
        place = 0 if tour.place is None else tour.place + 1
        if place >= len(tour.stops):
            self.leave_tour()
            return
        self.wish = tour.enter(place).pose(size_px)

    def leave_tour(self) -> None:
        """Look at the network as before the tour."""
        if self._tour is not None:
            self._tour.leave()
            self._tour = None
            self.wish = "home"

    def say(self, sentence: str) -> None:
        """Tell the person something."""
        self.said = sentence

    def release(self) -> None:
        """Remember the layout and free everything."""
        closed = [title for title, is_open in self.is_open.items() if not is_open]
        self.hud.notes["closed"] = "|".join(closed)
        self.hud.release()

    def _tell(self, what: str, sentence: str | None) -> None:
        if sentence is None:
            self.say("there is nothing to take back" if what == "undone" else "nothing was undone")
            return
        self.session.refresh()
        self.say(f"{what}: {sentence}")

    def _menu(self) -> None:
        """A bar on top: which panels are open."""
        if not imgui.begin_main_menu_bar():
            return
        if imgui.begin_menu("Panels"):
            for panel in self.panels:
                _, self.is_open[panel.title] = imgui.menu_item(
                    panel.title, "", self.is_open[panel.title]
                )
                imgui.set_item_tooltip(panel.hint)
            imgui.separator()
            if imgui.menu_item_simple("As at first"):
                self.is_open = dict.fromkeys(self.is_open, True)
                self.hud.rearrange()
            imgui.end_menu()
        imgui.end_main_menu_bar()

    def _window(self, panel: Panel) -> None:
        # At the start the first tab of each place lies open, not the one that was made last.
        flags = 0 if self._has_drawn else imgui.WindowFlags_.no_focus_on_appearing.value
        shown, still_open = imgui.begin(panel.title, True, flags)
        self.is_open[panel.title] = bool(still_open)
        if shown:
            panel.draw(self)
        imgui.end()


def arrangement(panels: Sequence[Panel]) -> Arrangement:
    """Return where panels lie at first: what one does on the left, what one sees on the right."""
    titles = {panel.title for panel in panels}

    def present(*names: str) -> tuple[str, ...]:
        return tuple(name for name in names if name in titles)

    left = [present("Training", "Data", "View"), present("Draw", "Between A and B", "Fly")]
    right = [present("Inspector"), present("Disturb")]
    return Arrangement(
        left=[tabs for tabs in left if tabs],
        right=[tabs for tabs in right if tabs],
        bottom=present("Plots"),
        foot=present("Timeline"),
        bottom_px=260.0 if "Timeline" not in titles else 190.0,
    )
