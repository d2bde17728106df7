"""Where links, tabs, pictures and cells of plots are, for a hand that has to find them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from imgui_bundle import imgui, implot
from neuronaut.app.session import Session
from neuronaut.renderer.hud_images import HudImage


def watch(monkeypatch: pytest.MonkeyPatch, bench: Any) -> None:
    """Note the places of links and tabs by label, of pictures and of the cells of the last plot."""
    for name in ("text_link", "begin_tab_item_simple"):
        make = getattr(imgui, name)

        def noted(label: str, *given: Any, make: Any = make) -> Any:
            result = make(label, *given)
            low, high = imgui.get_item_rect_min(), imgui.get_item_rect_max()
            for key in (label, label.split("##", maxsplit=1)[0]):
                bench.at[key] = (low.x, low.y, high.x, high.y)
            return result

        monkeypatch.setattr(imgui, name, noted)
    show, plot = HudImage.show, implot.plot_image

    def shown(image: HudImage, *given: Any) -> None:
        show(image, *given)
        low, high = imgui.get_item_rect_min(), imgui.get_item_rect_max()
        count = sum(key.startswith("picture ") for key in bench.at)
        bench.at[f"picture {count}"] = (low.x, low.y, high.x, high.y)

    def plotted(label: str, ref: Any, low: Any, high: Any, *given: Any) -> None:
        plot(label, ref, low, high, *given)
        one, other = implot.plot_to_pixels(low), implot.plot_to_pixels(high)
        left, right = sorted((one.x, other.x))
        top, bottom = sorted((one.y, other.y))
        bench.at["cells"] = (left, top, right, bottom)

    monkeypatch.setattr(HudImage, "show", shown)
    monkeypatch.setattr(implot, "plot_image", plotted)


def arrays(session: Session) -> list[tuple[np.ndarray, np.ndarray]]:
    """The weights and biases of a network, in double precision."""
    params = session.trainer.state.params
    return [(np.asarray(w, np.float64), np.asarray(b, np.float64)) for w, b in params]


def forward(session: Session, x: np.ndarray, silent: tuple[int, int] | None = None) -> list:
    """What every layer of a relu network puts out, the last before softmax.

    Args:
        silent: layer and place of a neuron that puts out nothing.
    """
    *hidden, (weight, bias) = arrays(session)
    found = [np.asarray(x, np.float64)]
    for layer, (w, b) in enumerate(hidden, start=1):
        out = np.maximum(found[-1] @ w + b, 0)
        if silent is not None and silent[0] == layer:
            out[..., silent[1]] = 0
        found.append(out)
    return [*found, found[-1] @ weight + bias]
