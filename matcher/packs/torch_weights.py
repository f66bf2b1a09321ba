"""Weights out of a file that PyTorch saved, without PyTorch: its pickle may name nothing but tensors and numbers."""

import io
import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matcher.errors import PackDamaged

_KINDS: Mapping[str, np.dtype[Any]] = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}
_LARGEST = 1 << 28
"""Bytes of one tensor's storage at most."""


class NotWeights(PackDamaged):
    """A file that holds something else than named tensors."""

    def __init__(self, why: str) -> None:
        super().__init__(f"The saved weights cannot be read: {why}.", "Take the file from where its publisher has it.")


@dataclass(frozen=True)
class _Kind:
    """Stands for a class of storages, which is never called."""

    name: str


class _Restricted(pickle.Unpickler):
    """Finds no class but the three that a dictionary of tensors is made of."""

    def __init__(self, stream: io.BytesIO, storage: Callable[[str, np.dtype[Any]], NDArray[Any]]) -> None:
        super().__init__(stream)
        self._storage = storage

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _tensor
        if module == "torch" and name in _KINDS:
            return _Kind(name)
        raise NotWeights(f"it asks for {module}.{name}")

    def persistent_load(self, pid: Any) -> NDArray[Any]:
        _, kind, key, *_ = pid
        return self._storage(str(key), _KINDS[kind.name])


def read_weights(data: bytes) -> dict[str, NDArray[Any]]:
    """The tensors of a saved dictionary of weights, by name. Raises PackDamaged."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            (index,) = [name for name in archive.namelist() if name.endswith("/data.pkl")]

            def storage(key: str, kind: np.dtype[Any]) -> NDArray[Any]:
                member = archive.getinfo(index.removesuffix("data.pkl") + f"data/{key}")
                if member.file_size > _LARGEST:
                    raise NotWeights(f"one tensor has {member.file_size:,} bytes")
                return np.frombuffer(archive.read(member), kind)

            found = _Restricted(io.BytesIO(archive.read(index)), storage).load()
    except NotWeights:
        raise
    except Exception as error:  # pickle and zipfile raise whatever damaged bytes made them meet
        raise NotWeights(f"it is damaged, or of another form ({type(error).__name__})") from error
    if not isinstance(found, dict) or not all(isinstance(value, np.ndarray) for value in found.values()):
        raise NotWeights("it holds something else than named tensors")
    return {str(name): value for name, value in found.items()}


def _tensor(storage: NDArray[Any], start: int, shape: tuple[int, ...], steps: tuple[int, ...], *_: object) -> NDArray[Any]:
    """A tensor laid out row by row in its storage; no other layout is known here."""
    rows = tuple(int(np.prod(shape[axis + 1 :], dtype=np.int64)) for axis in range(len(shape)))
    if any(step != row for step, row, size in zip(steps, rows, shape, strict=True) if size > 1):
        raise NotWeights("a tensor does not lie row by row")
    return storage[start : start + int(np.prod(shape, dtype=np.int64))].reshape(shape)
