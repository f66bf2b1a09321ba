"""CAM++ for voices, from 3D-Speaker's weights to ONNX.

The network is that of Wang et al., "CAM++: A Fast and Efficient Network for Speaker Verification Using Context-Aware Masking",
Interspeech 2023 (arXiv 2303.00332): a small convolutional front end over frequency and time, a densely connected time-delay
network whose layers are masked by what the whole and each two seconds sound like, mean and deviation over time, 192 numbers.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matcher.errors import PackDamaged
from matcher.packs.onnx_graph import Graph

BANDS, DIMENSIONS = 80, 192
INPUT, OUTPUT = "features", "embedding"
BLOCKS = ((12, 1), (24, 2), (16, 2))
"""Layers of each dense block, and the dilation of their convolutions over time."""

_SEGMENT = 100
"""Steps of 20 ms over which a layer's surroundings are averaged."""

_EPSILON = 1e-5
Weights = Mapping[str, NDArray[Any]]


def write_onnx(weights: Weights, path: Path) -> None:
    """Input ``features`` (n, frames, 80), log mel energies less their mean over the frames; output ``embedding`` (n, 192), not
    normalised. Raises PackDamaged for weights of another network."""
    try:
        made = _Network(weights).graph()
    except (KeyError, ValueError) as error:
        raise PackDamaged(f"The weights are not those of CAM++ ({error}).", "Try another package index.") from error
    made.write(path, "campplus", {INPUT: ["n", "frames", BANDS]}, {OUTPUT: ["n", DIMENSIONS]})


class _Network:
    def __init__(self, weights: Weights) -> None:
        self._weights, self._graph = weights, Graph()

    def graph(self) -> Graph:
        x = self._graph.node("Unsqueeze", self._graph.node("Transpose", INPUT, perm=[0, 2, 1]), self._integers(1))
        x = self._front(x)
        x = self._relu(self._conv(x, "xvector.tdnn.linear", "xvector.tdnn.nonlinear.batchnorm", strides=[2], pads=[2, 2]))
        for number, (layers, dilation) in enumerate(BLOCKS, 1):
            for layer in range(1, layers + 1):
                made = self._dense(x, f"xvector.block{number}.tdnnd{layer}", dilation)
                x = self._graph.node("Concat", x, made, axis=1)
            x = self._normalised(x, f"xvector.transit{number}.nonlinear.batchnorm")
            x = self._conv(x, f"xvector.transit{number}.linear")
        pooled = self._statistics(self._normalised(x, "xvector.out_nonlinear.batchnorm"))
        vector = self._conv(pooled, "xvector.dense.linear", "xvector.dense.nonlinear.batchnorm")
        self._graph.output(self._graph.node("Squeeze", vector, self._integers(2)), OUTPUT)
        return self._graph

    def _front(self, x: str) -> str:
        """Residual blocks that make of 80 bands 10; then all channels of a step of time in one row."""
        x = self._relu(self._conv(x, "head.conv1", "head.bn1", pads=[1] * 4))
        for layer in ("head.layer1", "head.layer2"):
            x = self._residual(x, f"{layer}.0", 2)
            x = self._residual(x, f"{layer}.1", 1)
        x = self._relu(self._conv(x, "head.conv2", "head.bn2", strides=[2, 1], pads=[1] * 4))
        return self._graph.node("Reshape", x, self._integers(0, self._weights["xvector.tdnn.linear.weight"].shape[1], -1))

    def _residual(self, x: str, name: str, stride: int) -> str:
        y = self._relu(self._conv(x, f"{name}.conv1", f"{name}.bn1", strides=[stride, 1], pads=[1] * 4))
        y = self._conv(y, f"{name}.conv2", f"{name}.bn2", pads=[1] * 4)
        if stride > 1:
            x = self._conv(x, f"{name}.shortcut.0", f"{name}.shortcut.1", strides=[stride, 1])
        return self._relu(self._graph.node("Add", y, x))

    def _dense(self, x: str, name: str, dilation: int) -> str:
        """What a layer adds to the channels that are there, masked by its surroundings."""
        x = self._normalised(x, f"{name}.nonlinear1.batchnorm")
        x = self._relu(self._conv(x, f"{name}.linear1", f"{name}.nonlinear2.batchnorm"))
        local = self._conv(x, f"{name}.cam_layer.linear_local", dilations=[dilation], pads=[dilation] * 2)
        around = self._graph.node("Add", self._graph.node("ReduceMean", x, axes=[2]), self._segments(x))
        mask = self._conv(self._relu(self._conv(around, f"{name}.cam_layer.linear1")), f"{name}.cam_layer.linear2")
        return self._graph.node("Mul", local, self._graph.node("Sigmoid", mask))

    def _segments(self, x: str) -> str:
        """Each step's mean over the segment that it lies in, the last one being as long as what is left."""
        means = self._graph.node("AveragePool", x, kernel_shape=[_SEGMENT], strides=[_SEGMENT], ceil_mode=1)
        repeated = self._graph.node(
            "Expand", self._graph.node("Unsqueeze", means, self._integers(3)), self._integers(1, 1, 1, _SEGMENT)
        )
        flat = self._graph.node("Reshape", repeated, self._integers(0, 0, -1))
        steps = self._graph.node("Shape", x, start=2, end=3)
        return self._graph.node("Slice", flat, self._integers(0), steps, self._integers(2))

    def _statistics(self, x: str) -> str:
        """Mean and deviation over time, the latter of a sample, beside one another."""
        mean = self._graph.node("ReduceMean", x, axes=[2])
        apart = self._graph.node("Sub", x, mean)
        squares = self._graph.node("ReduceSum", self._graph.node("Mul", apart, apart), self._integers(2))
        steps = self._graph.node("Cast", self._graph.node("Shape", x, start=2, end=3), to=1)
        one = self._graph.floats(np.ones(1))
        freedom = self._graph.node("Max", self._graph.node("Sub", steps, one), one)
        return self._graph.node("Concat", mean, self._graph.node("Sqrt", self._graph.node("Div", squares, freedom)), axis=1)

    def _conv(self, x: str, name: str, norm: str = "", **attributes: Any) -> str:
        """A convolution, with the normalisation that follows it folded in."""
        kernel = self._weights[f"{name}.weight"]
        bias = self._weights.get(f"{name}.bias", np.zeros(len(kernel), np.float32))
        if norm:
            scale, shift = self._affine(norm)
            kernel, bias = kernel * scale.reshape(-1, *[1] * (kernel.ndim - 1)), bias * scale + shift
        return self._graph.node("Conv", x, self._graph.floats(kernel), self._graph.floats(bias), **attributes)

    def _normalised(self, x: str, norm: str) -> str:
        """A normalisation of its own, and what is below zero cut off."""
        scale, shift = (self._graph.floats(numbers.reshape(-1, 1)) for numbers in self._affine(norm))
        return self._relu(self._graph.node("Add", self._graph.node("Mul", x, scale), shift))

    def _affine(self, norm: str) -> tuple[NDArray[Any], NDArray[Any]]:
        mean, variance = (np.float64(self._weights[f"{norm}.running_{part}"]) for part in ("mean", "var"))
        scale = self._weights.get(f"{norm}.weight", np.ones(1)) / np.sqrt(variance + _EPSILON)
        return scale, self._weights.get(f"{norm}.bias", np.zeros(1)) - mean * scale

    def _relu(self, x: str) -> str:
        return self._graph.node("Relu", x)

    def _integers(self, *values: int) -> str:
        return self._graph.const(np.array(values, np.int64))
