"""Every way of looking at a network: as it was approved, steady, and with a legend that tells."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest
from neuronaut.app.options import TrainOptions, UserError, ViewOptions
from neuronaut.app.scene.coloring import COLORS
from neuronaut.app.session import Session
from neuronaut.app.training.trainer import Trainer
from neuronaut.core.network import Layer
from neuronaut.renderer.buffers import StorageBuffer
from neuronaut.renderer.context import describe
from neuronaut.renderer.label_items import Box, Label
from neuronaut.renderer.readback import read_now
from PIL import Image
from skimage.metrics import structural_similarity

REFERENCES = Path(__file__).parents[2] / "references"
SIZE = (480, 270)
IMAGES = {
    **{color: {"color": color} for color in COLORS},
    "weights": {"images": "weights"},
    "contribution": {"images": "contribution"},
    "focus": {"focus": "h1.3", "strength": "weight"},
    "bundled": {"bundling": 1.0},
    "all": {"edges": 1.0},
    "trails": {"trails": True},
    "forward": {"signals": "flow"},
    "backward": {"signals": "flow", "time": 4.2},
    "shells": {"arrangement": "shells"},
    "light": {"theme": "light"},
    "safe": {"palette": "safe", "color": "class"},
}
POINTS = {"response": {}, "steps": {"signals": "steps", "time": 2.0}}
LOOKS = {name: ("digits", look) for name, look in IMAGES.items()}
LOOKS |= {name: ("spirals", look) for name, look in POINTS.items()}


def fixed(data: str) -> Trainer:
    """A network whose weights are the same on every machine: nothing is trained."""
    trainer = Trainer(TrainOptions(data, hidden=(14, 9)))
    rng = np.random.default_rng(5)
    params = []
    for rows, columns in zip(trainer.sizes, trainer.sizes[1:], strict=False):
        weight = rng.standard_t(3, (rows, columns)).astype("f4") / np.sqrt(rows)
        bias = rng.normal(0, 0.3, columns).astype("f4")
        params.append(Layer(jnp.asarray(weight), jnp.asarray(bias)))
    trainer.adopt(tuple(params))
    return trainer


@pytest.fixture(scope="module")
def trainers() -> dict[str, Trainer]:
    return {data: fixed(data) for data in ("digits", "spirals")}


Look = Callable[..., tuple[Session, np.ndarray]]


@pytest.fixture
def look(ctx, trainers) -> Iterator[Look]:
    """Draw a network in one way; return the session and the picture, uint8 [h, w, 4]."""
    begun: list[Session] = []

    def draw(data: str = "digits", *, time: float = 0.6, **view) -> tuple[Session, np.ndarray]:
        session = Session(ctx, trainers[data], ViewOptions(**{"layout_steps": 0, **view}))
        begun.append(session)
        session.stage.move(100)
        for moment in range(24 if view.get("trails") else 0):
            if moment == 12:
                session.stage.network.by_name["level"].gl.clear()  # a collapse
            session.stage.remember()
        return session, picture(session, time_secs=time)

    yield draw
    for session in begun:
        session.release()


def picture(session: Session, size=SIZE, *, first: bool = True, **more) -> np.ndarray:
    ctx = session.stage.ctx
    texture = ctx.texture(size, 4)
    canvas = ctx.framebuffer([texture])
    session.draw(session.stage.view_pose(size), canvas, first=first, **more)
    pixels = read_now(canvas)
    canvas.release()
    texture.release()
    return pixels


@pytest.mark.parametrize("name", LOOKS)
def test_it_looks_as_it_was_approved(ctx, look, name, tmp_path):
    """NEURONAUT_APPROVE=1 writes the references anew; look at them before they are committed."""
    if not describe(ctx).software:
        pytest.skip("references are of Mesa's llvmpipe")
    data, view = LOOKS[name]
    _, shown = look(data, **view)
    reference = REFERENCES / f"{name}.png"
    if os.environ.get("NEURONAUT_APPROVE"):
        # Rounded to even numbers, the dither of the background takes no room in the file.
        rounded = shown[..., :3] // 2 * 2
        Image.fromarray(rounded).save(reference, optimize=True)
    approved = np.asarray(Image.open(reference).convert("RGB")).astype(int)
    apart = np.abs(approved - shown[..., :3].astype(int)).max(axis=-1)
    if (apart > 3).mean() > 0.005:
        Image.fromarray(np.minimum(8 * apart, 255).astype("u1")).save(tmp_path / "apart.png")
        pytest.fail(f"{(apart > 3).mean():.2%} of the pixels differ: {tmp_path / 'apart.png'}")


def test_every_reference_is_of_a_look():
    assert {file.stem for file in REFERENCES.glob("*.png")} == set(LOOKS)


@pytest.mark.parametrize("color", COLORS)
def test_every_colour_has_a_legend_with_title_scale_and_numbers(look, color):
    session, _ = look(color=color)
    legend = [item for item in session.stage.labels._items if item.group == "legend of the neurons"]
    words = [item.text for item in legend if isinstance(item, Label)]
    assert any(len(text) > 8 for text in words)
    assert any(any(sign.isdigit() for sign in text) for text in words)
    assert any(isinstance(item, Box) for item in legend)


def test_no_two_colours_look_alike(look):
    shown = [look(color=color, hud="none")[1].astype(int) for color in COLORS]
    for k, one in enumerate(shown):
        for other in shown[:k]:
            assert (np.abs(one - other).max(axis=-1) > 8).mean() > 0.002


@pytest.mark.parametrize(
    "name", ["activation", "bundled", "weights", "trails", "light", "response"]
)
def test_a_still_scene_uploads_nothing_and_is_the_same_again(look, name, monkeypatch):
    data, view = LOOKS[name]
    session, first = look(data, **view)
    written: list[str] = []
    write = StorageBuffer.write
    monkeypatch.setattr(
        StorageBuffer,
        "write",
        lambda self, values: written.append(self.name) or write(self, values),
    )
    again = [picture(session, time_secs=0.6) for _ in range(3)]
    assert written == []
    assert all((frame == first).all() for frame in again)


def test_ninety_per_cent_of_the_energy_look_like_all(ctx):
    """Structural similarity (Wang et al. 2004) of the two pictures of a trained network."""
    trainer = Trainer(TrainOptions("digits"))
    trainer.advance(600)
    shown = []
    for edges in (0.9, 1.0):
        session = Session(ctx, trainer, ViewOptions(edges=edges, layout_steps=0, hud="none"))
        shown.append(picture(session, (1280, 720))[..., :3])
        session.release()
    one, other = shown
    assert not (one == other).all()
    assert float(structural_similarity(one, other, channel_axis=-1)) >= 0.97  # pyright: ignore


@pytest.mark.parametrize(
    ("data", "images"),
    [("digits", "response"), ("spirals", "weights"), ("spirals", "contribution")],
)
def test_images_that_there_cannot_be_are_refused(ctx, trainers, data, images):
    with pytest.raises(UserError, match=images):
        Session(ctx, trainers[data], ViewOptions(images=images))


def test_a_neuron_that_there_is_not_cannot_be_in_focus(ctx, trainers):
    with pytest.raises(UserError, match=r"h1\.99"):
        Session(ctx, trainers["digits"], ViewOptions(focus="h1.99"))


def test_two_inputs_are_compared_by_their_activations(look):
    session, _ = look(color="compare", compare=(0, 1), hud="none")
    buffers = session.stage.network.by_name
    first, second = buffers["tint"].read(), buffers["second_tint"].read()
    assert first == pytest.approx(session.trainer.activations(0))
    assert second == pytest.approx(session.trainer.activations(1))
    assert not (first == second).all()
