"""Disturbing a network by hand: weights, biases, noise, silenced neurons; with undo and redo.

Undo puts back the values that the touched parameters had before the edit, and leaves all others as
they are. If nothing was learnt since, that is the network from before, bit by bit; if something
was, what the other parameters learnt stays. Redo is the exact reverse of undo.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import jax
import numpy as np
from neuronaut.core.noise import Noise, noise_curve
from neuronaut.core.wiring import Wiring

from .. import names
from ..figures import figure
from ..options import UserError
from ..training.trainer import Trainer
from .effect import Effect, effect_of
from .history import Edit, History, Patch

_MOST_NOISE = 1e3  # of the weights' standard deviation
_PROBE_ROWS = 2_000


class Edits:
    """The edits of one network; a rewound or rebuilt one starts without any."""

    def __init__(self, trainer: Trainer):
        self._trainer = trainer
        self._history = History(trainer)

    @property
    def done(self) -> tuple[str, ...]:
        """A sentence for each edit that can be undone, the latest last."""
        return self._history.done

    @property
    def undone(self) -> tuple[str, ...]:
        """A sentence for each edit that can be done again, the next last."""
        return self._history.undone

    @property
    def silenced(self) -> tuple[str, ...]:
        """Names of the silenced neurons, in the order of their numbers."""
        return names.names(sorted(self._history.silenced), self._trainer.sizes)

    def set_weight(self, source: str, target: str, value: float, dragging: bool = False) -> None:
        """Set the weight from a neuron of one layer to one of the next.

        Args:
            dragging: whether this goes on with the last edit, as while a slider moves; the two are
                one edit then.
        Raises:
            UserError: no weight joins the two, the source is silenced, or the value is not finite.
        """
        layer, i = self._place(source)
        above, o = self._place(target)
        if above != layer + 1:
            raise UserError(f"no weight leads from {source} to {target}.")
        if names.number(source, self._trainer.sizes) in self._history.silenced:
            raise UserError(f"{source} is silenced; restore it before its weights are set.")
        sentence = f"weight {source} → {target} = {figure(value)}"
        patch = Patch(above, "weight", (i, o), _scalar(value))
        self._history.do(Edit(sentence, (patch,), self._history.silenced), dragging)

    def set_bias(self, name: str, value: float, dragging: bool = False) -> None:
        """Set the bias of a neuron; `dragging` as in `set_weight`.

        Raises:
            UserError: the neuron does not exist or is an input, or the value is not finite.
        """
        layer, own = self._place(name)
        if layer == 0:
            raise UserError(f"{name} is an input, which has no bias.")
        patch = Patch(layer, "bias", own, _scalar(value))
        self._history.do(
            Edit(f"bias of {name} = {figure(value)}", (patch,), self._history.silenced), dragging
        )

    def add_noise(self, layer: int, size: float, seed: int = 0) -> None:
        """Add Gaussian noise to the weights into a layer; those out of silenced neurons stay 0.

        Args:
            layer: 1 for the first hidden one.
            size: standard deviation, as a share of that of the layer's weights.
            seed: draws the noise.
        Raises:
            UserError: there is no such layer, or the size is out of range.
        """
        before = self._history.array(layer, "weight")
        if not 0 <= size <= _MOST_NOISE:
            raise UserError(f"the size of noise should be 0..{_MOST_NOISE:g}, but is {size}.")
        noise = np.random.default_rng(seed).standard_normal(before.shape)
        changed = (before + size * before.std() * noise).astype(np.float32)
        below = Wiring(self._trainer.sizes).neuron_range(layer - 1)
        rows = np.flatnonzero(~np.isin(below, list(self._history.silenced)))
        sentence = f"noise {figure(size)} on {names.layer(layer, self._trainer.sizes)}"
        patch = Patch(layer, "weight", rows, changed[rows])
        self._history.do(Edit(sentence, (patch,), self._history.silenced))

    def silence(self, its: str | Sequence[str], called: str | None = None) -> None:
        """Silence neurons: what leads out of them is 0 and stays so while the others learn.

        Args:
            its: names of inputs or hidden neurons.
            called: what the edit calls them, such as the name of a region.
        Raises:
            UserError: a neuron does not exist or is an output.
        """
        chosen = self._numbers(its)
        first_output = sum(self._trainer.sizes[:-1])
        if chosen and chosen[-1] >= first_output:
            raise UserError("an output cannot be silenced: nothing leads out of it.")
        rows = {n: self._out_of(n) for n in chosen if n not in self._history.silenced}
        if rows:
            patches = tuple(self._patch(n, np.zeros_like(row)) for n, row in rows.items())
            sentence = f"silenced {called or _listed(its)}"
            self._history.do(Edit(sentence, patches, {**self._history.silenced, **rows}))

    def restore(self, its: str | Sequence[str], called: str | None = None) -> None:
        """Give silenced neurons back the weights they had; those not silenced stay as they are.

        Raises:
            UserError: a neuron does not exist.
        """
        chosen = [n for n in self._numbers(its) if n in self._history.silenced]
        if chosen:
            patches = tuple(self._patch(n, self._history.silenced[n]) for n in chosen)
            left = {n: row for n, row in self._history.silenced.items() if n not in chosen}
            self._history.do(Edit(f"restored {called or _listed(its)}", patches, left))

    def undo(self) -> str | None:
        """Take back the latest edit; return its sentence, or None if there is none."""
        return self._history.undo()

    def redo(self) -> str | None:
        """Do the edit again that was undone last; return its sentence, or None."""
        return self._history.redo()

    def undo_all(self) -> None:
        """Take back every edit."""
        while self._history.undo():
            pass

    def effect(self, of_all: bool = False) -> Effect | None:
        """Return what the last edit does to the answers, or all together; None if there is none.

        What was learnt since counts on both sides.
        """
        count = len(self.done) if of_all else 1
        if not self.done:
            return None
        return effect_of(self._history.without_last(count), self._trainer)

    def accuracy_against_noise(self, layer: int, sizes: Sequence[float]) -> np.ndarray:
        """Return test accuracies under noise on the weights into a layer, [size, draw].

        Raises:
            UserError: there is no such layer.
        """
        self._history.array(layer, "weight")
        trainer, key = self._trainer, jax.random.key(self._trainer.options.seed)
        probe = trainer.labelled_probe(_PROBE_ROWS)
        noise = Noise(layer, list(sizes))
        net = trainer.config.network
        return noise_curve(trainer.state.params, net, (probe.x, probe.y), noise, key)

    def _place(self, name: str) -> tuple[int, int]:
        sizes = self._trainer.sizes
        wiring, number = Wiring(sizes), names.number(name, sizes)
        layer = int(wiring.layer_of_neuron[number])
        return layer, number - wiring.neuron_offsets[layer]

    def _numbers(self, its: str | Sequence[str]) -> list[int]:
        chosen: Iterable[str] = [its] if isinstance(its, str) else its
        return sorted({names.number(name, self._trainer.sizes) for name in chosen})

    def _out_of(self, number: int) -> np.ndarray:
        layer, own = self._place(Wiring(self._trainer.sizes).name(number))
        return self._history.array(layer + 1, "weight")[own].copy()

    def _patch(self, number: int, row: np.ndarray) -> Patch:
        layer, own = self._place(Wiring(self._trainer.sizes).name(number))
        return Patch(layer + 1, "weight", own, row)


def _scalar(value: float) -> np.ndarray:
    with np.errstate(over="ignore"):
        number = np.asarray(value, np.float32)
    if not np.isfinite(number):
        raise UserError(f"a weight or bias should be a finite number, but is {value}.")
    return number


def _listed(its: str | Sequence[str]) -> str:
    chosen = [its] if isinstance(its, str) else list(its)
    return ", ".join(chosen) if len(chosen) <= 3 else f"{len(chosen)} neurons"
