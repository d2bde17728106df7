"""Films of runs and of scripts: every frame at its moment, shots joined as was said, alpha kept."""

from __future__ import annotations

import json
from pathlib import Path

import av
import numpy as np
import pytest
from film_frames import PLAIN, SIZE, decoded, steps_of
from neuronaut.app.cli import main
from neuronaut.app.film import films, words
from neuronaut.app.film.clock import Learning
from neuronaut.app.film.cuts import Cuts, Treatment, mix
from neuronaut.app.film.plan import plan
from neuronaut.app.options import FilmOptions, ShotOptions, TrainOptions
from neuronaut.app.session import Session
from neuronaut.renderer.palettes import DARK
from PIL import Image

DEMO = Path(__file__).parents[3] / "demos" / "film.toml"


XOR = TrainOptions("xor", hidden=(4,))


def filmed(out: Path, *shots: ShotOptions, fps: int = 10, **others: object) -> np.ndarray:
    """Record a small film of a training and return its frames."""
    seconds = sum(shot.seconds for shot in shots)
    given = {"size": SIZE, "fps": fps, "seconds": seconds, "shots": shots} | others
    films.record(FilmOptions(out, **given), XOR, PLAIN)  # type: ignore[arg-type]
    return decoded(out)


@pytest.mark.parametrize(("fps", "size"), [(24, (64, 48)), (30, (63, 47)), (60, (64, 48))])
def test_a_film_has_exactly_seconds_times_fps_frames(fps, size, tmp_path, capsys):
    out = tmp_path / "film.mp4"
    options = ["--size", f"{size[0]}x{size[1]}", "--fps", str(fps), "--seconds", "0.75"]
    still = ["--data", "xor", "--hidden", "2", "--layout-steps", "0", "--no-hud"]
    assert main(["record", str(out), *options, *still]) == 0
    assert ("even width and height" in capsys.readouterr().err) is (size == (63, 47))
    assert decoded(out).shape == (round(0.75 * fps), 48, 64, 3)


@pytest.mark.parametrize("fps", [1, 7, 24, 30, 60])
def test_shots_begin_next_to_their_exact_times_and_never_drift(fps):
    shots = tuple(ShotOptions(0.1 + 0.37 * (k % 5)) for k in range(200))
    planned = plan(FilmOptions(Path("x.mp4"), fps=fps, shots=shots))
    exact = np.concatenate([[0], np.cumsum([shot.seconds for shot in shots])]) * fps
    assert np.abs(np.array(planned.starts) - exact).max() <= 0.5 + 1e-9
    assert planned.frames == round(exact[-1])
    assert sum(planned.count(index) for index in range(200)) == planned.frames


def test_a_film_without_shots_is_one_and_never_empty():
    for seconds, fps in ((2.5, 30), (0.1, 60), (0.001, 1)):
        film = FilmOptions(Path("x.mp4"), seconds=seconds, fps=fps)
        assert plan(film).starts == (0, film.frames)


def test_light_falls_to_nothing_at_a_fade_and_only_there():
    fade = ShotOptions(2.0, transition="fade", transition_seconds=1.0)
    planned = plan(FilmOptions(Path("x.mp4"), fps=10, shots=(fade, ShotOptions(2.0), fade)))
    light = [[planned.light(shot, frame) for frame in range(20)] for shot in range(3)]
    assert light[0][0] < 0.1 and light[1][-1] == pytest.approx(light[2][0]) and light[2][0] < 0.1
    assert light[0][5:] + light[1][:15] + light[2][5:] == [1.0] * 45
    assert light[1][14:] == sorted(light[1][14:], reverse=True)


def test_mixtures_lie_between_and_transparent_ones_do_not_darken():
    rng = np.random.default_rng(0)
    one, other = rng.integers(0, 256, (2, 5, 7, 4), dtype=np.uint8)
    for share in (0.0, 0.3, 1.0):
        exact = one + share * (other.astype(float) - one)
        assert np.abs(mix(one, other, share) - exact).max() <= 1.5
    red, nothing = np.full((1, 1, 4), (200, 0, 0, 255), np.uint8), np.zeros((1, 1, 4), np.uint8)
    assert mix(nothing, red, 0.5, transparent=True).tolist() == [[[200, 0, 0, 128]]]


def test_a_dissolve_melts_the_last_picture_of_the_shot_before():
    cuts, pictures = Cuts(), [np.full((1, 1, 4), level, np.uint8) for level in (10, 20, 100, 100)]
    for treatment in (Treatment(), Treatment(ends_shot=True), Treatment(0.5), Treatment()):
        cuts.announce(treatment)
    assert [int(cuts.treat(picture)[0, 0, 0]) for picture in pictures] == [10, 20, 60, 100]


def test_words_come_and_go_and_are_broken_where_the_frame_ends():
    assert words.opacity(0.0, 4.0) == 0.0 == words.opacity(4.0, 4.0)
    assert words.opacity(2.0, 4.0) == 1.0 == words.opacity(0.05, 0.1)
    assert words.words("Title", "caption", 0.0, 1280, "none", DARK) == ()
    long = "a sentence that goes on and on " * 5
    for width in (300.0, 1280.0):
        items = words.words("", long, 1.0, width, "none", DARK)
        assert " ".join(item.text for item in items) == long.strip()  # type: ignore[union-attr]
        heights = [item.offset[1] for item in items]
        assert heights == sorted(heights) and heights[-1] < 0


