"""Real neuron vectors of MNIST networks, L2-normalised, for comparing layouts.

NEURONAUT_DATA=… python benchmarks/neuron_vectors.py FOLDER
writes 128x64.npy and 1024x10.npy (outgoing weights of the first hidden layer of 784-128-64-10 and
784-1024-10) and 2048x784.npy (incoming weights of 784-2048-10), after three epochs, seed 0.
"""

import sys
from pathlib import Path

import numpy as np
from neuronaut.app.lab.inquiry import train_epochs
from neuronaut.app.options import TrainOptions
from neuronaut.app.training.trainer import Trainer


def vectors(hidden: tuple[int, ...], metric: str) -> np.ndarray:
    """Train, and return the unit vectors of the first hidden layer, float32 [n, d]."""
    trainer = Trainer(TrainOptions(data="mnist", hidden=hidden))
    train_epochs(trainer, 3)
    return np.asarray(trainer.vectors(metric)[0], "f4")


def main(folder: str) -> None:
    """Write the three files."""
    for hidden, metric in (((128, 64), "outgoing"), ((1024,), "outgoing"), ((2048,), "incoming")):
        rows = vectors(hidden, metric)
        path = Path(folder) / f"{len(rows)}x{rows.shape[1]}.npy"
        np.save(path, rows)
        print(path)


if __name__ == "__main__":
    main(sys.argv[1])
