"""Two networks next to each other: one camera, one clock, and what does the same in one place."""

from __future__ import annotations

import moderngl
import numpy as np
from neuronaut.core import matching
from neuronaut.core.wiring import Wiring
from neuronaut.renderer.cameras import Pose

from ..lab.insight import hidden_spans
from ..options import UserError
from ..scene.view_changes import change
from ..session import Session
from ..window.viewport import Viewport

_GAP_PX = 2
_ASPECT = 2.1  # of a network with its captions, width by height
_PROBE_ROWS = 256
_OWN = ("focus", "sample", "compare")  # of a view, what each network has for itself


class Beside:
    """Draws one network, or two in the halves of the frame, side by side or one above the other.

    Args:
        session: the first, or the only one.
        other: the second, or None; its neurons are put where their likes are in the first.
    Attributes:
        match: for each neuron of the other network the one of the first that does most the same,
            -1 for none.
    """

    def __init__(self, session: Session, other: Session | None = None):
        self.session, self.other = session, other
        self.match = np.zeros(0, int)
        self._halves: tuple[Viewport, Viewport] | None = None
        if other is not None:
            ctx, programs = session.stage.ctx, session.stage.programs
            self._halves = Viewport(ctx, programs), Viewport(ctx, programs)
            self.align()

    def align(self) -> None:
        """Put the neurons of the other network where those of the first are that do the same."""
        if self.other is None:
            return
        one, two = self.session.trainer, self.other.trainer
        x = one.x_test[:_PROBE_ROWS]
        if x.shape[1] != two.sizes[0] or len(one.sizes) != len(two.sizes):
            self.match = np.full(sum(two.sizes), -1)
            return
        self.match = matching.match_layers(
            one.activations_of(x), two.activations_of(x), one.sizes, two.sizes
        )
        self.other.start_from(_matched(self.session, self.other, self.match))

    def part(self, size_px: tuple[int, int]) -> tuple[int, int]:
        """Return the size of the part of the frame that the first network has."""
        width, height = size_px
        if self.other is None:
            return size_px
        if _is_stacked(size_px):
            return width, max((height - _GAP_PX) // 2, 1)
        return max((width - _GAP_PX) // 2, 1), height

    def draw(
        self,
        pose: Pose,
        into: moderngl.Framebuffer,
        *,
        first: bool = False,
        time_secs: float = 0.0,
        samples: int = 1,
    ) -> None:
        """Draw as `Showing.draw` does, from one pose in both halves."""
        if self.other is None or self._halves is None:
            self.session.draw(pose, into, first=first, time_secs=time_secs, samples=samples)
            return
        self._follow(self.other)
        width, height = self.part(into.size)
        places = (0, 0), (into.width - width, into.height - height)
        sessions = self.session, self.other
        for half, corner, session in zip(self._halves, places, sessions, strict=True):
            half.draw(
                into,
                (corner, (width, height)),
                lambda canvas, its=session: its.draw(
                    pose, canvas, first=first, time_secs=time_secs, samples=samples
                ),
                clears=corner == (0, 0),
            )

    def focus(self, name: str | None) -> None:
        """Lift the weights of a neuron out of the rest, and those of its like."""
        if self.other is None:
            return
        if name is None:
            self.other.focus(None)
            return
        try:
            number = Wiring(self.session.trainer.sizes).neuron(name)
        except ValueError as error:
            raise UserError(f"{error}.") from error
        likes = np.flatnonzero(self.match == number)
        its = Wiring(self.other.trainer.sizes)
        self.other.focus(its.name(int(likes[0])) if len(likes) else None)

    def _follow(self, other: Session) -> None:
        """Let the other network be shown the same input in the same way."""
        shown = self.session.trainer.inputs.shown
        inputs = other.trainer.inputs
        if inputs.shown.x is not shown.x and shown.x.shape == inputs.shown.x.shape:
            inputs.show(shown)
            other.publish()
        view = self.session.view
        change(other, {name: its for name, its in vars(view).items() if name not in _OWN})

    def release(self) -> None:
        """Free the GPU memory, of the other network too."""
        for half in self._halves or ():
            half.release()
        if self.other is not None:
            self.other.release()


def _is_stacked(size_px: tuple[int, int]) -> bool:
    """Say whether two networks are larger one above the other."""
    width, height = size_px
    return min(width / _ASPECT, height / 2) > min(width / 2 / _ASPECT, height)


def _matched(session: Session, other: Session, match: np.ndarray) -> np.ndarray:
    """Return start coordinates [H, 3] of the other network, in each layer's own scale."""
    there, own = session.coordinates(), other.coordinates()
    has_like = match >= 0
    own[has_like] = there[match[has_like]]
    spans = hidden_spans(other.trainer.sizes)
    return np.concatenate([own[span] for span in spans]) if spans else np.zeros((0, 3), "f4")
