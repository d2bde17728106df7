"""Weights of a network in a file: what is written is read, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import onnx
import pytest
from neuronaut.core import models
from neuronaut.core.models import ModelError
from neuronaut.core.network import Layer, NetworkConfig, Params, activations
from neuronaut.core.trees import Convention
from safetensors.flax import save_file as save_safetensors

W, B = np.ones((4, 3), "f4"), np.ones(3, "f4")


def chain(*sizes: int) -> Params:
    """Return a network of random weights."""
    rng = np.random.default_rng(0)
    return tuple(
        Layer(*(jnp.asarray(rng.standard_normal(shape), "f4") for shape in ((i, o), o)))
        for i, o in pairwise(sizes)
    )


def write(path: Path, *arrays: np.ndarray) -> Path:
    np.savez(path, **{f"a{k}": array for k, array in enumerate(arrays)})  # pyright: ignore[reportArgumentType]
    return path


def test_what_is_saved_is_loaded(tmp_path):
    params = chain(5, 4, 3, 2)
    models.save(tmp_path / "model.npz", params)
    loaded = models.load(tmp_path / "model.npz")
    assert models.sizes(loaded) == (5, 4, 3, 2)
    for wrote, read in zip(params, loaded, strict=True):
        np.testing.assert_array_equal(wrote.weight, read.weight)
        np.testing.assert_array_equal(wrote.bias, read.bias)


def test_many_layers_keep_their_order(tmp_path):
    sizes = tuple(range(2, 16))
    models.save(tmp_path / "deep.npz", chain(*sizes))
    assert models.sizes(models.load(tmp_path / "deep.npz")) == sizes


def test_square_weights_without_a_librarys_names_are_inputs_by_outputs(tmp_path):
    params = chain(3, 3, 3)
    arrays = [np.asarray(array) for layer in params for array in layer]
    models.save(tmp_path / "saved.npz", params)
    write(tmp_path / "plain.npz", *arrays)
    named = {f"{k}{n}": arrays[2 * n + (k == "bias")] for n in (0, 1) for k in ("weight", "bias")}
    np.savez(tmp_path / "named.npz", **named)  # pyright: ignore[reportArgumentType]
    for name in ("saved", "plain", "named"):
        loaded = models.load(tmp_path / f"{name}.npz")
        np.testing.assert_array_equal(loaded[0].weight, params[0].weight)
    turned = models.load(tmp_path / "plain.npz", Convention("out-in"))
    np.testing.assert_array_equal(turned[0].weight, params[0].weight.T)


def test_other_types_of_number_become_float32(tmp_path):
    (layer,) = models.load(write(tmp_path / "m.npz", W.astype("f8"), B.astype("i8")))
    assert layer.weight.dtype == layer.bias.dtype == np.float32


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ((), "no array"),
        ((W, B, W), r"make no chain .* array 0 \[4, 3\], array 2 \[4, 3\]"),
        ((W, B, np.ones((4, 2)), np.ones(2)), "make no chain"),
        ((W, np.ones(5)), "make no chain"),
        ((W, np.ones((1, 3))), "make no chain"),
        ((W, B, B), r"array 2 of shape \[3\] is no part"),
        ((B, B), "array 0 of shape"),
        ((np.ones((2, 2, 2)), np.ones(2)), "array 0 of shape"),
        ((np.ones((0, 3)), B), "layer 0 has no neurons"),
        ((np.full((4, 3), np.nan), B), "layer 0 holds a number that is not finite"),
        ((W, np.full(3, np.inf)), "layer 0 holds a number that is not finite"),
        ((W.astype(str), B), "a0 should hold numbers"),
        ((W, B.astype(complex)), "a1 should hold numbers, not complex"),
        ((W.astype(object), B), "no .npz of plain arrays"),
        ((np.full((4, 3), 1e300), B), "layer 0 holds a number"),
    ],
)
def test_arrays_that_make_no_chain(tmp_path, arrays, said):
    path = write(tmp_path / "model.npz", *arrays)
    with pytest.raises(ModelError, match=said) as raised:
        models.load(path)
    assert str(path) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_files_that_are_no_archive(tmp_path):
    with pytest.raises(ModelError, match="cannot be read"):
        models.load(tmp_path / "missing.npz")
    (tmp_path / "folder.npz").mkdir()
    with pytest.raises(ModelError, match="cannot be read"):
        models.load(tmp_path / "folder.npz")
    for name, content in (("text.npz", b"no archive"), ("empty.npz", b""), ("cut.npz", b"PK\3\4")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ModelError, match=r"no \.npz of plain arrays"):
            models.load(tmp_path / name)
    np.save(tmp_path / "one.npy", W)
    (tmp_path / "one.npy").rename(tmp_path / "one.npz")
    with pytest.raises(ModelError, match=r"no \.npz of plain arrays"):
        models.load(tmp_path / "one.npz")


def test_files_of_another_kind_are_refused(tmp_path):
    (tmp_path / "model.pt").write_bytes(b"PK")
    with pytest.raises(ModelError, match=r"should end in \.npz, \.safetensors or \.onnx"):
        models.load(tmp_path / "model.pt")


def state_dict(params: Params, dtype: str = "float32") -> dict[str, jax.Array]:
    """Return what PyTorch's Sequential would name them."""
    arrays = {}
    for k, (weight, bias) in enumerate(params):
        arrays[f"{2 * k}.weight"] = weight.T.astype(dtype)
        arrays[f"{2 * k}.bias"] = bias.astype(dtype)
    return arrays


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
def test_safetensors_are_read(tmp_path, dtype):
    params = chain(5, 4, 4, 2)
    save_safetensors(state_dict(params, dtype), tmp_path / "m.safetensors")
    model = models.read(tmp_path / "m.safetensors")
    assert (model.activation, model.loss) == ("", "")
    assert models.sizes(model.params) == (5, 4, 4, 2)
    for wrote, read in zip(params, model.params, strict=True):
        assert read.weight.dtype == np.float32
        np.testing.assert_array_equal(read.weight, wrote.weight.astype(dtype).astype("f4"))


