"""Large answers that may break off: they go on where they stopped, within one try and from one run to the next.

The part that is here lies outside the vault, with a digest for each of its blocks: what lost its digest is fetched again.
"""

import hashlib
import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import IO

from crawler.errors import FetchFailed
from crawler.fetch.base import Exchange, Fetched, Fetcher, PartialBody, Validators
from crawler.guard import printable
from registry.private import make_file, make_folder

BLOCK = 4 << 20
KEEP_FROM = 8 << 20
"""Answers announced smaller than this are not kept in part: they are fetched again sooner than gone on with."""

TRIES = 4
_PAUSE = 0.5


class PartFile:
    """What is here of one answer: its bytes, how it began, and the digest of each whole block."""

    def __init__(self, folder: Path, name: str) -> None:
        """name: made of letters and digits by the caller, never by a stranger."""
        self._bytes = folder / f"{name}.part"
        self._beginning = folder / f"{name}.json"
        self._digests = folder / f"{name}.sums"
        self._open: tuple[IO[bytes], IO[str]] | None = None
        self._block = bytearray()

    def held(self) -> tuple[PartialBody, Exchange] | None:
        """The blocks that still have their digests, and how the answer began; None when there is nothing to go on with."""
        try:
            said = json.loads(self._beginning.read_text("utf-8"))
            raw = tuple((name, value) for name, value in said["raw_headers"])
            rest = {"redirects": tuple(said["redirects"]), "raw_headers": raw, "certificate": _bytes(said["certificate"])}
            exchange = Exchange(**{**said, **rest})
            size = self._whole_blocks()
        except (OSError, ValueError, TypeError, KeyError):
            return None
        validator = Validators.of(exchange.headers).exact
        return (PartialBody(size, validator), exchange) if size and validator else None

    def pieces(self, size: int) -> Iterator[bytes]:
        """The first size bytes."""
        with self._bytes.open("rb") as stream:
            while size > 0 and (block := stream.read(min(BLOCK, size))):
                size -= len(block)
                yield block

    def begin(self, exchange: Exchange) -> None:
        """Start anew, if the answer is worth keeping in part."""
        self.drop()
        length = exchange.headers.get("content-length", "")
        if not (Validators.of(exchange.headers).exact and length.isdecimal() and int(length[:20]) >= KEEP_FROM):
            return
        make_folder(self._bytes.parent)
        said = {
            **asdict(replace(exchange, certificate=None)),
            "certificate": None if exchange.certificate is None else exchange.certificate.hex(),
        }
        for path in (self._beginning, self._bytes, self._digests):
            make_file(path)
        self._beginning.write_text(json.dumps(said), encoding="utf-8")
        self._open = self._bytes.open("wb"), self._digests.open("w", encoding="ascii")

    def go_on(self, size: int) -> None:
        """Continue after the first size bytes, a whole number of blocks."""
        sums = self._digests.read_text("ascii").split()[: size // BLOCK]
        self._digests.write_text("".join(f"{line}\n" for line in sums), encoding="ascii")
        stream = self._bytes.open("r+b")
        stream.truncate(size)
        stream.seek(size)
        self._open = stream, self._digests.open("a", encoding="ascii")

    def add(self, chunk: bytes) -> None:
        """Keep what came; it is on the disk in whole blocks, each with its digest."""
        if self._open is None:
            return
        self._block += chunk
        while len(self._block) >= BLOCK:
            block = bytes(self._block[:BLOCK])
            del self._block[:BLOCK]
            stream, sums = self._open
            stream.write(block)
            stream.flush()
            sums.write(hashlib.sha256(block).hexdigest() + "\n")
            sums.flush()

    def close(self) -> None:
        """Close the files and leave them for the next try; a last block that is not whole is lost."""
        for stream in self._open or ():
            stream.close()
        self._open = None
        self._block.clear()

    def drop(self) -> None:
        """Forget all of it."""
        self.close()
        for path in (self._bytes, self._beginning, self._digests):
            path.unlink(missing_ok=True)

    def _whole_blocks(self) -> int:
        size = 0
        with self._bytes.open("rb") as stream:
            for digest in self._digests.read_text("ascii").split():
                block = stream.read(BLOCK)
                if len(block) != BLOCK or hashlib.sha256(block).hexdigest() != digest:
                    break
                size += BLOCK
        return size


@contextmanager
def fetch_resumable(
    fetcher: Fetcher,
    url: str,
    *,
    max_bytes: int,
    max_seconds: float,
    unless: Validators | None = None,
    kept: PartFile | None = None,
) -> Iterator[Fetched]:
    """As Fetcher.fetch, with the whole body: what kept holds comes first, and where the connection breaks off it is opened again
    and the rest asked for. Raises what Fetcher.fetch raises; FetchFailed also when the answer changed meanwhile."""
    deadline = time.monotonic() + max_seconds
    held = kept.held() if kept is not None else None
    part = held[0] if held is not None else None
    with ExitStack() as connection:
        try:
            first = connection.enter_context(
                fetcher.fetch(url, max_bytes=max_bytes, max_seconds=max_seconds, part=part, unless=unless)
            )
        except FetchFailed as failed:
            if kept is not None and not failed.retryable:
                kept.drop()
            raise
        exchange = held[1] if held is not None and first.start else first.exchange
        rest = _Rest(fetcher, url, max_bytes, deadline, kept)
        try:
            yield Fetched(exchange, rest.chunks(first, exchange, connection))
        finally:
            if kept is not None:
                kept.close()


class _Changed(FetchFailed):
    """Other bytes stand at the address now."""


class _Rest:
    def __init__(self, fetcher: Fetcher, url: str, max_bytes: int, deadline: float, kept: PartFile | None) -> None:
        self._fetcher = fetcher
        self._url = url
        self._max_bytes = max_bytes
        self._deadline = deadline
        self._kept = kept

    def chunks(self, current: Fetched, exchange: Exchange, connection: ExitStack) -> Iterator[bytes]:
        if self._kept is not None:
            yield from self._from_kept(self._kept, current.start, exchange)
        done, tries = current.start, 0
        validator = Validators.of(exchange.headers).exact
        while True:
            try:
                if tries:
                    current = self._again(PartialBody(done, validator), connection, tries)
                for chunk in _after(current, done):
                    done += len(chunk)
                    self._keep(chunk)
                    yield chunk
                return
            except _Changed:
                raise
            except FetchFailed as failed:
                tries += 1
                if not failed.retryable or not validator or not self._may_try(tries):
                    raise

    def _from_kept(self, kept: PartFile, start: int, exchange: Exchange) -> Iterator[bytes]:
        """What an earlier run took already."""
        if start:
            yield from kept.pieces(start)
            kept.go_on(start)
        else:
            kept.begin(exchange)

    def _keep(self, chunk: bytes) -> None:
        if self._kept is not None:
            self._kept.add(chunk)

    def _may_try(self, tries: int) -> bool:
        return tries <= TRIES and time.monotonic() + _pause(tries) < self._deadline

    def _again(self, part: PartialBody, connection: ExitStack, tries: int) -> Fetched:
        connection.close()
        time.sleep(_pause(tries))
        left = max(0.001, self._deadline - time.monotonic())
        current = connection.enter_context(
            self._fetcher.fetch(self._url, max_bytes=self._max_bytes, max_seconds=left, part=part if part.size else None)
        )
        if Validators.of(current.exchange.headers).exact != part.validator:
            if self._kept is not None:
                self._kept.drop()
            raise _Changed(f"{printable(self._url)} changed while it was downloaded.", "It is tried again.", retryable=True)
        return current


def _pause(tries: int) -> float:
    """Seconds before a try after the first; each is twice as long as the one before."""
    return float(_PAUSE * 2 ** (tries - 1))


def _after(current: Fetched, done: int) -> Iterator[bytes]:
    """The chunks after the first done bytes of the whole, where a server sends them all again."""
    skip = done - current.start
    for chunk in current.chunks:
        if skip >= len(chunk):
            skip -= len(chunk)
            continue
        yield chunk[skip:]
        skip = 0


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else bytes.fromhex(text)
