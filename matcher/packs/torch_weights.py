"""Weights out of a file that PyTorch saved, without PyTorch: its pickle may name nothing but tensors and numbers.

There are two forms: a zip archive with a file for each tensor's numbers, and, before 2020, pickles one after the other with all
numbers behind them.
"""

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

_MAGIC, _PROTOCOL = 0x1950A86A20F9469CFC6C, 1001
"""What a file of the earlier form begins with."""


class NotWeights(PackDamaged):
    """A file that holds something else than named tensors."""

    def __init__(self, why: str) -> None:
        super().__init__(f"The saved weights cannot be read: {why}.", "Take the file from where its publisher has it.")


@dataclass(frozen=True)
class _Kind:
    """Stands for a class of storages, which is never called."""

    name: str


@dataclass(frozen=True)
class _Storage:
    """Numbers that lie elsewhere in the file, under a key."""

    key: str
    kind: np.dtype[Any]


@dataclass(frozen=True)
class _Tensor:
    """Which numbers of a storage make a tensor. steps: from one to the next along each axis, in numbers."""

    storage: _Storage
    start: int
    shape: tuple[int, ...]
    steps: tuple[int, ...]

    def of(self, numbers: NDArray[Any]) -> NDArray[Any]:
        """The tensor, laid row by row. Raises NotWeights where it would reach beyond its storage."""
        last = self.start + sum((size - 1) * step for size, step in zip(self.shape, self.steps, strict=True))
        if min(self.start, *self.steps, 0) < 0 or (0 not in self.shape and last >= len(numbers)):
            raise NotWeights("a tensor reaches beyond its numbers")
        width = numbers.itemsize
        view = np.lib.stride_tricks.as_strided(
            numbers[self.start :], self.shape, tuple(step * width for step in self.steps), writeable=False
        )
        return np.ascontiguousarray(view).reshape(self.shape)


class _Restricted(pickle.Unpickler):
    """Finds no class but the three that a dictionary of tensors is made of."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _tensor
        if module == "torch" and name in _KINDS:
            return _Kind(name)
        raise NotWeights(f"it asks for {module}.{name}")

    def persistent_load(self, pid: Any) -> _Storage:
        _, kind, key, *_ = pid
        return _Storage(str(key), _KINDS[kind.name])


def read_weights(data: bytes) -> dict[str, NDArray[Any]]:
    """The tensors of a saved dictionary of weights, by name. Raises PackDamaged."""
    try:
        found, numbers = _of_archive(data) if zipfile.is_zipfile(io.BytesIO(data)) else _of_pickles(data)
        if not isinstance(found, dict) or not all(isinstance(value, _Tensor) for value in found.values()):
            raise NotWeights("it holds something else than named tensors")
        return {str(name): value.of(numbers(value.storage)) for name, value in found.items()}
    except NotWeights:
        raise
    except Exception as error:  # pickle and zipfile raise whatever damaged bytes made them meet
        raise NotWeights(f"it is damaged, or of another form ({type(error).__name__})") from error


def _of_archive(data: bytes) -> tuple[Any, Callable[[_Storage], NDArray[Any]]]:
    archive = zipfile.ZipFile(io.BytesIO(data))
    (index,) = [name for name in archive.namelist() if name.endswith("/data.pkl")]

    def numbers(storage: _Storage) -> NDArray[Any]:
        member = archive.getinfo(index.removesuffix("data.pkl") + f"data/{storage.key}")
        _bounded(member.file_size)
        return np.frombuffer(archive.read(member), storage.kind)

    return _Restricted(io.BytesIO(archive.read(index))).load(), numbers


def _of_pickles(data: bytes) -> tuple[Any, Callable[[_Storage], NDArray[Any]]]:
    stream = io.BytesIO(data)
    magic, protocol, _machine, found, keys = (_Restricted(stream).load() for _ in range(5))
    if (magic, protocol) != (_MAGIC, _PROTOCOL):
        raise NotWeights("it is of another form")
    kinds = {value.storage.key: value.storage.kind for value in found.values()}
    held: dict[str, NDArray[Any]] = {}
    for key in keys:
        count = int.from_bytes(stream.read(8), "little")
        _bounded(size := count * kinds[key].itemsize)
        held[key] = np.frombuffer(stream.read(size), kinds[key], count)
    return found, lambda storage: held[storage.key]


def _bounded(size: int) -> None:
    if size > _LARGEST:
        raise NotWeights(f"one tensor has {size:,} bytes")


def _tensor(storage: _Storage, start: int, shape: tuple[int, ...], steps: tuple[int, ...], *_: object) -> _Tensor:
    return _Tensor(storage, start, shape, steps)