def test_damaged_safetensors_are_refused(tmp_path):
    path = tmp_path / "m.safetensors"
    save_safetensors(state_dict(chain(5, 4)), path)
    whole = path.read_bytes()
    for content in (b"", b"{}", whole[:-8], b"\xff" * 16 + whole, whole[:8] + b"x" * 60):
        path.write_bytes(content)
        with pytest.raises(ModelError, match=r"is no \.safetensors") as raised:
            models.load(path)
        assert "\n" not in str(raised.value)
    save_safetensors({"conv.weight": jnp.ones((2, 3, 3, 3))}, path)
    with pytest.raises(ModelError, match=r"conv\.weight of shape"):
        models.load(path)


def gemm(x: str, out: str, k: int, **attributes: Any) -> onnx.NodeProto:
    return onnx.helper.make_node("Gemm", [x, f"{k}.weight", f"{k}.bias"], [out], **attributes)


def node(kind: str, inputs: str, out: str) -> onnx.NodeProto:
    return onnx.helper.make_node(kind, inputs.split(), [out])


def save_onnx(path: Path, nodes: list[onnx.NodeProto], arrays: Mapping[str, object]) -> Path:
    constants = {k: np.asarray(v) for k, v in arrays.items()}
    initializers = [onnx.numpy_helper.from_array(v, k) for k, v in constants.items()]
    x = onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, ["n", 5])
    y = onnx.helper.make_tensor_value_info(nodes[-1].output[0], onnx.TensorProto.FLOAT, None)
    onnx.save(
        onnx.helper.make_model(onnx.helper.make_graph(nodes, "g", [x], [y], initializers)), path
    )
    return path


PARAMS = chain(5, 4, 3)
TORCH = {"0.weight": PARAMS[0].weight.T, "0.bias": PARAMS[0].bias,
         "1.weight": PARAMS[1].weight.T, "1.bias": PARAMS[1].bias}  # fmt: skip
GELU = [node("Div", "a root", "b"), node("Erf", "b", "c"), node("Add", "c one", "d"),
        node("Mul", "a d", "e"), node("Mul", "e half", "h")]  # fmt: skip
NUMBERS = {"root": np.float32(2**0.5), "one": np.float32(1), "half": np.float32(0.5)}


@pytest.mark.parametrize(
    ("nodes", "activation", "loss"),
    [
        ([node("Relu", "a", "h")], "relu", ""),
        ([node("Tanh", "a", "t"), node("Dropout", "t", "h")], "tanh", ""),
        (GELU, "gelu", ""),
        ([node("Sigmoid", "a", "s"), node("Mul", "a s", "h")], "swish", ""),
        ([node("Sigmoid", "a", "h")], "sigmoid", "cross-entropy"),
    ],
)
def test_onnx_chains_of_gemm_are_read(tmp_path, nodes, activation, loss):
    first, last = gemm("f", "a", 0, transB=1), gemm("h", "z", 1, transB=1, alpha=2.0, beta=3.0)
    end = [node("Softmax", "z", "p"), node("ArgMax", "p", "y")] if loss else []
    nodes = [node("Flatten", "x", "f"), first, *nodes, last, *end]
    model = models.read(save_onnx(tmp_path / "m.onnx", nodes, TORCH | NUMBERS))
    assert (model.activation, model.loss) == (activation, loss)
    np.testing.assert_array_equal(model.params[0].weight, PARAMS[0].weight)
    np.testing.assert_array_equal(model.params[1].weight, 2 * PARAMS[1].weight)
    np.testing.assert_allclose(model.params[1].bias, 3 * PARAMS[1].bias, rtol=1e-6)


