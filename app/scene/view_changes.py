"""Changes of the view by name, each by the cheapest way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..session import Session

_SETTERS: dict[str, Callable[[Session, Any], None]] = {
    "color": lambda session, value: session.set_color(value),
    "edges": lambda session, value: session.set_edges(value),
    "strength": lambda session, value: session.set_strength(value),
    "bundling": lambda session, value: session.set_bundling(value),
    "metric": lambda session, value: session.set_metric(value),
    "arrangement": lambda session, value: session.set_arrangement(value),
    "anchors": lambda session, value: session.set_anchors(value),
    "layout_steps": lambda session, value: session.set_layout_steps(value),
    "hud": lambda session, value: session.set_hud(value),
    "focus": lambda session, value: session.focus(value),
}


def change(session: Session, wanted: Mapping[str, Any]) -> None:
    """Bring the view to what is wanted; the scene is built anew only if nothing else will do.

    Args:
        session: whose view it is.
        wanted: fields of `ViewOptions`; those that are so already do nothing.

    Raises:
        UserError: the data have no such picture, or no neuron has that name.
    """
    left = {name: its for name, its in wanted.items() if getattr(session.view, name) != its}
    if any(name not in _SETTERS for name in left):
        session.restage(**left)
        return
    for name, value in left.items():
        _SETTERS[name](session, value)
