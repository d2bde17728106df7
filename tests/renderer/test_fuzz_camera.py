"""Damaged and hostile camera paths, and layouts of panels; see `fuzzing`."""

from __future__ import annotations

import json
import zlib
from pathlib import Path

import numpy as np
import pytest
from fuzzing import EDITS, SHARE, VALUES, Edit, Reader, changed, corpus, damaged, fuzzed
from hypothesis import given
from hypothesis import strategies as st
from neuronaut.renderer import hud_layout, paths
from neuronaut.renderer.hud_layout import Remembered
from neuronaut.renderer.paths import PathError


def fly(path: Path) -> paths.Path:
    """Read a camera path and fly it; every pose must be one that can be drawn from."""
    flight = paths.load_path(path)
    for time in np.linspace(-1, flight.duration_secs + 1, 7):
        pose = flight.pose(time)
        assert np.isfinite(pose.view_from_world()).all()
        assert np.isfinite(pose.clip_from_view(16 / 9)).all()
    return flight


CAMERA = Reader(fly, PathError, ".json")
KEYS = {
    "format": "neuronaut-camera",
    "version": 1,
    "keyframes": [
        {"time": 0.0, "position": [0, 2, 9], "target": [0, 0, 0], "fov": 45.0},
        {"time": 4.0, "position": [9, 2, 0], "orientation": [0, 0.7, 0, 0.7], "fov": 20},
        {"time": 9.5, "position": [0, 0, 1e-3], "target": [0, 0, 0], "fov": 120.0},
    ],
}
CAMERA_NUMBERS = st.floats() | st.sampled_from(
    [1e9, -1e9, 1e-6, 1e-300, 5e-324, 179.99999999999997]
)
LAYOUT = (
    "[Window][View]\nPos=10,20\nSize=300,-4\nCollapsed=0\n\n[Docking][Data]\n[Neuronaut][Notes]\n"
)


@corpus("camera")
def test_what_once_broke_the_reader_of_cameras(found: Path) -> None:
    CAMERA.try_file(found)


@fuzzed(120)
@given(EDITS)
def test_bytes_of_a_camera_path(tmp_path_factory, edits: list[Edit]) -> None:
    content = json.dumps(KEYS).encode()
    CAMERA.try_bytes(damaged(content, edits), tmp_path_factory.getbasetemp())


@fuzzed(200)
@given(
    st.lists(
        st.tuples(SHARE, CAMERA_NUMBERS | VALUES | st.just("leave out")), min_size=1, max_size=3
    )
)
def test_values_of_a_camera_path(tmp_path_factory, changes: list[tuple[float, object]]) -> None:
    content = json.loads(json.dumps(KEYS))
    for at, put in changes:
        content = changed(content, at, put) or [0]
    text = json.dumps(content).encode()
    CAMERA.try_bytes(text, tmp_path_factory.getbasetemp())


def restored(path: Path) -> str:
    """Return what a remembered layout gives to Dear ImGui."""
    given: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hud_layout.imgui, "load_ini_settings_from_memory", given.append)
        Remembered(path).restore(1.5)
    return given[0]


def sealed(body: bytes) -> bytes:
    return body + b"checksum=%08x\n" % zlib.crc32(body)


PANELS = Reader(restored, NeverRaised := type("NeverRaised", (Exception,), {}), ".ini")


@corpus("panels")
def test_what_once_broke_the_reader_of_panels(found: Path) -> None:
    PANELS.try_file(found)


@fuzzed(150)
@given(EDITS, st.booleans())
def test_a_layout_of_panels(tmp_path_factory, edits: list[Edit], is_sealed: bool) -> None:
    """A damaged layout is forgotten; a sealed one is brought within what Dear ImGui can hold."""
    whole = LAYOUT.encode()
    content = sealed(damaged(whole, edits)) if is_sealed else damaged(sealed(whole), edits)
    layout = PANELS.try_bytes(content, tmp_path_factory.getbasetemp())
    assert is_sealed or layout in (
        "",
        "[Window][View]\nPos=15,30\nSize=450,1\nCollapsed=0\n\n[Docking][Data]\n",
    )
