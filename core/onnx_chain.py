"""Dense layers out of an ONNX graph that is a chain: Gemm, or MatMul and Add, and activations."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnx
from onnx import numpy_helper

from .chains import MOST_LAYERS, TreeError
from .outside import brief

# What stands between two dense layers, operators sorted: alone, or as exporters spell it out.
_ACTIVATIONS = {
    ("Relu",): "relu",
    ("Tanh",): "tanh",
    ("Sigmoid",): "sigmoid",
    ("Gelu",): "gelu",
    ("Add", "Div", "Erf", "Mul", "Mul"): "gelu",
    ("Swish",): "swish",
    ("Mul", "Sigmoid"): "swish",
}
_MOST_BYTES = 2**31  # as Protocol Buffers have it
_PROBABILITIES = ("Softmax", "LogSoftmax")
_LABELS = ("ArgMax", "ZipMap", "TopK")  # told from the outputs
_MOST_TIES = 16  # times as many weights as the file holds, by using some again
_NEUTRAL = ("Identity", "Dropout", "Cast", "Flatten", "Reshape", "Squeeze")


class OnnxChain(NamedTuple):
    """Weights [I, O] and biases [O], and what the graph says besides; "" where it does not."""

    layers: tuple[tuple[np.ndarray, np.ndarray], ...]
    activation: str
    loss: str


class _Dense(NamedTuple):
    weight: np.ndarray
    bias: np.ndarray
    after: list[str]  # operators between it and the next


def read(path: Path) -> OnnxChain:
    """Read an .onnx file, with the data that lies beside it if any does.

    Raises:
        TreeError: the file holds no ONNX graph, or one that is no chain of dense layers.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise TreeError(f"it holds more than the {_MOST_BYTES:,} bytes that a graph may have")
        return _chain(onnx.load(str(path)).graph)
    except TreeError:
        raise
    except Exception as error:  # protobuf's, ONNX's and NumPy's, for files that are none
        raise TreeError(f"it holds no ONNX graph that can be read: {brief(error)}") from error


def _chain(graph: onnx.GraphProto) -> OnnxChain:
    dense = _Walk(graph).dense
    if not dense:
        raise TreeError("its graph holds no dense layer with constant weights")
    kinds = {_activation(layer.after) for layer in dense[:-1]}
    if len(kinds) > 1:
        raise TreeError(f"its hidden layers have different activations: {', '.join(sorted(kinds))}")
    layers = tuple((layer.weight, layer.bias) for layer in dense)
    return OnnxChain(layers, kinds.pop() if kinds else "", _loss(dense[-1]))


class _Walk:
    """Follows the data through the graph, whose nodes stand in order of use.

    Attributes:
        dense: the layers found.
    """

    def __init__(self, graph: onnx.GraphProto):
        self.dense: list[_Dense] = []
        self._constants = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
        self._held = sum(array.size for array in self._constants.values())
        self._used = 0
        self._aside = {""}  # shapes and what is computed from them
        (self._data,) = {each.name for each in graph.input} - set(self._constants) or {""}
        for node in graph.node:
            self._follow(node)

    def _follow(self, node: onnx.NodeProto) -> None:
        names = (node.op_type, node.name, *node.input, *node.output)
        if not all(isinstance(name, str) for name in (*names, *(a.name for a in node.attribute))):
            raise TreeError("a name in its graph is no text")
        inputs = [name for name in node.input if name not in self._aside]
        if all(name in self._constants for name in inputs) or node.op_type == "Shape":
            self._fold(node, inputs)
            return
        is_on_chain = self._data in inputs or (self.dense and self.dense[-1].after)
        if not is_on_chain:
            raise TreeError(f"its graph branches before {node.op_type} {node.name}".rstrip())
        if node.op_type in ("Gemm", "MatMul"):
            self._add_dense(node)
        elif not self._add_bias(node) and node.op_type not in _NEUTRAL:
            if not self.dense:
                raise TreeError(f"its graph begins with {node.op_type}, not with a dense layer")
            self.dense[-1].after.append(node.op_type)
        self._data = node.output[0]

    def _fold(self, node: onnx.NodeProto, inputs: list[str]) -> None:
        """Compute what does not depend on the data, as far as weights need it."""
        given = _attributes(node)
        if node.op_type == "Constant" and "value" in given:
            array = numpy_helper.to_array(given["value"])
            self._constants[node.output[0]] = array
            self._held += array.size
        elif node.op_type == "Transpose":
            array = self._constants[inputs[0]]
            self._constants[node.output[0]] = array.transpose(given.get("perm"))
        elif node.op_type in ("Identity", "Cast") and inputs:
            self._constants[node.output[0]] = self._constants[inputs[0]]
        else:
            self._aside.update(node.output)

    def _add_dense(self, node: onnx.NodeProto) -> None:
        weight = self._constants.get(node.input[1])
        if node.input[0] != self._data or weight is None or weight.ndim != 2:
            raise TreeError(f"the input of {node.op_type} {node.name} is not the layer before it")
        bias = self._constants.get(node.input[2]) if len(node.input) > 2 else None
        if node.op_type == "Gemm":
            given = _attributes(node)
            if given.get("transA"):
                raise TreeError(f"Gemm {node.name} transposes its input")
            weight = (weight.T if given.get("transB") else weight) * given.get("alpha", 1.0)
            bias = None if bias is None else bias * given.get("beta", 1.0)
        width = self.dense[-1].weight.shape[1] if self.dense else len(weight)
        if 0 in weight.shape:
            raise TreeError(f"{node.op_type} {node.name} has no neurons")
        self._used += weight.size
        if self._used > _MOST_TIES * self._held or len(self.dense) == MOST_LAYERS:
            raise TreeError(f"it has more than {MOST_LAYERS} layers, or the same over and over")
        if len(weight) != width:
            raise TreeError(f"{node.op_type} {node.name} takes {len(weight)} inputs, not {width}")
        self.dense.append(_Dense(weight, _as_bias(bias, weight.shape[1]), []))

    def _add_bias(self, node: onnx.NodeProto) -> bool:
        """Take an Add that directly follows a MatMul for its bias."""
        constants = [name for name in node.input if name in self._constants]
        if node.op_type != "Add" or not constants or not self.dense or self.dense[-1].after:
            return False
        weight, bias, after = self.dense[-1]
        more = _as_bias(self._constants[constants[0]], weight.shape[1])
        self.dense[-1] = _Dense(weight, bias + more, after)
        return True


def _as_bias(array: np.ndarray | None, outputs: int) -> np.ndarray:
    if array is None:
        return np.zeros(outputs, np.float32)
    try:
        return np.broadcast_to(array.reshape(array.shape[-1:]), outputs)
    except ValueError:
        raise TreeError(f"a bias has shape {list(array.shape)}, not [{outputs}]") from None


def _attributes(node: onnx.NodeProto) -> Mapping[str, Any]:
    return {each.name: onnx.helper.get_attribute_value(each) for each in node.attribute}


def _activation(operators: list[str]) -> str:
    found = _ACTIVATIONS.get(tuple(sorted(operators)))
    if found is None:
        said = ", ".join(operators) or "nothing"
        raise TreeError(f"between two of its dense layers stands {said}, which is no activation")
    return found


def _loss(last: _Dense) -> str:
    operator = next(iter(last.after), "")
    is_binary = operator == "Sigmoid" and last.weight.shape[1] == 1
    if operator in _PROBABILITIES or is_binary:
        return "cross-entropy"
    if operator and operator not in _LABELS:
        raise TreeError(f"its last layer ends in {operator}, which is no output known here")
    return ""
