"""OpenVINO's published form of a model (IR 10 and 11: an XML graph beside its weights) made into ONNX. Pure and deterministic.

Only the layers of face-reidentification-retail-0095 are known. Any other one is refused by its name, so that nothing is
translated by guess.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element, ParseError

import numpy as np
from defusedxml.common import DefusedXmlException  # type: ignore[import-untyped]
from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]
from numpy.typing import NDArray

from matcher.errors import PackError
from matcher.packs.onnx_graph import Network

INPUT, OUTPUT = "input", "embedding"
PRODUCER, ONNX_IR, OPSET = "ir2onnx", 8, 17
VERSIONS = ("10", "11")
_TYPES: Mapping[str, np.dtype[Any]] = {"f32": np.dtype("<f4"), "f16": np.dtype("<f2")}
_PLAIN = {"Add": "Add", "Multiply": "Mul", "Sigmoid": "Sigmoid"}


class NotConvertible(PackError):
    """A graph that is none of those known here."""

    def __init__(self, why: str) -> None:
        super().__init__(f"The model's IR cannot be made into ONNX: {why}.", "Take the file from where its publisher has it.")


@dataclass(frozen=True)
class _Layer:
    number: int
    kind: str
    data: Mapping[str, str]
    inputs: tuple[int, ...]

    def sizes(self, name: str) -> list[int]:
        return _numbers(self.data.get(name, ""))

    def plain(self, name: str, *allowed: str) -> None:
        """Refuse a layer that asks for what would have to be translated otherwise."""
        if name in self.data and self.data[name].lower() not in allowed:
            raise NotConvertible(f"{self.kind} {self.number} has {name} {self.data[name]!r}")


def convert(graph: bytes, weights: bytes) -> bytes:
    """The ONNX model of an IR: one input of pictures, any number at a time, one output of vectors. Raises PackError."""
    try:
        root = fromstring(graph, forbid_dtd=True)
        layers = list(_layers(root))
    except (ParseError, DefusedXmlException, UnicodeDecodeError, ValueError, KeyError, AttributeError) as error:
        raise NotConvertible(f"its XML is not what it should be ({type(error).__name__})") from error
    if root.get("version") not in VERSIONS:
        raise NotConvertible(f"it is of version {root.get('version')!r}")
    made = _Translation(weights)
    try:
        for layer in layers:
            made.take(layer)
        return made.finish()
    except (ValueError, KeyError, IndexError) as error:
        raise NotConvertible(f"its layers do not fit together ({type(error).__name__})") from error


def _layers(root: Element) -> Iterator[_Layer]:
    """The layers, each after those that it needs, as the file lists them."""
    into: dict[int, dict[int, int]] = {}
    for edge in root.iterfind("edges/edge"):
        ports = into.setdefault(int(edge.attrib["to-layer"]), {})
        ports[int(edge.attrib["to-port"])] = int(edge.attrib["from-layer"])
    for layer in root.iterfind("layers/layer"):
        data = layer.find("data")
        number = int(layer.attrib["id"])
        inputs = tuple(source for _, source in sorted(into.get(number, {}).items()))
        yield _Layer(number, layer.attrib["type"], {} if data is None else dict(data.attrib), inputs)


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",") if part.strip()]


class _Translation:
    """What is made so far: values by the layers' numbers, names of nodes' results, and weights that no node holds yet."""

    def __init__(self, weights: bytes) -> None:
        self._weights = weights
        self._network = Network()
        self._arrays: dict[int, NDArray[Any]] = {}
        self._names: dict[int, str] = {}
        self._shape: list[int] = []
        self._last: int | None = None

    def take(self, layer: _Layer) -> None:
        kinds: Mapping[str, Callable[[_Layer], None]] = {
            "Parameter": self._parameter,
            "Const": self._const,
            "Convert": self._widen,
            "Convolution": self._convolution,
            "GroupConvolution": self._convolution,
            "PReLU": self._prelu,
            "AvgPool": self._average,
            "Result": self._result,
        }
        if layer.kind in _PLAIN:
            self._plain(layer)
        elif layer.kind in kinds:
            kinds[layer.kind](layer)
        else:
            raise NotConvertible(f"it has a layer of the kind {layer.kind!r}")

    def finish(self) -> bytes:
        if self._last is None or not self._shape:
            raise NotConvertible("it has no input or no output")
        self._network.node("Flatten", [self._names[self._last]], OUTPUT, axis=1)
        width = self._width()
        return self._network.model(
            PRODUCER, {INPUT: ["batch", *self._shape[1:]]}, {OUTPUT: ["batch", width]}, opset=OPSET, ir_version=ONNX_IR
        )

    def _width(self) -> int:
        """How many numbers the last convolution gives, which is the vector's length."""
        return self._network.channels_of_last("Conv")

    def _parameter(self, layer: _Layer) -> None:
        if self._shape:
            raise NotConvertible("it has two inputs")
        layer.plain("element_type", "f32")
        self._shape = layer.sizes("shape")
        if len(self._shape) != 4:
            raise NotConvertible("its input is no picture")
        self._names[layer.number] = INPUT

    def _const(self, layer: _Layer) -> None:
        kind = _TYPES.get(layer.data["element_type"])
        if kind is None:
            raise NotConvertible(f"it has weights of the type {layer.data['element_type']!r}")
        start, size, shape = int(layer.data["offset"]), int(layer.data["size"]), layer.sizes("shape")
        count = int(np.prod(shape, dtype=np.int64))
        if start < 0 or count * kind.itemsize != size or start + size > len(self._weights):
            raise NotConvertible(f"its weights {layer.number} lie outside the file of weights, or are of another size")
        self._arrays[layer.number] = np.frombuffer(self._weights, kind, count, start).reshape(shape)

    def _widen(self, layer: _Layer) -> None:
        layer.plain("destination_type", "f32")
        (source,) = layer.inputs
        self._arrays[layer.number] = self._arrays[source].astype("<f4")

    def _plain(self, layer: _Layer) -> None:
        layer.plain("auto_broadcast", "numpy")
        names = [self._name(source) for source in layer.inputs]
        self._node(_PLAIN[layer.kind], layer, names)

    def _convolution(self, layer: _Layer) -> None:
        layer.plain("auto_pad", "explicit")
        layer.plain("output_padding", "0,0")
        picture, kernel = layer.inputs
        array, group = self._floats(kernel), 1
        if layer.kind == "GroupConvolution":
            group = int(array.shape[0])
            array = array.reshape(group * array.shape[1], *array.shape[2:])
        weight = self._network.weight(f"w{layer.number}", array)
        self._node(
            "Conv",
            layer,
            [self._names[picture], weight],
            strides=layer.sizes("strides"),
            pads=layer.sizes("pads_begin") + layer.sizes("pads_end"),
            dilations=layer.sizes("dilations"),
            group=group,
        )

    def _prelu(self, layer: _Layer) -> None:
        picture, slope = layer.inputs
        array = self._floats(slope).reshape(-1, 1, 1)
        self._node("PRelu", layer, [self._names[picture], self._network.weight(f"s{layer.number}", array)])

    def _average(self, layer: _Layer) -> None:
        layer.plain("auto_pad", "explicit")
        layer.plain("rounding_type", "floor")
        pads = layer.sizes("pads_begin") + layer.sizes("pads_end")
        # Where nothing is padded it is the same whether padding counts.
        if any(pads):
            raise NotConvertible(f"AvgPool {layer.number} pads")
        names = [self._names[source] for source in layer.inputs]
        kernel, strides = layer.sizes("kernel"), layer.sizes("strides")
        self._node("AveragePool", layer, names, kernel_shape=kernel, strides=strides, pads=pads, ceil_mode=0, count_include_pad=0)

    def _result(self, layer: _Layer) -> None:
        if self._last is not None:
            raise NotConvertible("it has two outputs")
        (self._last,) = layer.inputs

    def _node(self, kind: str, layer: _Layer, inputs: list[str], **attributes: Any) -> None:
        self._names[layer.number] = self._network.node(kind, inputs, f"t{layer.number}", **attributes)

    def _name(self, number: int) -> str:
        """The name of a value, which becomes a weight of the model where it is one of the file's."""
        if number not in self._names:
            self._names[number] = self._network.weight(f"c{number}", self._floats(number))
        return self._names[number]

    def _floats(self, number: int) -> NDArray[Any]:
        array = self._arrays[number]
        if array.dtype != np.dtype("<f4"):
            raise NotConvertible(f"its weights {number} are used without being widened")
        return array
