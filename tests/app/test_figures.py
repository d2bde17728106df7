"""Numbers as people read them: true minus signs, no sign where there is nothing, no NaN."""

from __future__ import annotations

import math

import pytest
from neuronaut.app.figures import figure, share, signed


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (-1.25, ".3g", "−1.25"),
        (3e-7, ".3g", "3e−07"),
        (0.5, "+.1f", "+0.5"),
        (math.nan, ".3g", "–"),
    ],
)
def test_figures(value, form, text):
    assert figure(value, form) == text


def test_shares_and_signs():
    assert share(0.9731) == "97.3 %"
    assert share(math.inf) == "– %"
    assert [signed(value, 1) for value in (-2.04, 0.04, -0.04, 1.0)] == [
        "−2.0",
        "0.0",
        "0.0",
        "+1.0",
    ]
