"""`neuronaut doctor`: every part is examined, and what fails says why in its place."""

from __future__ import annotations

import json

import pytest
from neuronaut.app.cli import main
from neuronaut.app.doctor import examine

PARTS = {
    "neuronaut", "python", "system", "packages", "jax_devices", "opengl", "bridge", "simulation",
    "display", "window", "encoders", "data_folders",
}  # fmt: skip


@pytest.fixture(autouse=True)
def without_a_screen(monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)


def test_it_examines_every_part():
    found = examine()
    assert set(found) == PARTS
    assert found["packages"]["jax"][0].isdigit()
    assert found["jax_devices"][0].startswith("cpu:0")
    assert set(found["opengl"]) == {"vendor", "renderer", "version", "software"}
    assert found["simulation"].startswith("gl: ")
    assert found["encoders"][".png"] == "Pillow"
    assert found["display"].startswith("none")
    assert "failed" not in json.dumps(found)


def test_every_finding_is_a_line_of_its_own(capsys):
    assert main(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[0] for line in lines] == [name.replace("_", " ") for name in examine()]


def test_json_is_one_line(capsys):
    assert main(["doctor", "--json"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert set(json.loads(line)) == PARTS


def test_what_fails_says_why_and_the_rest_is_still_examined(monkeypatch, tmp_path):
    monkeypatch.setenv("NEURONAUT_EGL_DEVICE", "99")
    monkeypatch.setenv("NEURONAUT_DATA", str(tmp_path / "nowhere"))
    monkeypatch.setenv("DISPLAY", ":nowhere")
    found = examine()
    assert found["opengl"].startswith("failed: No OpenGL context")
    assert found["simulation"].startswith("jax: ")
    assert "nowhere is none" in found["data_folders"]
    assert found["display"] == "DISPLAY=:nowhere"
    assert found["window"].startswith("failed: No window can be opened")
    assert "\n" not in json.dumps(found)
    assert found["encoders"][".png"] == "Pillow"


def test_a_package_that_is_missing_is_no_crash(monkeypatch):
    from neuronaut.app import doctor

    monkeypatch.setattr(doctor, "_PACKAGES", ("no-such-package",))
    assert examine()["packages"] == {"no-such-package": "not installed"}
