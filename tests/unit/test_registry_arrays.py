import io
import zipfile
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from registry.arrays import from_bytes, to_bytes
from registry.errors import Damaged

ARTWORK = {"points": np.arange(8, dtype=np.float32).reshape(4, 2), "descriptors": np.eye(4, dtype=np.uint8)}


def test_arrays_come_back_as_they_went_in() -> None:
    back = from_bytes(to_bytes(ARTWORK))
    assert set(back) == set(ARTWORK)
    for name, array in ARTWORK.items():
        assert back[name].dtype == array.dtype
        np.testing.assert_array_equal(back[name], array)


@given(
    array=arrays(
        st.sampled_from([np.uint8, np.int64, np.float16, np.float32, np.float64, np.bool_]), array_shapes(min_dims=0, min_side=0)
    ),
    columns_first=st.booleans(),
)
def test_arrays_of_any_shape_and_kind_come_back_and_may_be_written_to(array: NDArray[Any], columns_first: bool) -> None:
    stream = io.BytesIO()
    np.savez(stream, x=np.asfortranarray(array) if columns_first and array.ndim else array)
    (back,) = from_bytes(stream.getvalue()).values()
    assert (back.dtype, back.shape) == (array.dtype, array.shape)
    assert back.tobytes() == array.tobytes()
    assert back.flags.writeable


@pytest.mark.parametrize("shape", ["(-3,)", "(9,)", "(2, -4)"])
def test_a_shape_that_does_not_fit_what_follows_is_damage(shape: str) -> None:
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("x.npy", b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode() + bytes(32))
    with pytest.raises(Damaged):
        from_bytes(stream.getvalue())


def test_the_same_arrays_give_the_same_bytes() -> None:
    assert to_bytes(ARTWORK) == to_bytes(dict(reversed(ARTWORK.items())))


def test_objects_that_would_need_a_pickle_are_refused_both_ways() -> None:
    array = np.array([{"a": 1}], dtype=object)
    with pytest.raises(ValueError, match="allow_pickle"):
        to_bytes({"x": array})
    stream = io.BytesIO()
    np.savez(stream, x=array)
    with pytest.raises(Damaged):
        from_bytes(stream.getvalue())


def test_a_decompression_bomb_is_refused_before_it_is_opened() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", bytes(65 << 20))
    with pytest.raises(Damaged, match="64 MiB"):
        from_bytes(stream.getvalue())


def test_a_document_that_another_program_packed_is_read_too() -> None:
    stream = io.BytesIO()
    np.savez_compressed(stream, **ARTWORK)
    back = from_bytes(stream.getvalue())
    for name, array in ARTWORK.items():
        np.testing.assert_array_equal(back[name], array)


@given(cut=st.integers(1, len(to_bytes(ARTWORK)) - 1))
def test_what_is_cut_short_is_damage(cut: int) -> None:
    with pytest.raises(Damaged):
        from_bytes(to_bytes(ARTWORK)[:cut])


def test_an_entry_that_is_no_array_is_refused() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("x.txt", "hello")
    with pytest.raises(Damaged):
        from_bytes(stream.getvalue())


@given(at=st.integers(0, len(to_bytes(ARTWORK)) - 1), bit=st.integers(0, 7))
def test_a_flipped_bit_is_damage_or_still_arrays_and_never_another_error(at: int, bit: int) -> None:
    payload = bytearray(to_bytes(ARTWORK))
    payload[at] ^= 1 << bit
    try:
        arrays = from_bytes(bytes(payload))
    except Damaged:
        return
    assert {name: array.tobytes() for name, array in arrays.items()} == {n: array.tobytes() for n, array in ARTWORK.items()}
