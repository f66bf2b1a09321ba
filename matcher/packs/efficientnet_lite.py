"""EfficientNet-Lite0 for pictures, from PyTorch's weights to ONNX.

The network is that of Tan and Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", ICML 2019 (arXiv
1905.11946), without its gates and with activations cut at 6, as its authors published it for small devices: sixteen blocks that
widen, filter each channel and narrow again, then 1,280 channels for each 32nd pixel. The weights are TensorFlow's, so that
pictures are padded as it does, and the normalisations add its epsilon.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matcher.errors import PackDamaged
from matcher.packs.onnx_graph import Graph

DIMENSIONS = 1280
INPUT, OUTPUT = "image", "map"
STAGES = ((1, 1), (2, 2), (2, 2), (3, 2), (3, 1), (4, 2), (1, 1))
"""Blocks of each stage, and by how much its first one steps over the picture."""

_EPSILON = 1e-3
Weights = Mapping[str, NDArray[Any]]


def write_onnx(weights: Weights, path: Path) -> None:
    """Input ``image`` (n, 3, h, w), RGB as (pixel - 127) / 128, sides of multiples of 32; output ``map`` (n, 1280, h/32, w/32).

    Raises PackDamaged for weights of another network.
    """
    try:
        made = _Network(weights).graph()
    except (KeyError, ValueError) as error:
        raise PackDamaged(f"The weights are not those of EfficientNet-Lite0 ({error}).", "Try another package index.") from error
    made.write(path, "efficientnet_lite0", {INPUT: ["n", 3, "height", "width"]}, {OUTPUT: ["n", DIMENSIONS, "down", "across"]})


class _Network:
    def __init__(self, weights: Weights) -> None:
        self._weights, self._graph = weights, Graph()
        self._bounds = self._graph.floats(np.array(0.0)), self._graph.floats(np.array(6.0))

    def graph(self) -> Graph:
        x = self._cut(self._conv(INPUT, "_conv_stem", "_bn0", strides=[2, 2]))
        number = 0
        for blocks, step in STAGES:
            for place in range(blocks):
                x = self._block(x, f"_blocks.{number}", 1 if place else step)
                number += 1
        self._graph.output(self._cut(self._conv(x, "_conv_head", "_bn1")), OUTPUT)
        return self._graph

    def _block(self, x: str, name: str, step: int) -> str:
        y = x
        if f"{name}._expand_conv.weight" in self._weights:
            y = self._cut(self._conv(y, f"{name}._expand_conv", f"{name}._bn0"))
        channels = len(self._weights[f"{name}._depthwise_conv.weight"])
        y = self._cut(self._conv(y, f"{name}._depthwise_conv", f"{name}._bn1", strides=[step, step], group=channels))
        narrow = self._weights[f"{name}._project_conv.weight"]
        widened = self._weights.get(f"{name}._expand_conv.weight")
        y = self._conv(y, f"{name}._project_conv", f"{name}._bn2")
        same = step == 1 and widened is not None and widened.shape[1] == len(narrow)
        return self._graph.node("Add", y, x) if same else y

    def _conv(self, x: str, name: str, norm: str, **attributes: Any) -> str:
        """A convolution, with the normalisation that follows it folded in."""
        mean, variance, gain, shift = (
            np.float64(self._weights[f"{norm}.{part}"]) for part in ("running_mean", "running_var", "weight", "bias")
        )
        scale = gain / np.sqrt(variance + _EPSILON)
        kernel = self._graph.floats(self._weights[f"{name}.weight"] * scale.reshape(-1, 1, 1, 1))
        bias = self._graph.floats(shift - mean * scale)
        return self._graph.node("Conv", x, kernel, bias, auto_pad="SAME_UPPER", **attributes)

    def _cut(self, x: str) -> str:
        return self._graph.node("Clip", x, *self._bounds)
