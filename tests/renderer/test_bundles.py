"""Bundles: hubs are the means of where their neurons are, and only news is uploaded."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from neuronaut.renderer.buffers import StorageBuffer
from neuronaut.renderer.bundles import Bundles
from neuronaut.renderer.network_buffers import NetworkBuffers
from probes import fill

NEURONS = 700  # more than a workgroup has lanes


@pytest.fixture
def network(make_network):
    position = np.random.default_rng(0).normal(size=(NEURONS, 3)) * [1, 10, 100]
    return fill(make_network((500, 150, 50)), position=position)


@pytest.fixture
def make_bundles() -> Iterator[Callable[[NetworkBuffers], Bundles]]:
    made: list[Bundles] = []

    def make(network: NetworkBuffers) -> Bundles:
        made.append(Bundles(network))
        return made[-1]

    yield make
    for bundles in made:
        bundles.release()


def hubs(network) -> np.ndarray:
    return network.by_name["hub"].read()[:, :3]


def expected(network, bundle: np.ndarray) -> np.ndarray:
    position = network.by_name["position"].read()[:, :3].astype("f8")
    counted = np.isfinite(position).all(axis=1)
    means = [position[counted & (bundle == b)].mean(axis=0) for b in range(bundle.max() + 1)]
    return np.array(means)[bundle]


def test_hubs_are_the_means_of_their_bundles(make_bundles, network):
    bundle = np.random.default_rng(1).integers(0, 40, NEURONS).astype(np.int32)
    bundle[:40] = np.arange(40)
    bundles = make_bundles(network)
    bundles.set(bundle)
    bundles.update()
    before = hubs(network).tobytes()
    np.testing.assert_allclose(hubs(network), expected(network, bundle), rtol=1e-5, atol=1e-4)
    bundles.update()
    assert hubs(network).tobytes() == before


def test_hubs_follow_the_neurons(make_bundles, network):
    bundle = (np.arange(NEURONS) // 70).astype(np.int32)
    bundles = make_bundles(network)
    bundles.set(bundle)
    for scale in (1.0, -3.0):
        position = network.by_name["position"].read() * np.float32(scale)
        network.by_name["position"].write(position)
        bundles.update()
        np.testing.assert_allclose(hubs(network), expected(network, bundle), rtol=1e-5, atol=1e-3)


def test_until_told_all_neurons_are_one_bundle(make_bundles, network):
    make_bundles(network).update()
    np.testing.assert_allclose(
        hubs(network), expected(network, np.zeros(NEURONS, int)), rtol=1e-4, atol=1e-3
    )


def test_positions_that_are_not_finite_do_not_count(make_bundles, network):
    position = network.by_name["position"].read().copy()
    position[::3] = np.nan
    position[1, 0] = np.inf
    network.by_name["position"].write(position)
    bundle = np.full(NEURONS, 1, np.int32)
    bundle[0] = bundle[3] = 0  # a bundle of which nothing is left
    bundle[4:300] = 2
    bundles = make_bundles(network)
    bundles.set(bundle)
    bundles.update()
    found = hubs(network)
    assert np.isfinite(found).all()
    position = position[:, :3]
    counted = np.isfinite(position).all(axis=1)
    for b in (1, 2):
        mean = position[counted & (bundle == b)].astype("f8").mean(axis=0)
        np.testing.assert_allclose(found[bundle == b] - mean, 0, atol=1e-3)


def test_only_news_is_uploaded(make_bundles, network, monkeypatch):
    bundles, uploads = make_bundles(network), []
    write = StorageBuffer.write
    monkeypatch.setattr(
        StorageBuffer,
        "write",
        lambda self, values: (uploads.append(self.name), write(self, values)),
    )
    bundle = (np.arange(NEURONS) % 5).astype(np.int32)
    for _ in range(3):
        bundles.set(bundle.copy())
        bundles.update()
    assert sorted(uploads) == ["cell_range", "member"]
    before = hubs(network).tobytes()
    bundle[0] = 1  # what the caller does to his own array is no news until it is told
    bundles.update()
    assert hubs(network).tobytes() == before
    bundles.set(bundle)
    bundles.update()
    assert len(uploads) == 4
    assert hubs(network).tobytes() != before


@pytest.mark.parametrize(
    ("bundle", "message"),
    [
        (np.zeros(NEURONS, np.int64), "must be int32 .700., not int64 .700."),
        (np.zeros(NEURONS - 1, np.int32), "must be int32 .700., not int32 .699."),
        (np.full(NEURONS, 1, np.int32), "not 1 of them between 1 and 1"),
        (np.arange(NEURONS, dtype=np.int32) * 2, "not 700 of them between 0 and 1398"),
        (np.arange(-1, NEURONS - 1, dtype=np.int32), "between -1 and 698"),
    ],
)
def test_what_is_no_bundling_is_refused(make_bundles, network, bundle, message):
    with pytest.raises(ValueError, match=message):
        make_bundles(network).set(bundle)
