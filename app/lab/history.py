"""Changes of single parameters that can be taken back and made again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import jax.numpy as jnp
import numpy as np
from neuronaut.core.network import Params

from ..options import UserError
from ..training.trainer import Trainer

_MOST_EDITS = 200
_MOST_BYTES = 64 << 20

Rows = Mapping[int, np.ndarray]
_NOBODY: Rows = MappingProxyType({})


@dataclass(frozen=True, eq=False)
class Patch:
    """Values for some entries of the weight [I, O] or the bias [O] that lead into a layer."""

    layer: int
    field: str
    at: int | tuple[int, int] | np.ndarray
    values: np.ndarray


@dataclass(frozen=True, eq=False)
class Edit:
    """A change of parameters.

    Attributes:
        sentence: what it is, for people.
        patches: what changes; no two of the same entries.
        silenced: the neurons that are silenced afterwards, with the weights [O] that led out of
            each before.
    """

    sentence: str
    patches: tuple[Patch, ...]
    silenced: Rows

    @property
    def nbytes(self) -> int:
        """How much memory the values take."""
        return sum(patch.values.nbytes for patch in self.patches)

    def sets_what(self, other: Edit) -> bool:
        """Say whether both set the same single number and nothing else."""
        if len(self.patches) != 1 or len(other.patches) != 1:
            return False
        one, two = self.patches[0], other.patches[0]
        if one.values.ndim or two.values.ndim:
            return False
        return (one.layer, one.field, one.at) == (two.layer, two.field, two.at)


class History:
    """What was changed in one network; a rewound or rebuilt one starts without any.

    Each undo and redo exchanges the values that stand in the touched entries for those that stood
    there before, so that each is the exact reverse of the other.
    """

    def __init__(self, trainer: Trainer):
        self._trainer = trainer
        self._forget()

    @property
    def done(self) -> tuple[str, ...]:
        """A sentence for each edit that can be undone, the latest last."""
        self._follow()
        return tuple(edit.sentence for edit in self._undo)

    @property
    def undone(self) -> tuple[str, ...]:
        """A sentence for each edit that can be done again, the next last."""
        self._follow()
        return tuple(edit.sentence for edit in self._redo)

    @property
    def silenced(self) -> Rows:
        """The silenced neurons, with the weights [O] that led out of each before."""
        self._follow()
        return self._silenced

    def array(self, layer: int, field: str) -> np.ndarray:
        """Return the `weight` or `bias` that leads into a layer, 1 for the first hidden one.

        Raises:
            UserError: there is no such layer.
        """
        last = len(self._trainer.sizes) - 1
        if not 1 <= layer <= last:
            raise UserError(f"a layer of weights should be 1..{last}, but is {layer}.")
        return np.asarray(getattr(self._trainer.state.params[layer - 1], field))

    def do(self, edit: Edit, dragging: bool = False) -> None:
        """Make a change; if `dragging`, one with the last if that set the same number."""
        self._follow()
        last = self._undo[-1] if self._undo else None
        reverse = self._apply(edit)
        if dragging and last is not None and last.sets_what(edit):
            self._undo[-1] = Edit(edit.sentence, last.patches, last.silenced)
        else:
            self._undo.append(reverse)
        self._redo.clear()
        while len(self._undo) > 1 and self._is_too_much():
            del self._undo[0]

    def undo(self) -> str | None:
        """Take back the latest edit; return its sentence, or None if there is none."""
        return self._exchange(from_done=True)

    def redo(self) -> str | None:
        """Do the edit again that was undone last; return its sentence, or None."""
        return self._exchange(from_done=False)

    def without_last(self, count: int) -> Params:
        """Return the network as it would be if the last `count` edits were taken back."""
        self._follow()
        params = self._trainer.state.params
        for edit in self._undo[::-1][:count]:
            params, _ = _patched(params, edit)
        return params

    def _is_too_much(self) -> bool:
        size = sum(edit.nbytes for edit in self._undo)
        return len(self._undo) > _MOST_EDITS or size > _MOST_BYTES

    def _exchange(self, from_done: bool) -> str | None:
        self._follow()
        source, target = (self._undo, self._redo) if from_done else (self._redo, self._undo)
        if not source:
            return None
        target.append(self._apply(source.pop()))
        return target[-1].sentence

    def _apply(self, edit: Edit) -> Edit:
        """Make a change, and return the change that takes it back."""
        params, reverse = _patched(self._trainer.state.params, edit)
        before, self._silenced = self._silenced, edit.silenced
        self._trainer.silenced = frozenset(self._silenced)
        self._trainer.put(params)
        return Edit(edit.sentence, reverse, before)

    def _follow(self) -> None:
        """Forget everything if the network is another one than before."""
        if self._beginning != self._stamp():
            self._forget()

    def _stamp(self) -> tuple[int, int]:
        return self._trainer.beginning, self._trainer.recalled

    def _forget(self) -> None:
        self._beginning = self._stamp()
        self._undo: list[Edit] = []
        self._redo: list[Edit] = []
        self._silenced: Rows = _NOBODY


def _patched(params: Params, edit: Edit) -> tuple[Params, tuple[Patch, ...]]:
    """Return a network with the values of an edit, and the patches that take them back."""
    layers, reverse = list(params), []
    changed: dict[tuple[int, str], np.ndarray] = {}
    for patch in edit.patches:
        place = (patch.layer, patch.field)
        if place not in changed:
            changed[place] = np.array(getattr(layers[patch.layer - 1], patch.field))
        reverse.append(Patch(*place, patch.at, np.array(changed[place][patch.at])))
        changed[place][patch.at] = patch.values
    for (layer, field), array in changed.items():
        layers[layer - 1] = layers[layer - 1]._replace(**{field: jnp.asarray(array)})
    return tuple(layers), tuple(reverse)
