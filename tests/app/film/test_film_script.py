"""Film scripts: what they may say, and the one sentence with which everything else is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from neuronaut.app import arguments
from neuronaut.app.cli import main
from neuronaut.app.film.request import request_of
from neuronaut.app.film.script import read_script
from neuronaut.app.options import ShotOptions, UsageError, UserError
from neuronaut.app.parsers import build_parser
from neuronaut.renderer.codecs import transparent_endings
from neuronaut.renderer.video import CODECS

DEMO = Path(__file__).parents[3] / "demos" / "film.toml"
SHOT = "[[shot]]\nseconds = 1\n"


def written(folder: Path, text: str, name: str = "film.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def request(*options: str | Path):
    return request_of(build_parser().parse_args(["record", "x.mp4", *map(str, options)]))


def test_the_names_listed_for_help_are_those_of_the_recorder():
    assert arguments.CODECS == CODECS
    assert (".png", *transparent_endings()) == arguments.TRANSPARENT


def test_a_script_says_everything_that_a_film_is(tmp_path):
    (tmp_path / "flight.json").write_text("{}")
    script = read_script(
        written(
            tmp_path,
            """
            fps = 25
            size = [640, 360]
            [training]
            data = "moons"
            hidden = [6, 4]
            first = 40
            [view]
            hud = "none"
            edges = "all"
            [[shot]]
            seconds = 1.5
            train = 100
            color = "class"
            focus = "h1.2"
            title = "One"
            [[shot]]
            seconds = 2
            camera = "flight.json"
            focus = "none"
            compare = [3, 8]
            input = 5
            trails = true
            caption = "Two"
            transition = "dissolve"
            transition_seconds = 0.5
            """,
        )
    )
    assert script.film == {"fps": 25, "size": (640, 360)}
    assert script.training == {"data": "moons", "hidden": (6, 4), "train_first": 40}
    assert script.view == {"hud": "none", "edges": 1.0}
    assert script.shots == (
        ShotOptions(1.5, train=100, title="One", view={"color": "class", "focus": "h1.2"}),
        ShotOptions(
            2.0, str(tmp_path / "flight.json"), caption="Two", transition="dissolve",
            transition_seconds=0.5,
            view={"focus": None, "compare": (3, 8), "sample": 5, "trails": True},
        ),
    )  # fmt: skip


def test_json_says_the_same_as_toml(tmp_path):
    toml = written(tmp_path, 'fps = 12\n[view]\ncolor = "bias"\n[[shot]]\nseconds = 2.5\n')
    content = {"fps": 12, "view": {"color": "bias"}, "shot": [{"seconds": 2.5}]}
    assert read_script(toml) == read_script(written(tmp_path, json.dumps(content), "film.json"))


def test_the_demo_is_understood():
    film, train, view = request("--script", DEMO)
    assert (film.fps, film.size, film.seconds, film.frames) == (30, (1280, 720), 20.0, 600)
    assert (train.data, train.hidden, train.seed) == ("digits", (48, 24), 1)
    assert (view.hud, view.sample) == ("minimal", 3)


def test_the_command_line_wins_over_the_script(tmp_path):
    script = written(
        tmp_path,
        "fps = 12\nsize = [64, 48]\n"
        "[training]\nseed = 4\nl1 = 0.5\nfirst = 9\nsteps_per_frame = 3\n"
        f'[view]\ncolor = "bias"\ntheme = "light"\n{SHOT}',
    )
    film, train, view = request("--script", script)
    assert (film.fps, film.size, film.train_first, film.steps_per_frame) == (12, (64, 48), 9, 3)
    assert (train.seed, train.l1, view.color, view.theme) == (4, 0.5, "bias", "light")
    given = (
        "--fps",
        "5",
        "--size",
        "32x16",
        "--seed",
        "7",
        "--color",
        "class",
        "--train-first",
        "0",
    )
    film, train, view = request("--script", script, *given)
    assert (film.fps, film.size, film.train_first, film.steps_per_frame) == (5, (32, 16), 0, 3)
    assert (train.seed, train.l1, view.color, view.theme) == (7, 0.5, "class", "light")


def test_a_run_of_the_command_line_takes_the_place_of_the_scripts(tmp_path):
    (tmp_path / "mine.run").mkdir()
    script = written(tmp_path, f'run = "mine.run"\ndata = "moons"\n{SHOT}')
    film, _, _ = request("--script", script)
    assert (film.run, film.run_data) == (tmp_path / "mine.run", "moons")
    film, _, _ = request("--script", script, "--run", "other.run")
    assert (film.run, film.run_data) == (Path("other.run"), None)
    trained = written(tmp_path, f"[training]\nl1 = 1\n{SHOT}")
    film, train, _ = request("--script", trained, "--run", "other.run", "--data", "xor")
    assert (film.run, film.run_data, train.l1) == (Path("other.run"), "xor", 0.0)


BAD = {
    "": "there is no shot",
    "shot = []": "there is no shot",
    "fps = 30": "there is no shot",
    "fps = ": "is no TOML",
    f"fpss = 30\n{SHOT}": "no key 'fpss'; did you mean fps?",
    f"fps = 0\n{SHOT}": "fps must be a whole number, 1 to 1,000, not 0",
    f"fps = 24.5\n{SHOT}": "fps must be a whole number",
    f"fps = true\n{SHOT}": "fps must be a whole number",
    f"size = [8, 8]\n{SHOT}": "size must be width and height",
    f"size = 7\n{SHOT}": "size must be width and height",
    f"run = 7\n{SHOT}": "run must be a text",
    f'data = "moons"\n{SHOT}': "belongs under [training]",
    f'run = "a.run"\n[training]\nseed = 1\n{SHOT}': "there can be no [training]",
    f"training = 5\n{SHOT}": "[training] must be a table",
    f"[training]\nsped = 1\n{SHOT}": "no key 'sped'; did you mean seed?",
    f'[training]\nhidden = "8"\n{SHOT}': "hidden must be a list of whole numbers",
    f"[training]\nhidden = [0]\n{SHOT}": "hidden must be",
    f"[training]\nlearning_rate = nan\n{SHOT}": "learning_rate must be a number",
    f'[training]\nactivation = "step"\n{SHOT}': "activation must be one of relu, tanh",
    f'[view]\ncolour = "class"\n{SHOT}': "no key 'colour'; did you mean color?",
    f"[view]\nseconds = 3\n{SHOT}": "no key 'seconds'",
    "shot = 3": "there is no shot",
    "shot = [3]": "shot 1: a shot must be a table",
    "[[shot]]": "shot 1: seconds is missing",
    f"{SHOT}[[shot]]\nseconds = 0": "shot 2: seconds must be a number, more than 0",
    "[[shot]]\nseconds = -1": "shot 1: seconds must be",
    '[[shot]]\nseconds = "3"': "shot 1: seconds must be a number",
    "[[shot]]\nseconds = inf": "shot 1: seconds must be",
    "[[shot]]\nseconds = 1e9": "shot 1: seconds must be",
    "[[shot]]\nseconds = 86400\n[[shot]]\nseconds = 1": "a day at most",
    f"{SHOT}zoom = 3": "shot 1: there is no key 'zoom'",
    f'{SHOT}color = "red"': "shot 1: color must be one of activation",
    f"{SHOT}edges = 1.5": "shot 1: edges must be a number, 0 to 1, or all, not 1.5",
    f"{SHOT}input = -1": "shot 1: input must be a whole number",
    f"{SHOT}compare = [1]": "shot 1: compare must be two numbers",
    f"{SHOT}trails = 1": "shot 1: trails must be true or false",
    f"{SHOT}hud = false": "shot 1: hud must be one of full, minimal, none",
    f"{SHOT}caption = 5": "shot 1: caption must be a text",
    f'{SHOT}camera = "zoom"': "shot 1: camera must be one of orbit",
    f'{SHOT}camera = "stay"': "shot 1: camera cannot stay",
    f'{SHOT}camera = "missing.json"': "shot 1: camera names missing.json",
    f'{SHOT}transition = "wipe"': "shot 1: transition must be one of cut, fade, dissolve",
    f'{SHOT}transition = "dissolve"': "shot 1: transition cannot be dissolve",
    f'{SHOT}transition = "fade"\ntransition_seconds = 2': "at most the shot's 1 seconds, not 2",
    f"{SHOT}transition_seconds = 0.5": "shot 1: transition_seconds is said",
    f"{SHOT}from = 3": "shot 1: from cannot be said, because the film is of a training",
    f'{SHOT}to = "end"': "shot 1: to cannot be said",
    f'{SHOT}to = "last"': "shot 1: to must be a whole number",
    f'run = "a.run"\n{SHOT}train = 5': "shot 1: train cannot be said, because the film is of a run",
    f'{SHOT}focus = "h9.1"\n[[shot]]\nseconds = 1': "shot 1: ",
    f'{SHOT}[[shot]]\nseconds = 1\nimages = "weights"': "shot 2: images of weights need",
}


@pytest.mark.parametrize("text", BAD, ids=lambda text: text.replace("\n", "; ")[-60:])
def test_a_bad_script_is_refused_in_one_sentence_before_anything_is_written(
    text, capsys, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    written(tmp_path, text)
    options = () if "a.run" in text else ("--data", "xor", "--hidden", "4")
    assert main(["record", "out.mp4", "--script", "film.toml", "--size", "64x48", *options]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("neuronaut: ") and said.err.count("\n") == 1
    assert "film.toml" in said.err and BAD[text] in said.err
    assert "Traceback" not in said.err and "unexpected" not in said.err
    assert [file.name for file in tmp_path.iterdir()] == ["film.toml"]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("film.yaml", b"", "a .toml or .json file"),
        ("film.json", b"[1, 2]", "a script must be a table"),
        ("film.json", b"{", "is no JSON"),
        ("film.json", b'{"shot": [{"seconds": NaN}]}', "seconds must be a number"),
        ("film.toml", b"\xff\xfe\x00", "no text in UTF-8"),
        ("missing.toml", None, "cannot be read: No such file"),
    ],
)
def test_a_file_that_is_no_script_is_named(name, content, words, tmp_path):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError) as refused:
        read_script(path)
    assert words in str(refused.value)
    assert name in str(refused.value)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--script", DEMO, "--seconds", "3"), "--seconds cannot be given with --script"),
        (("--script", DEMO, "--camera", "orbit"), "--camera cannot be given with --script"),
        (("--script", DEMO, "--from", "3"), "--from cannot be given with --script"),
        (("--from", "3"), "name one with --run"),
        (("--to", "3"), "name one with --run"),
        (("--run", "a.run", "--seed", "3"), "--seed is for training"),
        (("--run", "a.run", "--learning-rate", "1"), "--learning-rate is for training"),
        (("--run", "a.run", "--steps-per-frame", "8"), "--steps-per-frame is for training"),
        (("--run", "a.run", "--train-first", "0"), "--train-first is for training"),
    ],
)
def test_options_that_exclude_each_other(options, words):
    with pytest.raises(UsageError, match=words):
        request(*options)


def test_a_camera_file_that_is_none_is_found_before_the_film_begins(capsys, tmp_path):
    (tmp_path / "flight.json").write_text('{"format": "another"}')
    script = written(tmp_path, f'{SHOT}[[shot]]\nseconds = 1\ncamera = "flight.json"\n')
    assert main(["record", str(tmp_path / "x.mp4"), "--script", str(script)]) == 1
    assert "shot 2: Camera path" in capsys.readouterr().err
    assert not (tmp_path / "x.mp4").exists()
