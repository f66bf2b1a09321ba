"""Saved weights are read without PyTorch, and nothing else of a pickle is."""

import io
import os
import pickle
import sys
import types
import zipfile
from collections import OrderedDict
from typing import Any

import numpy as np
import pytest

from matcher.errors import PackDamaged
from matcher.packs.torch_weights import read_weights

MAGIC = 0x1950A86A20F9469CFC6C
"""What PyTorch's files of before 2020 begin with."""


class FloatStorage:
    """Stands for PyTorch's class of that name while something is pickled."""


class _Tensor:
    def __init__(self, key: str, shape: tuple[int, ...], steps: tuple[int, ...]) -> None:
        self.key, self.shape, self.steps = key, shape, steps

    def __reduce__(self) -> Any:
        return sys.modules["torch._utils"]._rebuild_tensor_v2, (_Key(self.key), 0, self.shape, self.steps, False, OrderedDict())


class _Key(str):
    __slots__ = ()


class _Pickler(pickle.Pickler):
    def persistent_id(self, obj: Any) -> Any:
        return ("storage", FloatStorage, str(obj), "cpu", 6) if isinstance(obj, _Key) else None


def saved(monkeypatch: pytest.MonkeyPatch, content: Any, storages: dict[str, np.ndarray]) -> bytes:
    """A file as PyTorch saves it."""
    torch, inner = types.ModuleType("torch"), types.ModuleType("torch._utils")

    def _rebuild_tensor_v2(*_: Any) -> None:
        raise AssertionError

    _rebuild_tensor_v2.__module__, FloatStorage.__module__ = "torch._utils", "torch"
    inner._rebuild_tensor_v2 = _rebuild_tensor_v2  # type: ignore[attr-defined]
    _rebuild_tensor_v2.__qualname__ = "_rebuild_tensor_v2"
    torch.FloatStorage = FloatStorage  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setitem(sys.modules, "torch._utils", inner)
    index, made = io.BytesIO(), io.BytesIO()
    _Pickler(index, protocol=2).dump(content)
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("archive/data.pkl", index.getvalue())
        for key, numbers in storages.items():
            archive.writestr(f"archive/data/{key}", numbers.astype("<f4").tobytes())
    return made.getvalue()


def test_tensors_come_by_name_and_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = np.arange(6, dtype=np.float32)
    data = saved(
        monkeypatch, OrderedDict(weight=_Tensor("7", (2, 3), (3, 1)), bias=_Tensor("8", (), ())), {"7": numbers, "8": numbers[:1]}
    )
    found = read_weights(data)
    assert found["weight"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert found["bias"].shape == ()


def test_a_pickle_that_calls_anything_else_is_refused_and_calls_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    class Evil:
        def __reduce__(self) -> Any:
            return os.mkdir, (str(tmp_path / "was here"),)

    with pytest.raises(PackDamaged, match=r"it asks for .*mkdir"):
        read_weights(saved(monkeypatch, OrderedDict(weight=Evil()), {}))
    assert not list(tmp_path.iterdir())


def before_2020(monkeypatch: pytest.MonkeyPatch, content: Any, storages: dict[str, np.ndarray], *, magic: int = MAGIC) -> bytes:
    """The same content in the form of before: pickles one after the other, and all numbers behind them."""
    with zipfile.ZipFile(io.BytesIO(saved(monkeypatch, content, storages))) as archive:
        index = archive.read("archive/data.pkl")
    head = [pickle.dumps(part, protocol=2) for part in (magic, 1001, {"little_endian": True})]
    numbers = [len(each).to_bytes(8, "little") + each.astype("<f4").tobytes() for each in storages.values()]
    return b"".join([*head, index, pickle.dumps(list(storages), protocol=2), *numbers])


@pytest.mark.parametrize("form", [saved, before_2020])
def test_a_tensor_that_lies_otherwise_in_its_numbers_is_laid_row_by_row(monkeypatch: pytest.MonkeyPatch, form: Any) -> None:
    tensors = OrderedDict(turned=_Tensor("7", (2, 3), (1, 2)), last=_Tensor("8", (2,), (1,)))
    found = read_weights(form(monkeypatch, tensors, {"7": np.arange(6), "8": np.arange(2)}))
    assert found["turned"].tolist() == [[0, 2, 4], [1, 3, 5]]
    assert found["last"].tolist() == [0, 1]


@pytest.mark.parametrize("form", [saved, before_2020])
def test_what_is_no_file_of_weights_is_refused(monkeypatch: pytest.MonkeyPatch, form: Any) -> None:
    for shape, steps in (((2, 3), (3, 1)), ((2, 2), (1, 4)), ((2, 2), (-1, 1))):
        with pytest.raises(PackDamaged, match="beyond its numbers"):
            read_weights(form(monkeypatch, OrderedDict(weight=_Tensor("7", shape, steps)), {"7": np.zeros(5)}))
    with pytest.raises(PackDamaged, match="named tensors"):
        read_weights(saved(monkeypatch, ["a list"], {}))
    whole = form(monkeypatch, OrderedDict(weight=_Tensor("7", (6,), (1,))), {"7": np.zeros(6)})
    absent = form(monkeypatch, OrderedDict(weight=_Tensor("9", (2,), (1,))), {})
    for damaged in (b"", b"PK\x03\x04" * 9, whole[:-20], absent):
        with pytest.raises(PackDamaged):
            read_weights(damaged)


def test_pickles_that_begin_otherwise_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    tensors, numbers = OrderedDict(weight=_Tensor("7", (1,), (1,))), {"7": np.zeros(1)}
    with pytest.raises(PackDamaged, match="another form"):
        read_weights(before_2020(monkeypatch, tensors, numbers, magic=7))
