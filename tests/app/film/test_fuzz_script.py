"""Damaged and hostile film scripts; see `fuzzing`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fuzzing import EDITS, SHARE, VALUES, Edit, Reader, changed, corpus, damaged, fuzzed
from hypothesis import given
from hypothesis import strategies as st
from neuronaut.app.film.keys import FILM, SHOT, TRAINING, VIEW
from neuronaut.app.film.script import read_script
from neuronaut.app.options import UserError

TOML: str = """
fps = 30
size = [1280, 720]
[training]
data = "digits"
hidden = [48, 24]
learning_rate = 1e-3
[view]
hud = "minimal"
edges = "all"
[[shot]]
seconds = 4.0
camera = "orbit"
title = "Learning"
[[shot]]
seconds = 2
train = 500
transition = "dissolve"
transition_seconds = 1.0
"""
SCRIPT = {
    "fps": 30, "size": [1280, 720], "run": "a.run", "data": "digits", "view": {"compare": [3, 8]},
    "shot": [{"seconds": 4.0, "from": "start", "camera": "a.json"},
             {"seconds": 1, "to": 2000, "caption": "It learns", "transition": "fade"}],
}  # fmt: skip
LITERALS = st.sampled_from(
    ["nan", "-inf", "1e999", "0x" + "f" * 5000, "1" * 5000, "1979-05-27", "07:32:00", "0o7", "1_0",
     '"' + "../" * 9 + '"', '"a\\u0000b"', "'" + "x" * 5000 + "'", '"""\nno\nline"""', "true",
     "[" * 300 + "]" * 300, "{a.b.c = 1}", '"\\ud800"', "[" * 100_000]
)  # fmt: skip
KEYS = st.sampled_from(sorted(FILM | SHOT | TRAINING | VIEW)) | st.text(max_size=5)


def reader(suffix: str) -> Reader:
    return Reader(read_script, UserError, suffix)


@corpus("scripts")
def test_what_once_broke_the_reader_of_scripts(found: Path) -> None:
    reader(found.suffix).try_file(found)


@fuzzed(80)
@given(EDITS, st.booleans())
def test_bytes_of_a_script(tmp_path_factory, edits: list[Edit], is_toml: bool) -> None:
    content = damaged((TOML if is_toml else json.dumps(SCRIPT)).encode(), edits)
    reader(".toml" if is_toml else ".json").try_bytes(content, tmp_path_factory.getbasetemp())


@fuzzed(150)
@given(SHARE, VALUES | st.just("leave out"), KEYS, st.booleans())
def test_values_of_a_script(tmp_path_factory, at: float, put: Any, key: str, is_new: bool) -> None:
    script = json.loads(json.dumps(SCRIPT))
    if is_new:
        (script, script["view"], script["shot"][1])[int(3 * at)][key] = put
    else:
        changed(script, at, put)
    content = json.dumps(script).encode()
    reader(".json").try_bytes(content, tmp_path_factory.getbasetemp())


@fuzzed(80)
@given(SHARE, LITERALS, KEYS, st.booleans())
def test_literals_of_a_toml_script(tmp_path_factory, at, literal: str, key: str, is_new) -> None:
    lines = TOML.strip().splitlines()
    spot = int(at * len(lines))
    if is_new:
        lines.insert(spot, f"{key} = {literal}")
    else:
        lines[spot] = f"{lines[spot].split(' =')[0]} = {literal}"
    content = "\n".join(lines).encode("utf-8", "surrogatepass")
    reader(".toml").try_bytes(content, tmp_path_factory.getbasetemp())
