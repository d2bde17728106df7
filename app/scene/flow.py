"""When the light of a forward or backward pass is where, and what that step computes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MODES = ("off", "flow", "steps")

_FLOW_SECS = 0.9  # from one layer to the next
_REST_SECS = 0.5
_STEP_SECS = 1.6  # a step in which light travels
_READ_SECS = 1.4  # a step in which it stands


@dataclass(frozen=True)
class FlowMoment:
    """Where a signal is.

    Attributes:
        front: k + t is at share t of the way from layer k to k + 1; None while no light travels.
        backward: whether it runs from the answer back.
        layer: the layer that is computed.
        stage: what is computed there: `sum`, `bias`, `activation`, `error`, `gradient`, or
            `done` once the whole pass is.
        caption: the same for people.
    """

    front: float | None
    backward: bool
    layer: int
    stage: str
    caption: str


@dataclass(frozen=True)
class _Step:
    secs: float
    moment: FlowMoment
    travels: bool = False

    def at(self, secs: float) -> FlowMoment:
        m = self.moment
        if not self.travels:
            return m
        share = min(secs / self.secs, 1.0)
        front = m.layer - share if m.backward else m.layer - 1 + share
        return FlowMoment(front, m.backward, m.layer, m.stage, m.caption)


class Flow:
    """The cycle of one forward and one backward pass.

    Args:
        mode: `flow`, at an even pace, or `steps`, layer by layer with captions.
        sizes: neurons of every layer.
        activation: of the hidden layers.
        answer: what the last layer does with its sums: `softmax`, `sigmoid` or nothing.
    """

    def __init__(self, mode: str, sizes: Sequence[int], activation: str, answer: str):
        steps = _even(len(sizes)) if mode == "flow" else _stepped(sizes, activation, answer)
        self._steps = tuple(steps)
        self.secs = sum(step.secs for step in self._steps)

    def at(self, time_secs: float) -> FlowMoment:
        """Return the moment at a time, seconds; the cycle repeats."""
        rest = time_secs % self.secs
        for step in self._steps:
            if rest < step.secs:
                return step.at(rest)
            rest -= step.secs
        return self._steps[-1].at(rest)


def _even(layers: int) -> list[_Step]:
    last = layers - 1
    steps = [_travel(_FLOW_SECS, layer, "activation", "forward pass") for layer in range(1, layers)]
    steps.append(_Step(_REST_SECS, FlowMoment(None, False, last, "done", "")))
    for layer in range(last, 0, -1):
        steps.append(_travel(_FLOW_SECS, layer, "gradient", "backward pass", backward=True))
    return [*steps, _Step(_REST_SECS, FlowMoment(None, True, 0, "done", ""))]


def _stepped(sizes: Sequence[int], activation: str, answer: str) -> list[_Step]:
    last = len(sizes) - 1
    steps: list[_Step] = []
    for layer in range(1, last + 1):
        name = _name(layer, last)
        words = f"weighted sum: each neuron of {name} adds up weight × input, {sizes[layer - 1]:,}"
        steps.append(_travel(_STEP_SECS, layer, "sum", f"{words} of them"))
        words = f"bias: each neuron of {name} adds a number of its own"
        steps.append(_Step(_READ_SECS, FlowMoment(None, False, layer, "bias", words)))
        hidden = f"activation of {name}, {activation}: {_ACTIVATIONS[activation]}"
        what = _ANSWERS[answer] if layer == last else hidden
        steps.append(_Step(_READ_SECS, FlowMoment(None, False, layer, "activation", what)))
    words = "error: how far the answer is from the truth, answer − truth"
    steps.append(_Step(_READ_SECS, FlowMoment(None, True, last, "error", words)))
    for layer in range(last, 0, -1):
        words = f"gradient: the error flows back from {_name(layer, last)} along the same weights"
        steps.append(_travel(_STEP_SECS, layer, "gradient", words, backward=True))
    words = "update: every weight moves a little against its gradient"
    return [*steps, _Step(_READ_SECS, FlowMoment(None, True, 0, "done", words))]


def _travel(secs: float, layer: int, stage: str, words: str, backward: bool = False) -> _Step:
    return _Step(secs, FlowMoment(None, backward, layer, stage, words), travels=True)


def _name(layer: int, last: int) -> str:
    return "the answer" if layer == last else f"hidden {layer}"


_ACTIVATIONS = {
    "relu": "what is negative becomes 0",
    "tanh": "everything is bent into −1 to 1",
    "sigmoid": "everything is bent into 0 to 1",
    "gelu": "what is negative almost becomes 0, smoothly",
    "swish": "what is negative almost becomes 0, smoothly",
}
_ANSWERS = {
    "softmax": "softmax: the sums become probabilities that add up to 1",
    "sigmoid": "sigmoid: the sum becomes a probability",
    "": "the sums are the answer",
}
