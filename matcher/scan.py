"""One media file and one gallery in, appearances and matches out."""

import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Protocol

import cv2

from matcher.decide import decide
from matcher.errors import MatcherError, MediaUnreadable, NoMedia, NoPictures
from matcher.joining import joined
from matcher.media import MediaInfo, MediaReader
from matcher.media.bounds import TAKE_ANOTHER
from matcher.media.sound import SoundReader
from matcher.rates import comparisons
from matcher.sample import SoundSource
from matcher.screen import ScreenWords, WordWatcher, read_by, together
from matcher.sound_bounds import SOUND_RATE
from matcher.text.names import with_names
from matcher.types import Failure, Finding, Frame, Gallery, Listening, Match, Recogniser, ScanResult, Watching

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


class OpensSound(Protocol):
    def __call__(self, path: Path) -> SoundSource: ...


class WatchesWords(Protocol):
    def __call__(self, names: Collection[str]) -> WordWatcher: ...


NO_PICTURES = MediaInfo("sound", 0, 0, 0.0, 0.0)


@dataclass(frozen=True)
class MediaLook:
    """What the recognisers found in a file, in their order, before any decision. tracks, share, unseen: see ScanResult.
    heard: whether its sound was listened to."""

    info: MediaInfo
    shots: tuple[tuple[float, float], ...]
    frames: int
    warnings: tuple[str, ...]
    findings: tuple[tuple[Finding, ...], ...]
    tracks: int = 1
    share: float = 1.0
    unseen: tuple[str, ...] = ()
    heard: bool = False
    words: ScreenWords | None = None


def look(
    path: Path,
    gallery: Gallery,
    recognisers: Sequence[Recogniser],
    limits: Limits = Limits(),
    open_media: OpensMedia = MediaReader,
    open_sound: OpensSound = SoundReader,
    words: WatchesWords | None = None,
) -> MediaLook:
    """Every recogniser's findings in all tracks of the file. Its sound is read, once, where somebody is looked for by it.

    Raises MediaUnreadable for a file without pictures that can be looked at, unless its sound is heard.
    """
    deadline = time.monotonic() + limits.seconds
    listening = [(n, r) for n, r in enumerate(recognisers) if isinstance(r, Listening) and r.looks_for(gallery)]
    try:
        seen = _watched(path, gallery, recognisers, limits, open_media, deadline, words)
    except MediaUnreadable as error:
        source = _sound_of(path, open_sound) if listening else None
        if source is None:
            raise
        return _heard_alone(error, source, gallery, listening, len(recognisers), deadline)
    if not listening:
        return seen
    try:
        source = _sound_of(path, open_sound)
        if source is not None:
            return _heard(seen, source, gallery, listening, deadline)
    except MediaUnreadable as error:
        return replace(seen, unseen=(*seen.unseen, f"Its sound was not heard: {error.what}"))
    # Of a picture nobody expects to hear anything.
    return seen if seen.info.kind == "image" else replace(seen, warnings=(*seen.warnings, NO_SOUND), heard=True)


NO_SOUND = "It has no sound, and nothing could be heard in it."


def _sound_of(path: Path, open_sound: OpensSound) -> SoundSource | None:
    """The file's sound; None where it has none. Raises MediaUnreadable where that cannot be found out."""
    try:
        source = open_sound(path)
    except NoMedia:
        return None
    return source if source.tracks or source.unheard else None


def _heard_alone(
    error: MediaUnreadable,
    source: SoundSource,
    gallery: Gallery,
    listening: Sequence[tuple[int, Listening]],
    recognisers: int,
    deadline: float,
) -> MediaLook:
    """What is heard in a file whose pictures were not looked at. error: why. Raises MediaUnreadable where nothing is."""
    unseen = MediaLook(NO_PICTURES, (), 0, (), ((),) * recognisers, 0)
    if not isinstance(error, NoPictures):
        unseen = replace(unseen, info=replace(NO_PICTURES, kind="unknown"), share=0.0, unseen=(error.what,))
    look = _heard(unseen, source, gallery, listening, deadline)
    if look.info.duration == 0:
        raise MediaUnreadable(" ".join(look.unseen) or "There is nothing in it to hear.", TAKE_ANOTHER) from error
    return look


