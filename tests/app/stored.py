"""Small runs of real trainings, to be played."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from neuronaut.app.options import TrainOptions
from neuronaut.app.replay.recording import Recording
from neuronaut.app.training.trainer import Trainer
from neuronaut.core.runs import About, Run, RunWriter, Snapshots

DIGITS = TrainOptions(hidden=(10, 8))


def about(trainer: Trainer, **changes) -> About:
    data, net = trainer.data, trainer.config.network
    known = {
        "sizes": net.sizes,
        "activation": net.activation,
        "data": data.name,
        "class_names": data.class_names,
        "input_shape": data.input_shape,
        "seed": 0,
        "config": {"batch": trainer.config.batch, "train_rows": len(data.x_train)},
    }
    return About(**(known | changes))


def write_run(
    path: Path, snapshots: int = 6, options: TrainOptions = DIGITS, every: int = 10, **changes
) -> tuple[Path, list[list[np.ndarray]]]:
    """Train and write a run; return it and the weights of every snapshot."""
    trainer, kept = Trainer(options), []
    probe = trainer.data.x_test[:40], trainer.data.y_test[:40]
    with RunWriter(
        path, about(trainer, **changes), probe=probe, snapshots=Snapshots("float32", every=every)
    ) as run:
        for k in range(snapshots):
            if k:
                trainer.advance(every)
            run.log(k * every, trainer.state.params, loss=trainer.measure().test_loss)
            kept.append([np.array(layer.weight) for layer in trainer.state.params])
    return path, kept


def go_on(path: Path, after: int) -> RunWriter:
    """Return a writer that goes on with a run after a step."""
    run = Run.open(path)
    return RunWriter(path, run.about, snapshots=run.snapshots, resume_at=after)


def opened(path: Path) -> tuple[Recording, Run]:
    """Return the recording of a run, and the run."""
    run = Run.open(path)
    return Recording(run), run
