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


def with_leaky_relus(model: bytes) -> bytes:
    """The same model with LeakyRelu for each PRelu whose slope is one number, which is the same function.

    onnxruntime fuses LeakyRelu into the convolution before it; a PRelu it computes by itself, slowly, and turns the
    tensor's layout before and after. For face-reidentification-retail-0095 that is two thirds of the time.
    """
    made = onnx.load_from_string(model)
    weights = {weight.name: weight for weight in made.graph.initializer}
    for node in made.graph.node:
        if node.op_type != "PRelu" or node.input[1] not in weights:
            continue
        slope = numpy_helper.to_array(weights[node.input[1]])
        if slope.size == 1:
            del node.input[1]
            node.op_type = "LeakyRelu"
            node.attribute.append(helper.make_attribute("alpha", float(slope.reshape(()))))
    used = {name for node in made.graph.node for name in node.input}
    kept = [weight for weight in made.graph.initializer if weight.name in used]
    del made.graph.initializer[:]
    made.graph.initializer.extend(kept)
    return bytes(made.SerializeToString())
