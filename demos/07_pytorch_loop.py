"""A run from a training loop of PyTorch, and the same activations computed twice.

    python demos/07_pytorch_loop.py [RUN]

`run.log` takes the model's state dictionary as it is. At the end the network is computed once more
from the run, by JAX, and compared with what PyTorch says.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.util import find_spec

import jax.numpy as jnp
import numpy as np
from neuronaut.core import datasets, network
from neuronaut.core.runs import About, Run, RunWriter, Snapshots

STEPS, BATCH = 200, 64


def train(path: str) -> np.ndarray:
    """Train on the digits, write the run, and return PyTorch's logits for the test samples."""
    import torch  # noqa: PLC0415  # pyright: ignore[reportMissingImports]
    from torch import nn  # noqa: PLC0415  # pyright: ignore[reportMissingImports]

    torch.manual_seed(0)
    data = datasets.load("digits")
    x, y = torch.tensor(data.x_train), torch.tensor(data.y_train, dtype=torch.long)
    hidden = [nn.Linear(data.features, 48), nn.ReLU(), nn.Linear(48, 24), nn.ReLU()]
    model = nn.Sequential(*hidden, nn.Linear(24, data.classes))
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)

    about = About(activation="relu", data=data.name, class_names=data.class_names, seed=0,
                  input_shape=data.input_shape)  # fmt: skip
    probe = data.x_test[:256], data.y_test[:256]
    with RunWriter(path, about, probe=probe, snapshots=Snapshots("float32")) as run:
        for step in range(1, STEPS + 1):
            rows = torch.randint(len(x), (BATCH,))
            loss = nn.functional.cross_entropy(model(x[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            run.log(step, model.state_dict(), loss=loss)
        run.log(STEPS, model.state_dict(), snapshot=True)
    with torch.no_grad():
        return model(torch.tensor(data.x_test)).numpy()


def main(argv: Sequence[str] | None = None) -> None:
    """Train, then compare; the only argument names the run."""
    given = sys.argv[1:] if argv is None else argv
    path = given[0] if given else "pytorch.run"
    if not find_spec("torch"):
        print("PyTorch is not installed; `pip install torch` brings it.")
        return
    expected = train(path)
    run = Run.open(path)
    params = run.params_at(len(run.steps) - 1)
    found = network.logits(params, jnp.asarray(datasets.load("digits").x_test), run.network)
    error = np.abs(np.asarray(found) - expected).max() / np.abs(expected).max()
    print(f"{path}: {len(run.steps)} snapshots of {run.sizes}")
    print(f"logits from the run differ from PyTorch's by {error:.1e} of the largest")


if __name__ == "__main__":
    main()
