"""One media file and one gallery in, appearances and matches out."""

import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Protocol

import cv2

from matcher.decide import decide
from matcher.errors import MatcherError
from matcher.joining import joined
from matcher.media import MediaInfo, MediaReader
from matcher.rates import comparisons
from matcher.types import Failure, Finding, Frame, Gallery, Match, Recogniser, ScanResult

RATE = 4.0
"""Frames looked at in a second, besides one at every cut."""

LONG_SIDE = 1280
"""Pixels on the long side of the frames that are looked at."""


@dataclass(frozen=True)
class Limits:
    """seconds: of work on one file; what lies beyond is said not to have been looked at. threads: that decode."""

    seconds: float = 3600.0
    threads: int = 2


class Reader(Protocol):
    """What a file is read with; see MediaReader."""

    @property
    def info(self) -> MediaInfo: ...
    @property
    def shots(self) -> Sequence[tuple[float, float]]: ...
    @property
    def warnings(self) -> Sequence[str]: ...
    @property
    def tracks(self) -> int: ...
    @property
    def share(self) -> float: ...
    @property
    def unseen(self) -> Sequence[str]: ...
    def is_counted(self, track: int) -> bool: ...
    def frames(self, rate: float, max_side: int, deadline: float) -> Iterator[Frame]: ...


class OpensMedia(Protocol):
    def __call__(self, path: Path, *, threads: int) -> AbstractContextManager[Reader]: ...


@dataclass(frozen=True)
class MediaLook:
    """What the recognisers found in a file, in their order, before any decision. tracks, share, unseen: see ScanResult."""

    info: MediaInfo
    shots: tuple[tuple[float, float], ...]
    frames: int
    warnings: tuple[str, ...]
    findings: tuple[tuple[Finding, ...], ...]
    tracks: int = 1
    share: float = 1.0
    unseen: tuple[str, ...] = ()


def look(
    path: Path,
    gallery: Gallery,
    recognisers: Sequence[Recogniser],
    limits: Limits = Limits(),
    open_media: OpensMedia = MediaReader,
) -> MediaLook:
    """Every recogniser's findings in all tracks of the file. Raises MediaUnreadable."""
    deadline = time.monotonic() + limits.seconds
    findings: list[list[Finding]] = [[] for _ in recognisers]
    count = 0
    with open_media(path, threads=limits.threads) as reader:
        for track, frames in groupby(reader.frames(RATE, LONG_SIDE, deadline), key=lambda frame: frame.track):
            watchers = [recogniser.watch(gallery) for recogniser in recognisers]
            for frame in frames:
                for watcher in watchers:
                    watcher.see(frame)
                count += 1
            for found, watcher in zip(findings, watchers, strict=True):
                number = track + 1 if reader.tracks > 1 else 0
                found += (_of_track(finding, number, reader.is_counted(track)) for finding in watcher.conclude())
        return MediaLook(
            info=reader.info,
            shots=tuple(reader.shots),
            frames=count,
            warnings=tuple(reader.warnings),
            findings=tuple(map(tuple, findings)),
            tracks=reader.tracks,
            share=reader.share,
            unseen=tuple(reader.unseen),
        )


def _of_track(finding: Finding, track: int, counted: bool) -> Finding:
    if track == 0 and not counted:
        return finding
    return replace(finding, appearance=replace(finding.appearance, track=track, counted=counted))


def scan(path: Path, gallery: Gallery, recognisers: Sequence[Recogniser], limits: Limits = Limits()) -> ScanResult:
    """All that can be said of one file. A file that cannot be looked at is a result with a failure, never an exception."""
    start = time.monotonic()
    encoders = tuple(r.encoder for r in recognisers)
    packs = tuple(dict.fromkeys(r.pack for r in recognisers))
    try:
        seen = look(path, gallery, recognisers, limits)
    except MatcherError as error:
        failure = Failure(error.what, error.remedy)
    except MemoryError:
        failure = Failure(
            f"{path.name} needs more memory than looking at it may take.", "Raise scan.max_memory, or look at the file by hand."
        )
    except cv2.error as error:
        failure = Failure(f"{path.name} cannot be looked at ({type(error).__name__}).", "Convert it to MP4 and scan that.")
    else:
        return _result(path, gallery, recognisers, seen, encoders, packs, time.monotonic() - start)
    seconds = time.monotonic() - start
    return ScanResult(str(path), "unknown", 0, 0, 0.0, (), 0, (), (), encoders, packs, seconds, (), failure)


def _result(
    path: Path,
    gallery: Gallery,
    recognisers: Sequence[Recogniser],
    seen: MediaLook,
    encoders: tuple[str, ...],
    packs: tuple[str, ...],
    seconds: float,
) -> ScanResult:
    pairs = [(recogniser, f) for recogniser, found in zip(recognisers, seen.findings, strict=True) for f in found]
    judged = [decided(finding, recogniser, gallery) for recogniser, finding in pairs]
    return ScanResult(
        media=str(path),
        kind=seen.info.kind,
        width=seen.info.width,
        height=seen.info.height,
        duration=seen.info.duration,
        shots=seen.shots,
        frames_looked_at=seen.frames,
        appearances=tuple(dict.fromkeys(finding.appearance for _, finding in pairs)),
        matches=tuple(sorted(joined(m for m in judged if m), key=lambda m: (m.appearance.t_start, -m.score))),
        encoders=encoders,
        packs=packs,
        seconds=seconds,
        warnings=seen.warnings,
        tracks=seen.tracks,
        share=seen.share,
        unseen=seen.unseen,
    )


def decided(finding: Finding, recogniser: Recogniser, gallery: Gallery) -> Match | None:
    """The match of a finding among its party's subjects; None for nobody of them."""
    if not finding.candidates:
        return None
    party = gallery.subjects[finding.candidates[0].subject_id].party
    held = gallery.references_by(recogniser.encoder, party)
    return decide(finding, recogniser, sum(held.values()), comparisons(held, recogniser.per_reference))
