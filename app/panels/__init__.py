"""The panels of the laboratory, one a file."""

from __future__ import annotations

from .between import BetweenPanel
from .data import DataPanel
from .disturb import DisturbPanel
from .draw import DrawPanel
from .fly import FlyPanel
from .inspector import InspectorPanel
from .plots import PlotsPanel
from .training import TrainingPanel
from .view import ViewPanel

Panel = (
    TrainingPanel
    | DataPanel
    | DrawPanel
    | BetweenPanel
    | InspectorPanel
    | DisturbPanel
    | PlotsPanel
    | ViewPanel
    | FlyPanel
)


def all_panels() -> list[Panel]:
    """Return one of each, in the order of the menu."""
    return [
        TrainingPanel(),
        DataPanel(),
        DrawPanel(),
        BetweenPanel(),
        InspectorPanel(),
        DisturbPanel(),
        PlotsPanel(),
        ViewPanel(),
        FlyPanel(),
    ]
