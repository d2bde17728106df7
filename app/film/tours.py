"""A tour of a network in six stops, each a place, a way of looking, and a plain sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from neuronaut.core.wiring import Wiring
from neuronaut.renderer.cameras import Pose
from neuronaut.renderer.poses import blend

from ..lab.inspector import supporters
from ..session import Session

_GLIDE_SHARE = 0.3  # of a stop's time that the way to it takes
_PLAIN = {
    "color": "activation", "images": "none", "signals": "off", "bundling": 0.0, "focus": None,
    "strength": "contribution",
}  # fmt: skip


@dataclass(frozen=True)
class Stop:
    """One stop.

    Attributes:
        title: two or three words.
        sentence: what there is to see.
        view: fields of `ViewOptions` that differ from a plain view.
        pose: from where, given the frame's size.
    """

    title: str
    sentence: str
    pose: Callable[[tuple[int, int]], Pose]
    view: dict[str, Any] = field(default_factory=dict)


class Tour:
    """Leads through one session.

    Attributes:
        stops: in their order.
        place: number of the stop that is shown, or None before the first and after the last.
    """

    def __init__(self, session: Session):
        self.session = session
        self.stops = _stops(session)
        self.place: int | None = None
        self._before = session.view

    def enter(self, place: int) -> Stop:
        """Show a stop's way of looking and its sentence; numbers beyond the ends stay there."""
        place = min(max(place, 0), len(self.stops) - 1)
        stop = self.stops[place]
        if place != self.place:
            self.place = place
            self.session.restage(**(_PLAIN | stop.view))
            self.session.caption = f"{place + 1} of {len(self.stops)}   {stop.sentence}"
        return stop

    def leave(self) -> None:
        """Look at the network as before the tour."""
        if self.place is not None:
            self.place = None
            self.session.caption = ""
            self.session.restage(**{name: getattr(self._before, name) for name in _PLAIN})

    def at(self, share: float, size_px: tuple[int, int]) -> Pose:
        """Enter the stop at a share of a film and return the pose there, on the way from the last.

        Args:
            share: of the film, 0 to 1.
            size_px: of the frame.
        """
        count = len(self.stops)
        place = min(int(share * count), count - 1)
        stop, within = self.enter(place), share * count - place
        if place == 0 or within >= _GLIDE_SHARE:
            return stop.pose(size_px)
        t = within / _GLIDE_SHARE
        return blend(self.stops[place - 1].pose(size_px), stop.pose(size_px), t * t * (3 - 2 * t))


def _stops(session: Session) -> tuple[Stop, ...]:
    trainer = session.trainer
    answer = trainer.data.class_names[trainer.answer(trainer.shown_x())]
    image = trainer.data.is_image
    whole = _whole(session)
    given = "every pixel a number" if image else "one number after the other"
    first = Stop(
        "The whole network",
        f"On the left is what the network is given, {given}; on the right its answer; every ball "
        "between is a neuron.",
        whole,
    )
    answers = Stop(
        "The answer",
        f"Each output adds up the votes for its class; the strongest wins: {answer}.",
        _near(session, len(trainer.sizes) - 1, (-1.0, 0.8, 11.5)),
    )
    learning = Stop(
        "Learning",
        "When the answer is wrong, the error flows back, and every weight moves a little: that is "
        "learning.",
        whole,
        {"signals": "flow"},
    )
    if len(trainer.sizes) == 2:
        return (first, answers, learning)
    return (first, *_hidden_stops(session), answers, learning)


def _hidden_stops(session: Session) -> tuple[Stop, ...]:
    name = _leading_neuron(session)
    close = _near_neuron(session, name, (-4.2, 1.4, 5.2))
    neuron = Stop(
        "One neuron",
        f"One neuron, {name}: it adds up what it is given, each times a weight; red adds, blue "
        "takes away.",
        _near_neuron(session, name, (-7.0, 2.0, 9.0)),
        {"focus": name, "strength": "weight"},
    )
    data = session.trainer.data
    if data.is_image or data.features == 2:
        shape = "its weights, drawn as a picture" if data.is_image else "where it is active"
        looks = Stop(
            "What it looks for",
            f"What each neuron looks for: {shape}.",
            close,
            {"images": "weights" if data.is_image else "response"},
        )
    else:
        looks = Stop("Biases", "A neuron with a high bias is easily excited.", close,
                     {"color": "bias"})  # fmt: skip
    together = Stop(
        "Who works together",
        "Neurons that do the same work have drifted together; each colour is a region, named by "
        "its classes.",
        _whole(session),
        {"color": "region", "bundling": 0.6},
    )
    return (neuron, looks, together)


def _leading_neuron(session: Session) -> str:
    """Return the neuron of the first hidden layer that speaks most for the answer."""
    trainer = session.trainer
    outputs = trainer.sizes[-1]
    best = int(np.argmax(np.abs(session.outputs))) if outputs > 1 else 0
    found = supporters(trainer, f"out.{best}", of_class=False, most=sum(trainer.sizes[1:-1]))
    return next((its.name for its in found if its.name.startswith("h1.")), "h1.0")


def _whole(session: Session) -> Callable[[tuple[int, int]], Pose]:
    def pose(size_px: tuple[int, int]) -> Pose:
        return session.stage.view_pose(size_px)  # of the stage that there is then

    return pose


def _near(
    session: Session, layer: int, away: tuple[float, float, float]
) -> Callable[[tuple[int, int]], Pose]:
    def pose(_: tuple[int, int]) -> Pose:
        there = session.stage.geometry.centers[layer] + np.array([1.0, 0.0, 0.0])
        return Pose.look_at(there + np.array(away), there)

    return pose


def _near_neuron(
    session: Session, name: str, away: tuple[float, float, float]
) -> Callable[[tuple[int, int]], Pose]:
    def pose(_: tuple[int, int]) -> Pose:
        positions, _radii = session.stage.spheres()
        there = positions[Wiring(session.trainer.sizes).neuron(name)]
        return Pose.look_at(there + np.array(away), there)

    return pose
