"""From what is drawn to the finished frame: sRGB, sparks, themes, transparency, timings."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from neuronaut.renderer.label_items import Box, Label
from neuronaut.renderer.labels import Labels
from neuronaut.renderer.node import Frame, Node, Phase
from neuronaut.renderer.palettes import DARK, linear, theme_of
from neuronaut.renderer.passes import PassTimer
from neuronaut.renderer.renderer import Renderer
from patches import Draw, Patch, drawing, srgb
from probes import FRONT, SIZE_PX, at, difference


@pytest.fixture
def draw(ctx, programs) -> Iterator[Draw]:
    with drawing(ctx, programs) as draw:
        yield draw


def over(picture: np.ndarray, background: np.ndarray) -> np.ndarray:
    """Lay a picture with straight alpha over an opaque one, as viewers of png files do."""
    alpha = picture[..., 3:] / 255.0
    rgb = picture[..., :3] * alpha + background[..., :3] * (1.0 - alpha)
    return np.round(np.concatenate([rgb, np.full_like(alpha, 255)], axis=-1)).astype("u1")


# ---- colour


@pytest.mark.parametrize("value", [0.0, 0.0005, 0.003, 0.0035, 0.01, 0.05, 0.2, 0.5, 0.9, 1.0, 7.0])
def test_linear_light_becomes_srgb_within_one_of_255(ctx, draw, value):
    picture = draw(Patch(ctx, Phase.SOLID, (value, value / 2, 0.0, 1.0)))[..., :3]
    expected = srgb((value, value / 2, 0.0))
    assert np.abs(picture - expected).max() <= 1.2  # half of it is the dither's
    assert picture.mean(axis=(0, 1)) == pytest.approx(expected, abs=0.3)


def test_light_grows_with_density_and_opposite_signs_become_the_neutral_colour(ctx, draw):
    def middle(positive: float, negative: float) -> np.ndarray:
        return draw(Patch(ctx, Phase.LIGHT, (positive, negative)))[32, 32, :3].astype(int)

    ramp = np.array([middle(light, 0.0).sum() for light in (0.0, 0.1, 0.3, 1.0, 3.0, 50.0)])
    assert (np.diff(ramp) > 0).all()
    for full, color in (((50, 0), DARK.positive), ((0, 50), DARK.negative), ((9, 9), DARK.neutral)):
        background = np.array(linear(DARK.background_center)) * (1 - DARK.edge_cover)
        assert middle(*full) == pytest.approx(srgb(background + linear(color)), abs=2)


def test_without_glow_nothing_is_blurred(ctx, draw, monkeypatch):
    patch = Patch(ctx, Phase.SOLID, (3.0, 3.0, 3.0, 1.0), (-0.5, -0.5, 0.5, 0.5))
    glowing, plain = draw(patch, glow=1.0), draw(patch, glow=0.0)
    near = (0.9, 0.0, 0.0)
    assert at(glowing, near).sum() > at(plain, near).sum() + 30
    assert at(plain, (0, 0, 0)).min() == 255


# ---- sparks


def test_sparks_are_light_that_hides_nothing(ctx, draw):
    solid = Patch(ctx, Phase.SOLID, (0.2, 0.0, 0.0, 1.0))
    spark = Patch(ctx, Phase.SPARK, (0.0, 0.1, 0.0, 1.0), z=1.0)
    assert draw(solid, spark)[32, 32, :3] == pytest.approx(srgb((0.2, 0.1, 0.0)), abs=1)
    behind = Patch(ctx, Phase.SPARK, (0.0, 0.1, 0.0, 1.0), z=-1.0)
    np.testing.assert_array_equal(draw(solid, behind), draw(solid))
    alone = srgb(np.add(linear(DARK.background_center), (0.0, 0.1, 0.0)))
    assert draw(spark)[32, 32, :3] == pytest.approx(alone, abs=1)


def test_sparks_are_ink_where_weights_are(ctx, draw):
    light = theme_of("light")
    spark = Patch(ctx, Phase.SPARK, (0.0, 0.1, 0.0, 0.5))
    expected = 0.5 * np.array(linear(light.background_center)) + (0.0, 0.1, 0.0)
    assert draw(spark, theme=light)[32, 32, :3] == pytest.approx(srgb(expected), abs=1)


# ---- themes


@pytest.mark.parametrize("palette", ["standard", "safe"])
def test_ink_on_paper_is_the_hue_over_the_background_by_density(ctx, draw, palette):
    theme = theme_of("light", palette)
    paper = np.array(linear(theme.background_center))
    for density in (0.0, 0.2, 1.0, 4.0):
        share = 1 - np.exp(-theme.edge_density * density)
        expected = paper * (1 - share) + np.array(linear(theme.negative)) * share
        picture = draw(Patch(ctx, Phase.LIGHT, (0.0, density)), theme=theme)
        assert picture[32, 32, :3] == pytest.approx(srgb(expected), abs=1.2)


def test_a_renderer_takes_background_and_glow_from_its_theme(ctx, programs, draw):
    light = theme_of("light")
    assert Renderer(ctx, programs, light).post.glow_strength == light.glow == 0.0
    assert Renderer(ctx, programs).post.glow_strength == DARK.glow > 0.0
    picture = draw(theme=light)
    middle = 255 * np.array(light.background_center)
    assert picture[32, 32, :3] == pytest.approx(middle, abs=1)
    assert picture[..., :3].min() > 230


# ---- transparency


@pytest.mark.parametrize("theme", [DARK, theme_of("light")], ids=lambda theme: theme.name)
@pytest.mark.parametrize("samples", [1, 4])
def test_laid_over_its_background_the_transparent_frame_looks_as_the_opaque(
    ctx, programs, draw, theme, samples
):
    labels = Labels(ctx, programs)
    labels.set([Box((0.1, 0.1), (20, 9), (0.2, 0.9, 0.3, 0.6)), Label("Text", (0.1, 0.8), 22)])
    scene = [
        Patch(ctx, Phase.SOLID, (0.5, 0.2, 0.1, 1.0), (-2.0, -1.5, 0.03, 1.51)),
        Patch(ctx, Phase.SOLID, (0.1, 0.15, 0.3, 0.6), (0.3, -2.0, 0.9, 2.0)),
        Patch(ctx, Phase.SPARK, (0.05, 0.3, 0.1, 0.4), (-9.0, 1.2, 9.0, 1.7)),
        Patch(ctx, Phase.LIGHT, (0.4, 0.1), (-1.0, -9.0, 1.6, 9.0), z=-1.0),
        labels,
    ]
    options = {"theme": theme, "samples": samples, "glow": theme.glow}
    opaque, clear = draw(*scene, **options), draw(*scene, **options, transparent=True)
    assert difference(over(clear, draw(theme=theme)), opaque).max() <= 3
    labels.release()


def test_what_is_solid_has_full_alpha_and_what_is_empty_none(ctx, draw):
    patch = Patch(ctx, Phase.SOLID, (0.5, 0.2, 0.1, 1.0), (-1.0, -1.0, 1.0, 1.0))
    picture = draw(patch, transparent=True)
    assert picture[32, 32] == pytest.approx([*srgb((0.5, 0.2, 0.1)), 255], abs=1)
    assert picture[2, 2].tolist() == [0, 0, 0, 0]
    assert (draw(transparent=True) == 0).all()
    assert (draw(patch)[..., 3] == 255).all()


def test_alpha_of_light_grows_with_it_and_its_colour_is_straight(ctx, draw):
    lights = [
        draw(Patch(ctx, Phase.LIGHT, (light, 0.0)), transparent=True)[32, 32]
        for light in (0.05, 0.3, 1.0, 4.0)
    ]
    alphas = [int(color[3]) for color in lights]
    assert alphas == sorted(set(alphas))
    assert alphas[0] > 0
    assert all(color[0] > 200 > color[2] for color in lights)  # the hue, not one mixed with black


def test_text_brings_its_own_alpha(ctx, programs, draw):
    labels = Labels(ctx, programs)
    labels.set([Box((0.0, 0.0), (40, 40), (1.0, 0.5, 0.0, 0.4))])
    assert draw(labels, transparent=True)[4, 4] == pytest.approx([255, 128, 0, 102], abs=1)
    labels.release()


# ---- timings


def test_passes_are_timed_by_name(ctx, programs):
    renderer = Renderer(ctx, programs)
    renderer.timings = PassTimer(ctx)
    canvas = ctx.simple_framebuffer(SIZE_PX, 4)
    scene = Node("scene").add(
        Patch(ctx, Phase.SOLID, (0.5, 0.2, 0.1, 1.0)), Patch(ctx, Phase.LIGHT, (0.4, 0.1))
    )
    for _ in range(3):
        renderer.render(scene, Frame(FRONT, SIZE_PX), canvas)
    taken = renderer.timings.milliseconds
    assert list(taken) == [
        *("prepare Patch", "clear", "solid Patch", "light Patch", "glow", "composite")
    ]
    assert all(len(times) == 3 for times in taken.values())
    assert all(0 <= time < 1e4 for times in taken.values() for time in times)
    assert sum(map(sum, taken.values())) > 0
    renderer.timings.clear()
    assert renderer.timings.milliseconds == {}
    renderer.release()
    canvas.release()
