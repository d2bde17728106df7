"""The numbering against explicit loops."""

import numpy as np
import pytest
from neuronaut.core.wiring import Wiring

SIZES = [(3, 4, 2), (5, 3), (1, 1, 1), (7, 1, 2, 3)]


@pytest.mark.parametrize("sizes", SIZES)
def test_numbering_agrees_with_loops(sizes):
    wiring = Wiring(sizes)
    neurons = [(layer, i) for layer, size in enumerate(sizes) for i in range(size)]
    edges = [
        (neurons.index((layer, i)), neurons.index((layer + 1, o)))
        for layer in range(len(sizes) - 1)
        for i in range(sizes[layer])
        for o in range(sizes[layer + 1])
    ]
    assert (wiring.neurons, wiring.edges) == (len(neurons), len(edges))
    assert list(zip(wiring.sources(), wiring.targets(), strict=True)) == edges
    assert wiring.layer_of_neuron.tolist() == [layer for layer, _ in neurons]
    for layer in range(len(sizes)):
        assert [neurons[n] for n in wiring.neuron_range(layer)] == [
            (layer, i) for i in range(sizes[layer])
        ]


@pytest.mark.parametrize("sizes", SIZES)
def test_edges_of_a_matrix_are_row_major(sizes):
    wiring = Wiring(sizes)
    sources, targets = wiring.sources(), wiring.targets()
    for layer, (first, end) in enumerate(
        zip(wiring.edge_offsets, wiring.edge_offsets[1:], strict=False)
    ):
        local_source = sources[first:end] - wiring.neuron_offsets[layer]
        local_target = targets[first:end] - wiring.neuron_offsets[layer + 1]
        numbers = local_source * sizes[layer + 1] + local_target
        np.testing.assert_array_equal(numbers, np.arange(end - first))


def test_arrays_are_int32():
    wiring = Wiring((3, 4, 2))
    assert {a.dtype for a in (wiring.sources(), wiring.targets(), wiring.layer_of_neuron)} == {
        np.dtype(np.int32)
    }


def test_the_cached_layers_cannot_be_written():
    with pytest.raises(ValueError, match="read-only"):
        Wiring((3, 2)).layer_of_neuron[0] = 1


def test_names():
    wiring = Wiring((3, 4, 4, 2))
    assert [wiring.name(n) for n in (0, 2, 3, 10, 11, 12)] == [
        *("in.0", "in.2", "h1.0", "h2.3"),
        *("out.0", "out.1"),
    ]


@pytest.mark.parametrize("sizes", SIZES)
def test_every_name_leads_back_to_its_neuron(sizes):
    wiring = Wiring(sizes)
    names = [wiring.name(n) for n in range(wiring.neurons)]
    assert len(set(names)) == wiring.neurons
    assert [wiring.neuron(name) for name in names] == list(range(wiring.neurons))


@pytest.mark.parametrize(
    "name", ["", "in", "in.3", "in.-1", "in.01", "h0.0", "h1.4", "h2.0", "h01.1", "out.2", "x.0"]
)
def test_unknown_names_are_refused(name):
    with pytest.raises(ValueError, match="no neuron is called"):
        Wiring((3, 4, 2)).neuron(name)


@pytest.mark.parametrize("neuron", [-1, 9])
def test_unknown_neurons_are_refused(neuron):
    with pytest.raises(ValueError, match=r"neuron must be 0\.\.8"):
        Wiring((3, 4, 2)).name(neuron)


@pytest.mark.parametrize("layer", [-1, 3])
def test_unknown_layers_are_refused(layer):
    with pytest.raises(ValueError, match=r"layer must be 0\.\.2"):
        Wiring((3, 4, 2)).neuron_range(layer)


@pytest.mark.parametrize("sizes", [(), (3,), (3, 0, 2), (3, -1)])
def test_sizes_that_make_no_network_are_refused(sizes):
    with pytest.raises(ValueError, match="sizes"):
        Wiring(sizes)
