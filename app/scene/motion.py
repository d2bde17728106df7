"""Signals in motion: the light of a pass, and in steps the numbers that each step has computed."""

from __future__ import annotations

import numpy as np
from neuronaut.core import forward
from neuronaut.core.network import NetworkConfig
from neuronaut.core.signals import Signals

from ..training.trainer import Trainer
from .coloring import Tint
from .flow import Flow, FlowMoment

_STILL = FlowMoment(None, False, 0, "done", "")
# How much of a neuron's work is done in each stage of its layer, as fields of `forward.Stage`.
_SO_FAR = {"sum": "weighted_sum", "bias": "net_input", "activation": "output"}


class Motion:
    """Follows a clock through forward and backward passes.

    Attributes:
        moment: where the signal is.
    """

    def __init__(self, mode: str, net: NetworkConfig):
        self._stepped = mode == "steps"
        probability = "sigmoid" if net.is_binary else "softmax"
        answer = probability if net.loss == "cross-entropy" else ""
        is_off = mode == "off"
        self._flow = None if is_off else Flow(mode, net.sizes, net.activation, answer)
        self._sizes = net.sizes
        self._stages: list[forward.Stage] = []
        self.moment = _STILL

    def publish(self, trainer: Trainer) -> None:
        """Take over the numbers of another moment of the network."""
        if self._flow is not None and self._stepped:
            shown = trainer.shown_x()
            net = trainer.config.network
            self._stages = forward.stages(trainer.state.params, shown, net)

    def follow(self, time_secs: float) -> bool:
        """Go to a time, seconds; say whether another step of the computation has begun."""
        if self._flow is None:
            return False
        before, self.moment = self.moment, self._flow.at(time_secs)
        now = (self.moment.layer, self.moment.stage, self.moment.backward)
        return self._stepped and now != (before.layer, before.stage, before.backward)

    def tint(self, signals: Signals) -> Tint | None:
        """Return what each neuron has computed so far in this pass; None if it is not stepped."""
        moment = self.moment
        if self._flow is None or not self._stepped or not self._stages:
            return None
        if moment.backward:
            return Tint(self._gradient_so_far(np.asarray(signals.gradient)))
        layers = [np.asarray(signals.activation)[: self._sizes[0]]]
        for layer, stage in enumerate(self._stages, start=1):
            if layer == moment.layer:
                layers.append(np.asarray(getattr(stage, _SO_FAR.get(moment.stage, "output"))))
            else:
                done = np.asarray(stage.output)
                layers.append(done if layer < moment.layer else np.zeros_like(done))
        return Tint(np.concatenate(layers))

    def _gradient_so_far(self, gradient: np.ndarray) -> np.ndarray:
        """Leave out what the way back has not reached yet."""
        last = len(self._sizes) - 1
        reached = 0 if self.moment.stage == "done" else self.moment.layer
        return np.where(
            np.arange(len(gradient)) >= sum(self._sizes[: min(reached, last)]), gradient, 0
        )
