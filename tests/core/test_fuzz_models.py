"""Damaged and hostile networks: .npz, .safetensors and .onnx; see `fuzzing`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import seeds
from fuzzing import EDITS, NUMBERS, SHARE, VALUES, Edit, Reader, changed, corpus, damaged, fuzzed
from hypothesis import given
from hypothesis import strategies as st
from neuronaut.core import models
from neuronaut.core.models import Model, ModelError
from neuronaut.core.network import ACTIVATIONS, LOSSES
from onnx import TensorProto, helper, numpy_helper

rng = np.random.default_rng(0)
W1, B1, W2, B2 = (rng.normal(size=shape).astype("f4") for shape in ((3, 4), 4, (4, 2), 2))
CHAIN = {"0.kernel": W1, "0.bias": B1, "1.kernel": W2, "1.bias": B2}


def whole(model: Model) -> Model:
    """Return a network that is all that one must be."""
    width = len(model.params[0].weight)
    for weight, bias in model.params:
        assert weight.dtype == bias.dtype == np.float32
        assert weight.shape == (width, len(bias))
        assert 0 not in weight.shape
        assert np.isfinite(weight).all()
        assert np.isfinite(bias).all()
        width = len(bias)
    assert model.activation in ("", *ACTIVATIONS)
    assert model.loss in ("", *LOSSES)
    return model


def reader(suffix: str) -> Reader:
    return Reader(lambda path: whole(models.read(path)), ModelError, suffix)


NPZ, SAFETENSORS, ONNX = (reader(suffix) for suffix in models.SUFFIXES)


@corpus("models")
def test_what_once_broke_a_reader_of_networks(found: Path) -> None:
    reader(found.suffix).try_file(found)


@fuzzed(60)
@given(st.sampled_from(["file", "array", "header"]), EDITS, SHARE)
def test_npz(tmp_path_factory, part: str, edits: list[Edit], which: float) -> None:
    folder = tmp_path_factory.getbasetemp()
    if part == "file":
        NPZ.try_bytes(damaged(seeds.npz(**CHAIN), edits), folder)
        return
    members = {f"{name}.npy": seeds.npy(array) for name, array in CHAIN.items()}
    name = sorted(members)[int(which * len(members))]
    content = members[name]
    head = 10 + content[8] if part == "header" else len(content)
    members[name] = damaged(content[:head], edits, members["0.bias.npy"]) + content[head:]
    NPZ.try_bytes(seeds.archive(members), folder)


NAMES = st.sampled_from(
    ["0.kernel", "1.weight", "w", "b", "", ".", "a/b", "layer" + "1" * 5000, "1", "bias_7",
     "\u0661.weight", "x\ny.weight", "__metadata__"]
)  # fmt: skip
ARRAYS = st.builds(
    np.ones,
    st.lists(st.sampled_from([0, 1, 2, 3]), max_size=3),
    st.sampled_from(["f4", "f8", ">f4", "f2", "f16", "i8", ">u2", "?", "c8", "U2", "V3"]),
)


@fuzzed(60)
@given(st.dictionaries(NAMES, ARRAYS, max_size=5))
def test_npz_of_any_arrays(tmp_path_factory, arrays: dict[str, np.ndarray]) -> None:
    NPZ.try_bytes(seeds.npz(**arrays), tmp_path_factory.getbasetemp())


@fuzzed(60)
@given(EDITS)
def test_safetensors(tmp_path_factory, edits: list[Edit]) -> None:
    content = seeds.safetensors(*seeds.safetensors_header(3, 4, 2))
    SAFETENSORS.try_bytes(damaged(content, edits), tmp_path_factory.getbasetemp())


KINDS = st.sampled_from(["F64", "F16", "BF16", "F8_E4M3", "I64", "U8", "BOOL", "C64", "F4", "X"])


@fuzzed(80)
@given(SHARE, KINDS | VALUES | NAMES | st.just("leave out") | st.lists(NUMBERS, max_size=3))
def test_safetensors_with_any_header(tmp_path_factory, at: float, put: object) -> None:
    header, content = seeds.safetensors_header(3, 4, 2)
    content = seeds.safetensors(changed(header, at, put), content)
    SAFETENSORS.try_bytes(content, tmp_path_factory.getbasetemp())


def graph(*nodes: onnx.NodeProto, **arrays: np.ndarray) -> bytes:
    """Return a graph that takes x and holds these arrays."""
    given = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 3])]
    constants = [numpy_helper.from_array(array, name) for name, array in arrays.items()]
    out = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    return helper.make_model(
        helper.make_graph(list(nodes), "g", given, [out], constants)
    ).SerializeToString()


GRAPH = graph(
    helper.make_node("Gemm", ["x", "a", "b"], ["h"], transB=1, alpha=0.5),
    helper.make_node("Relu", ["h"], ["r"]),
    helper.make_node("Constant", [], ["c"], value=numpy_helper.from_array(W2)),
    helper.make_node("MatMul", ["r", "c"], ["m"]),
    helper.make_node("Add", ["m", "d"], ["y"]),
    a=W1.T, b=B1, d=B2,
)  # fmt: skip


@fuzzed(80)
@given(EDITS)
def test_onnx(tmp_path_factory, edits: list[Edit]) -> None:
    ONNX.try_bytes(damaged(GRAPH, edits), tmp_path_factory.getbasetemp())


OPERATORS = (
    *("Gemm", "MatMul", "Add", "Relu", "Transpose", "Constant", "Identity", "Shape", "Softmax"),
    "x\n",
)
NODES = st.builds(
    lambda kind, given, to, attributes: helper.make_node(kind, given, to, **attributes),
    st.sampled_from(OPERATORS),
    st.lists(st.sampled_from(["x", "a", "b", "h", ""]), max_size=4),
    st.lists(st.sampled_from(["h", "y", "a"]), max_size=2),
    st.dictionaries(
        st.sampled_from(["transA", "transB", "alpha", "beta", "perm", "value"]),
        st.sampled_from([0, 1, -1.0, float("nan"), "text", [1, 0], [7, 7]])
        | st.just(numpy_helper.from_array(W1)),
        max_size=3,
    ),
)


@fuzzed(80)
@given(st.lists(NODES, max_size=5), st.dictionaries(st.sampled_from("ab"), ARRAYS))
def test_onnx_of_any_nodes(tmp_path_factory, nodes, arrays) -> None:
    arrays = {k: array for k, array in arrays.items() if array.dtype in ("f4", "f8", "f2", "i8")}
    ONNX.try_bytes(graph(*nodes, **arrays), tmp_path_factory.getbasetemp())
