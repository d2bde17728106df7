"""What can be seen of the training and the network in plots, one tab for each subject."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from imgui_bundle import imgui

from .plots_curves import LayersTab, LearningTab
from .plots_distributions import DistributionsTab
from .plots_matrices import ConfusionTab, CorrelationTab, WeightsTab
from .plots_saliency import SaliencyTab

if TYPE_CHECKING:
    from ..laboratory import Laboratory


class Tab(Protocol):
    """One subject."""

    title: str
    hint: str

    def draw(self, lab: Laboratory) -> None:
        """Make the tab's contents."""
        ...


class PlotsPanel:
    """Curves, matrices, distributions, saliency."""

    title = "Plots"
    hint = "How it learns, what its weights are, which classes it confuses, what it looks at."

    def __init__(self) -> None:
        self.tabs: list[Tab] = [
            LearningTab(), LayersTab(), WeightsTab(), DistributionsTab(), CorrelationTab(),
            ConfusionTab(), SaliencyTab(),
        ]  # fmt: skip

    def draw(self, lab: Laboratory) -> None:
        """Make the open tab's contents; the others cost nothing."""
        flags = imgui.TabBarFlags_.fitting_policy_scroll.value
        if not imgui.begin_tab_bar("plots", flags):
            return
        for tab in self.tabs:
            is_open = imgui.begin_tab_item_simple(tab.title)
            imgui.set_item_tooltip(tab.hint)
            if is_open:
                tab.draw(lab)
                imgui.end_tab_item()
        imgui.end_tab_bar()