def test_a_cut_is_at_its_frame_and_a_dissolve_between_two_colours_passes_through_both(tmp_path):
    dark, light = {"theme": "dark"}, {"theme": "light"}
    frames = filmed(
        tmp_path / "film.mp4",
        ShotOptions(0.5, "still", view=dark),
        ShotOptions(0.5, "still", view=light),
        ShotOptions(0.5, "still", view=dark, transition="dissolve", transition_seconds=0.5),
        ShotOptions(0.5, "still", view=light, transition="fade", transition_seconds=0.4),
    )
    assert len(frames) == 20
    corner = frames[:, :6, :6].mean(axis=(1, 2, 3))
    assert corner[:5].max() < 40 and corner[5:10].min() > 200
    assert (np.diff(corner[9:15]) < 0).all() and corner[15:].min() > 200
    assert 60 < corner[12] < 180
    # A fade leaves the background alone, and takes away what stands on it.
    spread = frames[:, 20:-20, 20:-20].astype(float).std(axis=(1, 2, 3))
    assert spread[15] < 0.5 * spread[19]


def test_a_title_and_a_caption_can_be_seen_in_the_middle_of_their_shot(tmp_path):
    with_words = ShotOptions(1.0, "still", title="TITLE", caption="caption")
    plain = filmed(tmp_path / "plain.mp4", ShotOptions(1.0, "still"))
    told = filmed(tmp_path / "told.mp4", with_words)
    changed = np.abs(told.astype(int) - plain).max(axis=-1) > 60
    rows = changed[5].any(axis=1).nonzero()[0]
    assert {"middle": 30 < rows.min() < 50, "foot": 78 < rows.max() < 96} == {
        "middle": True, "foot": True,
    }  # fmt: skip
    white = (told.min(axis=-1) > 190)[:, rows.min() : rows.min() + 20].sum(axis=(1, 2))
    assert white[0] < 0.5 * white[5] > white[-1]
    assert white[5] > 40


def test_what_a_shot_says_stays_and_a_tour_leaves_nothing_behind(tmp_path, monkeypatch):
    views = []
    draw = Session.draw

    def spy(session: Session, *args: object, **options: object) -> None:
        views.append((session.view.color, session.view.focus, session.caption, session.view.sample))
        draw(session, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Session, "draw", spy)
    filmed(
        tmp_path / "film.mp4",
        ShotOptions(0.2, "still", view={"color": "bias", "sample": 3}),
        ShotOptions(0.6, "tour"),
        ShotOptions(0.2, "stay", view={"focus": "h1.1"}),
        ShotOptions(0.2, "orbit", view={"focus": None, "arrangement": "shells"}),
    )
    assert views[:2] == [("bias", None, "", 3)] * 2
    assert any(caption for _, _, caption, _ in views[2:8])
    assert views[8:] == [("bias", "h1.1", "", 3)] * 2 + [("bias", None, "", 3)] * 2


def test_training_takes_exactly_the_steps_that_shots_say(tmp_path, monkeypatch):
    taken = []
    monkeypatch.setattr(Session, "draw", lambda session, *_, **__: taken.append(session.trainer))
    shots = (ShotOptions(0.5, train=3000), ShotOptions(0.3), ShotOptions(0.7, train=10))
    steps = steps_of(Learning, monkeypatch)
    filmed(tmp_path / "film.mp4", *shots, train_first=7)
    assert steps[:8] == [607, 1207, 1807, 2407, 3007, 3007, 3007, 3007]
    assert steps[-1] == 3017 and len(steps) == 15
    assert (np.diff(steps[7:]) <= 2).all()


@pytest.mark.parametrize("name", ["film.webm", "film.mov", "film.mkv", "frame-%02d.png"])
def test_transparent_films_have_nothing_in_their_corners(name, tmp_path):
    out = tmp_path / name
    film = FilmOptions(out, SIZE, 10, 0.2, camera="still", transparent=True)
    films.record(film, XOR, PLAIN)
    if "%" in name:
        with Image.open(tmp_path / "frame-01.png") as picture:
            alpha = np.asarray(picture)[..., 3]
    else:
        with av.open(str(out)) as container:
            stream = container.streams.video[0]
            decoder = stream.codec_context
            if decoder.name == "vp9":  # FFmpeg's own decoder knows no alpha
                decoder = av.CodecContext.create("libvpx-vp9", "r")
            packets = [*container.demux(stream)]
            pictures = [its for packet in packets for its in decoder.decode(packet)]
            alpha = pictures[-1].to_ndarray(format="rgba")[..., 3]
    assert alpha[[0, 0, -1, -1], [0, -1, 0, -1]].max() <= 2
    assert (alpha > 200).mean() > 0.005


def test_the_demo_makes_a_film(tmp_path, capsys):
    out = tmp_path / "film.mp4"
    options = ["--size", "160x90", "--fps", "1", "--script", str(DEMO), "--json"]
    assert main(["record", str(out), *options]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["frames"], said["steps"], said["seed"]) == (20, 900, 1)
    assert said["test_accuracy"] > 0.9
    frames = decoded(out)
    assert len(frames) == 20
    assert frames[[1, 6, 12, 17]].reshape(4, -1).std(axis=1).min() > 3
