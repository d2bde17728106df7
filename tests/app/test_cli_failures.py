"""What the command line does where the machine fails it, and where it is stopped."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time

import pytest
from neuronaut.app.cli import main
from neuronaut.core import datasets
from test_cli import SMALL, count_frames, failed, one_line


def test_a_full_disk_fails_with_one_sentence(capsys, tmp_path):
    # A limit on the size of files fails as a full disk does, in the middle of writing.
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        status = main(["record", str(tmp_path / "film.mkv"), *SMALL, "--seconds", "3"])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert status == 1
    assert "film.mkv" in one_line(capsys.readouterr().err)


def test_without_a_screen_it_says_how_to_film(neuronaut):
    done = neuronaut("--data", "xor")
    assert done.returncode == 1
    assert "neuronaut record" in one_line(done.stderr)


@pytest.mark.parametrize(
    ("env", "advice"),
    [
        ({"__EGL_VENDOR_LIBRARY_DIRS": "/nowhere"}, "install EGL"),
        ({"MESA_GL_VERSION_OVERRIDE": "3.3"}, "OpenGL 4.3 is needed"),
    ],
)
def test_without_usable_opengl_it_says_what_is_missing(env, advice, neuronaut, tmp_path):
    done = neuronaut("record", tmp_path / "film.mp4", *SMALL, env=env)
    assert done.returncode == 1
    assert advice in one_line(done.stderr)
    assert list(tmp_path.iterdir()) == []


def test_without_the_library_of_egl_it_says_what_to_install(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("GLCONTEXT_LINUX_LIBEGL", "/nowhere/libEGL.so.1")
    said = failed(capsys, "record", tmp_path / "film.mp4", *SMALL)
    assert "/nowhere/libEGL.so.1 not loaded); install EGL and a driver" in said
    assert list(tmp_path.iterdir()) == []


def test_a_library_that_the_system_lacks_is_named(capsys, monkeypatch):
    def run(*_: object) -> None:
        raise ImportError("libX11.so.6: cannot open shared object file: No such file or directory")

    monkeypatch.setattr("neuronaut.app.window.live.run", run)
    said = failed(capsys, "--data", "xor")
    assert "the system's library libX11.so.6 cannot be loaded; install" in said
    assert "neuronaut record film.mp4" in said


@pytest.mark.parametrize(("device", "reason"), [("99", "99"), ("first", "a device number")])
def test_a_device_that_is_not_there_is_named(device, reason, capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("NEURONAUT_EGL_DEVICE", device)
    assert reason in failed(capsys, "record", tmp_path / "film.mp4", *SMALL)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_recording_can_be_played(number, program, tmp_path):
    film = tmp_path / "film.mp4"
    with program("record", film, *SMALL, "--fps", "10", "--seconds", "9999") as process:
        while not film.exists() or film.stat().st_size < 20_000:
            assert process.poll() is None, process.stderr.read()
            time.sleep(0.05)
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == ""
    assert str(film) in one_line(err)
    assert count_frames(film) > 10


def test_a_reader_that_leaves_is_no_crash(program_env):
    command = [sys.executable, "-m", "neuronaut.app.cli", "--version"]
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as gone:
        done = subprocess.run(
            command, env=program_env, stdout=gone, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (done.returncode, done.stderr) == (1, "")


def test_names_that_the_terminal_cannot_write_are_escaped(neuronaut, tmp_path):
    done = neuronaut("--help", env={"PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stderr) == (0, "")
    strange = tmp_path / os.fsdecode(b"f\xffilm.mp4")
    done = neuronaut("record", strange, *SMALL)
    assert (done.returncode, done.stderr) == (0, "")
    assert strange.exists()


def test_debug_shows_the_traceback(tmp_path):
    with pytest.raises(datasets.DataError):
        main(["record", str(tmp_path / "film.mp4"), *SMALL, "--data", "nope", "--debug"])


@pytest.mark.parametrize(
    "error", [MemoryError(), RuntimeError("RESOURCE_EXHAUSTED: Out of memory allocating 9 bytes.")]
)
def test_too_little_memory_says_what_to_make_smaller(error, capsys, monkeypatch, tmp_path):
    from neuronaut.app.film import films

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(films, "record", fail)
    assert "--hidden" in failed(capsys, "record", tmp_path / "film.mp4")
