"""What a plot says of the step, the bin or the class that is pointed at is what was noted there."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from imgui_bundle import imgui, implot
from neuronaut.app.figures import figure
from neuronaut.app.panels.plots import PlotsPanel
from neuronaut.app.panels.plots_curves import _jump
from neuronaut.app.training.jumps import Jump
from watching import watch

Area = tuple[float, float, float, float]


@pytest.fixture
def hint(bench, session, monkeypatch):
    """Return the hint at a place, as shares, of one of the plots of a tab."""
    for _ in range(12):
        session.advance(1)
    desk = bench(PlotsPanel())
    said: list[str] = []
    areas: list[Area] = []
    end = implot.end_plot

    def ended() -> None:
        corner, size = implot.get_plot_pos(), implot.get_plot_size()
        areas.append((corner.x, corner.y, size.x, size.y))
        end()

    watch(monkeypatch, desk)
    monkeypatch.setattr(implot, "end_plot", ended)
    monkeypatch.setattr(imgui, "set_tooltip", said.append)

    def at(title: str, number: int, x: float, y: float = 0.5) -> str:
        desk.frames(2)
        desk.press(title)
        areas.clear()
        desk.frames(1)
        left, top, width, height = areas[number]
        desk.hand.move(left + x * width, top + y * height)
        desk.frames(1)
        said.clear()
        desk.frames(1)
        return said[-1]

    return at


def test_loss_and_accuracy_of_the_step_that_is_pointed_at(hint, session):
    chronicle = session.chronicle
    said = re.fullmatch(
        r"step ([\d,]+): loss (\S+) in training, (\S+) in test", hint("Learning", 0, 0.6)
    )
    assert said
    k = list(chronicle.steps).index(int(said[1].replace(",", "")))
    assert 0 < k < len(chronicle.steps) - 1
    for found, name in zip(said.groups()[1:], ("train_loss", "test_loss"), strict=True):
        assert float(found) == pytest.approx(chronicle.series(name)[k], rel=1e-3)
    said = re.fullmatch(
        r"step ([\d,]+): (\S+) % of training, (\S+) % of test", hint("Learning", 1, 0.6)
    )
    assert said
    assert int(said[1].replace(",", "")) == chronicle.steps[k]
    for found, name in zip(said.groups()[1:], ("train_accuracy", "test_accuracy"), strict=True):
        assert float(found) == pytest.approx(100 * chronicle.series(name)[k], abs=0.06)


@pytest.mark.parametrize("number", [0, 1])
def test_every_layer_of_the_step_that_is_pointed_at(hint, session, number):
    chronicle = session.chronicle
    head, *layers = hint("Layers", number, 0.95).splitlines()
    rows = chronicle.sparsity("gini") if number else chronicle.movement()
    k = list(chronicle.steps).index(int(head.rpartition(" ")[2].replace(",", "")))
    assert [its.partition(": ")[2] for its in layers] == [figure(float(v)) for v in rows[k]]


def test_the_share_of_the_bin_that_is_pointed_at(hint):
    shares, least = [], -np.inf
    for y in np.linspace(0.99, 0.01, 9):
        said = re.fullmatch(
            r"step [\d,]+: (\S+) % from (\S+) to (\S+)", hint("Distributions", 1, 0.9, y)
        )
        assert said
        low, high = (float(text.replace("−", "-")) for text in said.groups()[1:])
        assert least <= low < high
        least = low
        shares.append(float(said[1]))
    assert max(shares) > shares[0]
    assert all(0 <= share <= 100 for share in shares)
    assert "of each layer" in hint("Distributions", 0, 0.5)


def test_a_jump_is_told_next_to_it_and_not_further_away():
    jumps = [Jump(step=30, before=0.5, after=2.25)]
    lab: Any = SimpleNamespace(session=SimpleNamespace(chronicle=SimpleNamespace(jumps=jumps)))
    steps = np.array([10, 20, 28, 40, 50])
    told = [_jump(lab, steps, k) for k in range(len(steps))]
    jump = "\njump at step 30: 0.5 → 2.25"
    assert told == ["", "", jump, jump, ""]
