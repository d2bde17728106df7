"""Panel: where the camera goes, and the tour of six stops."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imgui_bundle import ImVec2, imgui

if TYPE_CHECKING:
    from ..flight import Flight
    from ..laboratory import Laboratory

_VIEWS = 9
_WIDTH = 132.0  # of half a row, nominal pixels


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
        half = ImVec2(_WIDTH * lab.px, 0)
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
        side = ImVec2(25.0 * lab.px, 0)
        for number in range(1, _VIEWS + 1):
            if number > 1:
                imgui.same_line(0, 5.0 * lab.px)
            known = number in flight.bookmarks
            imgui.begin_disabled(not known)
            if imgui.button(f"{number}", side):
                flight.recall(number, lab.now)
            imgui.end_disabled()
            imgui.set_item_tooltip(f"Go to view {number}; Ctrl+{number} remembers one.")
        if imgui.button("Remember this view", ImVec2(2 * _WIDTH * lab.px, 0)):
            free = [k for k in range(1, _VIEWS + 1) if k not in flight.bookmarks]
            flight.keep(free[0] if free else _VIEWS, lab.now)
        imgui.set_item_tooltip("Keep where the camera is now under the next free number.")

    def _tour(self, lab: Laboratory) -> None:
        imgui.separator_text("Tour")
        place, stops = lab.tour_place, lab.tour_stops
        if place is None:
            imgui.text_wrapped("Six stops that explain the network in plain sentences.")
        else:
            imgui.text_wrapped(stops[place].sentence)
        last = place is not None and place == len(stops) - 1
        words = "Begin" if place is None else "End" if last else "Next stop"
        if imgui.button(words, ImVec2(_WIDTH * lab.px, 0)):
            lab.next_stop(lab.frame_px)
        imgui.set_item_tooltip("Go on to the next stop (key T).")
        if place is not None and not last:
            imgui.same_line()
            if imgui.button("Leave the tour", ImVec2(_WIDTH * lab.px, 0)):
                lab.leave_tour()
            imgui.set_item_tooltip("Look at the network as before the tour (Esc).")
