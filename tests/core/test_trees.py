"""Weights and biases out of other libraries' trees: found, ordered, turned round, or asked for."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from neuronaut.core import leaves, trees
from neuronaut.core.network import Layer, NetworkConfig, activations
from neuronaut.core.trees import Convention, TreeError

RNG = np.random.default_rng(0)
SIZES = (6, 5, 4, 3)
LAYERS = [
    (RNG.normal(size=(i, o)).astype("f4"), RNG.normal(size=o).astype("f4"))
    for i, o in pairwise(SIZES)
]
(W1, B1), (W2, B2), (W3, B3) = LAYERS
SQUARE = RNG.normal(size=(4, 4)).astype("f4")
FOUR = np.zeros(4, "f4")


class Pair(NamedTuple):
    weight: np.ndarray
    bias: np.ndarray


@partial(jax.tree_util.register_dataclass, data_fields=["weight", "bias"], meta_fields=["use_bias"])
@dataclass
class Linear:
    """As Equinox registers its modules, with a field that is no array."""

    weight: np.ndarray
    bias: np.ndarray | None
    use_bias: bool = True


def flax(*layers):
    """As Flax Linen names them; JAX sorts dictionaries by name, so that Dense_10 comes early."""
    return {"params": {f"Dense_{k}": {"kernel": w, "bias": b} for k, (w, b) in enumerate(layers)}}


def torch_like(*layers, name="{}.{}"):
    named = ((2 * k, w, b) for k, (w, b) in enumerate(layers))
    return OrderedDict(
        item
        for k, w, b in named
        for item in ((name.format(k, "weight"), w.T), (name.format(k, "bias"), b))
    )


HAIKU = {
    "mlp/~/linear": {"w": W1, "b": B1},
    "mlp/~/linear_1": {"w": W2, "b": B2},
    "mlp/~/linear_2": {"w": W3, "b": B3},
}


@pytest.mark.parametrize(
    ("tree", "transposed"),
    [
        (LAYERS, False),
        (tuple(LAYERS), False),
        ([list(layer) for layer in LAYERS], False),
        ([W1, B1, W2, B2, W3, B3], False),
        ([(w.T, b) for w, b in LAYERS], True),
        (tuple(Layer(jnp.asarray(w), jnp.asarray(b)) for w, b in LAYERS), False),
        ([Pair(w.T, b) for w, b in LAYERS], True),
        (flax(*LAYERS), False),
        (HAIKU, False),
        (torch_like(*LAYERS), True),
        (torch_like(*LAYERS, name="net.fc{}.{}"), True),
        ({"layers": [Linear(w.T, b) for w, b in LAYERS]}, True),
        ({"w1": W1, "b1": B1, "w2": W2, "b2": B2, "w3": W3, "b3": B3}, False),
        ({"fc1_weight": W1.T, "fc1_bias": B1, "fc2_weight": W2.T, "fc2_bias": B2,
          "fc3_weight": W3.T, "fc3_bias": B3}, True),
        ({"zoo": {"W": W1, "b": B1}, "mid": {"W": W2, "b": B2}, "end": {"W": W3, "b": B3}}, False),
        ({"zoo": [W1, B1], "mid": [W2, B2], "end": [W3, B3]}, False),
        ({"in": {"kernel": {"value": W1}, "bias": {"value": B1}}, "mid": [W2, B2],
          "out": [W3, B3]}, False),
    ],
)  # fmt: skip
def test_layers_are_found_and_turned(tree, transposed):
    chain = trees.find(tree)
    assert chain.sizes == SIZES
    assert chain.transposed == transposed
    for (weight, bias), (w, b) in zip(chain.layers(tree), LAYERS, strict=True):
        np.testing.assert_array_equal(weight, w)
        np.testing.assert_array_equal(bias, b)
    for layer, (w, b) in zip(trees.layers(tree), LAYERS, strict=True):
        assert isinstance(layer.weight, jax.Array)
        np.testing.assert_array_equal(layer.weight, w)
        np.testing.assert_array_equal(layer.bias, b)


def test_numbers_in_names_count_as_numbers():
    deep = [(np.full((4, 4), k, "f4"), FOUR) for k in range(12)]
    found = trees.find(flax(*deep)).layers(flax(*deep))
    assert [int(weight[0, 0]) for weight, _ in found] == list(range(12))


def test_names_decide_where_shapes_do_not():
    turned = [(SQUARE, FOUR), (SQUARE, FOUR)]
    assert not trees.find(flax(*turned)).transposed
    assert trees.find(torch_like(*turned)).transposed
    assert trees.find({"layers": [Linear(SQUARE, FOUR)]}).transposed
    assert not trees.find(tuple(Layer(jnp.asarray(SQUARE), jnp.zeros(4)) for _ in "ab")).transposed


def test_missing_biases_are_zero():
    tree = {"a": {"kernel": W1}, "b": {"kernel": W2, "bias": B2}}
    (_, zero), (_, bias) = trees.find(tree).layers(tree)
    np.testing.assert_array_equal(zero, np.zeros(5))
    np.testing.assert_array_equal(bias, B2)
    assert trees.find([W1.T, W2.T]).transposed
    tree = {"layers": [Linear(W1.T, None)]}
    np.testing.assert_array_equal(trees.find(tree).layers(tree)[0][1], np.zeros(5))


@pytest.mark.parametrize(
    ("tree", "convention"),
    [
        ([(SQUARE, FOUR)], {"layout": "out-in"}),
        ([(SQUARE, FOUR), (SQUARE, FOUR)], {"layout": "out-in"}),
        ([W1], {"layout": "out-in"}),
        ({"w1": SQUARE, "b1": FOUR}, {"layout": "out-in"}),
    ],
)
def test_an_open_layout_is_asked_for(tree, convention):
    with pytest.raises(TreeError, match=r"say which by Convention\(layout='in-out'\)"):
        trees.find(tree)
    assert trees.find(tree, Convention(**convention)).transposed
    assert not trees.find(tree, Convention("in-out")).transposed


def test_an_open_order_is_asked_for():
    tree = {"up": {"kernel": SQUARE, "bias": FOUR}, "down": {"kernel": 2 * SQUARE, "bias": FOUR}}
    with pytest.raises(TreeError, match=r"more than one order: .*order=\("):
        trees.find(tree)
    chain = trees.find(tree, Convention(order=("up", "down")))
    assert [entry.name for entry in chain.entries] == ["up", "down"]
    with pytest.raises(TreeError, match="order should name the layers down, up, not up"):
        trees.find(tree, Convention(order=("up",)))


def test_known_sizes_settle_an_order():
    autoencoder = torch_like((W1, B1), (W2, B2), name="encoder.{}.{}")
    autoencoder |= torch_like((W2.T, B1), (W1.T, np.zeros(6, "f4")), name="decoder.{}.{}")
    with pytest.raises(TreeError, match="more than one order"):
        trees.find(autoencoder)
    chain = trees.find(autoencoder, sizes=(6, 5, 4, 5, 6))
    names = [entry.name for entry in chain.entries]
    assert names == ["encoder.0", "encoder.2", "decoder.0", "decoder.2"]


@pytest.mark.parametrize(
    ("tree", "said"),
    [
        ([], "no array"),
        ({"relu": jax.nn.relu, "rate": 0.1}, "no array"),
        ([(W1, B1), (W3, B3)], r"make no chain .* 0 \[6, 5\], 1 \[4, 3\]"),
        ([(W1, B2)], "make no chain"),
        ({"conv": {"kernel": np.ones((3, 3, 1, 8)), "bias": np.ones(8)}}, "conv.kernel of shape"),
        ({"bn": {"scale": np.ones(5)}, "fc": {"kernel": W1, "bias": B1}}, "bn.scale of shape"),
        ({"bn.weight": np.ones(5), "fc.weight": W1.T}, "bn.weight of shape"),
        ({"fc.weight": W1.T, "fc.bias": B1, "other.bias": B2}, "other.bias .* no weight goes"),
        ([(B1, W1)], "0.0 of shape"),
    ],
)
def test_what_is_no_chain_is_refused_in_a_sentence(tree, said):
    with pytest.raises(TreeError, match=said) as raised:
        trees.find(tree)
    assert "\n" not in str(raised.value)


def test_many_layers_without_numbers_are_not_tried_in_every_order():
    names = "abcdefghijklmnop"
    tree = {name * 3: {"kernel": SQUARE, "bias": FOUR} for name in names}
    with pytest.raises(TreeError, match="16 layers do not tell their order"):
        trees.find(tree)
    ten = {name: tree[name * 3] for name in names[:10]} | {"zz": {"kernel": W1, "bias": B1}}
    with pytest.raises(TreeError, match="make no chain"):
        trees.find(ten)


def test_a_tree_that_changes_is_noticed():
    chain = trees.find(flax(*LAYERS))
    with pytest.raises(TreeError, match=r"no layer 'params\.Dense_2' as they had before"):
        chain.layers(flax(*LAYERS[:2]))
    with pytest.raises(TreeError, match="had 6 inputs and 5 outputs before"):
        chain.layers(flax((W1[:5], B1), *LAYERS[1:]))


def test_what_is_kept_is_no_longer_anyone_elses():
    array = np.ones(3)
    mine = leaves.kept(array)
    array[:] = 0
    np.testing.assert_array_equal(mine, np.ones(3))
    same = jnp.ones(3)
    assert leaves.kept(same) is same


def outputs(tree: object, x: np.ndarray) -> jax.Array:
    """Return logits of a network of relu with the tree's layers."""
    params = trees.layers(tree)
    sizes = (params[0].weight.shape[0], *(len(layer.bias) for layer in params))
    config = NetworkConfig(sizes, "relu", "squared-error")
    return activations(params, jnp.asarray(x), config)[-1]


