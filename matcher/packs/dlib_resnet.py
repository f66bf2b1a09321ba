"""dlib's face recognition ResNet, from dlib's own weight file to ONNX.

The network is dlib's ``anet_type`` (dlib's example dnn_face_recognition_ex.cpp): a 7x7 convolution, then residual blocks of
32, 64, 128, 256 and 256 filters with affine layers in place of batch normalisation, an average pool and a 128-d linear layer.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matcher.errors import PackDamaged
from matcher.packs.onnx_graph import Graph
from registry.actions import Action

SIZE, DIMENSIONS = 150, 128
MEAN_RGB = (122.782, 117.001, 104.298)
BLOCKS_AT_FIRST_SIZE = 3
BLOCKS_AFTER_HALVING = (3, 2, 2, 0)
_LAYER = re.compile(rb"\x01[\x04-\x08](con_\d?|affine_|fc_\d?)")
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Layer:
    """shape of a convolution: filters, kernel rows and columns, stride y and x, padding y and x; empty for other layers."""

    weights: Floats
    shape: tuple[int, ...]


def read_layers(data: bytes) -> Iterator[Layer]:
    """The layers of a serialised dlib network from its input side on. Raises PackDamaged."""
    position = 0
    while found := _LAYER.search(data, position):
        at, shape = found.end(), []
        numbers = 7 if found.group(1).startswith(b"con") else 2 if found.group(1).startswith(b"fc") else 0
        if numbers == 7:
            weights, at = _tensor(data, at)
        for _ in range(numbers):
            value, at = _integer(data, at)
            shape.append(value)
        if numbers != 7:
            weights, at = _tensor(data, at)
        yield Layer(weights, tuple(shape) if numbers == 7 else ())
        position = at


def _integer(data: bytes, at: int) -> tuple[int, int]:
    """dlib packs an integer as one byte of sign and length, then that many bytes, little end first."""
    head = data[at]
    length = head & 0x0F
    value = int.from_bytes(data[at + 1 : at + 1 + length], "little")
    return (-value if head & 0x80 else value), at + 1 + length


def _tensor(data: bytes, at: int) -> tuple[Floats, int]:
    """Version, four dimensions, raw little-endian float32."""
    version, at = _integer(data, at)
    if version != 2:
        raise PackDamaged("The dlib weights are of an unknown version.", Action.BUILD_PACK)
    count = 1
    for _ in range(4):
        dimension, at = _integer(data, at)
        count *= dimension
    return np.frombuffer(data, "<f4", count, at), at + 4 * count


def write_onnx(data: bytes, path: Path) -> None:
    """Input ``image`` (n, 3, 150, 150) RGB 0-255; output ``embedding`` (n, 128), not normalised."""
    graph, layers = Graph(), read_layers(data)
    mean = graph.floats(np.array(MEAN_RGB).reshape(1, 3, 1, 1))
    x = graph.node("Mul", graph.node("Sub", "image", mean), graph.floats(np.array(1 / 256)))
    x, channels = _convolution(graph, layers, x)
    x, size = graph.node("MaxPool", graph.node("Relu", x), kernel_shape=[3, 3], strides=[2, 2]), 35
    for _ in range(BLOCKS_AT_FIRST_SIZE):
        x = _residual(graph, layers, x)
    for blocks in BLOCKS_AFTER_HALVING:
        x, channels, size = _halving(graph, layers, x, channels, size)
        for _ in range(blocks):
            x = _residual(graph, layers, x)
    linear = next(layers).weights.reshape(channels, DIMENSIONS)
    flat = graph.node("Flatten", graph.node("GlobalAveragePool", x))
    graph.output(graph.node("MatMul", flat, graph.floats(linear)), "embedding")
    graph.write(path, "dlib_face_resnet", {"image": ["n", 3, SIZE, SIZE]}, {"embedding": ["n", DIMENSIONS]})


def _convolution(graph: Graph, layers: Iterator[Layer], x: str) -> tuple[str, int]:
    """A convolution with the affine layer that follows it folded in."""
    layer, affine = next(layers), next(layers).weights
    filters, rows, columns, stride_y, stride_x, pad_y, pad_x = layer.shape
    kernel, bias = np.split(layer.weights, [len(layer.weights) - filters])
    gamma, beta = affine[:filters], affine[filters:]
    weights = graph.floats(kernel.reshape(filters, -1, rows, columns) * gamma[:, None, None, None])
    y = graph.node(
        "Conv",
        x,
        weights,
        graph.floats(bias * gamma + beta),
        strides=[stride_y, stride_x],
        pads=[pad_y, pad_x, pad_y, pad_x],
        kernel_shape=[rows, columns],
    )
    return y, filters


def _residual(graph: Graph, layers: Iterator[Layer], x: str) -> str:
    y, _ = _convolution(graph, layers, x)
    y, _ = _convolution(graph, layers, graph.node("Relu", y))
    return graph.node("Relu", graph.node("Add", y, x))


def _halving(graph: Graph, layers: Iterator[Layer], x: str, channels: int, size: int) -> tuple[str, int, int]:
    """A residual block that halves the picture. dlib adds tensors of unequal shape by padding the smaller with zeros."""
    y, filters = _convolution(graph, layers, x)
    y, filters = _convolution(graph, layers, graph.node("Relu", y))
    skip = graph.node("AveragePool", x, kernel_shape=[2, 2], strides=[2, 2])
    main_size, skip_size = (size - 3) // 2 + 1, size // 2
    if filters > channels:
        skip = graph.node("Pad", skip, graph.const(np.array([0, 0, 0, 0, 0, filters - channels, 0, 0], np.int64)))
    if skip_size > main_size:
        more = skip_size - main_size
        y = graph.node("Pad", y, graph.const(np.array([0, 0, 0, 0, 0, 0, more, more], np.int64)))
    return graph.node("Relu", graph.node("Add", y, skip)), filters, max(main_size, skip_size)
