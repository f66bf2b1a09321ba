"""One media file with all its picture sequences, read once from front to end."""

import math
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from matcher.errors import MediaUnreadable, NoPictures
from matcher.media.bounds import MAX_TRACKS, TAKE_ANOTHER, WHOLE_PIXELS
from matcher.media.container import is_tile, open_container
from matcher.media.coverage import MediaCoverage, share_of
from matcher.media.pages import Pages, Still
from matcher.media.pictures import open_still
from matcher.media.stream import Stream
from matcher.media.track import MediaInfo, Track
from matcher.types import Frame

BY_PILLOW = ("WEBP", "MPO", "TIFF")
"""Formats whose sequences only Pillow decodes."""


class MediaReader:
    """One media file, read once from front to end.

    After frames() is exhausted, shots holds the spans between cuts in seconds, of one track after the other, warnings what is
    to be said of the file, unseen what of it was not looked at and share how much was, 0 to 1: below 1 just where unseen
    says something. threads: that decode. Raises MediaUnreadable from the constructor or from frames() when not one picture can
    be decoded.
    """

    def __init__(self, path: Path, *, threads: int = 2) -> None:
        self._path, self._threads = path, threads
        self._tracks: list[Track | MediaUnreadable] = []
        self._whole = MediaCoverage()
        self._left_out = 0
        if not path.is_file():
            raise MediaUnreadable(f"{path.name} is not a file.", "Check the path.")
        if path.stat().st_size == 0:
            raise MediaUnreadable(f"{path.name} is empty.", TAKE_ANOTHER)
        picture = self._picture()
        if picture is not None:
            self._tracks = [picture]
        else:
            self._open_streams()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the file, once for each track that was opened."""
        for track in self._readable:
            track.close()

    @property
    def info(self) -> MediaInfo:
        """Size of the first track that can be read; the longest duration of all."""
        readable = self._readable
        kind = "video" if any(track.info.kind == "video" for track in readable) else "image"
        return replace(readable[0].info, kind=kind, duration=max(track.info.duration for track in readable))

    @property
    def tracks(self) -> int:
        """How many picture sequences are known, those that cannot be decoded too."""
        return len(self._tracks)

    @property
    def shots(self) -> list[tuple[float, float]]:
        """(from, to) in seconds of every track's shots, track after track."""
        return [shot for track in self._readable for shot in track.shots]

    @property
    def warnings(self) -> list[str]:
        """What went wrong and hindered nothing, in words; names the track where there are several."""
        return [
            self._named(n, said) for n, track in enumerate(self._tracks) if isinstance(track, Track) for said in track.warnings
        ]

    @property
    def unseen(self) -> list[str]:
        """What was not looked at, in words."""
        own = [self._named(n, said) for n, t in enumerate(self._tracks) if isinstance(t, Track) for said in t.coverage.unseen]
        return own + self._whole.unseen

    @property
    def share(self) -> float:
        """How much of what the file shows was looked at, 0 to 1, by seconds."""
        return share_of([*(track.coverage for track in self._readable), self._whole])

    def is_counted(self, track: int) -> bool:
        """Whether the times of that track are those of counting frames, see Appearance."""
        read = self._tracks[track]
        return isinstance(read, Track) and read.counted

    def frames(self, rate: float, max_side: int, deadline: float = math.inf) -> Iterator[Frame]:
        """Frames at about rate a second and one at every cut, scaled down to at most max_side pixels on the long side.

        One track comes after the other, each with times of its own. deadline: of the monotonic clock, at which work ends. A frame
        is converted when its image is asked for, so it serves until the next one is asked for.
        """
        seen, number = 0, 0
        while number < len(self._tracks):
            try:
                for frame in self._ready(number).frames(rate, max_side, deadline):
                    frame.track = number
                    seen += 1
                    yield frame
            except MediaUnreadable as error:
                self._tracks[number] = error
            if number == 0:
                self._find_late_tracks()
            read = self._tracks[number]
            if isinstance(read, Track):
                read.close()  # what its decoder holds is not needed beside the next one's
            number += 1
        self._settle(seen)

    def at(self, t: float, track: int = 0, *, counted: bool = False) -> Frame:
        """The frame shown at t seconds, at full size; of a still picture, the picture. Leaves the reader used up.

        track, counted: see Appearance.
        """
        number = max(0, track - 1)
        if number >= len(self._tracks):
            self._add_streams(open_container(self._path, thoroughly=True), thoroughly=True)
        if number >= len(self._tracks):
            raise MediaUnreadable(f"{self._path.name} has no track {track}.", TAKE_ANOTHER)
        return self._ready(number).at(t, counted=counted)

    @property
    def _readable(self) -> list[Track]:
        return [track for track in self._tracks if isinstance(track, Track)]

    def _named(self, number: int, said: str) -> str:
        return f"Track {number + 1} of {len(self._tracks)}: {said}" if len(self._tracks) > 1 else said

    def _ready(self, number: int) -> Track:
        track = self._tracks[number]
        if isinstance(track, MediaUnreadable):
            raise track
        return track

    def _settle(self, seen: int) -> None:
        """Once everything was looked at: what of it could not be."""
        if not seen:
            raise next(track for track in self._tracks if isinstance(track, MediaUnreadable))
        # What cannot be decoded may be as long as what can.
        usual = sum(track.coverage.due for track in self._readable) / len(self._readable)
        for number, track in enumerate(self._tracks):
            if isinstance(track, MediaUnreadable):
                self._whole.miss(usual, self._named(number, track.what))
        if self._left_out:
            held = len(self._tracks) + self._left_out
            said = f"It has {held} tracks of pictures: {self._left_out} of them were not looked at."
            self._whole.miss(self._left_out * usual, said)

    def _picture(self) -> Track | None:
        """The file as Pillow reads it, or None where it is a matter for av, or no picture."""
        try:
            still = open_still(self._path)
        except (MediaUnreadable, MemoryError):
            raise
        except Exception:
            return None  # no picture: it may be a video
        moves, format_ = bool(getattr(still, "is_animated", False)), still.format
        if moves and format_ in BY_PILLOW:
            return Pages(self._path, still)
        large = still.width * still.height > WHOLE_PIXELS and format_ in ("WEBP", "AVIF")
        still.close()
        if moves or large or (format_ == "AVIF" and self._holds_several()):
            return None
        return Still(self._path)

    def _holds_several(self) -> bool:
        """Whether there are picture sequences besides the picture that a viewer of stills shows, and not only its own pieces."""
        with suppress(MediaUnreadable), open_container(self._path) as container:
            return len(container.streams.video) > 1 and not any(is_tile(stream) for stream in container.streams.video)
        return False

    def _open_streams(self) -> None:
        container = open_container(self._path)
        if not container.streams.video:
            container.close()
            raise NoPictures(f"{self._path.name} holds no pictures.", "Only files with a video stream can be looked at.")
        self._add_streams(container)
        if not self._readable:
            raise self._tracks[0]  # type: ignore[misc]

    def _add_streams(self, container: Any, *, thoroughly: bool = False) -> None:
        """Take in the streams that are not known yet. The first of all reads from the container as it is, the others anew."""
        known, held = len(self._tracks), len(container.streams.video)
        for number in range(known, min(held, MAX_TRACKS)):
            try:
                first = container if number == 0 else None
                self._tracks.append(Stream(self._path, number, self._threads, first, thoroughly=thoroughly))
            except MediaUnreadable as error:
                self._tracks.append(error)
        if not self._tracks or not isinstance(self._tracks[0], Stream) or thoroughly:
            container.close()
        self._left_out = max(0, held - MAX_TRACKS)

    def _find_late_tracks(self) -> None:
        """Look also at tracks that came up only while the first one was read."""
        first = self._tracks[0]
        if isinstance(first, Stream) and first.has_late_company:
            known = len(self._tracks)
            with suppress(MediaUnreadable):
                self._add_streams(open_container(self._path, thoroughly=True), thoroughly=True)
            if len(self._tracks) == known:
                self._whole.miss(
                    first.info.duration, "A further track of pictures begins late in the file; it was not looked at."
                )


def frame_at(path: Path, t: float, track: int = 0, *, counted: bool = False) -> Frame:
    """The upright frame shown at t seconds, at full size; of a still picture, the picture. track, counted: see Appearance.

    Raises MediaUnreadable.
    """
    with MediaReader(path) as reader:
        return reader.at(t, track, counted=counted)