X = RNG.normal(size=(7, 6)).astype("f4")


def test_equinox_itself():
    eqx = pytest.importorskip("equinox")
    for sizes in ((6, 3, 8, 2), (6, 6, 6, 2)):
        model = eqx.nn.MLP(*sizes, key=jax.random.key(0))
        np.testing.assert_allclose(outputs(model, X), jax.vmap(model)(X), rtol=1e-5, atol=1e-6)


def test_flax_itself():
    nn = pytest.importorskip("flax.linen")
    model = nn.Sequential([nn.Dense(6), nn.relu, nn.Dense(6), nn.relu, nn.Dense(3)])
    variables = model.init(jax.random.key(0), X)
    np.testing.assert_allclose(outputs(variables, X), model.apply(variables, X), rtol=1e-5)


def test_flax_nnx_itself():
    nnx = pytest.importorskip("flax.nnx")
    rngs = nnx.Rngs(0)
    model = nnx.Sequential(nnx.Linear(6, 6, rngs=rngs), nnx.relu, nnx.Linear(6, 6, rngs=rngs))
    for tree in (nnx.state(model), model):
        np.testing.assert_allclose(outputs(tree, X), model(X), rtol=1e-5)


def test_haiku_itself():
    hk = pytest.importorskip("haiku")

    def forward(x):
        return hk.nets.MLP((6, 6, 3))(x)

    model = hk.without_apply_rng(hk.transform(forward))
    variables = model.init(jax.random.key(0), X)
    np.testing.assert_allclose(outputs(variables, X), model.apply(variables, X), rtol=1e-5)


def test_pytorch_itself():
    torch = pytest.importorskip("torch")
    nn = torch.nn
    model = nn.Sequential(nn.Linear(6, 6), nn.ReLU(), nn.Linear(6, 6), nn.ReLU(), nn.Linear(6, 3))
    expected = model(torch.from_numpy(X)).detach().numpy()
    for tree in (model, model.state_dict(), dict(model.named_parameters())):
        np.testing.assert_allclose(outputs(tree, X), expected, rtol=1e-4, atol=1e-6)
    half = model.to(torch.bfloat16)
    np.testing.assert_allclose(outputs(half.state_dict(), X), expected, atol=0.1)


def test_layers_of_our_own_come_at_once_but_in_the_order_that_was_said():
    params = tuple(Layer(jnp.full((2, 2), float(k)), jnp.full(2, float(k))) for k in range(3))
    assert trees.find(params).layers(params) is params
    turned = trees.find(params, Convention(order=("2", "0", "1"))).layers(params)
    assert [float(bias[0]) for _, bias in turned] == [2, 0, 1]
    with pytest.raises(TreeError, match="had 2 inputs and 2 outputs before"):
        trees.find(params).layers((*params[:2], Layer(jnp.ones((2, 3)), jnp.ones(3))))
