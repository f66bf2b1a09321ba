"""Sealing: what goes in comes out, and nothing that was touched does."""

import io
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.crypto import CHUNK, HEADER, KeyAbsent, KeyRefused, Keyring, is_sealed, keys_from_text, keys_to_text, new_key
from registry.errors import Damaged
from registry.keys import KeyCommand, KeyFile, Keys, KeyText

RING = Keyring((bytes(range(32)),))


@given(st.lists(st.binary(max_size=200), max_size=20), st.binary(max_size=20))
@settings(max_examples=60, deadline=None)
def test_bytes_come_back_whatever_the_chunks(chunks: list[bytes], context: bytes) -> None:
    sealed = b"".join(RING.seal_chunks(chunks, context))
    assert is_sealed(sealed)
    assert RING.open(sealed, context) == b"".join(chunks)
    assert b"".join(RING.open_chunks(io.BytesIO(sealed), context)) == b"".join(chunks)


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_sizes_about_the_chunk(size: int) -> None:
    plain = bytes(size)
    sealed = RING.seal(plain)
    assert len(sealed) == HEADER + size + 16 * max(1, -(-size // CHUNK))
    assert RING.open(sealed) == plain


@given(st.integers(min_value=5), st.integers(1, 255))
@settings(max_examples=80, deadline=None)
def test_a_changed_byte_is_told(place: int, flip: int) -> None:
    sealed = bytearray(RING.seal(b"a photo's bytes"))
    sealed[5 + place % (len(sealed) - 5)] ^= flip
    with pytest.raises((Damaged, KeyAbsent)):
        RING.open(bytes(sealed))


def test_chunks_that_were_swapped_dropped_or_moved_are_told() -> None:
    sealed = RING.seal(b"".join(bytes([number]) * CHUNK for number in range(3)))
    step = CHUNK + 16
    parts = [sealed[HEADER + start : HEADER + start + step] for start in range(0, 3 * step, step)]
    for wrong in ([parts[1], parts[0], parts[2]], parts[:2], [parts[0], parts[2]], [*parts, parts[2]], []):
        with pytest.raises(Damaged):
            RING.open(sealed[:HEADER] + b"".join(wrong))
    with pytest.raises(Damaged):
        RING.open(sealed, b"another row")


def test_two_sealings_of_one_thing_share_no_ciphertext() -> None:
    assert RING.seal(b"x" * 100)[HEADER:] != RING.seal(b"x" * 100)[HEADER:]


def test_an_older_key_opens_and_the_newest_seals() -> None:
    old, both = RING, Keyring((new_key(), *RING.keys))
    assert both.open(old.seal(b"then")) == b"then"
    with pytest.raises(KeyAbsent, match=both.current.hex()):
        old.open(both.seal(b"now"))


@pytest.mark.parametrize("text", ["", "# nothing\n", "AAAA", "no base64!", "A" * 43])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(KeyRefused):
        keys_from_text(text)


def test_a_key_never_shows_itself() -> None:
    ring = keys_from_text(keys_to_text(Keyring((new_key(), new_key()))))
    assert repr(ring) == str(ring)
    assert not any(key.hex() in repr(ring) or repr(key) in repr(ring) for key in ring.keys)


def test_a_key_file_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    place = tmp_path / "keys" / "data.key"
    with pytest.raises(KeyAbsent, match="Restore it"):
        KeyFile(place).read()
    first = KeyFile(place).make()
    assert KeyFile(place).make() == first
    assert (place.stat().st_mode & 0o777, place.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert KeyFile(place).add_key().keys[1:] == first.keys
    assert KeyFile(place).keep_newest().keys != first.keys
    with pytest.raises(KeyAbsent):
        KeyFile(tmp_path / "lost", may_make=lambda: False).make()


def test_keys_from_the_environment_and_from_a_command(tmp_path: Path) -> None:
    text = keys_to_text(RING)
    assert Keys(KeyText(text)).sealing() == RING
    assert KeyCommand([sys.executable, "-c", f"print({text!r})"]).read() == RING
    for command in ([sys.executable, "-c", "raise SystemExit(3)"], [str(tmp_path / "absent")]):
        with pytest.raises(KeyAbsent, match="by hand"):
            KeyCommand(command).make()
    with pytest.raises(KeyRefused):
        KeyCommand([sys.executable, "-c", "print('no key')"]).read()
