"""Panel: where the camera goes, and the tour of six stops."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imgui_bundle import ImVec2, imgui

if TYPE_CHECKING:
    from ..laboratory import Laboratory
    from ..window.camera_tape import CameraTape
    from ..window.flight import Flight

_VIEWS = 9


class FlyPanel:
    """Home, neurons, remembered views, signals, tour."""

    title = "Fly"
    hint = "Move the camera: home, to a neuron, to remembered views, along a signal, on the tour."

    def draw(self, lab: Laboratory) -> None:
        """Make the panel's contents."""
        if lab.flight is not None:
            self._camera(lab, lab.flight)
            self._views(lab, lab.flight)
        self._tour(lab)

    def _camera(self, lab: Laboratory, flight: Flight) -> None:
        half = _part(2)
        if imgui.button("Whole network", half):
            lab.wish = "home"
        imgui.set_item_tooltip("Orbit the whole network again (key O).")
        imgui.same_line()
        imgui.begin_disabled(lab.selected is None)
        if imgui.button(f"To {lab.selected or 'a neuron'}", half):
            lab.go_to_selected()
        imgui.end_disabled()
        imgui.set_item_tooltip("Fly to the neuron that is looked at; click one first (key G).")
        shown = lab.session.view.signals != "off"
        imgui.begin_disabled(not shown)
        changed, follows = imgui.checkbox("go along with the signal", flight.follows)
        if changed:
            flight.follow(follows)
        imgui.end_disabled()
        imgui.set_item_tooltip("Travel with the light of a pass, when View shows signals (key L).")

    def _views(self, lab: Laboratory, flight: Flight) -> None:
        imgui.separator_text("Views")
        gap = 0.6 * imgui.get_style().item_spacing.x
        side = _part(_VIEWS, gap)
        for number in range(1, _VIEWS + 1):
            if number > 1:
                imgui.same_line(0, gap)
            known = number in flight.bookmarks
            imgui.begin_disabled(not known)
            if imgui.button(f"{number}", side):
                flight.recall(number, lab.now)
            imgui.end_disabled()
            imgui.set_item_tooltip(f"Go to view {number}; Ctrl+{number} remembers one.")
        if imgui.button("Remember this view", _part(1)):
            free = [k for k in range(1, _VIEWS + 1) if k not in flight.bookmarks]
            flight.keep(free[0] if free else _VIEWS, lab.now)
        imgui.set_item_tooltip("Keep where the camera is now under the next free number.")
        if lab.tape is not None:
            self._path(lab, lab.tape, flight)

    def _path(self, lab: Laboratory, tape: CameraTape, flight: Flight) -> None:
        """Save camera paths for `neuronaut record --camera`."""
        half = _part(2)
        if imgui.button("Stop the flight" if tape.recording else "Record a flight", half):
            lab.say(tape.stop() if tape.recording else tape.start(lab.now))
        imgui.set_item_tooltip("Save the way the camera goes, for neuronaut record --camera (C).")
        imgui.same_line()
        imgui.begin_disabled(not flight.bookmarks)
        if imgui.button("Views as a path", half):
            lab.say(tape.save_views(flight.bookmarks))
        imgui.end_disabled()
        imgui.set_item_tooltip("Save a way through the remembered views, three seconds each.")

    def _tour(self, lab: Laboratory) -> None:
        imgui.separator_text("Tour")
        place, stops = lab.tour_place, lab.tour_stops
        if place is None:
            imgui.text_wrapped("Six stops that explain the network in plain sentences.")
        else:
            imgui.text_wrapped(stops[place].sentence)
        last = place is not None and place == len(stops) - 1
        words = "Begin" if place is None else "End" if last else "Next stop"
        half = _part(2)
        if imgui.button(words, half):
            lab.next_stop(lab.frame_px)
        imgui.set_item_tooltip("Go on to the next stop (key T).")
        if place is not None and not last:
            imgui.same_line()
            if imgui.button("Leave the tour", half):
                lab.leave_tour()
            imgui.set_item_tooltip("Look at the network as before the tour (Esc).")


def _part(count: int, gap: float | None = None) -> ImVec2:
    """Return the size of a button of which so many fill a line."""
    gap = imgui.get_style().item_spacing.x if gap is None else gap
    return ImVec2((imgui.get_content_region_avail().x - (count - 1) * gap) / count, 0)
