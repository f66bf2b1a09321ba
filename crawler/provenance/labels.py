"""All places where a captured video can say that AI made it."""

import logging
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from crawler.fetch.pace import Stopped
from crawler.provenance.base import LabelFinding
from crawler.provenance.c2pa import ManifestReading, is_readable, manifest_of_none, manifest_reading, manifest_unread
from crawler.provenance.file_labels import (
    MAX_SAID,
    Asked,
    LabelSection,
    Metadata,
    NotOurs,
    asked_to_bytes,
    manifest_from_bytes,
    metadata_from_bytes,
)
from crawler.provenance.platform import platform_finding
from crawler.provenance.source_type import source_type_finding
from crawler.provenance.unlabelled import unlabelled_finding
from crawler.provenance.words import words_finding
from crawler.sniff import HEAD, media_type
from crawler.types import LabelOutcome
from isolation.errors import Broke, Lost
from isolation.limits import Confinement
from isolation.worker import Worker

_log = logging.getLogger(__name__)

_ENTRY = "crawler.provenance.file_labels:labels_of_files"
_SECONDS = {LabelSection.METADATA: 120.0, LabelSection.MANIFEST: 300.0}
_MEMORY = 2 << 30

AT_A_TIME = 8
"""Files that are read at a time, each in a process: many hosts send at once, and what they sent takes milliseconds to read."""


class LabelReader:
    """Reads what files say of themselves, in confined processes that see nothing but readable, files or folders. Threads may
    share it; there are as many processes as threads that read at a time, AT_A_TIME at most. Use as a context manager, or close
    it."""

    def __init__(self, *readable: Path) -> None:
        self._confinement = Confinement(readable, _MEMORY, answer=MAX_SAID)
        self._places = threading.Semaphore(AT_A_TIME)
        self._lock = threading.Lock()
        self._idle: list[Worker] = []
        self._busy: set[Worker] = set()
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the processes. Whoever waits for labels gets Stopped."""
        with self._lock:
            self._closed = True
            workers = [*self._idle, *self._busy]
        for worker in workers:
            worker.close()

    def read(self, path: Path, platform_label: str | None, texts: Sequence[str] = ()) -> list[LabelFinding]:
        """One finding per place, never summed up, and last whether a label is missing. platform_label: what the video's page
        stated; texts: its title and its caption. Raises nothing for a broken file, and Stopped once this is closed."""
        with path.open("rb") as file:
            kind = media_type(file.read(HEAD))
        metadata, manifest = self._metadata(path, kind), self._manifest(path, kind)
        findings = [
            metadata.aigc,
            manifest.finding,
            source_type_finding(metadata.stated, metadata.trouble, manifest.source_types, manifest.finding.outcome),
            platform_finding(platform_label),
            words_finding(texts),
        ]
        return [*findings, unlabelled_finding({finding.kind: finding for finding in findings}, kind)]

    def _metadata(self, path: Path, kind: str) -> Metadata:
        try:
            return metadata_from_bytes(self._asked(Asked(LabelSection.METADATA, path.absolute(), kind)))
        except (Lost, Broke, NotOurs) as fault:
            words = f"The file could not be read to its end: {_in_words(fault)}."
            return Metadata(LabelFinding("aigc", LabelOutcome.UNKNOWN, words), (), words)

    def _manifest(self, path: Path, kind: str) -> ManifestReading:
        if not is_readable(kind):
            return manifest_of_none(kind)
        try:
            return manifest_reading(manifest_from_bytes(self._asked(Asked(LabelSection.MANIFEST, path.absolute(), kind))))
        except (Lost, Broke, NotOurs) as fault:
            return manifest_unread(f"{_in_words(fault)}.")

    def _asked(self, asked: Asked) -> bytes:
        with self._places:
            return self._answered(asked)

    def _answered(self, asked: Asked) -> bytes:
        with self._lock:
            if self._closed:
                raise Stopped
            worker = self._idle.pop() if self._idle else self._fresh()
            self._busy.add(worker)
        try:
            return worker.ask(asked_to_bytes(asked), _SECONDS[asked.part])
        except Lost:
            if self._closed:
                raise Stopped from None
            raise
        finally:
            with self._lock:
                self._busy.remove(worker)
                self._idle.append(worker)

    def _fresh(self) -> Worker:
        return Worker(_ENTRY, b"", self._confinement)


def read_labels(path: Path, platform_label: str | None, texts: Sequence[str] = ()) -> list[LabelFinding]:
    """See LabelReader, for one file."""
    with LabelReader(path) as reader:
        return reader.read(path, platform_label, texts)


def _in_words(fault: Exception) -> str:
    if isinstance(fault, Lost):
        return fault.words
    _log.error("reading the labels of a file broke down: %s", fault)
    return "reading it broke down"
