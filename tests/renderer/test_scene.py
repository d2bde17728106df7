"""The scene graph and the renderer: transforms, what is hidden, sizes, sameness, memory."""

from __future__ import annotations

from typing import Any

import moderngl
import numpy as np
import pytest
from neuronaut.renderer.buffers import StorageBuffer
from neuronaut.renderer.neurons import Neurons
from neuronaut.renderer.node import Drawable, Frame, Node, Phase
from neuronaut.renderer.poses import Pose
from probes import FRONT, at, difference, fill

TURN_LEFT = np.array([[0, -1, 0, 0], [1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]], "f4")


def shift(x: float, y: float, z: float) -> np.ndarray:
    matrix = np.eye(4, dtype="f4")
    matrix[:3, 3] = (x, y, z)
    return matrix


class Recorder(Drawable):
    """Draws nothing and remembers what it was asked."""

    def __init__(self, name: str, log: list, phase: Phase = Phase.SOLID):
        super().__init__(name)
        self.phase = phase
        self.log = log

    def prepare(self, frame: Frame) -> None:
        self.log.append(("prepare", self.name))

    def draw(self, frame: Frame, world_from_node: np.ndarray) -> None:
        self.log.append(("draw", self.name))


# ---- nodes


def test_transforms_compose_parents_first():
    child = Node("child", shift(1, 0, 0))
    parent = Node("parent", TURN_LEFT).add(child)
    root = Node("root", shift(0, 0, 5)).add(parent)
    found = {node.name: world for node, world in root.walk()}
    assert list(found) == ["root", "parent", "child"]
    # The child's origin: one along x, turned to y, five along z.
    assert found["child"] @ [0, 0, 0, 1] == pytest.approx([0, 1, 5, 1])
    assert found["child"] @ [1, 0, 0, 1] == pytest.approx([0, 2, 5, 1])


def test_nodes_do_not_share_what_they_are_made_of():
    one, other = Node("one"), Node("other")
    one.add(Node("child"))
    one.parent_from_node[0, 3] = 7
    assert other.children == []
    assert other.parent_from_node[0, 3] == 0


def test_walk_leaves_out_what_is_invisible_and_all_below():
    hidden = Node("hidden", visible=False).add(Node("below"))
    root = Node("root").add(Node("before"), hidden, Node("after"))
    assert [node.name for node, _ in root.walk()] == ["root", "before", "after"]
    hidden.visible = True
    assert len(list(root.walk())) == 5


def test_find_looks_everywhere_nearest_first():
    deep, near = Node("same"), Node("same")
    root = Node("root").add(Node("a", visible=False).add(deep), near)
    assert root.find("same") is near
    assert root.find("root") is root
    near.name = "other"
    assert root.find("same") is deep
    with pytest.raises(KeyError, match="no node 'absent'"):
        root.find("absent")


# ---- frames


def test_everything_is_prepared_before_anything_is_drawn(render):
    log: list[tuple[str, str]] = []
    over, light, solid = (
        Recorder(name, log, phase)
        for name, phase in [("o", Phase.OVERLAY), ("l", Phase.LIGHT), ("s", Phase.SOLID)]
    )
    spark = Recorder("p", log, Phase.SPARK)
    render(Node("scene").add(over, Node("group").add(light, spark), solid), FRONT)
    assert log == [
        *(("prepare", name) for name in "olps"),
        *(("draw", name) for name in "splo"),
    ]


@pytest.fixture
def uploads(monkeypatch) -> list[str]:
    """The names of the buffers written to, as they are."""
    written = []
    write = StorageBuffer.write

    def spy(buffer: StorageBuffer, values: np.ndarray) -> None:
        written.append(buffer.name)
        write(buffer, values)

    monkeypatch.setattr(StorageBuffer, "write", spy)
    return written


def test_a_still_scene_uploads_and_makes_nothing(render, scene, uploads, made):
    render(scene, FRONT)
    render(scene, FRONT, first=False)
    uploads.clear()
    before = len(made)
    render(scene, FRONT, first=False)
    assert uploads == []
    assert len(made) == before + 2  # what the fixture draws into


