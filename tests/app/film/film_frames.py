"""Small films, and what is in their files."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from neuronaut.app.film.clock import Learning, Replay
from neuronaut.app.options import ViewOptions
from neuronaut.app.session import Session

SIZE = (160, 96)
PLAIN = ViewOptions(hud="none", layout_steps=1)


def decoded(film: Path) -> np.ndarray:
    """Return every frame of a film, uint8 [frames, height, width, 3]."""
    with av.open(str(film)) as container:
        return np.stack([its.to_ndarray(format="rgb24") for its in container.decode(video=0)])


def steps_of(clock: type[Learning] | type[Replay], monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the list in which the training's step is noted at every frame from now on."""
    steps: list[int] = []
    go = clock.go

    def spy(time: Learning | Replay, session: Session, index: int, frame: int) -> None:
        go(time, session, index, frame)  # type: ignore[arg-type]
        steps.append(int(session.trainer.state.step))

    monkeypatch.setattr(clock, "go", spy)
    return steps
