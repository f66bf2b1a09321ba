"""Sealing bytes: AES-256-GCM in chunks, so that an object of any size goes through in constant memory.

A sealed object is MAGIC, the id of the key, a random salt, then chunks of CHUNK bytes, each followed by its tag. HKDF-SHA256
makes the object's own key of the key and the salt, so that nonces may count from 0; a nonce holds the chunk's number and
whether it is the last one (the STREAM construction: Hoang, Reyhanitabar, Rogaway, Vizar, "Online authenticated-encryption and
its nonce-reuse misuse-resistance", 2015). So chunks that were swapped, cut off or added are told.
"""

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from registry.actions import Action
from registry.errors import Damaged, ExitCode, RegistryError

MAGIC = b"\x00SBL1"
CHUNK = 64 << 10
KEY, KEY_ID, SALT, TAG = 32, 8, 16, 16
HEADER = len(MAGIC) + KEY_ID + SALT


class KeyAbsent(RegistryError):
    """The key that something was sealed with is not here."""

    exit_code = ExitCode.OUTSIDE_CAUSE


class KeyRefused(RegistryError):
    """A key that is none."""


@dataclass(frozen=True)
class Keyring:
    """keys: 32 bytes each, the newest first. The first one seals; each opens what it sealed."""

    keys: tuple[bytes, ...]

    def __post_init__(self) -> None:
        if not self.keys or any(len(key) != KEY for key in self.keys):
            raise KeyRefused("A key for data at rest must have 32 bytes.", Action.MAKE_KEY)

    def __repr__(self) -> str:
        return f"Keyring({', '.join(_key_id(key).hex() for key in self.keys)})"

    @property
    def current(self) -> bytes:
        """The id of the key that seals: 8 bytes, which tell nothing of it."""
        return _key_id(self.keys[0])

    @property
    def ids(self) -> tuple[bytes, ...]:
        """The ids of all keys, the one that seals first."""
        return tuple(map(_key_id, self.keys))

    def seal(self, plain: bytes, context: bytes = b"") -> bytes:
        """context: what the bytes belong to; the same is needed to open them."""
        return b"".join(self.seal_chunks([plain], context))

    def open(self, sealed: bytes, context: bytes = b"") -> bytes:
        """Raises KeyAbsent, or Damaged for bytes that were changed or belong to another context."""
        return b"".join(self._opened(sealed[:HEADER], _slices(memoryview(sealed)[HEADER:], CHUNK + TAG), context))

    def seal_chunks(self, chunks: Iterable[bytes], context: bytes = b"") -> Iterator[bytes]:
        """The sealed form of the chunks, by the newest key, in chunks; context must be given again to open it."""
        header = MAGIC + self.current + os.urandom(SALT)
        cipher = _cipher(self.keys[0], header)
        yield header
        held: bytes | None = None
        number = 0
        for block in _blocks(chunks):
            if held is not None:
                yield cipher.encrypt(_nonce(number, last=False), held, header + context)
                number += 1
            held = block
        yield cipher.encrypt(_nonce(number, last=True), held or b"", header + context)

    def open_chunks(self, stream: BinaryIO, context: bytes = b"") -> Iterator[bytes]:
        """The plain bytes of a sealed stream, each chunk verified before it comes. Raises KeyAbsent or Damaged."""
        return self._opened(stream.read(HEADER), iter(lambda: stream.read(CHUNK + TAG), b""), context)

    def derive(self, purpose: str) -> tuple[bytes, ...]:
        """A key of its own for another purpose, such as signing, from each key; the newest first."""
        return tuple(HKDF(SHA256(), KEY, None, b"semblance " + purpose.encode()).derive(key) for key in self.keys)

    def _opened(self, header: bytes, blocks: Iterator[bytes] | Iterator[memoryview], context: bytes) -> Iterator[bytes]:
        cipher = _cipher(self._key_for(header), header)
        held = next(blocks, None)
        number = 0
        while held is not None:
            following = next(blocks, None)
            try:
                yield cipher.decrypt(_nonce(number, last=following is None), bytes(held), header + context)
            except InvalidTag as error:
                raise _changed() from error
            held, number = following, number + 1
        if number == 0:
            raise _changed()

    def _key_for(self, header: bytes) -> bytes:
        if len(header) != HEADER or not is_sealed(header):
            raise _changed()
        wanted = header[len(MAGIC) : len(MAGIC) + KEY_ID]
        for key in self.keys:
            if hmac.compare_digest(_key_id(key), wanted):
                return key
        raise KeyAbsent(
            f"The key {wanted.hex()}, with which something here is sealed, is absent.",
            "Restore the key from its backup: without it these bytes are lost.",
        )


def is_sealed(payload: bytes) -> bool:
    """Whether bytes begin as what this module seals does; nothing is opened."""
    return payload.startswith(MAGIC)


def sealed_by(payload: bytes) -> bytes:
    """The id of the key that sealed it."""
    return payload[len(MAGIC) : len(MAGIC) + KEY_ID]


def new_key() -> bytes:
    """32 random bytes."""
    return os.urandom(KEY)


def keys_from_text(text: str) -> Keyring:
    """Keys as text: base64, one in a line, the newest first; lines that begin with # say something to people."""
    lines = [line.strip() for line in text.splitlines()]
    try:
        return Keyring(tuple(base64.b64decode(line, validate=True) for line in lines if line and not line.startswith("#")))
    except (binascii.Error, ValueError) as error:
        raise KeyRefused("A key for data at rest cannot be read.", "Give 32 bytes in base64.", Action.MAKE_KEY) from error


def keys_to_text(ring: Keyring) -> str:
    """The text of a key file: a note, then a key on each line in base64, the newest first."""
    note = "# Opens the references and templates of this workspace. Keep a copy elsewhere; whoever has it can read them."
    return "\n".join([note, *(base64.b64encode(key).decode("ascii") for key in ring.keys), ""])


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"semblance key id" + key).digest()[:KEY_ID]


def _cipher(key: bytes, header: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), KEY, header[-SALT:], b"semblance data at rest").derive(key))


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + (b"\x01" if last else b"\x00")


def _blocks(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The joined chunks in pieces of CHUNK bytes; only the last may be shorter."""
    waiting = bytearray()
    for chunk in chunks:
        for piece in _slices(memoryview(chunk), CHUNK):
            waiting += piece
            while len(waiting) >= CHUNK:
                yield bytes(waiting[:CHUNK])
                del waiting[:CHUNK]
    if waiting:
        yield bytes(waiting)


def _slices(view: memoryview, size: int) -> Iterator[memoryview]:
    return (view[start : start + size] for start in range(0, len(view), size))


def _changed() -> Damaged:
    return Damaged("Sealed bytes were changed, cut off or moved.", "Restore them from a backup; do not use them.")
