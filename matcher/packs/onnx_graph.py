"""Writing ONNX graphs, for weights that come without one, and a faster form of those that do. The only importer of onnx."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

OPSET, IR_VERSION = 17, 9
Shape = list[int | str]


class Graph:
    """Collects nodes and weights; every method that adds a node returns the name of its output."""

    def __init__(self) -> None:
        self._nodes: list[Any] = []
        self._weights: list[Any] = []

    def const(self, array: NDArray[Any]) -> str:
        """Add an array of weights; gives its name."""
        name = f"w{len(self._weights)}"
        self._weights.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def floats(self, array: NDArray[Any]) -> str:
        """Add an array of weights as float32; gives its name."""
        return self.const(np.asarray(array, np.float32))

    def node(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """Add an operation over named values; gives the name of what it makes."""
        output = f"{kind}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def output(self, value: str, name: str) -> None:
        """Let a value be the graph's output under a name."""
        self._nodes.append(helper.make_node("Identity", [value], [name]))

    def write(self, path: Path, name: str, inputs: dict[str, Shape], outputs: dict[str, Shape]) -> None:
        """Check the graph and write it."""
        graph = helper.make_graph(
            self._nodes,
            name,
            [helper.make_tensor_value_info(n, TensorProto.FLOAT, shape) for n, shape in inputs.items()],
            [helper.make_tensor_value_info(n, TensorProto.FLOAT, shape) for n, shape in outputs.items()],
            self._weights,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
        onnx.checker.check_model(model)
        onnx.save(model, str(path))


class Network:
    """Collects nodes and weights whose names their maker gives; the model of the same ones has the same bytes."""

    def __init__(self) -> None:
        self._nodes: list[Any] = []
        self._weights: list[Any] = []

    def weight(self, name: str, array: NDArray[Any]) -> str:
        """Add an array under its name, which it gives back."""
        self._weights.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def node(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> str:
        """Add an operation over named values; gives back the name of its result."""
        self._nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def channels_of_last(self, kind: str) -> int:
        """How many channels the last operation of a kind makes. Raises KeyError and IndexError where there is none."""
        shapes = {weight.name: weight.dims for weight in self._weights}
        return int(shapes[[node.input[1] for node in self._nodes if node.op_type == kind][-1]][0])

    def model(self, producer: str, inputs: dict[str, Shape], outputs: dict[str, Shape], *, opset: int, ir_version: int) -> bytes:
        """The checked model. Raises ValueError where the nodes do not fit together."""
        graph = helper.make_graph(
            self._nodes,
            producer,
            [helper.make_tensor_value_info(n, TensorProto.FLOAT, shape) for n, shape in inputs.items()],
            [helper.make_tensor_value_info(n, TensorProto.FLOAT, shape) for n, shape in outputs.items()],
            self._weights,
        )
        made = helper.make_model(
            graph, producer_name=producer, opset_imports=[helper.make_opsetid("", opset)], ir_version=ir_version
        )
        return _checked(made)


def with_free_size(model: bytes) -> bytes:
    """The same detector for pictures of any size and number: what it declares of them, and the shapes into which it lays the
    numbers of its grids. Raises ValueError for what is no ONNX model.

    That is right where no other weight depends on the size; whoever calls compares the two.
    """
    try:
        made = onnx.load_from_string(model)
    except Exception as error:  # protobuf's own class, which is a child of Exception alone
        raise ValueError("it is no ONNX model") from error
    del made.graph.value_info[:]
    for value in made.graph.input:
        for axis, name in ((0, "batch"), (2, "height"), (3, "width")):
            value.type.tensor_type.shape.dim[axis].dim_param = name
    for value in made.graph.output:
        for axis, name in ((0, "batch"), (1, "places")):
            value.type.tensor_type.shape.dim[axis].dim_param = name
    shapes = {node.input[1] for node in made.graph.node if node.op_type == "Reshape"}
    constants = [node for node in made.graph.node if node.op_type == "Constant" and node.output[0] in shapes]
    held = [(w.name, w) for w in made.graph.initializer] + [(n.output[0], n.attribute[0].t) for n in constants]
    for name, weight in held:
        if name in shapes and list(weight.dims) == [3]:
            # As many pictures as there are, as many places as they have, and what is said of each.
            laid = np.array([0, -1, numpy_helper.to_array(weight)[2]], np.int64)
            weight.CopyFrom(numpy_helper.from_array(laid, weight.name))
    return _checked(made)


def _checked(model: Any) -> bytes:
    try:
        onnx.checker.check_model(model, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        raise ValueError(str(error)) from error
    return bytes(model.SerializeToString(deterministic=True))


def with_plain_relus(model: bytes) -> bytes:
    """The same model without PRelu nodes whose slopes are known, which onnxruntime computes by itself, slowly, and for which it
    turns the tensor's layout before and after.

    One slope for all is a LeakyRelu, fused into the convolution before it: two thirds of the time of
    face-reidentification-retail-0095. A slope for each channel is relu(x) - slope * relu(-x): two fifths of MTCNN's.
    """
    made = onnx.load_from_string(model)
    weights = {weight.name: weight for weight in made.graph.initializer}
    nodes = []
    for node in made.graph.node:
        if node.op_type == "PRelu" and node.input[1] in weights:
            slope = numpy_helper.to_array(weights[node.input[1]])
            nodes += [_leaky(node, slope)] if slope.size == 1 else _by_channel(node, slope, made.graph)
        else:
            nodes.append(node)
    del made.graph.node[:]
    made.graph.node.extend(nodes)
    used = {name for node in made.graph.node for name in node.input}
    kept = [weight for weight in made.graph.initializer if weight.name in used]
    del made.graph.initializer[:]
    made.graph.initializer.extend(kept)
    return bytes(made.SerializeToString())


def _leaky(node: onnx.NodeProto, slope: NDArray[Any]) -> onnx.NodeProto:
    return helper.make_node("LeakyRelu", node.input[:1], node.output, alpha=float(slope.reshape(())))


def _by_channel(node: onnx.NodeProto, slope: NDArray[Any], graph: onnx.GraphProto) -> list[onnx.NodeProto]:
    x, y = node.input[0], node.output[0]
    above, turned, below, scaled, falling = (f"{y}/{part}" for part in ("above", "turned", "below", "scaled", "falling"))
    graph.initializer.append(numpy_helper.from_array(np.negative(slope), falling))
    return [
        helper.make_node("Relu", [x], [above]),
        helper.make_node("Neg", [x], [turned]),
        helper.make_node("Relu", [turned], [below]),
        helper.make_node("Mul", [below, falling], [scaled]),
        helper.make_node("Add", [above, scaled], [y]),
    ]
