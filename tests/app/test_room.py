"""Networks and frames that are too large are refused before memory is taken, with the estimate."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import moderngl
import pytest
from neuronaut.app.cli import main
from neuronaut.app.options import FilmOptions, TrainOptions, UserError, ViewOptions
from neuronaut.app.scene import room as scene_room
from neuronaut.app.session import Session
from neuronaut.app.training import room
from neuronaut.core import training
from neuronaut.core.similarity import TABLE_WIDTH
from neuronaut.renderer.network_buffers import buffer_bytes

XOR = TrainOptions(data="xor", hidden=(3,))
VIEW = ViewOptions(metric="incoming", images="none")


@pytest.fixture
def free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Let the machine have so many bytes free."""

    def have(count: int) -> None:
        told = tmp_path / "meminfo"
        told.write_text(f"MemTotal:  99 kB\nMemAvailable:  {count // 1024} kB\n")
        monkeypatch.setattr(room, "_MEMORY", told)
        monkeypatch.setattr(room, "_GROUP", tmp_path / "nowhere")

    return have


def sentence(capsys: pytest.CaptureFixture[str], *options: str | Path) -> str:
    """Return the one sentence with which the program fails."""
    assert main([*map(str, options)]) == 1
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    return err


def test_a_network_too_large_to_train_is_refused_before_it_is_made(
    capsys, free, monkeypatch, tmp_path
):
    monkeypatch.setattr(training, "start", lambda *_: pytest.fail("the network was made"))
    free(10_000_000)
    large = ("--data", "xor", "--hidden", "300,1000")
    said = sentence(capsys, "train", tmp_path / "r", *large)
    assert said == (
        "neuronaut: a network of 2-300-1,000-2 neurons has 302,600 weights; training it takes "
        "about 31 MB of memory, but 10 MB are free; try fewer neurons (--hidden).\n"
    )
    said = sentence(capsys, "record", tmp_path / "film.mp4", "--size", "64x36", *large)
    assert "302,600 weights; training it takes about 18 MB of memory" in said
    assert {path.name for path in tmp_path.iterdir()} == {"meminfo"}


def test_a_network_too_large_to_draw_names_the_buffer(capsys, tmp_path):
    large = ("--data", "xor", "--hidden", "20000", "--size", "64x36")
    said = sentence(capsys, "record", tmp_path / "film.mp4", *large)
    assert "2-20,000-2 neurons has 80,000 weights; to draw it, one buffer (field)" in said
    assert "try fewer neurons (--hidden) or --images none" in said
    assert list(tmp_path.iterdir()) == []


def test_trails_and_the_number_of_weights_are_counted(ctx: moderngl.Context, monkeypatch):
    with pytest.raises(UserError, match=r"one buffer \(history\).*no --trails"):
        scene_room.check_network(ctx, (8, 300_000, 2), ViewOptions(images="none", trails=True))
    monkeypatch.setitem(ctx.info, "GL_MAX_SHADER_STORAGE_BLOCK_SIZE", 1 << 31)
    with pytest.raises(UserError, match=r"it may have 67,107,840 at most"):
        scene_room.check_network(ctx, (8_000, 9_000), VIEW)


def test_buffers_that_do_not_fit_into_memory_are_refused(ctx: moderngl.Context, free):
    free(1_000_000)
    with pytest.raises(UserError, match=r"to draw it takes about 28 MB of memory, but 1 MB"):
        scene_room.check_network(ctx, (10, 50_000, 2), VIEW)


def test_a_frame_that_does_not_fit_is_refused(ctx: moderngl.Context, free, tmp_path):
    free(1_000_000_000)
    still, film = tmp_path / "x.png", tmp_path / "x.mkv"
    scene_room.check_frame(ctx, FilmOptions(still, (4096, 4096)))
    for options, size in (
        (FilmOptions(film, (4096, 4096)), "1.1 GB"),
        (FilmOptions(film, (4096, 2160), codec="ffv1"), "1.1 GB"),
        (FilmOptions(still, (4096, 4096), samples=4), "1.0 GB"),
    ):
        with pytest.raises(UserError, match=f"takes about {size} of memory.*a smaller --size"):
            scene_room.check_frame(ctx, options)


@pytest.fixture(scope="module")
def session(headless) -> Iterator[Session]:
    with headless[0] as ctx:
        made = Session(ctx, XOR, VIEW)
        yield made
        made.release()


@pytest.mark.usefixtures("ctx")
def test_what_is_foretold_of_the_buffers_is_what_they_take(session: Session):
    stage = session.stage
    foretold = buffer_bytes(session.trainer.sizes, TABLE_WIDTH)
    real = stage.simulation.buffers | stage.edges.selection.buffers
    for name in foretold.keys() - {"member"}:
        assert foretold[name] == real[name].gl.size, name


@pytest.mark.usefixtures("ctx")
def test_a_network_too_large_to_draw_leaves_the_one_before(session: Session):
    stage, params, options = session.stage, session.trainer.state.params, session.trainer.options
    with pytest.raises(UserError, match="to draw it"):
        session.rebuild(TrainOptions(data="xor", hidden=(900_000,)))
    assert session.stage is stage
    assert session.trainer.state.params is params
    assert session.trainer.options is options
    session.advance(1)


def test_what_a_container_leaves_counts_too(free, tmp_path, monkeypatch):
    free(5_000_000_000)
    assert room.free_host_bytes() == 5_000_000_000 // 1024 * 1024
    for name, text in (
        ("max", "3000"), ("current", "2500"), ("stat", "anon 2000\ninactive_file 400\n"),
    ):  # fmt: skip
        (tmp_path / f"memory.{name}").write_text(text)
    monkeypatch.setattr(room, "_GROUP", tmp_path)
    assert room.free_host_bytes() == 900
    (tmp_path / "memory.max").write_text("max\n")
    assert room.free_host_bytes() == 5_000_000_000 // 1024 * 1024


def test_where_nobody_says_what_is_free_nothing_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(room, "_MEMORY", tmp_path / "nowhere")
    assert room.free_host_bytes() is None
    config = training.TrainingConfig(training.NetworkConfig((8, 10**9, 2)))
    room.check_training(config, 10)
