"""ONNX models. The only importer of onnxruntime."""

import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matcher.errors import PackError

# Read once, when the library is loaded: what is looked at here, and how often, is nobody else's business.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import onnxruntime

PREFERRED_PROVIDERS = ("CUDAExecutionProvider", "CPUExecutionProvider")


class Session:
    """One loaded model. Not picklable on purpose: a worker gets a path and loads its own.

    One intra-op thread that does not spin: on busy cores two threads double the latency. at_once: whether it is loaded now, or
    when it is first asked anything. Raises PackError then for a model that does not load.
    """

    def __init__(self, model: Path, *, threads: int = 1, at_once: bool = True) -> None:
        self._model, self._threads = model, threads
        if at_once:
            self._session  # noqa: B018

    @cached_property
    def _session(self) -> onnxruntime.InferenceSession:
        model, options = self._model, onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        available = onnxruntime.get_available_providers()
        providers = [p for p in PREFERRED_PROVIDERS if p in available]
        try:
            return onnxruntime.InferenceSession(_fused(model), options, providers=providers)
        except Exception as error:  # onnxruntime has no root error of its own: each status is a class beside RuntimeError
            raise PackError(f"{model.name} cannot be loaded as an ONNX model.", "Add the pack again from its origin.") from error

    @cached_property
    def inputs(self) -> list[str]:
        return [i.name for i in self._session.get_inputs()]

    @cached_property
    def shape_of_input(self) -> list[int | str]:
        """Of the first one; what may be of any size has a name."""
        return list(self._session.get_inputs()[0].shape)

    @cached_property
    def outputs(self) -> list[str]:
        return [o.name for o in self._session.get_outputs()]

    @cached_property
    def providers(self) -> list[str]:
        return list(self._session.get_providers())

    @cached_property
    def metadata(self) -> dict[str, str]:
        return dict(self._session.get_modelmeta().custom_metadata_map)

    @property
    def on_gpu(self) -> bool:
        """Whether the model runs on a graphics card."""
        return self.providers[0] != "CPUExecutionProvider"

    def run(self, inputs: Mapping[str, NDArray[Any]], outputs: Sequence[str] | None = None) -> list[NDArray[Any]]:
        """The named outputs, or all, in order. Raises PackError when the model does not take these inputs."""
        try:
            return [np.asarray(o) for o in self._session.run(list(outputs) if outputs else None, dict(inputs))]
        except Exception as error:
            raise PackError(
                "A model refused its input.", "The pack's manifest does not fit its model; add the pack again from its origin."
            ) from error


def _fused(model: Path) -> str | bytes:
    """The model in the form that runs fastest: its file as it is, wherever there is nothing to gain."""
    content = model.read_bytes()
    if b"PRelu" not in content:
        return str(model)
    from matcher.packs.onnx_graph import with_plain_relus  # a third of a second to import, and most models do without

    return with_plain_relus(content)
