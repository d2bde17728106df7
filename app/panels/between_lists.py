"""Neurons that two inputs activate differently, to be clicked on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from imgui_bundle import imgui

from ..figures import figure
from ..lab.blend import Apart, Switch
from . import widgets

if TYPE_CHECKING:
    from ..laboratory import Laboratory

_MOST_SWITCHES = 12


def list_switches(lab: Laboratory, found: Sequence[Switch]) -> None:
    """List the neurons that A and B do not both switch on."""
    if not found:
        widgets.quiet("None: the same neurons are on at both ends.")
    for its in found[:_MOST_SWITCHES]:
        turns = "turns on" if its.turns_on else "turns off"
        text = f"{its.name} {turns} at {100 * its.share:.0f} %"
        if imgui.selectable(f"{text}##switch", lab.selected == its.name)[0]:
            lab.select(its.name)
        imgui.set_item_tooltip("Click to look at this neuron.")
    if len(found) > _MOST_SWITCHES:
        widgets.quiet(f"and {len(found) - _MOST_SWITCHES:,} more")


def table_apart(lab: Laboratory, found: Sequence[Apart]) -> None:
    """List the neurons that tell A and B apart most."""
    flags = imgui.TableFlags_.sizing_stretch_same.value | imgui.TableFlags_.row_bg.value
    if not imgui.begin_table("apart", 4, flags):
        return
    for name in ("neuron", "A", "B", "B − A"):
        imgui.table_setup_column(name)
    imgui.table_headers_row()
    for its in found:
        imgui.table_next_column()
        spans = imgui.SelectableFlags_.span_all_columns.value
        if imgui.selectable(f"{its.name}##apart", lab.selected == its.name, spans)[0]:
            lab.select(its.name)
        imgui.set_item_tooltip(
            "Its activation for A and for B, and the difference as a share of its layer's largest."
        )
        for text in (
            figure(its.a, ".2f"),
            figure(its.b, ".2f"),
            f"{figure(100 * its.difference, '+.0f')} %",
        ):
            imgui.table_next_column()
            imgui.text(text)
    imgui.end_table()
