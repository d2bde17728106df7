"""A stored training, put before a `Trainer` moment by moment.  No OpenGL.

A place counts snapshots: 0 is the first one, 2.5 lies half-way between the third and the fourth.
There the weights are interpolated linearly, so that a film of few snapshots still moves smoothly;
at whole places they are exactly those that were stored.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import numpy as np
from neuronaut.core import datasets, models, network, run_codec
from neuronaut.core.runs import About, Metric, Run, RunError, Samples
from neuronaut.core.training import OPTIMIZERS

from ..options import TrainOptions
from ..training import jumps
from ..training.chronicle import Chronicle
from ..training.jumps import Jump
from ..training.scores import mean_loss
from ..training.trainer import Measures, Trainer
from . import recorded_data

_LARGEST = 1e30  # as the command line has it
_LOSS_STEPS = 50  # the loss is shown as the mean over so many
_MEASURED_ROWS = 1_000
_MODEL_SUFFIXES = (".npz", ".safetensors", ".onnx")


class Stored(Protocol):
    """What a recording is made of: a run, or a single network."""

    path: Path
    steps: np.ndarray
    metrics: dict[str, Metric]
    probe: Samples | None

    @property
    def about(self) -> About:
        """What it says of network and training."""
        ...

    def vector_at(self, index: int) -> np.ndarray:
        """Return the weights and biases of a snapshot, as `core.run_codec` orders them."""
        ...

    def refresh(self) -> bool:
        """Take in what was written since; say whether there are other snapshots."""
        ...


class Recording:
    """A stored training and the trainer that stands at one moment of it.

    Args:
        run: what is stored; it holds weights.
        data: name or path of the samples to look at it with; None takes the run's own.
        progress: told of downloads.
    Attributes:
        trainer: put to the moment at `place`; everything that can be asked of a training network
            can be asked of it.
        place: where it stands, 0..places - 1.
        note: a sentence if what it is shown is not the data set it was trained on, or "".
    Raises:
        RunError: it holds no weights, or they are damaged.
        UserError, DataError: the samples that were asked for cannot be had, or do not fit.
    """

    def __init__(
        self, run: Stored, data: str | None = None, progress: datasets.Progress | None = None
    ):
        if not len(run.steps):
            raise RunError(f"{run.path} holds no weights yet.")
        self.run = run
        # First, so that a head that lies about the network's size is found out before it costs.
        vector = run.vector_at(0)
        samples, self.note = recorded_data.data_for(run.about, run.probe, data, progress)
        self.trainer = Trainer(_options(run.about, data), data=samples)
        self.trainer.adopt(run_codec.unpack(vector, run.about.sizes))
        self._told = 0  # snapshots that a chronicle knows
        self._near: dict[int, np.ndarray] = {}
        self.seek(0.0)

    @property
    def places(self) -> int:
        """How many snapshots there are."""
        return len(self.run.steps)

    @property
    def steps(self) -> np.ndarray:
        """The optimizer step of each snapshot, int64 [places]."""
        return self.run.steps

    @property
    def step(self) -> int:
        """The optimizer step at the place where it stands."""
        return round(float(np.interp(self.place, np.arange(self.places), self.steps)))

    def place_at(self, step: float) -> float:
        """Return the place of an optimizer step, at the ends that of the nearest."""
        return float(np.interp(step, self.steps, np.arange(self.places)))

    def seek(self, place: float) -> None:
        """Put the trainer to a moment; beyond the ends, to the first or the last.

        Raises:
            RunError: a snapshot that is needed is damaged.
        """
        place = min(max(float(place), 0.0), self.places - 1.0)
        lower, share = int(place), place - int(place)
        before = self._vector(max(lower - 1, 0))
        vector = self._vector(lower)
        update = vector - before
        if share > 0:
            update = self._vector(lower + 1) - vector
            vector = vector + np.float32(share) * update
        self._near = {k: v for k, v in self._near.items() if abs(k - lower) <= 1}
        self.place = place
        sizes = self.run.about.sizes
        self.trainer.recall(
            run_codec.unpack(vector, sizes),
            run_codec.unpack(update, sizes),
            step=self.step,
            epoch=self.epoch_at(self.step),
            loss=self.loss_at(self.step),
        )

    def refresh(self) -> bool:
        """Take in what was written since; say whether there are other snapshots than before."""
        changed = self.run.refresh()
        if changed:
            self._near = {}
            self._told = min(self._told, self.places)
        return changed

    def loss_at(self, step: int) -> float | None:
        """Return the stored training loss around a step, a mean over 50 steps; None without one."""
        loss = self.run.metrics.get("loss")
        if loss is None or not len(loss.step):
            return None
        end = max(int(np.searchsorted(loss.step, step, side="right")), 1)
        begin = min(int(np.searchsorted(loss.step, step - _LOSS_STEPS, side="right")), end - 1)
        return float(loss.value[begin:end].mean())

    def jumps(self) -> list[Jump]:
        """Return the sudden rises of the stored training loss."""
        loss = self.run.metrics.get("loss")
        return [] if loss is None else jumps.find(loss.step, loss.value)

    def curve(self, most: int) -> tuple[np.ndarray, np.ndarray]:
        """Return places and training losses, at most so many means; both [n]."""
        loss = self.run.metrics.get("loss")
        if loss is None or not len(loss.step):
            return np.zeros(0), np.zeros(0)
        steps, values = jumps.in_bins(loss.step, loss.value, most)
        return np.interp(steps, self.steps, np.arange(self.places)), values

    def epoch_at(self, step: int) -> float:
        """Return how often every training sample had been seen; NaN if the run does not say."""
        config = self.run.about.config
        rows, batch = config.get("train_rows"), config.get("batch")
        if not (isinstance(rows, int) and isinstance(batch, int) and 0 < batch <= rows):
            return float("nan")
        return step / (rows // batch)

    def tell(self, chronicle: Chronicle) -> bool:
        """Tell a chronicle of the next snapshot it has not heard of; say whether there was one."""
        if self._told >= self.places:
            return False
        index, self._told = self._told, self._told + 1
        try:
            params = run_codec.unpack(self.run.vector_at(index), self.run.about.sizes)
        except RunError:
            return True  # the others tell the story without it
        step = int(self.steps[index])
        chronicle.record(self._measured(params, step), params)
        return True

    def _measured(self, params: network.Params, step: int) -> Measures:
        trainer, net = self.trainer, self.trainer.config.network
        x, y = trainer.x_test[:_MEASURED_ROWS], trainer.y_test[:_MEASURED_ROWS]
        test_loss = float(mean_loss(params, x, y, net))
        stored = self.loss_at(step)
        return Measures(
            step=step,
            epoch=self.epoch_at(step),
            train_loss=test_loss if stored is None else stored,
            test_loss=test_loss,
            train_accuracy=float("nan"),
            test_accuracy=float(network.accuracy(params, x, y, net)),
        )

    def _vector(self, index: int) -> np.ndarray:
        if index not in self._near:
            self._near[index] = self.run.vector_at(index)
        return self._near[index]


class Still:
    """A single network as something stored.

    Args:
        path: the file it comes from.
        params: its weights.
        about: what is known of it; its sizes are.
    """

    def __init__(self, path: Path, params: network.Params, about: About):
        self.path, self.about = path, about
        self.steps = np.zeros(1, np.int64)
        self.metrics: dict[str, Metric] = {}
        self.probe: Samples | None = None
        parts = ((np.asarray(layer.weight), np.asarray(layer.bias)) for layer in params)
        self._vector = run_codec.pack_host(parts, "float32")

    def vector_at(self, index: int) -> np.ndarray:
        """Return its weights and biases; there is but one moment."""
        return self._vector

    def refresh(self) -> bool:
        """Say that nothing has changed."""
        return False


def open_recording(
    path: Path,
    data: str | None = None,
    progress: datasets.Progress | None = None,
    given: About | None = None,
) -> Recording:
    """Open a run, or the file of a single network.

    Args:
        path: a folder that `RunWriter` wrote; or an .npz, .safetensors or .onnx.
        data: name or path of the samples to look at it with; None takes its own.
        progress: told of downloads.
        given: what a person says of a file's network: activation and loss, where it does not say.
    Raises:
        RunError, ModelError: it cannot be read.
        UserError, DataError: the samples cannot be had, or do not fit.
    """
    if path.suffix.lower() in _MODEL_SUFFIXES and not path.is_dir():
        return Recording(_still(path, given or About()), data, progress)
    return Recording(Run.open(path), data, progress)


def _still(path: Path, given: About) -> Still:
    model = models.read(path)
    about = About(
        models.sizes(model.params),
        model.activation or given.activation,
        model.loss or given.loss,
        class_names=given.class_names,
    )
    return Still(path, model.params, about)


def _options(about: About, data: str | None) -> TrainOptions:
    """Return what would train such a network, as far as the run says."""
    config = about.config

    def number(name: str) -> Any:
        value = config.get(name)
        is_number = isinstance(value, (int, float)) and 0 <= value <= _LARGEST
        return value if is_number else None

    optimizer, batch = config.get("optimizer"), number("batch")
    return TrainOptions(
        data=data or about.data or "run",
        hidden=about.sizes[1:-1],
        activation=about.activation,
        loss=about.loss,
        optimizer=optimizer if optimizer in OPTIMIZERS else "adam",
        learning_rate=number("learning_rate"),
        l1=number("l1") or 0.0,
        l2=number("l2") or 0.0,
        batch=int(batch) if batch and batch >= 1 else None,
        seed=recorded_data.seed_of(about),
    )
