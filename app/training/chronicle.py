"""What has happened in a training: measures, movement, sparsity, distributions, jumps, weights."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from neuronaut.core import health, network
from neuronaut.core.network import Layer, NetworkConfig, Params
from neuronaut.core.wiring import Wiring

from .. import names
from ..options import UserError
from . import histograms
from .histograms import Histogram
from .jumps import Jump, Watch
from .thinned import Thinned
from .trainer import Measures, Trainer

_MOST_NOTES = 512
_MOST_SNAPSHOT_BYTES = 48 << 20
_PROBE_ROWS = 128
# Of each layer, by which its sparsity is judged; of more, sums would wait for busy cores.
_WEIGHTS_SAMPLED = 8_192
_SETTLED_BELOW = 0.1  # of the fastest movement
_MOST_JUMPS = 64

HostParams = tuple[tuple[np.ndarray, np.ndarray], ...]


@dataclass(frozen=True, eq=False)
class Note:
    """What was noted at a step; one entry for each layer after the input.

    Attributes:
        movement: change of the weights in a step, relative to their norm; NaN where a person
            changed them.
        sparsity: of the weights.
        weights, activations: how they are distributed, the latter over the first test samples.
    """

    measures: Measures
    movement: np.ndarray
    sparsity: tuple[health.Sparsity, ...]
    weights: tuple[Histogram, ...]
    activations: tuple[Histogram, ...]


@dataclass(frozen=True, eq=False)
class NeuronHistory:
    """What led into a neuron over time: steps [T], weights [T, I], biases [T]; the last is now."""

    steps: np.ndarray
    weights: np.ndarray
    biases: np.ndarray


class Chronicle:
    """The story of one training, of bounded size however long it is; a rewound one starts anew.

    Attributes:
        jumps: sudden rises of the training loss, the latest last.
        version: goes up with every note that is kept.
    """

    def __init__(self, trainer: Trainer):
        self._trainer = trainer
        self.version = 0
        self._begin()

    def note(self, measures: Measures) -> None:
        """Take note of the network as it is now, unless nothing has changed since the last note.

        Of a stored training, `record` is told instead: where a person looks is not what happened.
        """
        trainer = self._trainer
        if self._beginning != trainer.beginning:
            self._begin()
        if trainer.state.params is self._before or trainer.is_recorded:
            return
        if self._edits != trainer.edits:
            self._before = None  # what a person changed is no movement
        self.record(measures, trainer.state.params)
        self._edits = trainer.edits

    def record(self, measures: Measures, params: Params) -> None:
        """Take note of a moment later than those before."""
        jump = self._watch.see(measures.step, measures.train_loss)
        if jump is not None:
            self.jumps = [*self.jumps, jump][-_MOST_JUMPS:]
        if self._notes.is_due():
            self._notes.add(self._take(measures, params))
            self.version += 1
        if self._snapshots.is_due():
            self._snapshots.add((measures.step, _on_host(params)))
        self._before, self._step = params, measures.step

    @property
    def notes(self) -> list[Note]:
        """What was noted, the oldest first."""
        return self._notes.items

    @property
    def steps(self) -> np.ndarray:
        """The step of each note, int [T]."""
        return np.array([its.measures.step for its in self.notes], int)

    def series(self, name: str) -> np.ndarray:
        """Return a field of `Measures` at each note, float [T]."""
        return np.array([getattr(its.measures, name) for its in self.notes], float)

    def movement(self) -> np.ndarray:
        """Return the relative movement in a step, at each note of each layer, float [T, L]."""
        layers = len(self._trainer.sizes) - 1
        return np.array([its.movement for its in self.notes]).reshape(-1, layers)

    def sparsity(self, measure: str = "gini") -> np.ndarray:
        """Return a field of `health.Sparsity` at each note of each layer, float [T, L]."""
        rows = [[getattr(layer, measure) for layer in its.sparsity] for its in self.notes]
        return np.array(rows, float).reshape(-1, len(self._trainer.sizes) - 1)

    def weights(self, layer: int) -> tuple[np.ndarray, np.ndarray]:
        """Return how the weights into a layer were distributed: edges [B + 1], counts [T, B]."""
        return histograms.stack([its.weights[layer - 1] for its in self.notes])

    def activations(self, layer: int) -> tuple[np.ndarray, np.ndarray]:
        """Return how a layer's activations were distributed: edges [B + 1], counts [T, B]."""
        return histograms.stack([its.activations[layer - 1] for its in self.notes])

    def settled(self) -> tuple[int | None, ...]:
        """Return for each layer the step since which it moves slowly; None if it does not yet.

        Slowly is less than a tenth of its fastest movement.
        """
        return tuple(_settled(self.steps, layer) for layer in self.movement().T)

    def of_neuron(self, name: str) -> NeuronHistory:
        """Return what led into a neuron over time.

        Raises:
            UserError: no neuron has that name, or it is an input.
        """
        sizes = self._trainer.sizes
        wiring, number = Wiring(sizes), names.number(name, sizes)
        layer = int(wiring.layer_of_neuron[number]) - 1
        if layer < 0:
            raise UserError(f"{name} is an input: nothing leads into it.")
        own = number - wiring.neuron_offsets[layer + 1]
        now = (int(self._trainer.state.step), _on_host(self._trainer.state.params))
        kept = [] if self._beginning != self._trainer.beginning else self._snapshots.items
        if not (kept and self._trainer.is_recorded):  # of a stored training, all is there
            kept = [*kept, now] if not kept or kept[-1][0] != now[0] else [*kept[:-1], now]
        return NeuronHistory(
            np.array([step for step, _ in kept]),
            np.stack([params[layer][0][:, own] for _, params in kept]),
            np.array([params[layer][1][own] for _, params in kept]),
        )

    def _begin(self) -> None:
        trainer = self._trainer
        self._beginning, self._step, self._edits = trainer.beginning, 0, trainer.edits
        self._before: Params | None = None
        self._notes: Thinned[Note] = Thinned(_MOST_NOTES)
        size = sum(part.nbytes for layer in trainer.state.params for part in layer)
        most = min(_MOST_SNAPSHOT_BYTES // size, _MOST_NOTES)
        self._snapshots: Thinned[tuple[int, HostParams]] = Thinned(most)
        self._probe = jax.device_put(trainer.data.x_test[:_PROBE_ROWS])
        rng = np.random.default_rng(0)
        self._sampled = [_some(layer.weight.size, rng) for layer in trainer.state.params]
        self._watch = Watch()
        self.jumps: list[Jump] = []

    def _take(self, measures: Measures, params: Params) -> Note:
        net = self._trainer.config.network
        host = [np.asarray(layer.weight) for layer in params]
        few = [w.ravel()[at][:, None] for w, at in zip(host, self._sampled, strict=True)]
        sampled = tuple(
            Layer(jax.device_put(w), layer.bias) for w, layer in zip(few, params, strict=True)
        )
        layers = _activations(params, self._probe, net)[1:]
        return Note(
            measures,
            self._moved(measures.step, params),
            tuple(health.sparsity(sampled)),
            tuple(histograms.count(weight) for weight in host),
            tuple(histograms.count(np.asarray(layer)) for layer in layers),
        )

    def _moved(self, step: int, params: Params) -> np.ndarray:
        """Return the movement since the last call, kept or not, so that intervals stay alike."""
        if self._before is None or step <= self._step:
            return np.full(len(self._trainer.sizes) - 1, np.nan)
        moved = _relative_change(self._before, params)
        return np.asarray(moved) / (step - self._step)


def _on_host(params: Params) -> HostParams:
    """Return the same numbers, on the CPU even without a copy: JAX's arrays never change."""
    return tuple((np.asarray(weight), np.asarray(bias)) for weight, bias in params)


def _some(size: int, rng: np.random.Generator) -> np.ndarray:
    if size <= _WEIGHTS_SAMPLED:
        return np.arange(size)
    return np.sort(rng.choice(size, _WEIGHTS_SAMPLED, replace=False, shuffle=False))


def _settled(steps: np.ndarray, movement: np.ndarray) -> int | None:
    known = np.isfinite(movement)
    steps, movement = steps[known], movement[known]
    if len(steps) == 0:
        return None
    fast = np.flatnonzero(movement > _SETTLED_BELOW * movement.max())
    if len(fast) == 0:
        return int(steps[0])  # frozen: it never moved
    return None if fast[-1] == len(steps) - 1 else int(steps[fast[-1]])


@jax.jit
def _relative_change(before: Params, now: Params) -> jax.Array:
    tiny = jnp.finfo(jnp.float32).tiny
    return jnp.stack(
        [
            jnp.linalg.norm(b.weight - a.weight) / jnp.maximum(jnp.linalg.norm(a.weight), tiny)
            for a, b in zip(before, now, strict=True)
        ]
    )


@partial(jax.jit, static_argnames="config")
def _activations(params: Params, x: jax.Array, config: NetworkConfig) -> list[jax.Array]:
    return network.activations(params, x, config)