def test_onnx_chains_of_matmul_and_add_are_read(tmp_path):
    value = onnx.numpy_helper.from_array(np.asarray(PARAMS[1].bias))
    nodes = [
        onnx.helper.make_node("Transpose", ["0.weight"], ["w"], perm=[1, 0]),
        onnx.helper.make_node("Constant", [], ["b"], value=value),
        node("MatMul", "x w", "m"), node("Add", "0.bias m", "a"), node("Relu", "a", "h"),
        node("Shape", "h", "s"), node("Reshape", "h s", "r"),
        node("MatMul", "r w1", "n"), node("Add", "n b", "y"),
    ]  # fmt: skip
    arrays = {
        "0.weight": TORCH["0.weight"],
        "0.bias": TORCH["0.bias"][None],
        "w1": PARAMS[1].weight,
    }
    model = models.read(save_onnx(tmp_path / "m.onnx", nodes, arrays))
    for read, wrote in zip(model.params, PARAMS, strict=True):
        np.testing.assert_array_equal(read.weight, wrote.weight)
        np.testing.assert_array_equal(read.bias, wrote.bias)
    without = models.read(save_onnx(tmp_path / "n.onnx", [node("MatMul", "x w", "y")],
                                    {"w": PARAMS[0].weight}))  # fmt: skip
    np.testing.assert_array_equal(without.params[0].bias, np.zeros(4))


FIRST, LAST = gemm("x", "a", 0, transB=1), gemm("h", "y", 1, transB=1)


@pytest.mark.parametrize(
    ("nodes", "said"),
    [
        ([node("Relu", "x", "y")], "begins with Relu"),
        ([node("Identity", "x", "y")], "holds no dense layer"),
        ([FIRST, node("Add", "a a", "h"), LAST], "stands Add, which is no activation"),
        ([FIRST, node("LeakyRelu", "a", "h"), LAST], "LeakyRelu, which is no activation"),
        ([FIRST, node("Identity", "a", "h"), LAST], "stands nothing"),
        ([FIRST, gemm("x", "y", 1, transB=1)], "branches before Gemm"),
        ([FIRST, node("Relu", "a", "h"), gemm("a", "y", 1, transB=1)], "not the layer before it"),
        ([FIRST, node("Relu", "x", "h"), LAST], "branches before Relu"),
        ([gemm("x", "y", 0, transA=1, transB=1)], "transposes its input"),
        ([FIRST, node("Relu", "a", "h"), gemm("h", "y", 0, transB=1)], "takes 5 inputs, not 4"),
        ([FIRST, node("Relu", "a", "y")], "ends in Relu"),
        ([node("MatMul", "x x", "y")], "not the layer before"),
    ],
)
def test_onnx_graphs_that_are_no_chain(tmp_path, nodes, said):
    path = save_onnx(tmp_path / "m.onnx", nodes, TORCH)
    with pytest.raises(ModelError, match=said) as raised:
        models.load(path)
    assert "\n" not in str(raised.value)


def test_hidden_layers_of_different_activations_are_refused(tmp_path):
    deep = chain(5, 4, 4, 3)
    arrays = {f"{k}.{n}": a for k, layer in enumerate(deep) for n, a in layer._asdict().items()}
    nodes = [gemm("x", "a", 0), node("Relu", "a", "b"), gemm("b", "c", 1), node("Tanh", "c", "h"),
             gemm("h", "y", 2)]  # fmt: skip
    with pytest.raises(ModelError, match="different activations: relu, tanh"):
        models.load(save_onnx(tmp_path / "m.onnx", nodes, arrays))


def test_files_that_are_no_onnx(tmp_path):
    path = save_onnx(tmp_path / "m.onnx", [gemm("x", "y", 0, transB=1)], TORCH)
    whole = path.read_bytes()
    for content in (b"", b"no graph at all", whole[: len(whole) // 2]):
        path.write_bytes(content)
        with pytest.raises(ModelError) as raised:
            models.load(path)
        assert "\n" not in str(raised.value)


def test_what_pytorch_exports_is_what_it_computes(tmp_path):
    torch = pytest.importorskip("torch")
    pytest.importorskip("onnxscript")
    x = np.random.default_rng(1).normal(size=(7, 5)).astype("f4")
    for name in ("ReLU", "GELU", "SiLU", "Tanh"):
        layers = torch.nn.Linear(5, 5), getattr(torch.nn, name)(), torch.nn.Linear(5, 3)
        torch.onnx.export(torch.nn.Sequential(*layers), (torch.from_numpy(x),), tmp_path / "m.onnx")
        model = models.read(tmp_path / "m.onnx")
        config = NetworkConfig(models.sizes(model.params), model.activation, "squared-error")
        expected = torch.nn.Sequential(*layers)(torch.from_numpy(x)).detach().numpy()
        found = activations(model.params, jnp.asarray(x), config)[-1]
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)