def test_an_invisible_subtree_is_not_drawn(render, scene, empty):
    shown = render(scene, FRONT)
    group = Node("group").add(*scene.children)
    root = Node("root").add(group)
    np.testing.assert_array_equal(render(root, FRONT), shown)
    group.visible = False
    np.testing.assert_array_equal(render(root, FRONT), empty)
    assert difference(shown, empty).max() > 60


def test_a_node_moves_what_is_drawn_below_it(make_network, render, palette, glow, empty):
    network = make_network((1, 1))
    fill(network, position=[(1, 0, 0), (0, 0, 100)])
    turned = Node("turned", TURN_LEFT).add(Neurons(network, 0, 0.3, palette))
    picture = render(Node("scene", shift(0, 0.5, 0)).add(turned), FRONT)
    place = (0, 1.5, 0)
    assert difference(at(picture, place), at(empty, place)) > 60
    assert difference(at(picture, (1, 0, 0)), at(empty, (1, 0, 0))) <= 1


def test_drawing_twice_gives_the_same_bytes(render, scene):
    np.testing.assert_array_equal(render(scene, FRONT), render(scene, FRONT))


def test_what_was_drawn_before_leaves_no_trace(ctx, render, scene, empty):
    shown = render(scene, FRONT)
    np.testing.assert_array_equal(render(Node("nothing"), FRONT), empty)
    ctx.enable_only(moderngl.BLEND | moderngl.CULL_FACE)
    ctx.blend_func = moderngl.DST_COLOR, moderngl.ZERO
    ctx.depth_func = ">"
    np.testing.assert_array_equal(render(scene, FRONT), shown)


@pytest.mark.parametrize("size_px", [(1, 1), (3, 2), (1, 7), (65, 1), (63, 37)])
def test_any_size_can_be_drawn(render, scene, size_px):
    picture = render(scene, FRONT, size_px)
    assert picture.shape == (size_px[1], size_px[0], 4)
    assert (picture[..., 3] == 255).all()
    np.testing.assert_array_equal(render(scene, FRONT, size_px), picture)


def test_sizes_show_the_same_scene(render, scene, glow):
    small, large = render(scene, FRONT, (64, 64)), render(scene, FRONT, (128, 128))
    places = [(-1, 1, 0), (1, -1, 0)]
    for place in places:
        big = large.reshape(64, 2, 64, 2, 4).mean(axis=(1, 3)).round().astype("u1")
        assert difference(at(small, place), at(big, place)) < 40


@pytest.fixture
def made(monkeypatch) -> list[Any]:
    """Every texture and framebuffer made from now on."""
    objects = []

    def spy_on(name: str) -> None:
        make = getattr(moderngl.Context, name)

        def spy(*arguments: Any, **named: Any) -> Any:
            objects.append(make(*arguments, **named))
            return objects[-1]

        monkeypatch.setattr(moderngl.Context, name, spy)

    for name in ("texture", "depth_texture", "framebuffer"):
        spy_on(name)
    return objects


def alive(objects: list[Any]) -> int:
    return sum(not isinstance(thing.mglo, moderngl.InvalidObject) for thing in objects)


def test_resizing_frees_what_it_replaces(renderer, scene, render, made):
    scene.find("edges").visible = False  # they have textures of their own
    render(scene, FRONT, (16, 16))
    counts = []
    for turn in range(5):
        render(scene, FRONT, (16 + turn, 64 - turn))
        counts.append(alive(made))
    assert len(set(counts)) == 1
    assert counts[0] > 0
    renderer.release()
    renderer.release()
    assert alive(made) == 0
    render(scene, FRONT)  # what was released is made again when it is needed
    assert alive(made) == counts[0]


def test_the_same_size_keeps_its_targets(scene, render, made):
    render(scene, FRONT)
    before = len(made)
    render(scene, Pose.look_at((0, 1, 9), (0, 0, 0)))
    assert len(made) == before + 2  # what the fixture draws into


def test_the_background_is_dark_opaque_and_brightest_in_the_middle(empty):
    assert (empty[..., 3] == 255).all()
    assert empty[..., :3].max() < 90
    assert empty[32, 32, :3].sum() > empty[0, 0, :3].sum()
    assert difference(empty, empty[::-1, ::-1]).max() <= 1  # dither
