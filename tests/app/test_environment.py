"""Where compiled programs are kept between starts, and that a bad place harms nobody."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from neuronaut.app import environment

SETTINGS = (
    "JAX_COMPILATION_CACHE_DIR",
    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS",
    "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES",
)
COMPILE = """
import sys
from pathlib import Path
from neuronaut.app import environment
environment.prepare(Path(sys.argv[1]))
import jax
print(float(jax.jit(lambda x: 3 * x + 1)(2.0)))
"""


def compiled(folder: Path) -> subprocess.CompletedProcess[str]:
    """Compile something in a process of its own that keeps it in `folder`."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("JAX_")}
    command = [sys.executable, "-c", COMPILE, str(folder)]
    return subprocess.run(command, capture_output=True, text=True, env=env, check=True)


@pytest.fixture
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SETTINGS:
        monkeypatch.setenv(name, "")  # so that it is put back
        monkeypatch.delenv(name)


def test_what_was_compiled_is_kept_and_a_damaged_entry_is_no_matter(tmp_path):
    folder = tmp_path / "new" / "jax"
    assert compiled(folder).stdout == "7.0\n"
    (entry,) = folder.glob("*lambda*-cache")
    whole = entry.read_bytes()
    for damaged in (b"", whole[: len(whole) // 2], b"x" * len(whole)):
        entry.write_bytes(damaged)
        again = compiled(folder)
        assert (again.stdout, again.stderr) == ("7.0\n", "")


def test_a_persons_own_setting_wins(unset, monkeypatch, tmp_path):
    monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", "elsewhere")
    environment.prepare(tmp_path / "jax")
    assert os.environ["JAX_COMPILATION_CACHE_DIR"] == "elsewhere"
    assert "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS" not in os.environ
    assert not (tmp_path / "jax").exists()


def test_where_nothing_can_be_written_nothing_is_kept(unset, tmp_path):
    (tmp_path / "file").touch()
    environment.prepare(tmp_path / "file" / "jax")
    assert "JAX_COMPILATION_CACHE_DIR" not in os.environ


def test_the_usual_place_is_of_one_kind_of_cpu(unset, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    places = []
    for flags in ("flags : sse avx", "flags : sse"):
        (tmp_path / "cpu").write_text(f"processor : 0\n{flags}\n\nprocessor : 1\n{flags}\n")
        monkeypatch.setattr(environment, "_CPU_INFO", tmp_path / "cpu")
        monkeypatch.delenv("JAX_COMPILATION_CACHE_DIR", raising=False)
        environment.prepare()
        places.append(Path(os.environ["JAX_COMPILATION_CACHE_DIR"]))
    assert places[0] != places[1]
    assert {place.parent for place in places} == {tmp_path / "neuronaut"}


def test_a_cache_that_has_grown_too_large_loses_its_oldest_half(tmp_path):
    for number in range(5):
        file = tmp_path / f"{number}-cache"
        file.write_bytes(bytes(100))
        os.utime(file, (number, number))
    environment.bound(tmp_path, largest_bytes=500)
    assert len(list(tmp_path.iterdir())) == 5
    environment.bound(tmp_path, largest_bytes=499)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["3-cache", "4-cache"]
