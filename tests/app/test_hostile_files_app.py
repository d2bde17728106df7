"""Files made to take all memory or time are refused by the program's own readers, too."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import seeds
from fuzzing import Reader, bounded, odd_places, sealed_png
from neuronaut.app.film.script import read_script
from neuronaut.app.lab import image_files
from neuronaut.app.options import UserError
from neuronaut.app.scene.layouts import read_features
from neuronaut.renderer.hud_layout import Remembered
from neuronaut.renderer.paths import PathError, load_path

PICTURE = Reader(lambda path: image_files.read(path, True), UserError, ".png")
FEATURES = Reader(read_features, UserError, ".npy")
TOML, JSON = Reader(read_script, UserError, ".toml"), Reader(read_script, UserError, ".json")
CAMERA = Reader(load_path, PathError, ".json")
READERS = {"picture": PICTURE, "features": FEATURES, "toml": TOML, "json": JSON, "camera": CAMERA}


def refused(reader: Reader, content: bytes | str, folder: Path) -> str:
    """Return why a file of this content is refused."""
    content = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    said = reader.try_bytes(content, folder)
    assert isinstance(said, str), "it was read"
    return said


@pytest.mark.parametrize("name", READERS)
def test_what_only_stands_where_a_file_should_is_refused(name: str, tmp_path: Path) -> None:
    reader = READERS[name]
    for path in odd_places(tmp_path, reader.suffix):
        assert isinstance(reader.try_file(path), str), path


def test_what_stands_where_the_layout_of_panels_should_is_as_if_not_there(tmp_path: Path) -> None:
    for path in odd_places(tmp_path, ".ini"):
        with bounded():
            assert Remembered(path).notes == {}


class Program:
    """Writes a file as soon as it is unpickled."""

    def __init__(self, mark: Path):
        self.mark = mark

    def __reduce__(self) -> tuple[Callable[..., object], tuple[str]]:
        return os.mkdir, (str(self.mark),)


def test_no_pickle_is_loaded_as_features(tmp_path: Path) -> None:
    objects = np.array([[Program(tmp_path / "mark")]], object)
    assert "may run any program" in refused(FEATURES, seeds.npy(objects), tmp_path)
    assert not (tmp_path / "mark").exists()


def test_features_that_say_too_much_take_no_memory(tmp_path: Path) -> None:
    for shape in ("(1099511627776, 4)", "(-1, 4)", f"({'9' * 30}, 2)"):
        header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}}}"
        said = refused(FEATURES, seeds.npy_saying(header, bytes(64)), tmp_path)
        assert "an array should be longer than its file is" in said


def test_a_giant_picture_is_not_put_on_the_pad(tmp_path: Path) -> None:
    small = seeds.picture("png", "RGB")
    for side, said in (("\0\0\x23\x28", "67,108,864 are the most"), ("\0\0\x75\x30", "bomb")):
        giant = small.replace(b"\0\0\0\6\0\0\0\5", side.encode() * 2)
        assert said in refused(PICTURE, sealed_png(giant), tmp_path)


DEEP = {
    "toml": ("a = " + "[" * 10**5, "[view]\nmetric = " + "[" * 150 + "]" * 150),
    "json": ("[" * 10**5, '{"fps": ' + "[" * 900 + "]" * 900 + "}", '{"a":' * 10**5),
    "camera": (
        "[" * 10**5,
        '{"format": "neuronaut-camera", "version": ' + "[" * 900 + "]" * 900 + "}",
    ),
}


@pytest.mark.parametrize("name", DEEP)
def test_what_is_nested_too_deep_is_refused(name: str, tmp_path: Path) -> None:
    for content in DEEP[name]:
        refused(READERS[name], content, tmp_path)


def test_numbers_of_too_many_digits_are_refused(tmp_path: Path) -> None:
    for digits in ("1" * 5000, "0x" + "f" * 5000, "1e999", "-" + "9" * 4000):
        refused(TOML, f"fps = {digits}\n[[shot]]\nseconds = 1", tmp_path)
        refused(JSON, f'{{"fps": {digits}, "shot": [{{"seconds": 1}}]}}', tmp_path)
        keyframe = f'{{"time": {digits}, "position": [0, 0, 1], "target": [0, 0, 0], "fov": 45}}'
        content = f'{{"format": "neuronaut-camera", "version": 1, "keyframes": [{keyframe}]}}'
        refused(CAMERA, content, tmp_path)


def test_of_a_key_that_is_there_twice_the_last_counts_or_neither(tmp_path: Path) -> None:
    script = JSON.try_bytes(b'{"fps": 1, "fps": 2, "shot": [{"seconds": 1}]}', tmp_path)
    assert script.film == {"fps": 2}
    assert "is no TOML" in refused(TOML, "fps = 1\nfps = 2\n[[shot]]\nseconds = 1", tmp_path)


def test_a_key_of_a_hundred_thousand_parts_takes_no_time(tmp_path: Path) -> None:
    for content in ("a." * 10**5 + "b = 1", "c = {" + "a." * 10**5 + "b = 1}", "[" + "a." * 10**5):
        assert "more than 200 dots" in refused(TOML, content, tmp_path)
    assert "more than 1,048,576 signs" in refused(TOML, "#" * 2**20 + "\n", tmp_path)


def test_names_in_a_script_that_no_file_can_have(tmp_path: Path) -> None:
    for name in ("x" * 5000, "a\\u0000b", "\\ud800", "../" * 2000):
        for key in ("camera", "title"):
            content = f'{{"shot": [{{"seconds": 1, "{key}": "{name}.json"}}]}}'
            found = JSON.try_bytes(content.encode(), tmp_path)
            assert isinstance(found, str) or key == "title"
        content = f'{{"run": "{name}", "data": "{name}", "shot": [{{"seconds": 1}}]}}'
        JSON.try_bytes(content.encode(), tmp_path)
