"""A network learns handwritten digits in ten lines; then a picture of another like it.

    python demos/00_hello_network.py [PICTURE.png]

The first half needs `neuronaut.core` alone: state in, state out, no window and no OpenGL.
The second half lets a `Session` train and draw, without a window too.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import jax
from neuronaut.app.options import TrainOptions, ViewOptions
from neuronaut.app.session import Session
from neuronaut.core import datasets, network, signals, training
from neuronaut.renderer.context import create_headless
from neuronaut.renderer.readback import read_now
from PIL import Image

SIZE = (1280, 720)


def train() -> None:
    """Train for ten epochs and say what became of it."""
    data = datasets.load("digits")
    x, y, x_test, y_test = map(
        jax.numpy.asarray, (data.x_train, data.y_train, data.x_test, data.y_test)
    )
    net = network.NetworkConfig(sizes=(data.features, 32, data.classes))
    config = training.TrainingConfig(net, optimizer="adam", batch=32)
    state = training.start(jax.random.key(0), config, len(x))
    steps = training.steps_per_epoch(len(x), config.batch)
    for epoch in range(1, 11):
        state, losses = training.advance(state, x, y, training.Rates(1e-3), steps, config)
        accuracy = network.accuracy(state.params, x_test, y_test, net)
        print(f"epoch {epoch:2}  loss {losses[:steps].mean():.3f}  test {100 * accuracy:.1f} %")

    # One moment as flat vectors: what the renderer draws, and what you may look into yourself.
    moment = signals.measure(
        state.params, state.last_update, x_test[0], y_test[0], x_test[:256], net
    )
    for name, vector in moment._asdict().items():
        print(f"{name:10} {len(vector):5} numbers, {vector.min():+.3f} to {vector.max():+.3f}")


def draw(picture: str) -> None:
    """Train the same kind of network once more and save how it looks."""
    with create_headless() as ctx:
        session = Session(ctx, TrainOptions(hidden=(32,)), ViewOptions())
        for _ in range(60):
            session.advance(steps=8)
        session.remeasure()
        canvas = ctx.framebuffer([ctx.texture(SIZE, 4)])
        session.draw(session.stage.view_pose(SIZE), canvas, first=True)
        Image.fromarray(read_now(canvas)[..., :3]).save(picture)
    print(f"{picture} shows it")


def main(argv: Sequence[str] | None = None) -> None:
    """Do both; the only argument names the picture."""
    given = sys.argv[1:] if argv is None else argv
    train()
    draw(given[0] if given else "hello.png")


if __name__ == "__main__":
    main()
