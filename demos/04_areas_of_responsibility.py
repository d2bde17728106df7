"""Do neurons have areas of responsibility? One hidden layer against three, L1 off and on.

    python demos/04_areas_of_responsibility.py digits

prints, for every network, what the test says before and after training; benchmarks/README.md has
what it said of MNIST.
"""

import argparse
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from neuronaut.app.lab.inquiry import Inquiry, inquire
from neuronaut.app.options import TrainOptions

NETWORKS = {"one hidden layer": (192,), "three hidden layers": (64, 64, 64)}
HEADER = "| network | L1 | test accuracy | p before | p | effect | regions | dead | weights ≈ 0 |"


def row(name: str, l1: float, found: dict[str, Any]) -> str:
    """Return one line of the table."""
    test, before = found["separability"], found["untrained"]
    # Weighted by the matrices' sizes: the first holds most of the weights.
    sizes = found["sizes"]
    counts = [a * b for a, b in pairwise(sizes)]
    shares = [part["negligible"] for part in found["sparsity"]]
    sparse = sum(c * s for c, s in zip(counts, shares, strict=True)) / sum(counts)
    return (
        f"| {name} | {l1:g} | {found['test_accuracy']:.3f} | {before['p_value']:.3f} "
        f"| {test['p_value']:.3f} | {test['silhouette']['effect_size']:.1f} "
        f"| {len(found['regions'])} | {len(found['dead'])} | {sparse:.0%} |"
    )


def main(argv: Sequence[str] | None = None) -> None:
    """Train the four networks, ask each, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", nargs="?", default="mnist")
    parser.add_argument("--epochs", type=float, default=5.0)
    args = parser.parse_args(argv)
    print(HEADER)
    for name, hidden in NETWORKS.items():
        for l1 in (0.0, 3e-5):
            train = TrainOptions(data=args.data, hidden=hidden, l1=l1)
            found = inquire(train, Inquiry(epochs=args.epochs), lambda *_: None)
            print(row(name, l1, found), flush=True)


if __name__ == "__main__":
    main()
