"""No panel raises, whatever the network is: no hidden layer, one output, NaN, an empty filter."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import jax
import numpy as np
import pytest
from imgui_bundle import imgui
from neuronaut.app.options import TrainOptions, ViewOptions
from neuronaut.app.panels import all_panels
from neuronaut.app.panels.plots import PlotsPanel
from neuronaut.app.session import Session
from neuronaut.app.training.trainer import Trainer
from neuronaut.core import network
from neuronaut.core.network import NetworkConfig
from neuronaut.core.wiring import Wiring

TITLES = [panel.title for panel in all_panels()]


CASES = ("a few points", "no hidden layer", "no sample", "a single output", "nothing but NaN")


@pytest.fixture(scope="module")
def single(headless) -> Iterator[Callable[[], Session]]:
    """A network that tells two classes by one output, as weights from elsewhere may do.

    The shared context must be current.
    """
    made: list[Session] = []

    def make() -> Session:
        if not made:
            trainer = Trainer(TrainOptions("moons", hidden=(5,)))
            trainer.adopt(network.init(jax.random.key(0), NetworkConfig((2, 5, 1))))
            view = ViewOptions(layout_steps=0, hud="none")
            made.append(Session(headless[0], trainer, view))
        return made[0]

    yield make
    with headless[0]:
        for its in made:
            its.release()


@pytest.fixture(params=CASES)
def odd(request, ctx, sessions, single) -> Session:
    case = request.param
    if case == "a single output":
        return single()
    if case == "nothing but NaN":
        trained = request.getfixturevalue("session")  # which heals it again
        broken = jax.tree.map(lambda values: values * np.nan, trained.trainer.state.params)
        trained.trainer.put(broken)
        trained.refresh()
        return trained
    if case == "no sample":
        session = sessions(TrainOptions("digits", classes=("0", "1"), hidden=(6,)))
        session.samples.set_filter("wrong", label=0, answer=0)
        assert len(session.samples.numbers) == 0
        return session
    return sessions(TrainOptions(data="moons", hidden=(5,) if case == "a few points" else ()))


def test_every_panel_is_drawn(bench, odd, monkeypatch):
    wanted = [""]

    def begin(title: str) -> bool:
        flags = imgui.TabItemFlags_.set_selected.value if title == wanted[0] else 0
        return imgui.begin_tab_item(title, None, flags)[0]

    monkeypatch.setattr(imgui, "begin_tab_item_simple", begin)
    first, *others = all_panels()
    its = bench(first, odd, among=others)
    wiring = Wiring(odd.trainer.sizes)
    layers = range(len(odd.trainer.sizes))
    subjects = [None, *(wiring.name(int(wiring.neuron_offsets[layer])) for layer in layers)]
    for title in TITLES:
        its.lab.is_open = {other: other == title for other in TITLES}
        for subject in subjects if title in ("Inspector", "Disturb") else subjects[:1]:
            its.lab.select(subject)
            its.frames(3)
    for tab in PlotsPanel().tabs:
        wanted[0] = tab.title
        its.frames(3)
    assert its.at  # something was drawn


def test_asking_and_disturbing_do_no_harm(bench, odd):
    first, *others = all_panels()
    its = bench(first, odd, among=others)
    its.lab.select("in.0")
    its.lab.is_open = {title: title == "Disturb" for title in TITLES}
    its.frames(3)
    its.press("Silence in.0")
    its.press("Undo")
    its.press("A weight, a bias")
    its.press("Curve")
    its.lab.is_open = {title: title == "Inspector" for title in TITLES}
    its.frames(3)
    for section in ("Connections", "Activations by class", "What excites it most"):
        its.press(section)
    its.press("What would be lost?")
    its.frames(3)


def test_the_way_between_two_inputs_is_gone(bench, odd):
    first, *others = all_panels()
    its = bench(first, odd, among=others)
    its.lab.is_open = {title: title == "Between A and B" for title in TITLES}
    its.frames(3)
    its.drag("way", (0.1, 0.5), (0.6, 0.5))
    its.press("Real samples")
    its.drag("way", (0.1, 0.5), (0.9, 0.5))
    its.press("›##A")
    its.press("‹##B")
