"""Every way of looking at one network, on one sheet.

    python demos/08_gallery.py [SHEET.png] [--data mnist] [--steps N]

Trains a network of images and one of points, draws each look, and puts the pictures side by side.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from neuronaut.app.options import TrainOptions, ViewOptions
from neuronaut.app.session import Session
from neuronaut.app.training.trainer import Trainer
from neuronaut.renderer.context import create_headless
from neuronaut.renderer.readback import read_now
from PIL import Image, ImageDraw

SIZE = (960, 540)
COLUMNS = 3
IMAGES: dict[str, dict[str, Any]] = {
    "activation": {},
    "bias": {"color": "bias"},
    "gradient": {"color": "gradient"},
    "update": {"color": "update"},
    "class served": {"color": "class"},
    "regions, bundled": {"color": "region", "bundling": 0.8},
    "health": {"color": "health"},
    "two inputs compared": {"color": "compare"},
    "weights of one neuron": {"focus": "h1.17", "strength": "weight"},
    "receptive fields": {"images": "weights"},
    "weights times input": {"images": "contribution"},
    "forward pass": {"signals": "flow"},
    "recent activity": {"trails": True},
    "light theme": {"theme": "light"},
    "for colour-blind people": {"palette": "safe", "color": "region"},
}
POINTS: dict[str, dict[str, Any]] = {
    "decision surface": {"images": "none"},
    "responses over the plane": {"images": "response"},
    "one step at a time": {"signals": "steps"},
}


def main(argv: Sequence[str] | None = None) -> None:
    """Train, draw every look, write the sheet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sheet", nargs="?", type=Path, default=Path("gallery.png"))
    parser.add_argument("--data", default="digits", help="of the images (default: digits)")
    parser.add_argument("--steps", type=int, default=1200, help="(default: 1200)")
    parser.add_argument("--scale", type=float, default=1.0, help="of each picture (default: 1)")
    parser.add_argument("--frames", type=int, default=60, help="before each (default: 60)")
    args = parser.parse_args(argv)

    ctx = create_headless()
    size = (round(SIZE[0] * args.scale), round(SIZE[1] * args.scale))
    pictures = {}
    for options, looks in ((TrainOptions(args.data), IMAGES), (TrainOptions("spirals"), POINTS)):
        trainer = Trainer(options)
        for name, look in looks.items():
            session = Session(ctx, trainer, ViewOptions(**look))
            session.train_ahead(args.steps if trainer.state.step == 0 else 0)
            for _ in range(args.frames):  # let the neurons find their places, and the trails begin
                session.advance(1)
            canvas = ctx.framebuffer([ctx.texture(size, 4)])
            pose = session.stage.view_pose(size)
            session.remeasure()
            session.draw(pose, canvas, first=True, time_secs=1.3)
            pictures[name] = read_now(canvas)[..., :3]
            session.release()
    sheet(pictures, size).save(args.sheet)
    print(f"{args.sheet}: {len(pictures)} looks")


def sheet(pictures: dict[str, np.ndarray], size: tuple[int, int]) -> Image.Image:
    """Put the pictures side by side, each with its name below."""
    rows, (width, height), line = -(-len(pictures) // COLUMNS), size, 30
    page = Image.new("RGB", (COLUMNS * width, rows * (height + line)), (12, 14, 20))
    pen = ImageDraw.Draw(page)
    for k, (name, picture) in enumerate(pictures.items()):
        x, y = k % COLUMNS * width, k // COLUMNS * (height + line)
        page.paste(Image.fromarray(picture), (x, y))
        pen.text((x + 12, y + height + 6), name, fill=(210, 214, 224), font_size=16)
    return page


if __name__ == "__main__":
    main()