def _watched(
    path: Path,
    gallery: Gallery,
    recognisers: Sequence[Recogniser],
    limits: Limits,
    open_media: OpensMedia,
    deadline: float,
    words: WatchesWords | None,
) -> MediaLook:
    findings: list[list[Finding]] = [[] for _ in recognisers]
    read: list[ScreenWords] = []
    watching = [(found, r) for found, r in zip(findings, recognisers, strict=True) if isinstance(r, Watching)]
    count = 0
    with open_media(path, threads=limits.threads) as reader:
        for track, frames in groupby(reader.frames(RATE, LONG_SIDE, deadline), key=lambda frame: frame.track):
            watchers = [recogniser.watch(gallery) for _, recogniser in watching]
            reading = [words([name for subject in gallery.subjects.values() for name in subject.names])] if words else []
            for frame in frames:
                for watcher in watchers:
                    watcher.see(frame)
                for screen in reading:
                    screen.see(frame)
                count += 1
            number = track + 1 if reader.tracks > 1 else 0
            read += (read_by(screen, number) for screen in reading)
            for (found, _), watcher in zip(watching, watchers, strict=True):
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
            words=together(read) if words else None,
        )


def _heard(
    seen: MediaLook, source: SoundSource, gallery: Gallery, listening: Sequence[tuple[int, Listening]], deadline: float
) -> MediaLook:
    """What was seen, with what is heard in the sound of the file, which is read once for all who listen."""
    listeners = [(number, recogniser.listen(gallery)) for number, recogniser in listening]
    end = 0.0
    for track in range(len(source.tracks)):
        for block in source.blocks(track, deadline):
            end = max(end, block.start + len(block.samples) / SOUND_RATE)
            for _, listener in listeners:
                listener.hear(track, block)
    findings = list(seen.findings)
    for number, listener in listeners:
        findings[number] = (*findings[number], *listener.conclude())
    says = dict.fromkeys(line for _, listener in listeners for line in listener.says)
    return replace(
        seen,
        info=replace(seen.info, duration=max(seen.info.duration, end)),
        findings=tuple(findings),
        warnings=(*seen.warnings, *says),
        unseen=(*seen.unseen, *source.unheard),
        heard=True,
    )


def _of_track(finding: Finding, track: int, counted: bool) -> Finding:
    if track == 0 and not counted:
        return finding
    return replace(finding, appearance=replace(finding.appearance, track=track, counted=counted))


def scan(
    path: Path,
    gallery: Gallery,
    recognisers: Sequence[Recogniser],
    limits: Limits = Limits(),
    words: WatchesWords | None = None,
) -> ScanResult:
    """All that can be said of one file. A file that cannot be looked at is a result with a failure, never an exception.

    words: looks for words on screen, where they are wanted.
    """
    start = time.monotonic()
    encoders = tuple(r.encoder for r in recognisers)
    packs = tuple(dict.fromkeys(r.pack for r in recognisers))
    try:
        seen = look(path, gallery, recognisers, limits, words=words)
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
    matches = with_names(joined(m for m in judged if m), seen.words.names if seen.words else (), gallery.subjects)
    return ScanResult(
        media=str(path),
        kind=seen.info.kind,
        width=seen.info.width,
        height=seen.info.height,
        duration=seen.info.duration,
        shots=seen.shots,
        frames_looked_at=seen.frames,
        appearances=tuple(dict.fromkeys(finding.appearance for _, finding in pairs)),
        matches=tuple(sorted(matches, key=lambda m: (m.appearance.t_start, -m.score))),
        encoders=encoders,
        packs=packs,
        seconds=seconds,
        warnings=seen.warnings,
        tracks=seen.tracks,
        share=seen.share,
        unseen=seen.unseen,
        words=replace(seen.words, names=()) if seen.words else None,
    )


def decided(finding: Finding, recogniser: Recogniser, gallery: Gallery) -> Match | None:
    """The match of a finding among its party's subjects; None for nobody of them."""
    if not finding.candidates:
        return None
    party = gallery.subjects[finding.candidates[0].subject_id].party
    held = gallery.references_by(recogniser.encoder, party)
    return decide(finding, recogniser, sum(held.values()), comparisons(held, recogniser.per_reference))
