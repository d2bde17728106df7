"""Themes and palettes: readable on their background, and told apart by colour-blind eyes.

Deficiencies are simulated after Machado et al. (2009) at full severity, differences measured in
CAM02-UCS (Luo et al. 2006), where about 1 is the least that can be seen.
"""

from __future__ import annotations

import numpy as np
import pytest
from colorspacious import cspace_convert
from neuronaut.renderer.palettes import (
    DARK,
    PALETTES,
    THEMES,
    Theme,
    category_colors,
    linear,
    ramp,
    theme_of,
)
from numpy.typing import ArrayLike

DEFICIENCIES = ("protanomaly", "deuteranomaly", "tritanomaly")
EVERY = [theme_of(name, palette) for name in THEMES for palette in PALETTES]
IDS = [f"{name} {palette}" for name in THEMES for palette in PALETTES]
themes = pytest.mark.parametrize("theme", EVERY, ids=IDS)


def seen(colors: ArrayLike, deficiency: str) -> np.ndarray:
    """What an eye without one kind of cones sees, in CAM02-UCS [n, 3]."""
    space = {"name": "sRGB1+CVD", "cvd_type": deficiency, "severity": 100}
    shown = np.clip(cspace_convert(np.asarray(colors, dtype="f8"), space, "sRGB1"), 0, 1)
    return cspace_convert(shown, "sRGB1", "CAM02-UCS")


def closest(colors: ArrayLike) -> float:
    """The least difference of any two colours to any of the deficient eyes."""
    least = np.inf
    for deficiency in DEFICIENCIES:
        points = seen(colors, deficiency)
        apart = np.linalg.norm(points[:, None] - points, axis=-1)
        least = min(least, float(apart[~np.eye(len(points), dtype=bool)].min()))
    return least


def lightness(colors: ArrayLike) -> np.ndarray:
    return cspace_convert(np.asarray(colors, dtype="f8"), "sRGB1", "CAM02-UCS")[:, 0]


def contrast(color: tuple[float, float, float], theme: Theme) -> float:
    """WCAG 2's contrast with the worse end of the background, 1..21."""

    def luminance(rgb: tuple[float, float, float]) -> float:
        return float(np.dot(linear(rgb), (0.2126, 0.7152, 0.0722))) + 0.05

    behind = [luminance(rgb) for rgb in (theme.background_center, theme.background_border)]
    return min(max(luminance(color), b) / min(luminance(color), b) for b in behind)


# What is reached: dark 35 standard and 39 safe; light 26 and 28.
@themes
def test_signs_of_weights_stay_apart_for_every_eye(theme):
    assert closest([theme.positive, theme.negative, theme.neutral]) > (
        34 if theme.name == "dark" else 25
    )


# What is reached: 28 where it is safe; green and cream of the standard one are 5 apart.
@pytest.mark.parametrize("name", THEMES)
def test_the_safe_palette_tells_forward_from_backward(name):
    theme = theme_of(name, "safe")
    assert closest([theme.forward, theme.backward]) > 27


# What is reached: 14.5 for up to ten categories of either palette (they are the same), and in the
# safe one the first eight of more; with more than ten, the standard palette falls to 2.5.
@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize("count", [8, 10, 40])
def test_the_first_eight_safe_categories_stay_apart_for_every_eye(name, count):
    assert closest(category_colors(count, "safe", name)[:8] / 255.0) > 14


@themes
def test_values_rise_in_lightness_on_either_side_of_zero(theme):
    colors = ramp(theme.neuron_stops, 65) / 255.0
    away = lightness(colors)[32:], lightness(colors)[32::-1]
    for side in away:
        steps = np.diff(side) * (-1 if theme.ink else 1)  # on paper, what is strong is dark
        assert steps.min() > -0.5
        assert abs(side[-1] - side[0]) > 25


# A value and its opposite; near zero they meet.
@themes
def test_opposite_values_stay_apart_for_every_eye(theme):
    colors = ramp(theme.neuron_stops, 65) / 255.0
    for step in (16, 24, 32):
        assert closest(colors[[32 - step, 32 + step]]) > 15


@themes
def test_the_standard_and_safe_ramps_begin_near_the_same_middle(theme):
    middle = ramp(theme.neuron_stops, 3)[1] / 255.0
    distance = abs(float(lightness([middle])[0]) - float(lightness([theme.background_center])[0]))
    assert 3 < distance < 35  # weak neurons are there, and quiet


@themes
def test_text_and_weights_can_be_read(theme):
    assert contrast(theme.text, theme) > 10
    assert contrast(theme.quiet_text, theme) > 5
    assert contrast(theme.notice, theme) > 5
    for color in (theme.positive, theme.negative, theme.neutral, theme.forward, theme.backward):
        assert contrast(color, theme) > 3
    assert contrast(theme.no_category, theme) > 1.4


@themes
@pytest.mark.parametrize("count", [10, 60])
def test_categories_can_be_seen(theme, count):
    for palette in PALETTES:
        for color in category_colors(count, palette, theme.name) / 255.0:
            red, green, blue = color.tolist()
            assert contrast((red, green, blue), theme) > 1.3


def test_the_standard_dark_theme_is_the_usual_one():
    assert theme_of("dark") == theme_of("dark", "standard") == DARK
    assert len({theme_of(name, palette) for name in THEMES for palette in PALETTES}) == 4
    for name, palette in (("dusk", "safe"), ("dark", "loud")):
        with pytest.raises(ValueError, match=r"a theme is one of .*, not 'd"):
            theme_of(name, palette)


def test_categories_keep_their_colours_as_they_grow_in_number():
    for palette in PALETTES:
        few, more = category_colors(3, palette), category_colors(10, palette)
        np.testing.assert_array_equal(more[:3], few)
        many, most = category_colors(11, palette), category_colors(90, palette)
        np.testing.assert_array_equal(most[:11], many)
        assert len(np.unique(category_colors(30, palette), axis=0)) == 30
        assert category_colors(0, palette).shape == (1, 3)


@pytest.mark.parametrize("value", [0.0, 0.02, 0.0404, 0.041, 0.3, 1.0])
def test_linear_light_follows_the_standard(value):
    expected = value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
    assert linear((value, 0.0, 1.0)) == pytest.approx((expected, 0.0, 1.0))


def test_a_ramp_goes_through_its_stops():
    stops = ((-1.0, (0.0, 0.0, 1.0)), (0.0, (0.0, 0.0, 0.0)), (1.0, (1.0, 0.0, 0.0)))
    colors = ramp(stops, 5)
    assert colors.tolist() == [[0, 0, 255], [0, 0, 128], [0, 0, 0], [128, 0, 0], [255, 0, 0]]
