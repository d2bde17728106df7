"""The panels of the laboratory, one a file."""

from __future__ import annotations

from .between import BetweenPanel
from .data import DataPanel
from .disturb import DisturbPanel
from .draw import DrawPanel
from .fly import FlyPanel
from .inspector import InspectorPanel
from .plots import PlotsPanel
from .timeline import TimelinePanel
from .training import TrainingPanel
from .view import ViewPanel

Panel = (
    TrainingPanel
    | TimelinePanel
    | DataPanel
    | DrawPanel
    | BetweenPanel
    | InspectorPanel
    | DisturbPanel
    | PlotsPanel
    | ViewPanel
    | FlyPanel
)


def all_panels(*, of_recording: bool = False) -> list[Panel]:
    """Return one of each, in the order of the menu; a stored training is played, not trained."""
    return [
        TimelinePanel() if of_recording else TrainingPanel(),
        DataPanel(),
        DrawPanel(),
        BetweenPanel(),
        InspectorPanel(),
        DisturbPanel(),
        PlotsPanel(),
        ViewPanel(),
        FlyPanel(),
    ]
