"""Playing a stored training: the clock, two runs side by side, the window's commands."""

from __future__ import annotations

import numpy as np
import pytest
from neuronaut.app.options import ViewOptions
from neuronaut.app.replay.beside import Beside
from neuronaut.app.replay.drives import Control, Player
from neuronaut.app.replay.recording import open_recording
from neuronaut.app.session import Session
from neuronaut.core.run_format import Header
from neuronaut.core.runs import Run
from neuronaut.core.zarr_rows import chunk_path
from neuronaut.renderer.readback import read_now
from stored import go_on, opened, write_run

VIEW = ViewOptions(layout_steps=2)


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    return write_run(folder / "a.run")[0], write_run(folder / "b.run", every=20)[0]


@pytest.fixture
def shown(ctx, paths):
    pairs = [
        (its, Session(ctx, its.trainer, VIEW)) for its in (open_recording(path) for path in paths)
    ]
    yield pairs
    for _, session in pairs:
        session.release()


def test_it_plays_to_the_end_and_waits_there(shown):
    control = Control()
    player = Player(control, shown[0])
    player.rate = 10.0
    for _ in range(4):
        player.frame(0.05)
    assert player.place == pytest.approx(2.0)
    player.frame(10.0)
    assert player.is_at_end
    player.frame(0.1)
    assert control.paused
    assert shown[0][1].measures.step == 50


def test_it_waits_and_steps_by_whole_snapshots(shown):
    control = Control(paused=True)
    player = Player(control, shown[0])
    player.seek(1.5)
    player.frame(1.0)
    assert player.place == 1.5
    control.step()
    player.frame(0.1)
    assert player.place == 2
    control.step(-1)
    player.frame(0.1)
    assert player.place == 1
    player.skip()
    assert player.place == 5
    player.rewind()
    assert player.place == 0


def test_what_is_drawn_follows_the_moment(shown):
    recording, session = shown[0]
    player = Player(Control(paused=True), shown[0])
    player.seek(4)
    drawn = session.stage.network.by_name["weight"].read().ravel()
    params = Run.open(recording.run.path).params_at(4)
    stored = [np.ravel(layer.weight) for layer in params]
    np.testing.assert_array_equal(drawn, np.concatenate(stored))
    player.frame(0.1)  # measures are taken when nothing moves
    assert session.measures.test_accuracy == recording.trainer.measure().test_accuracy


def test_neurons_stay_while_one_scrubs_to_and_fro(shown):
    """Warm start: a leap goes on from where the neurons are."""
    session = shown[0][1]
    player = Player(Control(paused=True), shown[0])
    for _ in range(40):
        session.move()
    before = session.coordinates()
    player.seek(5)
    radius = np.linalg.norm(before - before.mean(axis=0), axis=1).mean()
    moved = np.linalg.norm(session.coordinates() - before, axis=1)
    assert moved.mean() < 0.2 * radius


def test_two_runs_go_by_the_same_step(shown):
    player = Player(Control(paused=True), shown[0], [shown[1]])
    player.seek(5)
    assert (shown[0][0].step, shown[1][0].step) == (50, 50)
    assert shown[1][0].place == pytest.approx(2.5)


def test_a_run_that_grows_is_followed(ctx, tmp_path):
    path, _ = write_run(tmp_path / "grows.run", 2)
    recording, run = opened(path)
    session = Session(ctx, recording.trainer, VIEW)
    player = Player(Control(), (recording, session), follows=True)
    assert player.place == 1
    with go_on(path, after=10) as writer:
        for step in (20, 30):
            writer.log(step, run.params_at(0), snapshot=True)
    player.frame(1.0)
    assert player.place == 3
    player.seek(1)  # who looks back is not torn away
    with go_on(path, after=30) as writer:
        writer.log(40, run.params_at(0), snapshot=True)
    player._control.paused = True
    player.frame(1.0)
    assert player.place == 1
    assert recording.places == 5
    session.release()


def test_a_damaged_snapshot_is_said_and_left_out(ctx, tmp_path):
    path, _ = write_run(tmp_path / "damaged.run", 4)
    recording, run = opened(path)
    session = Session(ctx, recording.trainer, VIEW)
    layout = Header(run.about, run.snapshots, {}).params_layout()
    chunk = chunk_path(path / "snapshots" / "params", layout, 2)
    chunk.write_bytes(b"xx")
    player = Player(Control(paused=True), (recording, session))
    player.seek(2)
    assert "damaged" in player.problem
    assert player.place == 0
    player.seek(1)
    assert player.problem == ""
    session.release()


def test_side_by_side_neurons_that_do_the_same_begin_in_one_place(ctx, paths):
    one = open_recording(paths[0])
    other = open_recording(paths[0])
    order = np.random.default_rng(0).permutation(10)
    params = list(other.trainer.state.params)
    first, second = params[0], params[1]
    params[0] = first._replace(weight=first.weight[:, order], bias=first.bias[order])
    params[1] = second._replace(weight=second.weight[order])
    other.trainer.put(tuple(params))
    view = ViewOptions(layout_steps=0)
    left, right = (Session(ctx, its.trainer, view) for its in (one, other))
    beside = Beside(left, right)
    np.testing.assert_array_equal(beside.match[64:74], 64 + order)
    np.testing.assert_allclose(
        right.coordinates()[64:74], left.coordinates()[64 + order], atol=1e-5
    )
    beside.focus(f"h1.{order[3]}")
    assert right.view.focus == "h1.3"
    beside.release()
    left.release()


@pytest.mark.parametrize("size", [(401, 120), (201, 221)], ids=["side by side", "stacked"])
def test_both_halves_are_drawn_from_one_pose(ctx, shown, size):
    beside = Beside(shown[0][1], shown[1][1])
    canvas = ctx.framebuffer([ctx.texture(size, 4)])
    width, height = beside.part(size)
    assert (width == size[0]) == (size == (201, 221))
    pose = shown[0][1].stage.view_pose((width, height))
    beside.draw(pose, canvas, first=True)
    picture = read_now(canvas)[..., :3].astype(int)
    first, second = picture[:height, :width], picture[-height:, -width:]
    for half in (first, second):
        assert half.max() > 150
    assert np.abs(first - second).mean() < 12  # the same network at its beginning


def test_the_other_network_is_looked_at_in_the_same_way(ctx, shown):
    one, other = shown[0][1], shown[1][1]
    beside = Beside(one, other)
    canvas = ctx.framebuffer([ctx.texture((200, 100), 4)])
    one.set_color("bias")
    one.show(7)
    beside.draw(one.stage.view_pose(beside.part(canvas.size)), canvas, first=True)
    assert other.view.color == "bias"
    np.testing.assert_array_equal(other.trainer.shown_x(), one.trainer.shown_x())


def test_commands_refuse_in_one_sentence(neuronaut, tmp_path, paths):
    done = neuronaut("replay", tmp_path / "nothing")
    assert done.returncode == 1
    assert "there is no run" in done.stderr
    assert done.stderr.count("\n") == 1
    done = neuronaut("look", tmp_path / "nothing.npz")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
