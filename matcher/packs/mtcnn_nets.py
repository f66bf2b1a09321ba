"""MTCNN's three networks, from the arrays of the package mtcnn 1.0.0 (Keras order) to ONNX."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from matcher.packs.onnx_graph import Graph, Shape


@dataclass(frozen=True)
class Net:
    """One network. size: side of its input, 0 for fully convolutional.

    pools: after each convolution the pooling kernel, 0 for none; same: whether that pooling pads to keep the edge.
    """

    name: str
    size: int
    pools: tuple[int, ...]
    same: tuple[bool, ...]
    outputs: tuple[str, ...]


PROPOSAL = Net("pnet", 0, (2, 0, 0), (True, False, False), ("shift", "probability"))
REFINEMENT = Net("rnet", 24, (3, 3, 0), (True, False, False), ("shift", "probability"))
OUTPUT = Net("onet", 48, (3, 3, 2, 0), (True, False, True, False), ("shift", "landmarks", "probability"))
NETS = (PROPOSAL, REFINEMENT, OUTPUT)


def write_onnx(net: Net, weights: Sequence[NDArray[Any]], path: Path) -> None:
    """Input ``image`` (n, 3, h, w) RGB, (x - 127.5) / 128; outputs as net names them, ``probability`` after its softmax."""
    graph, rest = Graph(), iter(weights)
    x = "image"
    for pool, same in zip(net.pools, net.same, strict=True):
        kernel = next(rest).transpose(3, 2, 0, 1)
        x = graph.node("Conv", x, graph.floats(kernel), graph.floats(next(rest)))
        x = graph.node("PRelu", x, graph.floats(next(rest).reshape(-1, 1, 1)))
        if pool:
            padding = {"auto_pad": "SAME_UPPER"} if same else {}
            x = graph.node("MaxPool", x, kernel_shape=[pool, pool], strides=[2, 2], **padding)
    if net.size:
        # The original flattens in the order width, height, channel.
        x = graph.node("Flatten", graph.node("Transpose", x, perm=[0, 3, 2, 1]))
        x = graph.node("Gemm", x, graph.floats(next(rest)), graph.floats(next(rest)))
        x = graph.node("PRelu", x, graph.floats(next(rest).reshape(-1)))
    shapes: dict[str, Shape] = {}
    for name in net.outputs:
        kernel, bias = next(rest), next(rest)
        kernel = kernel if net.size else kernel.transpose(3, 2, 0, 1)
        y = graph.node("Gemm" if net.size else "Conv", x, graph.floats(kernel), graph.floats(bias))
        y = graph.node("Softmax", y, axis=1) if name == "probability" else y
        graph.output(y, name)
        shapes[name] = ["n", len(bias), *([] if net.size else ["h2", "w2"])]
    graph.write(path, net.name, {"image": ["n", 3, net.size or "h", net.size or "w"]}, shapes)
